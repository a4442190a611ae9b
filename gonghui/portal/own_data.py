"""A worker's cases in the file of the own data that they may take along (个人信息保护法 45)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gonghui.appeals import queries
from gonghui.appeals.rules.common import LEAD_KIND
from gonghui.appeals.tables import sla
from gonghui.craft import actions as craft
from gonghui.kernel.actor import Actor
from gonghui.kernel.flow import flow_of
from gonghui.kernel.matters import state_text
from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.outbox import NOTICE, text_of
from gonghui.kernel.scope import as_system, bind, visible_to
from gonghui.kernel.times import day_of
from gonghui.knowledge import answers
from gonghui.knowledge.models import KeptAnswer
from gonghui.learning import honoraria
from gonghui.legal import bookings
from gonghui.legal import queries as legal
from gonghui.legal.rules.common import BOOKING_KIND, KINDS
from gonghui.membership import photos
from gonghui.people.actions import own_data_part, stays
from gonghui.people.actions.erasure import erasure_part
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.services import queries as services
from gonghui.services import retention
from gonghui.venues import bookings as slots
from gonghui.venues import card_scans, ratings, till
from gonghui.venues.models import Booking
from gonghui.voice import seconding, units

MOST = 10_000


def _applications_stay() -> str:
    """With the periods of the day on which it is read."""
    return gettext(
        "留在承办的工会，只有有权的人能看，从办结那天算起：%(periods)s；到期清除证件号、电话、地址、银行卡、材料和您写的话。"
        "只领一次的，另外留一个不能还原的标记，免得重复领。心理服务的内容不等期满，注销时就清除。"
    ) % {"periods": retention.told()}


def _appeals_stay() -> str:
    years = sla().archive_years
    return gettext(
        "留在承办的工会，只有有权的人能看，从结案那天算起：权益类 %(rights)s 年，咨询类 %(consult)s 年；"
        "到期清除姓名、电话、证件号、材料、往来和答复。"
    ) % {name: years[name].value for name in ("rights", "consult")}


def _vouchers_stay() -> str:
    return gettext("会计凭证要保存 %(years)d 年，到期清除姓名和卡号。") % {"years": retention.table().vouchers.years}


stays(_("办结的服务申请"), lazy(_applications_stay, str)())
stays(_("办结的诉求"), lazy(_appeals_stay, str)())
stays(_("办结的法律服务"), _("案卷留在承办的工会，只有有权的人能看。"))
stays(_("发过补助和物资的凭证"), lazy(_vouchers_stay, str)())
stays(_("互助参保登记"), _("保障期里您和经办机构都要能查到；不和您的账号相连。"))
stays(_("会籍登记"), _("工会要能证明谁是会员；和您的账号、手机号断开，要退会请先申请退会。"))
stays(_("授权和操作的记录"), _("证明我们做过什么、谁看过您的资料；只记动作，不记内容。"))


@own_data_part("cases", _("诉求和往来"))
def cases(account: Account) -> list[dict[str, Any]]:
    """Every case of the account as its own page shows it: what the worker may see there, and nothing else."""
    actor = actor_for(account)
    return [_case(queries.worker_case(actor, matter.pk)) for _appeal, matter, _state in queries.my_cases(actor, MOST)]


@own_data_part("legal_cases", _("法律咨询和法律援助"))
def legal_cases(account: Account) -> list[dict[str, Any]]:
    """The legal services the account asked for, with the file as its worker reads it."""
    actor = actor_for(account)
    return [_legal(legal.case_page(actor, pk)) for pk in _own(actor, KINDS)]


@own_data_part("legal_bookings", _("法律服务预约"))
def legal_bookings(account: Account) -> list[dict[str, Any]]:
    """What the account booked, with what was arranged and done."""
    actor = actor_for(account)
    return [_booking(bookings.booking_page(actor, pk)) for pk in _own(actor, (BOOKING_KIND,))]


def _own(actor: Actor, kinds: Iterable[str]) -> list[int]:
    """The matters of these kinds, the newest first."""
    with bind(actor):
        mine = visible_to(actor).filter(kind__in=kinds).order_by("-opened_at")
        return list(mine.values_list("pk", flat=True)[:MOST])


def _booking(page: bookings.BookingPage) -> dict[str, Any]:
    booking = page.booking
    return {
        "number": page.matter.number,
        "service": booking.service,
        "name": booking.name,
        "phone": booking.phone,
        "wish": booking.wish,
        "at": booking.at,
        "place": booking.place,
        "result": booking.result,
        "satisfaction": booking.satisfaction,
    }


@own_data_part("memberships", _("会籍和电子会员证"))
def memberships(account: Account) -> list[dict[str, Any]]:
    """The memberships of the account with what happened to them."""
    rows = account.memberships.select_related("organisation").prefetch_related("changes").order_by("pk")
    return [
        {
            "number": row.number,
            "name": row.name,
            "id_no": row.id_no,
            "phone": row.phone,
            "union": row.organisation.name,
            "unit": row.unit,
            "post": row.post,
            "skill": row.skill,
            "dues_way": row.dues_way,
            "since": row.since,
            "state": row.state,
            "card": row.card,
            "photos": [
                {
                    "sent_at": photo.consented_at,
                    "state": photo.state,
                    "decided_at": photo.decided_at,
                    "refusal": photo.refusal,
                    "picture": photos.picture(photo),
                }
                for photo in photos.of(row)
            ],
            "changes": [
                {"at": change.at, "kind": change.kind, "value": change.value, "reason": change.reason}
                for change in row.changes.all()
            ],
        }
        for row in rows
    ]


@own_data_part("card_verified", _("会员证核验记录"))
def card_verified(account: Account) -> list[dict[str, Any]]:
    """Where and when the account's card was verified, as its own page shows it."""
    return [
        {"at": one.at, "place": one.venue, "union": one.union, "result": one.result}
        for one in card_scans.seen(account.pk, MOST)
    ]


