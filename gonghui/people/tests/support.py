"""What the tests of sign-in share."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from gonghui.people.models import Account
from gonghui.people.testing import staff_account

PASSWORD = "a-long-test-password"
COUNTY, CITY, PROVINCE, ELSEWHERE = "cn.52.5201.520102", "cn.52.5201", "cn.52", "cn.62"
SIGN_IN = "people:sign_in"


def handler() -> Account:
    return staff_account("wang", "handler", COUNTY)


def post_password(client: Client, username: str = "wang", password: str = PASSWORD, **extra: Any) -> Any:
    return client.post(reverse(SIGN_IN), {"username": username, "password": password}, **extra)


def device_of(account: Account) -> TOTPDevice:
    return TOTPDevice.objects.create(user=account, name="phone", confirmed=True)


def present_code(device: TOTPDevice) -> str:
    """What the authenticator on the phone shows now."""
    return f"{totp(device.bin_key, device.step, device.t0, device.digits):06}"


def is_inside(client: Client) -> bool:
    """Do the desk's doors open?"""
    response = client.get(reverse("people:sessions"))
    assert response.status_code in (200, 302)
    return bool(response.status_code == 200)


def session_key(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value
