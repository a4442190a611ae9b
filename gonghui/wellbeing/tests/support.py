"""What a walk through this room's services needs beforehand, and who is needed for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse

from gonghui.kernel.models import Matter
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import as_system, set_scope
from gonghui.kernel.times import now, today
from gonghui.kernel.vault import blind_index
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account
from gonghui.people.testing import sign_in, staff_account
from gonghui.services.models import Application, Fund, Offer
from gonghui.services.tests.support import fund, offer
from gonghui.wellbeing.benefits import codes
from gonghui.wellbeing.models import Book, Claim, Club, Merchant, Profile


def counsellor(name: str, path: str) -> Account:
    """A counsellor of the union."""
    return staff_account(name, "counsellor", path)


def shop(account: Account, path: str, **changes: Any) -> Merchant:
    """A merchant on the union's list."""
    number = f"W01-T-{next_number('wellbeing:test')}"
    matter = Matter.objects.create(
        kind="services.W01.1", number=number, title="商家", state="listed", state_since=now(), holder_path=path,
        opened_at=now(), owner=account,
    )  # fmt: skip
    values: dict[str, Any] = {
        "matter": matter, "account": account, "organisation": Organisation.objects.get(path=path), "name": "南明书店",
        "uscc": f"TEST{matter.pk:014d}", "trade": "film", "region": "520102", "address": "中山路 1 号",
        "discount": "九折", "payee_name": "南明书店", "bank_name": "贵州银行", "bank_account": "622200001111",
        "listed_at": now(),
    }  # fmt: skip
    return Merchant.objects.create(**{**values, **changes})


def coupon(path: str, *, value: str = "20.00", count: int = 10, budget: str = "1000", **data: Any) -> Offer:
    """A published coupon of a union, with the money for it."""
    if not Fund.objects.filter(service="M22", organisation__path=path).exists():
        fund("M22", budget, path)
    until = (today() + timedelta(days=30)).isoformat()
    told = {"value": value, "use_until": until, **data}
    return offer("M22", path, capacity=count, title="会员日满减券", starts=None, ends=None, data=told)


def book(path: str, *, copies: int = 1, title: str = "平凡的世界", isbn: str = "9787530212004") -> Book:
    """A book of the union's library."""
    union = Organisation.objects.get(path=path)
    return Book.objects.create(
        organisation=union, isbn=isbn, title=title, author="路遥", copies=copies, shelf="一楼书屋"
    )


def club(path: str, account: Account | None = None) -> Club:
    """A registered club of the union."""
    matter = Matter.objects.create(
        kind="services.W03.1", number=f"W03-T-{next_number('wellbeing:test')}", title="成立社团", state="active",
        state_since=now(), holder_path=path, opened_at=now(), owner=account,
    )  # fmt: skip
    union = Organisation.objects.get(path=path)
    return Club.objects.create(
        matter=matter, account=account, organisation=union, name="南明羽毛球社", kind="sport", purpose="每周三晚上打球",
        since=now(),
    )  # fmt: skip


def profile(account: Account, path: str, gender: str, nick: str, **changes: Any) -> Profile:
    """A verified profile."""
    matter = Matter.objects.create(
        kind="services.M24.1", number=f"M24-T-{next_number('wellbeing:test')}", title="交友联谊", state="verified",
        state_since=now(), holder_path=path, opened_at=now(), owner=account,
    )  # fmt: skip
    set_scope(matter, lead=path, new=True)
    application = Application.objects.create(
        matter=matter, service="M24", kind="services.M24.1", account=account, values_json="{}", applied_at=now()
    )
    values: dict[str, Any] = {
        "application": application, "account": account, "organisation": Organisation.objects.get(path=path),
        "nick": nick, "gender": gender, "birth_year": 1996, "real_name": f"{nick}真名", "phone": "13900005555",
        "about_me": "喜欢跑步", "verified_at": now(),
    }  # fmt: skip
    return Profile.objects.create(**{**values, **changes})


def ready_for(service_id: str, path: str) -> dict[str, Any]:
    """Makes it, and returns values that the form must have."""
    if service_id == "M23":
        counsellor("walk-counsellor", path)
        return {"scale_points": "0,1,0,1"}
    if service_id == "M22":
        Offer.objects.filter(service="M22").delete()
        coupon(path)
        shop(Account.objects.create_worker("13900009499"), path)
    if service_id == "M25":
        return {"book_no": book(path).pk}
    if service_id == "W04":
        return {"club_no": club(path).pk}
    if service_id == "W06":
        # The walk's own worker (tests/test_every_service.py) has been verified before.
        row = profile(Account.objects.get(phone_index=blind_index("phone", "13900009417")), path, "F", "小云")
        Application.objects.filter(pk=row.application_id).update(account=None)
    return {"account": "6222000011112222"} if service_id == "W01" else {}


def _redeem(walker: Any, matter: Matter) -> None:
    """The member shows the code, the merchant enters it on the page of their own."""
    with as_system("what the member holds in their hand"):
        claim, merchant = Claim.objects.get(application__matter=matter), Merchant.objects.get()
    code = codes.code_of(claim.pk, now())
    assert merchant.account is not None
    sign_in(walker.client(merchant.account), merchant.account).post(
        reverse("portal:merchant"), {"step": "redeem", "shop": merchant.pk, "code": code}
    )


BESIDE: dict[str, dict[str, Any]] = {"M22": {"redeem": _redeem}}
