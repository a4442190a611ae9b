"""受理: take an appeal in. One transaction, never lost, never doubled; understanding follows in the worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gonghui import brain
from gonghui.appeals import tables
from gonghui.appeals.actions.attachments import attach
from gonghui.appeals.intake import IntakeData, content_hash
from gonghui.appeals.models import Appeal, AppealEmployer, NamedWorker, WorkOrder
from gonghui.appeals.models.appeal import CODE_ALPHABET, CODE_LENGTH
from gonghui.appeals.routing import receiving_path
from gonghui.appeals.rules.common import LEAD_KIND
from gonghui.appeals.rules.notices import queue
from gonghui.brain.alarms import find_alarms
from gonghui.kernel import outbox
from gonghui.kernel.actor import Actor
from gonghui.kernel.calendar import default_calendar
from gonghui.kernel.clocks import due_moment
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.matters import open_matter
from gonghui.kernel.models import Matter
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import as_system
from gonghui.kernel.tickets import new_letters
from gonghui.kernel.times import SHANGHAI
from gonghui.kernel.times import now as present
from gonghui.organisations.models import Region

# Levels of the work order's number (1.13) by the depth of the receiving organisation's path.
LEVELS = {1: "G", 2: "S", 3: "C", 4: "X"}


@dataclass(frozen=True)
class Received:
    """What the worker gets: the appeal, its matter and the query code. `created` is False for a repeated sending."""

    appeal: Appeal
    matter: Matter
    query_code: str
    created: bool


def receive(
    actor: Actor,
    data: IntakeData,
    *,
    channel: str,
    idempotency_key: str | None = None,
    attachments: Sequence[File] = (),
    state: str = "registered",
) -> Received:
    """Register an appeal. The same idempotency key, or the same external id of a source, returns the first one.

    Raises InvalidData when an attachment is refused: then nothing at all was stored. Understanding, duplicates and
    mass checks run in the worker (`task.understand`); only alarm words are looked for here, so that a threat to
    life is P0 from the first second.
    """
    if channel not in tables.codes(tables.intake().channels):
        raise ValueError(f"unknown channel {channel!r}")
    with as_system("anybody may lodge an appeal"):
        _check_region(data.work_region)
        try:
            with transaction.atomic(), outbox.together():
                return _register(actor, data, channel, idempotency_key, attachments, state)
        except IntegrityError:
            # Sent before, or twice at once: the database's own uniqueness says so. Looking first would cost every new
            # appeal a question that is nearly always answered with no, and still could not tell two at once.
            known = _known(data, idempotency_key)
            if known is None:
                raise
            return known


def _known(data: IntakeData, idempotency_key: str | None) -> Received | None:
    """The appeal that came with this key or external id before."""
    ids: list[int] = []
    appeals = Appeal.objects.order_by().values_list("pk", flat=True)
    if idempotency_key:
        ids = list(appeals.filter(idempotency_key=idempotency_key[:120])[:1])
    if not ids and data.external_id:
        ids = list(appeals.filter(source=data.source, external_id=data.external_id)[:1])
    if not ids:
        return None
    found = Appeal.objects.get(pk=ids[0])
    order = found.orders.select_related("matter").get(role=WorkOrder.Role.LEAD)
    return Received(found, order.matter, found.query_code, created=False)


def _check_region(code: str) -> None:
    """InvalidData for a place that does not exist. A town counts by its county, as not all towns are loaded; without
    any regions loaded nothing can be checked."""
    if not code or code[:6] in _regions_seen:
        return
    if Region.objects.filter(pk=code[:6]).exists():
        _regions_seen.add(code[:6])
    elif Region.objects.exists():
        raise InvalidData({"work_region": [_("没有这个地区代码，请从列表里选择地区。")]})


# Codes found before: regions are never taken away, so that an intake asks for each only once.
_regions_seen: set[str] = set()


def new_code() -> str:
    return new_letters(CODE_LENGTH, CODE_ALPHABET)


def _register(
    actor: Actor,
    data: IntakeData,
    channel: str,
    idempotency_key: str | None,
    files: Sequence[File],
    state: str,
) -> Received:
    at = present()
    item = tables.item(tables.intake().channels, channel)
    alarms = [alarm for alarm in find_alarms(f"{data.title}\n{data.description}") if not alarm.negated]
    priority = min([int(alarm.level[1]) for alarm in alarms] + [_floor(data)])
    holder = receiving_path(actor, data.work_region)
    day = f"{at.astimezone(SHANGHAI):%Y%m%d}"
    region = (data.work_region or _region_of(holder))[:6]
    code = new_code()
    owner_id = actor.account_id if actor.kind == "worker" else None
    appeal = Appeal(
        query_code=code,
        query_code_index="",
        channel=channel,
        idempotency_key=idempotency_key[:120] if idempotency_key else None,
        content_hash=content_hash(data.description),
        received_at=at,
        received_by_id=actor.account_id if actor.kind == "staff" else None,
        owner_id=owner_id,
        title=_title(data),
        work_region=data.work_region,
        alarms=[alarm.to_dict() for alarm in alarms],
        consent_version=data.consent_version or (tables.intake().current_consent if data.consent else ""),
        **_plain_fields(data),
    )
    appeal.number = f"12351-{region}-{day}-{next_number(f'appeal:{region}:{day}'):05d}"
    appeal.save()
    restricted = data.category.startswith(tables.routing().discipline_categories)
    matter = open_matter(
        LEAD_KIND,
        actor=actor,
        title=appeal.title,
        holder_path=holder,
        number=f"GD-{LEVELS.get(holder.count('.') + 1, 'X')}-{day}-{region}{appeal.number[-5:]}",
        state=state,
        priority=priority,
        category=data.category,
        region=data.work_region,
        owner_id=owner_id,
        restricted=restricted,
        data={"nature": data.nature} if data.nature else {},
        receive=holder,
        at=at,
    )
    order = WorkOrder.objects.create(
        matter=matter, appeal=appeal, nature=data.nature, supervised=bool(item and item.supervised)
    )
    _parties(appeal, data)
    for file in files:
        attach(appeal, matter, file, actor, at)
    if state != "draft":
        outbox.enqueue_new("task.understand", f"understand:{appeal.pk}", {"appeal": appeal.pk}, matter=matter)
    queue(order, matter, "received", "1", {"number": appeal.number, "due": _expected(matter, at)}, fresh=True)
    if priority == 0:
        outbox.enqueue(
            "notice.staff",
            f"staff:{matter.pk}:alarm",
            {"path": holder, "kind": "emergency", "number": matter.number},
            matter=matter,
        )
    return Received(appeal, matter, code, created=True)


def _floor(data: IntakeData) -> int:
    """Urgency that follows from the fields alone: ten people with one demand are P1 (handbook 1.4)."""
    return 1 if data.people_count >= tables.number(tables.intake().limits, "collective_from") else 3


def _title(data: IntakeData) -> str:
    """A heading for lists: never with a phone or identity number in it."""
    text = data.title or " ".join(data.description.split())[:40]
    return brain.mask_personal(text)[:80]


def _region_of(path: str) -> str:
    """The six-digit region code of an organisation's path: `cn` → 000000, `cn.52` → 520000."""
    digits = [part for part in path.split(".")[1:] if part.isdigit()]
    return (digits[-1] if digits else "").ljust(6, "0")


