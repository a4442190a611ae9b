"""试办: the counsellor, the coupon, the book, the club, the profile that a walk through this room's services finds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel.models import Matter
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import as_system, set_scope
from gonghui.kernel.times import now, today
from gonghui.organisations.models import Organisation
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.services.catalogue import catalogue
from gonghui.services.models import Application, Fund, Offer
from gonghui.services.trial.walkers import Hands, Scene, stages, walks
from gonghui.services.trial.world import a_clerk, free_phone
from gonghui.wellbeing.benefits import codes, merchants
from gonghui.wellbeing.models import Book, Claim, Club, Merchant, Profile


def a_matter(service_id: str, state: str, path: str, account: Account | None) -> Matter:
    """What a club, a merchant or a profile came of, as it stands when all steps are taken."""
    service = catalogue().services[service_id]
    matter = Matter.objects.create(
        kind=service.kind_of_matter, number=f"{service_id}-T-{next_number('wellbeing:trial')}", title=service.zh,
        state=state, state_since=now(), holder_path=path, opened_at=now(), owner=account,
    )  # fmt: skip
    set_scope(matter, lead=path, new=True)
    return matter


def a_merchant(account: Account, union: Organisation, **changes: Any) -> Merchant:
    """A merchant on the union's list."""
    matter = a_matter("W01", "listed", union.path, account)
    values: dict[str, Any] = {
        "matter": matter, "account": account, "organisation": union, "name": "南明书店",
        "uscc": f"TEST{matter.pk:014d}", "trade": "film", "region": union.region_id or "", "address": "中山路 1 号",
        "discount": "九折", "payee_name": "南明书店", "bank_name": "贵州银行", "bank_account": "622200001111",
        "listed_at": now(),
    }  # fmt: skip
    return Merchant.objects.create(**{**values, **changes})


def a_profile(account: Account, union: Organisation, gender: str, nick: str, **changes: Any) -> Profile:
    """A verified profile."""
    matter = a_matter("M24", "verified", union.path, account)
    application = Application.objects.create(
        matter=matter,
        service="M24",
        kind=matter.kind,
        flow_digest=matter.flow_digest,
        account=account,
        values_json="{}",
        applied_at=now(),
    )
    values: dict[str, Any] = {
        "application": application, "account": account, "organisation": union, "nick": nick, "gender": gender,
        "birth_year": 1996, "real_name": f"{nick}真名", "phone": "13900005555", "about_me": "喜欢跑步",
        "verified_at": now(),
    }  # fmt: skip
    return Profile.objects.create(**{**values, **changes})


def a_book(union: Organisation, **changes: Any) -> Book:
    values = {"isbn": "9787530212004", "title": "平凡的世界", "author": "路遥", "copies": 1, "shelf": "一楼书屋"}
    return Book.objects.create(organisation=union, **{**values, **changes})


def a_club(union: Organisation, account: Account | None = None) -> Club:
    return Club.objects.create(
        matter=a_matter("W03", "active", union.path, account), account=account, organisation=union,
        name="南明羽毛球社", kind="sport", purpose="每周三晚上打球", since=now(),
    )  # fmt: skip


@stages("counsel")
def a_counsellor(scene: Scene) -> dict[str, Any]:
    """Somebody to listen, and answers that raise no alarm."""
    a_clerk("counsellor", scene.union.path, "试办的咨询师")
    return {"scale_points": "0,1,0,1"}


@stages("coupon")
def a_coupon_and_a_merchant(scene: Scene) -> None:
    union, year = scene.union, today().year
    kept: dict[str, Any] = {"service": scene.service.id, "organisation": union, "year": year}
    fund = Fund.objects.filter(**kept).first() or Fund.objects.create(**kept, source="union", total=0)
    fund.total += 1000
    fund.save(update_fields=["total"])
    until = (today() + timedelta(days=30)).isoformat()
    offer = Offer.objects.create(
        service=scene.service.id, organisation=union, region=union.region_id or "", title="会员日满减券", capacity=10,
        status=Offer.Status.PUBLISHED, made_at=now(), data={"value": "20.00", "use_until": until},
    )  # fmt: skip
    scene.offers[:] = [offer.pk]
    a_merchant(Account.objects.create_worker(free_phone()), union)


@walks("coupon.redeem")
def redeem(hands: Hands, matter: Matter) -> str:
    """The member shows the code, the merchant enters it on the page of their own."""
    with as_system("what the member holds in their hand"):
        claim = Claim.objects.get(application__matter=matter)
        merchant = Merchant.objects.filter(organisation__path=matter.holder_path, account__isnull=False).latest("pk")
    assert merchant.account is not None
    merchants.redeem(actor_for(merchant.account), merchant, codes.code_of(claim.pk, now()), None)
    return _("会员出示券码，商家在自己的页面上核销。")


@stages("M25")
def a_book_to_lend(scene: Scene) -> dict[str, Any]:
    return {"book_no": a_book(scene.union).pk}


@stages("W04")
def a_club_to_join(scene: Scene) -> dict[str, Any]:
    return {"club_no": a_club(scene.union).pk}


@stages("W05")
def a_club_that_meets(scene: Scene) -> None:
    """An event is of a club."""
    club = a_club(scene.union)
    for offer in Offer.objects.filter(pk__in=scene.offers):
        offer.data = {**offer.data, "club": str(club.pk)}
        offer.save(update_fields=["data"])


@stages("W06")
def a_verified_profile(scene: Scene) -> None:
    """Who signs up for an event has been verified before."""
    row = a_profile(Account.objects.get(pk=scene.worker.account_id or 0), scene.union, "F", "小云")
    # Of the application that it came of nothing else is asked.
    Application.objects.filter(pk=row.application_id).update(account=None)


@stages("W01")
def an_account_of_a_merchant(scene: Scene) -> dict[str, Any]:
    return {"account": "6222000011112222"}