@own_data_part("bookings_of_places", _("场馆和活动预约"))
def bookings_of_places(account: Account) -> list[dict[str, Any]]:
    """The slots of halls and events the account booked."""
    return [
        {
            "place": booking.slot.venue.name,
            "what": booking.slot.hall,
            "starts": booking.slot.starts,
            "ends": booking.slot.ends,
            "people": booking.people,
            "state": booking.state,
            "booked_at": booking.at,
            "amount": str(booking.amount),
            "paid": booking.pay_state,
            "health_promise": booking.fit_at,
            "excused_at": booking.excused_at,
            "desk_reason": booking.desk_text,
            "rating": {"stars": rating.stars, "words": rating.said_text, "at": rating.at}
            if (rating := ratings.of(booking)) is not None
            else None,
            "receipts": [
                {"number": row.number, "at": row.at, "kind": row.kind, "way": row.way, "amount": str(row.amount)}
                for row in till.receipts(booking)
            ],
        }
        for booking in slots.own_list(actor_for(account), MOST)
    ]


@own_data_part("kept_answers", _("保存的解答"))
def kept_answers(account: Account) -> list[dict[str, Any]]:
    """The answers the account kept, and those it sent with its cases, as they were told."""
    actor = actor_for(account)
    with bind(actor):
        own = visible_to(actor).filter(owner_id=account.pk)
        rows = KeptAnswer.objects.filter(Q(owner=account) | Q(matter__in=own, way=KeptAnswer.Way.WORKER))
        return [answers.shown(row).as_dict() for row in rows.order_by("-at")[:MOST]]


@own_data_part("applications", _("服务申请"))
def applications(account: Account) -> list[dict[str, Any]]:
    """What the account applied for, as it was filled in, with what became of it."""
    actor = actor_for(account)
    own = services.own_list(actor, MOST)
    return [_application(services.own_page(actor, matter.pk, clear=True)) for matter, _state in own]


@own_data_part("service_drafts", _("没填完的表"))
def service_drafts(account: Account) -> list[dict[str, Any]]:
    """Forms begun and not handed in."""
    rows = account.service_drafts.order_by("pk")
    return [{"service": row.service, "filled_in": json.loads(row.values_json), "at": row.updated_at} for row in rows]


@own_data_part("messages", _("发给您的消息"))
def messages(account: Account) -> list[dict[str, Any]]:
    """What the platform sent to the account."""
    rows = OutboxMessage.objects.filter(topic=NOTICE, account_id=account.pk).order_by("-created_at")[:MOST]
    return [{"at": row.created_at, "text": text_of(row), "read_at": row.read_at} for row in rows]


@own_data_part("other_matters", _("报修和其他事项"))
def other_matters(account: Account) -> list[dict[str, Any]]:
    """Matters of kinds that no part of this file speaks of: a new room's are there before anybody has thought of it."""
    actor = actor_for(account)
    spoken = Q(kind__startswith="services.") | Q(kind__in=(*KINDS, BOOKING_KIND, LEAD_KIND))
    with bind(actor):
        rows = visible_to(actor).filter(owner_id=account.pk).exclude(spoken).order_by("-opened_at")[:MOST]
        return [
            {
                "number": row.number,
                "kind": str(flow_of(row).title),
                "title": row.title,
                "state": state_text(row, for_worker=True),
                "opened_at": row.opened_at,
                "closed_at": row.closed_at,
            }
            for row in rows
        ]