def _expected(matter: Matter, at: Any) -> str:
    """The day we name to the worker: dispatch, sign-off and result limits of an ordinary case of this urgency."""
    urgency = f"P{matter.priority}"
    limit = tables.step_limit("result_ordinary", urgency, matter.holder_path)
    begin = default_calendar().add_working_days(at, tables.step_limit("dispatch", "P3", matter.holder_path).amount).at
    return f"{due_moment(begin, limit)[0].astimezone(SHANGHAI):%m月%d日}"


def _plain_fields(data: IntakeData) -> dict[str, Any]:
    names = (
        "anonymous", "disclose_ok", "reporter_name", "phone", "backup_contact", "id_no", "gender", "birth_year",
        "household", "is_member", "member_no", "union_name", "worker_type", "people_count", "employer_name",
        "work_address", "home_region", "employed_from", "employed_to", "still_employed", "contract_signed",
        "social_insured", "avg_wage", "category", "nature", "description", "demand", "demand_amount", "incident_date",
        "tried", "consent", "source", "external_id", "call", "written_at",
    )  # fmt: skip
    return {name: getattr(data, name) for name in names}


def _parties(appeal: Appeal, data: IntakeData) -> None:
    """The employer's side as named; matching to known employers is the worker's task."""
    rows = {(party.role, party.name): party for party in data.parties if party.name}
    if data.employer_name and ("employer", data.employer_name) not in rows:
        AppealEmployer.objects.create(appeal=appeal, role="employer", name=data.employer_name, uscc=data.uscc)
    AppealEmployer.objects.bulk_create(
        AppealEmployer(appeal=appeal, role=role, name=name, uscc=party.uscc) for (role, name), party in rows.items()
    )
    for worker in data.named_workers:
        NamedWorker.objects.create(
            appeal=appeal,
            name=worker.name,
            phone=worker.phone,
            amount=worker.amount,
            evidence=worker.evidence,
            representative=worker.representative,
        )


def register_missed_call(actor: Actor, *, call: dict[str, Any], phone: str = "") -> Received:
    """A call nobody answered becomes a draft appeal in the callback queue (handbook 1.1)."""
    data = IntakeData.parse(
        {
            "description": "未接来电，待回拨登记。",
            "title": "未接来电",
            "phone": phone,
            "anonymous": not phone,
            "call": call,
        }
    )
    return receive(actor, data, channel="phone", idempotency_key=f"call:{call.get('id', '')}", state="draft")
