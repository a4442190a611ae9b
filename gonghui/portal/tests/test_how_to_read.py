"""Large letters and the language follow a signed-in person to another device; else a browser keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from gonghui.kernel.actor import SYSTEM
from gonghui.people.actions import erase
from gonghui.people.models import Account
from gonghui.people.testing import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _language(settings: Any) -> Iterator[None]:
    """What a page was shown in stays active in this thread: the next test begins in Chinese."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


def page(client: Client) -> tuple[bool, str]:
    """Whether the first page has large letters, and its language."""
    text = client.get(reverse("portal:help")).content.decode()
    return "data-large-text" in text, text.partition('<html lang="')[2].partition('"')[0]


def test_a_choice_follows_the_account_to_another_device() -> None:
    account = Account.objects.create_worker("13900000001")
    phone, tablet = sign_in(Client(), account), sign_in(Client(), account)
    assert page(tablet) == (False, "zh-hans")
    phone.post(reverse("portal:large_text"), {"next": "/"})
    phone.post(reverse("set_language"), {"language": "en", "next": "/"})
    assert page(phone) == page(tablet) == (True, "en")
    tablet.post(reverse("portal:large_text"), {"next": "/"})
    tablet.post(reverse("set_language"), {"language": "zh-hans", "next": "/"})
    assert page(phone) == page(tablet) == (False, "zh-hans"), "the last choice holds everywhere"
    other = sign_in(Client(), Account.objects.create_worker("13900000002"))
    assert page(other) == (False, "zh-hans")
    assert phone.post(reverse("set_language"), {"language": "xx", "next": "/"}).status_code == 302
    assert page(phone) == (False, "zh-hans")


def test_without_an_account_the_browser_alone_remembers_until_somebody_signs_in_who_chose() -> None:
    browser = Client()
    browser.post(reverse("portal:large_text"), {"next": "/"})
    browser.post(reverse("set_language"), {"language": "en", "next": "/"})
    assert page(browser) == (True, "en") and page(Client()) == (False, "zh-hans")
    account = Account.objects.create_worker("13900000001")
    assert page(sign_in(browser, account)) == (True, "en"), "who never chose reads as this browser does"
    Account.objects.filter(pk=account.pk).update(large_text=False, language="zh-hans")
    assert page(browser) == (False, "zh-hans")
    browser.logout()
    browser.cookies["large_text"], browser.cookies["django_language"] = "1", "en"
    assert page(browser) == (True, "en")


def test_an_erased_account_keeps_no_choice() -> None:
    account = Account.objects.create_worker("13900000001")
    Account.objects.filter(pk=account.pk).update(large_text=True, language="en")
    erase(SYSTEM, account.pk)
    account.refresh_from_db()
    assert (account.large_text, account.language) == (None, "")
