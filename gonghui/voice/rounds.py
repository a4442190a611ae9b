"""推荐轮次 (handbook 5.3): a union opens a round for a year, takes what the units below it send, chooses no more than
its quota, publishes the choice for some days, and sends it up. City → province → nation; a proposal keeps its
number."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.scope import ancestors, as_system
from gonghui.kernel.times import now, today
from gonghui.organisations.models import Organisation
from gonghui.voice.models import Nomination, NominationObjection, Proposal, Round

KEEPERS = ("leader", "supervisor", "dispatcher")
LEVELS = (Organisation.Level.CITY, Organisation.Level.PROVINCE, Organisation.Level.NATIONAL)
# How long after the last day of the notice a lower round may still send up: the window of the one above decides.
OBJECTION_MOST = 1000


def own(actor: Actor) -> QuerySet[Round]:
    rows = Round.objects.select_related("organisation").filter(organisation__path__in=actor.paths_as(*KEEPERS))
    return rows.order_by("-year", "organisation__path")


def kept(actor: Actor, round_id: int) -> Round:
    """NotFound for another union's."""
    row = own(actor).filter(pk=round_id).first()
    if row is None:
        raise NotFound
    return row


def open_round(actor: Actor, organisation: Organisation, data: dict[str, Any]) -> Round:
    """One a year and union. InvalidData beside fields."""
    wrong: dict[str, list[str]] = {}
    if organisation.level not in LEVELS:
        wrong["year"] = [_("推荐轮次由市级、省级和全国总工会开。")]
    elif Round.objects.filter(organisation=organisation, year=data["year"]).exists():
        wrong["year"] = [_("今年的轮次已经开了。")]
    if data["quota_out"] > data["quota_in"]:
        wrong["quota_out"] = [_("推荐名额不能多于接收名额。")]
    if data["closes"] < data["opens"]:
        wrong["closes"] = [_("结束不能早于开始。")]
    if wrong:
        raise InvalidData(wrong)
    with transaction.atomic():
        row = Round.objects.create(organisation=organisation, **data)
        quotas = {"in": row.quota_in, "out": row.quota_out}
        trail.record(f"round:{row.pk}", "round", actor=actor, after={"year": row.year, **quotas})
    return row


def above(path: str, day: date) -> Round | None:
    """The round that takes proposals from a unit, or from a lower round, today: of the nearest union above it."""
    rows = Round.objects.select_related("organisation").filter(
        organisation__path__in=ancestors(path)[:-1], state=Round.State.OPEN, opens__lte=day, closes__gte=day
    )
    return max(rows, key=lambda row: len(row.organisation.path), default=None)


def full(row: Round) -> str | None:
    """Why nothing more goes in; None where something does."""
    if row.nominations.count() < row.quota_in:
        return None
    return _("%(union)s今年的接收名额已满（%(most)d 件）。") % {"union": row.organisation.name, "most": row.quota_in}


def enter(row: Round, proposal: Proposal, at: datetime) -> Nomination:
    """Into the round, never more than it takes: the round's row is locked while they are counted."""
    with transaction.atomic(), as_system("the round of the union above"):
        row = Round.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=row.pk)
        if (reason := full(row)) is not None:
            raise GuardRefused([reason])
        found, _made = Nomination.objects.get_or_create(round=row, proposal=proposal, defaults={"at": at})
    return found


def choose(actor: Actor, row: Round, chosen: set[int]) -> Round:
    """拟推荐: choose within the quotas, and publish for the days of the round. InvalidData beside `chosen`."""
    with transaction.atomic(), as_system("the union's own round"):
        row = Round.objects.select_for_update().get(pk=row.pk)
        if row.state != Round.State.OPEN:
            raise GuardRefused([_("这一轮已经公示过了。")])
        rows = list(row.nominations.select_related("proposal"))
        picked = [one for one in rows if one.pk in chosen]
        problem = _over_quota(row, picked)
        if problem:
            raise InvalidData({"chosen": [problem]})
        for one in rows:
            one.state = Nomination.State.CHOSEN if one in picked else Nomination.State.OUT
        Nomination.objects.bulk_update(rows, ["state"])
        row.state, row.published_on = Round.State.PUBLICITY, today()
        row.publicity_ends = today() + timedelta(days=row.publicity_days - 1)
        row.save()
        trail.record(f"round:{row.pk}", "publish_round", actor=actor, after={"chosen": len(picked)})
    return row


