"""The vault: personal fields are unreadable in the database, found by index, masked, and looked at on record."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from gonghui.kernel import trail, vault
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.models import TrailEntry

PHONE, ID_NO = "13800138000", "52010219900307123X"
# The kernel knows no rooms; these two tables hold every kind of personal field, and they are asked for by name.
Account: Any = apps.get_model("people", "Account")
Person: Any = apps.get_model("people", "Person")
CLERK = Actor(kind="staff", account_id=4, name="李文")


@pytest.fixture
def person(db: None) -> Any:
    account = Account.objects.create_worker(phone=PHONE)
    return Person.objects.create(account=account, name="王小明", id_no=ID_NO)


def stored(table: str, column: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def new_key() -> str:
    return Fernet.generate_key().decode()


def test_a_personal_field_is_unreadable_in_the_database_and_readable_through_the_model(person: Any) -> None:
    raw = stored("people_person", "id_no")[0]
    assert ID_NO not in raw
    assert Person.objects.get(pk=person.pk).id_no == ID_NO


def test_the_same_value_twice_looks_different_in_the_database(person: Any) -> None:
    other = Account.objects.create_staff("b", "x" * 12, phone=PHONE)
    first, second = stored("people_account", "phone")
    assert first != second
    assert other.phone_index == person.account.phone_index != ""


def test_an_empty_field_stays_empty_and_has_no_index(db: None) -> None:
    account = Account.objects.create_staff("c", "x" * 12)
    assert stored("people_account", "phone") == [""]
    assert account.phone_index == ""
    assert Account.objects.filter(phone="").count() == 1


@pytest.mark.parametrize("spelling", [PHONE, "138 0013 8000", "+86 138-0013-8000", "008613800138000", "8613800138000"])
def test_a_phone_is_found_by_its_blind_index_however_it_is_written(person: Any, spelling: str) -> None:
    assert Account.objects.filter(phone_index=vault.blind_index("phone", spelling)).get() == person.account


def test_an_index_tells_kinds_apart_and_depends_on_its_key(settings: Any) -> None:
    phone = vault.blind_index("phone", PHONE)
    assert phone != vault.blind_index("id_no", PHONE)
    assert len(phone) == 64
    settings.VAULT_INDEX_KEY = "another"
    assert vault.blind_index("phone", PHONE) != phone


@pytest.mark.parametrize("lookup", ["contains", "in", "startswith", "gt"])
def test_searching_an_encrypted_field_is_an_error_not_an_empty_result(person: Any, lookup: str) -> None:
    value = [PHONE] if lookup == "in" else PHONE
    with pytest.raises(TypeError, match="encrypted"):
        Account.objects.filter(**{f"phone__{lookup}": value}).exists()
    with pytest.raises(TypeError, match="blind index"):
        Account.objects.filter(phone=PHONE).exists()


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_what_is_encrypted_comes_back_the_same(text: str) -> None:
    token = vault.encrypt(text)
    assert token.isascii()
    assert vault.decrypt(token) == text


def test_after_rotation_the_old_key_is_not_needed_any_more(person: Any, settings: Any) -> None:
    old, new = settings.VAULT_KEYS[0], new_key()
    before = stored("people_person", "id_no")[0]
    settings.VAULT_KEYS = [new, old]
    assert Person.objects.get(pk=person.pk).id_no == ID_NO
    assert vault.rotate() >= 2
    assert stored("people_person", "id_no")[0] != before
    settings.VAULT_KEYS = [new]
    fresh = Person.objects.select_related("account").get(pk=person.pk)
    assert (fresh.id_no, fresh.name, fresh.account.phone) == (ID_NO, "王小明", PHONE)
    assert fresh.account.phone_index == vault.blind_index("phone", PHONE)


def test_rotation_goes_through_more_rows_than_a_batch_and_repeating_it_is_harmless(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault, "BATCH", 2)
    for number in range(5):
        Account.objects.create_worker(phone=f"1380013800{number}")
    assert vault.rotate() == vault.rotate() >= 5
    assert [account.phone for account in Account.objects.order_by("pk")] == [f"1380013800{n}" for n in range(5)]


def test_a_missing_key_is_named_with_the_column_that_needs_it(person: Any, settings: Any) -> None:
    settings.VAULT_KEYS = [new_key()]
    with pytest.raises(vault.CannotDecrypt, match=r"people\.Person\..*GONGHUI_VAULT_KEYS"):
        Person.objects.get(pk=person.pk)


@pytest.mark.parametrize("keys", [["not a key"], ["c2hvcnQ="], []])
def test_a_key_that_is_none_is_refused_with_the_way_to_make_one(keys: list[str], settings: Any) -> None:
    settings.VAULT_KEYS = keys
    with pytest.raises(ImproperlyConfigured, match="generate_key"):
        vault.encrypt("x")


def test_reindexing_follows_a_new_index_key(person: Any, settings: Any) -> None:
    settings.VAULT_INDEX_KEY = "another"
    assert not Account.objects.filter(phone_index=vault.blind_index("phone", PHONE)).exists()
    assert vault.reindex() >= 2
    assert Account.objects.filter(phone_index=vault.blind_index("phone", PHONE)).get() == person.account
    assert Person.objects.get(id_index=vault.blind_index("id_no", ID_NO)) == person


@pytest.mark.parametrize(
    ("kind", "value", "masked"),
    [
        ("phone", PHONE, "138****8000"),
        ("phone", "85523456", "******56"),
        ("phone", "", ""),
        ("id_no", ID_NO, "520102***********X"),
        ("id_no", "1234", "****"),
        ("name", "王小明", "王**"),
        ("name", "王", "王"),
        ("address", "贵阳市云岩区某路 12 号", "********"),
        ("phone", None, ""),
    ],
)
def test_masks_keep_only_what_is_needed_to_tell_people_apart(kind: str, value: str | None, masked: str) -> None:
    assert vault.mask(value, kind) == masked


def test_looking_behind_the_mask_is_on_record_with_its_reason_and_without_the_value(person: Any) -> None:
    assert vault.unmask(CLERK, person, "id_no", "核对工伤认定材料") == ID_NO
    entry = TrailEntry.objects.get(verb="unmask")
    assert (entry.actor_id, entry.note) == (4, "核对工伤认定材料")
    assert entry.after == {"what": f"people.person:{person.pk}.id_no"}
    assert trail.verify().ok


@pytest.mark.parametrize("reason", ["", "  ", "查"])
def test_without_a_reason_nothing_is_unmasked(person: Any, reason: str) -> None:
    with pytest.raises(InvalidData) as caught:
        vault.unmask(CLERK, person, "id_no", reason)
    assert list(caught.value.errors) == ["reason"]
    assert not TrailEntry.objects.exists()


@pytest.mark.parametrize("name", ["GONGHUI_SECRET_KEY", "GONGHUI_VAULT_KEYS", "GONGHUI_VAULT_INDEX_KEY"])
@pytest.mark.parametrize("given", ["missing", "the development value"])
def test_production_does_not_start_with_a_secret_that_is_missing_or_public(
    name: str, given: str, tmp_path: Path, settings: Any
) -> None:
    own = {"GONGHUI_SECRET_KEY": "s" * 60, "GONGHUI_VAULT_KEYS": new_key(), "GONGHUI_VAULT_INDEX_KEY": "i" * 40}
    public = {
        "GONGHUI_SECRET_KEY": settings.SECRET_KEY,
        "GONGHUI_VAULT_KEYS": f"{new_key()},{settings.VAULT_KEYS[0]}",
        "GONGHUI_VAULT_INDEX_KEY": settings.VAULT_INDEX_KEY,
    }
    environment = {**os.environ, "GONGHUI_ENV": "production", "GONGHUI_VAR": str(tmp_path), **own}
    start = [sys.executable, "-c", "import gonghui.settings"]
    assert subprocess.run(start, env=environment, capture_output=True).returncode == 0
    environment[name] = "" if given == "missing" else public[name]
    refused = subprocess.run(start, env=environment, capture_output=True, text=True)
    assert refused.returncode != 0
    assert name in refused.stderr.splitlines()[-1]


def test_the_names_of_encrypted_fields_are_known_to_the_trail() -> None:
    assert {"phone", "id_no", "name"} <= vault.personal_field_names()