@erasure_part
def drop_messages(account: Account) -> None:
    """What was sent to the account goes with it, and its name on bookings: the places stay counted."""
    OutboxMessage.objects.filter(topic=NOTICE, account_id=account.pk).delete()
    Booking.objects.filter(account=account).update(account=None, desk_text="")


def _application(page: services.Own) -> dict[str, Any]:
    ended = page.matter.closed_at
    return {
        "number": page.matter.number,
        "service": page.service.zh,
        "applied_at": page.application.applied_at,
        "state": page.state,
        "filled_in": dict(page.rows),
        "files": [{"name": row.original_name, "bytes": row.size} for row in page.files],
        "answer": page.application.told_text,
        "kept_until": retention.until(page.service.id, day_of(ended)) if ended is not None else None,
        "payment": str(page.payment.amount) if page.payment is not None else None,
        "payment_status": str(page.payment.get_status_display()) if page.payment is not None else None,
    }


def _legal(page: legal.CasePage) -> dict[str, Any]:
    return {
        "number": page.matter.number,
        "state": page.state,
        "question": page.file.asked_words if page.file is not None else "",
        "talk": [{"at": entry.at, "from_me": entry.from_worker, "text": entry.text} for entry in page.entries],
        "facts": page.application.facts_json if page.application is not None else "",
        "files": [{"name": paper.original_name, "bytes": paper.size, "added_at": paper.at} for paper in page.papers],
        "papers": [{"version": row.version, "at": row.at, "text": row.text} for row in page.drafted],
    }


def _case(case: queries.cases.WorkerCase) -> dict[str, Any]:
    appeal = case.appeal
    return {
        "number": appeal.number,
        "query_code": appeal.query_code,
        "received_at": appeal.received_at,
        "name": appeal.reporter_name,
        "phone": appeal.phone,
        "id_no": appeal.id_no,
        "title": appeal.title,
        "description": appeal.description,
        "demand": appeal.demand,
        "category": case.category,
        "state": case.state,
        "handled_by": case.handler,
        "result": case.result,
        "steps": [{"at": step.at, "text": str(step.text)} for step in case.steps],
        "messages": [
            {"at": message.at, "from_me": message.from_worker, "text": message.text} for message in case.messages
        ],
        "files": [
            {"name": attachment.original_name, "bytes": attachment.size, "added_at": attachment.added_at}
            for attachment in case.attachments
        ],
    }


@own_data_part("units")
def own_units(account: Account) -> list[str]:
    """The units that the account is known to be of."""
    return [unit.name for unit in units.units_of(actor_for(account))]


@own_data_part("seconded")
def seconded(account: Account) -> list[dict[str, Any]]:
    """The proposals to a congress that the account said something of."""
    found = seconding.to_second(actor_for(account))
    return [{"number": row.matter.number, "agreed": said} for row, said in found if said is not None]


@own_data_part("taught")
def taught(account: Account) -> list[dict[str, Any]]:
    """The sessions the account taught, by which honoraria are reckoned."""
    return [
        {"session": row.offer.title, "day": honoraria.day_of(row.offer), "name": row.lecturer_name, "hours": row.hours}
        for row in honoraria.claimable(account.pk)
    ]


@own_data_part("craftsman")
def craftsman(account: Account) -> list[dict[str, Any]]:
    """The account's entry in the library of craftsmen, with honours, achievements, and the needs it was asked for."""
    person = craft.craftsman_of(actor_for(account))
    if person is None:
        return []
    with as_system("one's own entry"):
        return [
            {
                **{name: getattr(person, name) for name in ("name", "id_no", "phone", "unit", "trade", "technology")},
                "shown_since": person.consented_at,
                "survey": person.survey_json,
                "honours": [{"kind": row.kind, "year": row.year} for row in person.honours.order_by("year")],
                "achievements": [str(row) for row in person.achievements.order_by("pk")],
                "videos": [{"title": row.title, "transcript": row.transcript} for row in person.videos.order_by("pk")],
                "asks": [
                    {"number": row.matter.number, "state": row.state, "asked_at": row.asked_at}
                    for row in person.asks.exclude(asked_at=None).select_related("matter").order_by("asked_at")
                ],
            }
        ]