def _over_quota(row: Round, picked: list[Nomination]) -> str:
    if not picked:
        return _("请至少选一件。")
    if len(picked) > row.quota_out:
        return _("最多推荐 %(most)d 件，选了 %(n)d 件。") % {"most": row.quota_out, "n": len(picked)}
    for ownership, most in row.quotas.items():
        have = sum(one.proposal.ownership == ownership for one in picked)
        if have > int(most):
            return _("这类单位最多推荐 %(most)d 件，选了 %(n)d 件。") % {"most": int(most), "n": have}
    return ""


def send_up(actor: Actor, row: Round) -> int:
    """公示期满: what stands goes into the round above, where there is one. GuardRefused before that, and while a named
    objection is open. Returns how many were sent."""
    with transaction.atomic(), as_system("the union's own round"):
        row = Round.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=row.pk)
        if row.state != Round.State.PUBLICITY or row.publicity_ends is None:
            raise GuardRefused([_("还没有公示。")])
        if today() <= row.publicity_ends:
            raise GuardRefused([_("公示到 %(day)s，期满才能推荐。") % {"day": row.publicity_ends.isoformat()}])
        open_ones = NominationObjection.objects.filter(nomination__round=row, upheld=None)
        if any(one.name and one.phone for one in open_ones):
            raise GuardRefused([_("还有没核查完的异议，核查清楚才能推荐。")])
        sent = list(row.nominations.select_related("proposal").filter(state=Nomination.State.CHOSEN))
        higher = above(row.organisation.path, today())
        for one in sent:
            one.state = Nomination.State.SENT
            if higher is not None:
                enter(higher, one.proposal, now())
        Nomination.objects.bulk_update(sent, ["state"])
        row.state = Round.State.CLOSED
        row.save(update_fields=["state"])
        trail.record(f"round:{row.pk}", "send_round", actor=actor, after={"sent": len(sent)})
    return len(sent)


def published(day: date) -> list[Nomination]:
    """What is under public notice today: title, unit, number; nobody is named."""
    with as_system("public notice"):
        rows = Nomination.objects.select_related(
            "round__organisation", "proposal__matter", "proposal__congress"
        ).filter(state=Nomination.State.CHOSEN, round__state=Round.State.PUBLICITY, round__publicity_ends__gte=day)
        return list(rows.order_by("round__organisation__path", "-proposal__mark"))


def object_to(nomination_id: int, text: str, name: str = "", phone: str = "") -> NominationObjection:
    """异议 while it is published. With a name and phone it must be settled; without, it is a lead."""
    text, name, phone = text.strip(), name.strip(), phone.strip()
    wrong: dict[str, list[str]] = {}
    if not 5 <= len(text) <= OBJECTION_MOST:
        wrong["text"] = [_("请写明异议和理由，5 到 %(most)d 个字。") % {"most": OBJECTION_MOST}]
    if bool(name) != bool(phone):
        wrong["phone" if name else "name"] = [_("姓名和电话要么都填，要么都不填。")]
    if wrong:
        raise InvalidData(wrong)
    with transaction.atomic(), as_system("anybody may object"):
        row = Nomination.objects.select_related("round").filter(pk=nomination_id).first()
        last = row.round.publicity_ends if row is not None else None
        if row is None or row.state != Nomination.State.CHOSEN or last is None or today() > last:
            raise NotFound
        return NominationObjection.objects.create(nomination=row, objection_text=text, name=name, phone=phone, at=now())


def settle(actor: Actor, row: Round, objection_id: int, upheld: bool, finding: str) -> None:
    """核查异议. One that is right takes the proposal out. NotFound for another round's."""
    if not finding.strip():
        raise InvalidData({"finding": [_("请写明核查情况。")]})
    with transaction.atomic(), as_system("the union's own round"):
        one = NominationObjection.objects.select_related("nomination").filter(
            pk=objection_id, nomination__round=row, upheld=None
        ).first()  # fmt: skip
        if one is None:
            raise NotFound
        one.upheld, one.finding_text = upheld, finding.strip()[:OBJECTION_MOST]
        one.save(update_fields=["upheld", "finding_text"])
        if upheld:
            Nomination.objects.filter(pk=one.nomination_id).update(state=Nomination.State.OUT)
        trail.record(f"round:{row.pk}", "settle_objection", actor=actor, after={"upheld": upheld})
