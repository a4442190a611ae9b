"""What we publish: our open services, signed, at two addresses; nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from joserfc.jwk import OKPKey

from gonghui.exchange import keys, publishing, signing, verifying
from gonghui.exchange.models import Edition, SigningKey
from gonghui.exchange.rules import rules
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.times import now, time_shifted
from gonghui.organisations.models import Organisation, Region
from gonghui.services import catalogue as shelf
from gonghui.services.catalogue import FOLDER, Catalogue, catalogue

pytestmark = pytest.mark.django_db
CATALOGUE, WELL_KNOWN = "/exchange/catalogue", "/.well-known/gonghui-exchange"


@pytest.fixture(autouse=True)
def _union(settings: Any, db: Any) -> Iterator[None]:
    cache.clear()
    settings.PUBLIC_URL, settings.ORGANISATION = "https://guizhou.example.org", "cn.52"
    region, _made = Region.objects.get_or_create(
        code="520000", defaults={"name": "贵州省", "level": 1, "full_name": "贵州省", "short_name": "贵州"}
    )
    Organisation.objects.update_or_create(
        path="cn.52", defaults={"name": "贵州省总工会", "level": "province", "region": region}
    )
    yield


def read(token: str, key: OKPKey) -> Any:
    known = verifying.Known("https://guizhou.example.org")
    return verifying.verified(token, key, known, us="https://x", at=now(), source="catalogue")


def test_others_can_read_and_believe_what_we_publish() -> None:
    for address in (CATALOGUE, WELL_KNOWN):
        assert Client().get(address).status_code == 404
    keys.make()
    edition = publishing.publish()
    assert edition is not None
    announced = Client().get(WELL_KNOWN).json()
    key = verifying.key_named(announced["keys"], edition.kid)
    assert key is not None and not key.is_private
    answer = Client().get(CATALOGUE)
    assert answer["Content-Type"] == "application/jose" and "public" in answer["Cache-Control"]
    found = read(answer.content.decode(), key)
    assert announced["catalogue"] == "https://guizhou.example.org/exchange/catalogue"
    by_id = {entry.id: entry for entry in found.services}
    kit = by_id["M04"]
    assert (kit.name.zh, kit.name.en, kit.regions) == ("暖新礼包", "Welcome kit for new members", ("520000",))
    assert kit.address == "https://guizhou.example.org/services/M04/" and kit.who and kit.steps
    # Steps of other services and what is only a policy are not listed.
    assert not [one for one in by_id if catalogue().services[one].part_of or catalogue().services[one].kind == "policy"]
    assert not re.search(r"1[3-9]\d{9}", found.model_dump_json())
    again = Client().get(CATALOGUE, headers={"if-none-match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_file_may_say_that_it_is_not_published() -> None:
    services = dict(catalogue().services)
    kept, policy = services["M04"], next(one for one in services.values() if one.kind == "policy")
    changed = {
        "M04": kept.model_copy(update={"exchange": False}),
        policy.id: policy.model_copy(update={"exchange": True}),
    }
    found = {service.id for service, _variant in publishing.listed(Catalogue({**services, **changed}), "520000")}
    assert "M04" not in found and policy.id in found


def test_the_national_catalogue_has_the_provinces_differences_beside_it() -> None:
    found = [(service.id, variant) for service, variant in publishing.listed(catalogue(), "")]
    assert ("M04", "") in found and ("M04", "52") in found and len(set(found)) == len(found)


def test_an_edition_stays_until_something_changed_or_it_ends(settings: Any) -> None:
    keys.make()
    first = publishing.publish()
    assert first is not None and publishing.publish() == first
    with time_shifted(timedelta(hours=rules().valid_hours - rules().renew_hours + 1)):
        renewed = publishing.publish()
        assert renewed is not None and renewed.serial > first.serial and renewed.digest == first.digest
    settings.PUBLIC_URL = "https://new.example.org"
    moved = publishing.publish()
    assert moved is not None and moved.serial > renewed.serial and moved.digest != renewed.digest
    for day in range(30):
        with time_shifted(timedelta(days=10 * (day + 1))):
            publishing.publish()
    assert Edition.objects.count() == publishing.KEPT


def test_a_restored_back_up_does_not_begin_below_what_partners_have_seen() -> None:
    keys.make()
    first = publishing.publish()
    Edition.objects.all().delete()
    with time_shifted(timedelta(hours=1)):
        second = publishing.publish()
    assert first is not None and second is not None and second.serial > first.serial


def test_the_old_key_vouches_for_the_new_one_and_forgets_how_to_sign() -> None:
    old = keys.make()
    pinned = signing.read_key(old.public_jwk)
    new = keys.rotate(overlap_days=30)
    old.refresh_from_db()
    assert not old.signs and old.exchange_private_jwk == "" and SigningKey.objects.filter(signs=True).get() == new
    said = keys.announcement()
    assert [row["kid"] for row in said["keys"]] == [new.kid, old.kid]

    def follow(at: Any, rotations: Any) -> str:
        key = verifying.successor(pinned, new.kid, rotations, issuer="https://guizhou.example.org", at=at)
        edition = publishing.publish()
        assert edition is not None and read(edition.token, key).services
        return signing.kid_of(key)

    assert follow(now(), said["rotations"]) == new.kid
    with time_shifted(timedelta(days=31)):
        later = keys.announcement()
        assert [row["kid"] for row in later["keys"]] == [new.kid] and later["rotations"] == []


def test_a_leaked_key_vouches_for_nobody() -> None:
    keys.make()
    keys.rotate()
    last = keys.rotate(overlap_days=0)
    said = keys.announcement()
    assert [row["kid"] for row in said["keys"] if row["kid"] == last.kid] and said["rotations"] == []
    with pytest.raises(InvalidData):
        keys.rotate(overlap_days=91)


def test_a_crowd_is_asked_to_wait() -> None:
    keys.make()
    client = Client()
    answers = [client.get(WELL_KNOWN).status_code for _request in range(rules().rate + 1)]
    assert answers[-1] == 429 and set(answers[:-1]) == {200}


def test_a_province_publishes_what_holds_there_and_its_cities_variants() -> None:
    # Alone, it can lead to no other service.
    texts = {"M04.yaml": re.sub(r",? *instead: \w+", "", (FOLDER / "M04.yaml").read_text(encoding="utf-8"))}
    texts |= {"regions/52/M04.yaml": "zh: 贵州礼包\n", "regions/5201/M04.yaml": "en: Kit of Guiyang\n"}
    texts["regions/62/M04.yaml"] = "zh: 甘肃礼包\n"
    given = shelf.read(Path("/nowhere"), texts)
    found = [(variant, service.zh, service.en) for service, variant in publishing.listed(given, "520000")]
    national = "Welcome kit for new members"
    assert found == [("", "贵州礼包", national), ("5201", "贵州礼包", "Kit of Guiyang")]
    assert [variant for _service, variant in publishing.listed(given, "")] == ["", "52", "5201", "62"]
