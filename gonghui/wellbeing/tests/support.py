"""Counsellors, merchants, coupons, books, clubs and profiles."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gonghui.kernel.times import today
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account
from gonghui.people.testing import staff_account
from gonghui.services.models import Fund, Offer
from gonghui.services.tests.support import fund, offer
from gonghui.wellbeing import trial
from gonghui.wellbeing.models import Book, Club, Merchant, Profile


def counsellor(name: str, path: str) -> Account:
    """A counsellor of the union."""
    return staff_account(name, "counsellor", path)


def shop(account: Account, path: str, **changes: Any) -> Merchant:
    """A merchant on the union's list."""
    return trial.a_merchant(account, Organisation.objects.get(path=path), **changes)


def coupon(path: str, *, value: str = "20.00", count: int = 10, budget: str = "1000", **data: Any) -> Offer:
    """A published coupon of a union, with the money for it."""
    if not Fund.objects.filter(service="M22", organisation__path=path).exists():
        fund("M22", budget, path)
    until = (today() + timedelta(days=30)).isoformat()
    told = {"value": value, "use_until": until, **data}
    return offer("M22", path, capacity=count, title="会员日满减券", starts=None, ends=None, data=told)


def book(path: str, **changes: Any) -> Book:
    """A book of the union's library."""
    return trial.a_book(Organisation.objects.get(path=path), **changes)


def club(path: str, account: Account | None = None) -> Club:
    """A registered club of the union."""
    return trial.a_club(Organisation.objects.get(path=path), account)


def profile(account: Account, path: str, gender: str, nick: str, **changes: Any) -> Profile:
    """A verified profile."""
    return trial.a_profile(account, Organisation.objects.get(path=path), gender, nick, **changes)
