"""The second factor: demanded in production, kept once enrolled, never passed twice with one code."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from gonghui.kernel.models import TrailEntry
from gonghui.people.tests.support import device_of, handler, is_inside, post_password, present_code

pytestmark = pytest.mark.django_db
SECOND, ENROL, BACKUP = "people:second_factor", "people:enrol", "people:backup_codes"


@pytest.fixture
def demanded(settings: Any) -> None:
    """As in production."""
    settings.STAFF_SECOND_FACTOR = True


def half_in() -> Client:
    client = Client()
    assert post_password(client).status_code == 302
    return client


@pytest.mark.usefixtures("demanded")
def test_where_it_is_demanded_a_password_alone_opens_nothing() -> None:
    handler()
    client = Client()
    assert post_password(client)["Location"] == reverse(ENROL)
    assert not is_inside(client)
    for name in ("desk:home", "people:staff", "people:password"):
        assert client.get(reverse(name)).status_code == 302


@pytest.mark.usefixtures("demanded")
def test_enrolling_with_a_right_code_lets_in_and_is_on_record() -> None:
    account = handler()
    client = half_in()
    page = client.get(reverse(ENROL)).content.decode()
    assert "data:image/svg+xml" in page
    device = TOTPDevice.objects.get(user=account, confirmed=False)
    response = client.post(reverse(ENROL), {"code": present_code(device)})
    assert response["Location"] == reverse(BACKUP)
    assert is_inside(client)
    assert TOTPDevice.objects.get(user=account).confirmed
    assert TrailEntry.objects.filter(stream=f"account:{account.pk}", verb="enrol_second_factor").exists()


@pytest.mark.usefixtures("demanded")
def test_enrolling_with_a_wrong_code_lets_nobody_in() -> None:
    account = handler()
    client = half_in()
    client.get(reverse(ENROL))
    assert client.post(reverse(ENROL), {"code": "abcdef"}).status_code == 422
    assert not is_inside(client)
    assert not TOTPDevice.objects.filter(user=account, confirmed=True).exists()


def test_who_enrolled_needs_it_also_where_it_is_not_demanded() -> None:
    device_of(handler())
    client = Client()
    assert post_password(client)["Location"] == reverse(SECOND)
    assert not is_inside(client)


def test_the_code_of_the_phone_completes_the_sign_in() -> None:
    device = device_of(handler())
    client = half_in()
    assert client.post(reverse(SECOND), {"code": present_code(device)}).status_code == 302
    assert is_inside(client)


def test_a_code_typed_with_a_space_is_understood() -> None:
    device = device_of(handler())
    client = half_in()
    code = present_code(device)
    assert client.post(reverse(SECOND), {"code": f"{code[:3]} {code[3:]}"}).status_code == 302


def test_a_code_works_once() -> None:
    device = device_of(handler())
    code = present_code(device)
    first, second = half_in(), half_in()
    assert first.post(reverse(SECOND), {"code": code}).status_code == 302
    assert second.post(reverse(SECOND), {"code": code}).status_code == 422
    assert not is_inside(second)


def test_after_many_wrong_codes_even_the_right_one_waits() -> None:
    device = device_of(handler())
    device.throttling_failure_count, device.throttling_failure_timestamp = 10, timezone.now()
    device.save()
    client = half_in()
    assert client.post(reverse(SECOND), {"code": present_code(device)}).status_code == 422
    assert not is_inside(client)


def test_a_wrong_code_is_counted() -> None:
    device = device_of(handler())
    client = half_in()
    assert client.post(reverse(SECOND), {"code": "abcdef"}).status_code == 422
    device.refresh_from_db()
    assert device.throttling_failure_count == 1


def test_with_a_device_nobody_can_enrol_another_by_password_alone() -> None:
    account = handler()
    device = device_of(account)
    client = half_in()
    assert client.get(reverse(ENROL))["Location"] == reverse(SECOND)
    assert client.post(reverse(ENROL), {"code": "123456"})["Location"] == reverse(SECOND)
    assert list(TOTPDevice.objects.filter(user=account)) == [device]


def test_somebody_elses_code_does_not_help() -> None:
    from gonghui.people.testing import staff_account

    device_of(handler())
    foreign = device_of(staff_account("li", "handler", "cn.62"))
    client = half_in()
    assert client.post(reverse(SECOND), {"code": present_code(foreign)}).status_code == 422


def test_a_backup_code_works_once() -> None:
    account = handler()
    device_of(account)
    device = StaticDevice.objects.create(user=account, name="backup")
    StaticToken.objects.create(device=device, token="abcd2345")
    first, second = half_in(), half_in()
    assert first.post(reverse(SECOND), {"code": "abcd2345"}).status_code == 302
    assert second.post(reverse(SECOND), {"code": "abcd2345"}).status_code == 422


def test_new_backup_codes_end_the_old_ones_and_need_the_second_factor() -> None:
    account = handler()
    device = device_of(account)
    client = half_in()
    assert client.post(reverse(BACKUP)).status_code == 302
    assert not StaticToken.objects.exists()
    client.post(reverse(SECOND), {"code": present_code(device)})
    client.post(reverse(BACKUP))
    old = set(StaticToken.objects.values_list("token", flat=True))
    page = client.post(reverse(BACKUP)).content.decode()
    new = set(StaticToken.objects.values_list("token", flat=True))
    assert len(old) == len(new) == 10
    assert not old & new
    assert all(code in page for code in new)


def test_the_pages_of_the_second_factor_are_for_who_gave_the_password() -> None:
    for name in (SECOND, ENROL, BACKUP):
        assert Client().get(reverse(name))["Location"] == reverse("people:sign_in")
