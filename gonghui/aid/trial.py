"""试办: the campaign, the file and the quota that a walk through this room's services finds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gonghui.aid import campaigns
from gonghui.aid.models import Campaign, HardshipFile, HouseholdMember, Quota
from gonghui.aid.mutual import plans, register
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.matters import open_matter
from gonghui.kernel.times import now, today
from gonghui.membership import queries as members
from gonghui.organisations.models import Organisation
from gonghui.services import actions
from gonghui.services.catalogue import catalogue
from gonghui.services.models import Application, Fund, Offer, Stock
from gonghui.services.trial.walkers import Scene, stages

TITLE, PLACES = "试办的夏送清凉", 5


@stages("M16", "A02")
def a_campaign(scene: Scene) -> dict[str, Any]:
    """A campaign to be on the list of."""
    campaign = campaign_of(scene.service.id, scene.union)
    scene.offers[:] = [campaign.offer_id or 0]
    return {"target": "heat"}


def campaign_of(service_id: str, union: Organisation) -> Campaign:
    """A campaign that takes its list, without the people who approved it."""
    cash, closes = service_id == "A02", today() + timedelta(days=20)
    matter = open_matter(
        campaigns.KIND, actor=SYSTEM, title=TITLE, holder_path=union.path, number=f"SB-{service_id}-{union.pk}",
        state="planned",
    )  # fmt: skip
    campaign = Campaign.objects.create(
        matter=matter, organisation=union, title=TITLE, season="summer", kind="cash" if cash else "goods",
        item="" if cash else "防暑药包", source="union", budget=1000, each=100, targets=["heat"], closes=closes,
    )  # fmt: skip
    matter.state = "listing"
    matter.save(update_fields=["state"])
    campaign.offer = Offer.objects.create(
        service=service_id, organisation=union, region=union.region_id or "", title=TITLE, capacity=10,
        data={"season": "夏送清凉", "what": "防暑药包", "targets": "高温岗位职工", "route": "个人申领"},
        closes=campaigns.last_moment(campaign), status=Offer.Status.PUBLISHED, made_at=now(),
    )  # fmt: skip
    kept: dict[str, Any] = {"service": service_id, "organisation": union, "year": today().year}
    if cash:
        campaign.fund = Fund.objects.filter(**kept).first() or Fund.objects.create(**kept, source="union", total=1000)
    else:
        campaign.stock = Stock.objects.create(**kept, item="试办的防暑药包", total=10)
    campaign.save()
    return campaign


@stages("M21")
def a_quota(scene: Scene) -> None:
    """Places for the union whose member applies."""
    own = members.current_of(scene.worker.account_id)
    for offer in Offer.objects.filter(pk__in=scene.offers):
        Quota.objects.create(offer=offer, organisation=own.organisation if own else scene.union, places=PLACES)


@stages("M26")
def places_of_a_class(scene: Scene) -> None:
    Offer.objects.filter(pk__in=scene.offers).update(data={"places": PLACES})


@stages("M17")
def a_cover(scene: Scene) -> dict[str, Any]:
    """Who applies joined the first of the plans long enough ago."""
    plan, since = a_plan(), today() - timedelta(days=120)
    own = members.current_of(scene.worker.account_id)
    union = own.organisation if own else scene.union
    register.write(SYSTEM, union, plan, register.Entry("王小明", scene.number, since), "collective")
    return {"first_by": "county", "plan": plan.code, "joined": True, "own_paid": "1000"}


def a_plan() -> plans.Plan:
    """One without lists, where there is such."""
    known = sorted(plans.book().codes().values(), key=lambda plan: (bool(plan.diseases), plan.code))
    return known[0]


@stages("A01")
def a_file(scene: Scene) -> dict[str, Any]:
    """The family has a file of hardship."""
    a_file_of(scene.union, scene.number)
    return {"asked": "100", "rhythm": "once"}


def a_file_of(union: Organisation, id_no: str) -> HardshipFile:
    """A file of hardship of somebody with this identity number."""
    service = catalogue().services["M15"]
    matter = open_matter(
        service.kind_of_matter, actor=SYSTEM, title=service.zh, holder_path=union.path, number=f"SB-M15-{union.pk}",
        state="filed",
    )  # fmt: skip
    values = {"name": "王小明", "id_no": id_no, "members": [], "region": union.region_id or ""}
    application = Application.objects.create(
        matter=matter, service="M15", kind=service.kind_of_matter, flow_digest=matter.flow_digest,
        region=union.region_id or "", id_no=id_no, values_json=actions.dump(values), applied_at=now(),
    )  # fmt: skip
    file = HardshipFile.objects.create(
        application=application, organisation=union, number=f"SB-{union.pk}", region=union.region_id or "",
        level="deep", people=3, plan=["living"], opened_on=today(), reviewed_on=today(),
    )  # fmt: skip
    HouseholdMember.objects.create(file=file, id_no=id_no)
    return file
