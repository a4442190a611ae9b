"""`gonghui staff`: how the first administrator of a real installation gets in."""

from __future__ import annotations

from typing import Any

import pytest
import typer
from django.test import Client
from django.urls import reverse
from typer.testing import CliRunner

from gonghui.commands import staff
from gonghui.kernel.models import TrailEntry
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.people.testing import organisation

pytestmark = pytest.mark.django_db(transaction=True)


def run(*words: str) -> Any:
    app = typer.Typer()
    staff.register(app)
    return CliRunner().invoke(app, ["staff", *words])


def test_the_first_administrator_can_sign_in_and_must_set_everything_up(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True
    organisation("cn")
    result = run("create", "boss", "主任", "--organisation", "cn")
    assert result.exit_code == 0, result.output
    password = result.stdout.strip().splitlines()[-1]
    account = Account.objects.get(username="boss")
    assert actor_for(account).paths_as("admin") == ("cn",)
    assert TrailEntry.objects.filter(stream=f"account:{account.pk}", verb="create", actor_kind="system").exists()
    response = Client().post(reverse("people:sign_in"), {"username": "boss", "password": password})
    assert response["Location"] == reverse("people:enrol")
    again = run("reset", "boss")
    assert again.exit_code == 0, again.output
    account.refresh_from_db()
    assert account.check_password(again.stdout.strip().splitlines()[-1])
    assert not account.check_password(password)


def test_what_does_not_exist_is_said_in_a_sentence() -> None:
    assert run("create", "boss", "主任", "--organisation", "cn.99").exit_code == 2
    assert run("reset", "nobody").exit_code == 2
    assert not Account.objects.exists()
