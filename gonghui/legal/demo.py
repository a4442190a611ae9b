"""演示: a rota of lawyers and volunteers, and consultations and legal aid that have moved through real states.

What happens is data (`data/demo_cases.yaml`): each case with its appeal and its steps, hours apart. Every step goes
through the flow as in earnest, at its past moment. Safe to repeat: what is there already is left alone.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from gonghui.appeals import actions as appeals
from gonghui.appeals.demo import Staff, let_clocks_run
from gonghui.appeals.intake import IntakeData
from gonghui.appeals.understanding import understand_appeal
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import KernelError
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.tables import Row, read_table
from gonghui.kernel.times import now, time_shifted, today
from gonghui.legal import actions, bookings, drafting, drafts, lines
from gonghui.legal.eligibility import Facts
from gonghui.legal.models import Booking, Counsel, LegalCase, MeansLine
from gonghui.organisations.models import Organisation
from gonghui.people.actions.demo import WORKER, WORKER_PHONE
from gonghui.people.actors import actor_for
from gonghui.people.models import Account

DATA = Path(__file__).parent / "data" / "demo_cases.yaml"


class DemoCounsel(Row):
    """Somebody on the rota. `shifts`: weekday, from, to. `acted`: employers they acted for."""

    username: str
    path: str
    kind: str = "lawyer"
    firm: str = ""
    gender: str = ""
    fields: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    max_open: int = 5
    shifts: tuple[tuple[int, time, time], ...] = ()
    away_in: int | None = None
    acted: tuple[str, ...] = ()


class DemoStep(Row):
    """`by`: worker, a counsel's user name, or a role at the case's union; `after` hours since the step before."""

    by: str
    do: str
    after: float
    data: dict[str, Any] = {}


class DemoCase(Row):
    """A case: the appeal it began from, what was asked `hours` ago, and how it went on."""

    key: str
    kind: str
    path: str
    category: str
    employer: str
    text: str
    question: str
    hours: float
    phone: str = WORKER_PHONE
    name: str = ""
    gender: str = ""
    facts: dict[str, Any] = {}
    deadline_in: int | None = None
    steps: tuple[DemoStep, ...] = ()


class DemoLine(Row):
    region: str
    monthly: Decimal
    valid_from: date
    source: str


class DemoBooking(Row):
    """A booking `hours` ago: by the worker of a case (`case`), or for a union (`path`)."""

    key: str
    service: str
    text: str
    hours: float
    case: str = ""
    path: str = ""
    employer: str = ""
    people: int | None = None
    steps: tuple[DemoStep, ...] = ()


class Demo(Row):
    bookings: tuple[DemoBooking, ...]
    counsels: tuple[DemoCounsel, ...]
    lines: tuple[DemoLine, ...]
    cases: tuple[DemoCase, ...]


def load_demo() -> int:
    """Load the rota and the cases; how many cases are new. Needs the demonstration's accounts and organisations."""
    data: Demo = read_table(DATA, Demo)
    staff = Staff()
    with as_system("loading the demonstration"):
        for row in data.counsels:
            _counsel(row, staff)
        for line in data.lines:
            if not MeansLine.objects.filter(region=line.region, valid_from=line.valid_from).exists():
                by = staff.at("supervisor", f"cn.{line.region}")
                lines.set_line(by, line.region, line.monthly, line.valid_from, line.source)
        made = sum(_case(case, staff) for case in data.cases)
        cases = {case.key: case for case in data.cases}
        made += sum(_booking(row, cases.get(row.case), staff) for row in data.bookings)
        if made:
            let_clocks_run()
    return made


def _counsel(row: DemoCounsel, staff: Staff) -> None:
    account = Account.objects.get(username=row.username)
    if Counsel.objects.filter(account=account).exists():
        return
    # The cases lie in the past: there too they held the duty.
    account.duties.filter(role="lawyer").update(valid_from=date(2020, 1, 1))
    keeper = staff.at("dispatcher", row.path)
    counsel = actions.register_counsel(
        keeper,
        row.username,
        Organisation.objects.get(path=row.path),
        kind=row.kind,
        firm_name=row.firm,
        gender=row.gender,
        fields=list(row.fields),
        languages=list(row.languages),
        max_open=row.max_open,
    )
    for weekday, starts, ends in row.shifts:
        actions.add_shift(keeper, counsel, weekday=weekday, starts=starts, ends=ends)
    if row.away_in is not None:
        actions.add_shift(keeper, counsel, day=today() + timedelta(days=row.away_in), away=True)
    for employer in row.acted:
        actions.declare_interest(keeper, counsel, "acted_for", employer)


def _case(case: DemoCase, staff: Staff) -> bool:
    """One case at its past moments, in one transaction."""
    key = f"demo:legal:{case.key}"
    if LegalCase.objects.filter(source__work_order__appeal__idempotency_key=key).exists():
        return False
    with transaction.atomic():
        ago = timedelta(hours=-case.hours)
        with time_shifted(ago - timedelta(hours=6)):
            source = _appeal(case, key, staff)
        with time_shifted(ago):
            matter = _begun(case, source, staff)
        for step in case.steps:
            ago += timedelta(hours=step.after)
            with time_shifted(min(ago, timedelta())):
                try:
                    _step(case, step, matter, staff)
                except KernelError as error:
                    raise KernelError(f"{DATA.name}: {case.key}, {step.do}: {error}") from error
    return True


def _appeal(case: DemoCase, key: str, staff: Staff) -> Matter:
    """The worker's appeal, dispatched to the case's union and taken up there."""
    province = ".".join(case.path.split(".")[:2])
    form = {
        "description": case.text,
        "phone": case.phone,
        "reporter_name": case.name,
        "work_region": case.path.rpartition(".")[2],
        "employer_name": case.employer,
        "category": case.category,
        "consent": True,
    }
    worker = _worker(case)
    agent = worker or staff.at("agent", province)
    channel = "web" if worker else "phone"
    received = appeals.receive(agent, IntakeData.parse(form), channel=channel, idempotency_key=key)
    understand_appeal(received.appeal)
    matter = received.matter
    matter.refresh_from_db()
    dispatcher = staff.at("dispatcher", province)
    said = {"category": case.category, "urgency": f"P{matter.priority}", "nature": "dispute", "difficulty": "ordinary"}
    matter = act(matter.pk, "triage", dispatcher, {**said, "reason": "演示"})
    matter = act(matter.pk, "dispatch", dispatcher, {"lead": case.path, "reason": "按管辖派单"})
    handler = staff.at("handler", case.path)
    matter = act(matter.pk, "accept", handler)
    return act(matter.pk, "start", handler)


def _worker(case: DemoCase) -> Actor | None:
    """The demonstration's worker, where it is them who asks: then the case is theirs in the portal too."""
    return actor_for(Account.objects.get(username=WORKER)) if case.phone == WORKER_PHONE else None


def _begun(case: DemoCase, source: Matter, staff: Staff) -> Matter:
    actor = _worker(case) or staff.at("handler", case.path)
    request = actions.Request(case.question, share=True, wish_gender=case.gender)
    if case.kind == "ask":
        return actions.ask_lawyer(actor, source, request, key="demo")
    money = {name: Decimal(value) for name, value in case.facts.items() if name in ("income", "local_line")}
    deadline = today() + timedelta(days=case.deadline_in) if case.deadline_in is not None else None
    facts = Facts(**{**case.facts, **money, "deadline": deadline})
    return actions.apply_for_aid(actor, source, request, facts, key="demo")


def _step(case: DemoCase, step: DemoStep, matter: Matter, staff: Staff) -> None:
    actor = _actor(case, step.by, staff)
    data = dict(step.data)
    if step.do == "draft":
        drafts.make_draft(actor, matter)
    elif step.do == "write":
        drafting.save(actor, matter.pk, data["document"], drafting.beginning(matter, data["document"]))
    elif step.do == "confirm_paper":
        drafting.judge(actor, matter.drafted_papers.latest("version").pk, right=True)
    else:
        if "counsel" in data:
            data["counsel"] = str(Counsel.objects.get(account__username=data["counsel"]).pk)
        act(matter.pk, step.do, actor, data)


def _booking(row: DemoBooking, case: DemoCase | None, staff: Staff) -> bool:
    key = f"demo:{row.key}"
    if Booking.objects.filter(idempotency_key__endswith=key).exists():
        return False
    ago = timedelta(hours=-row.hours)
    with transaction.atomic():
        with time_shifted(ago):
            if case is not None:
                source = Matter.objects.get(work_order__appeal__idempotency_key=f"demo:legal:{case.key}")
                actor = _worker(case) or staff.at("handler", case.path)
                matter = bookings.book(actor, source, bookings.Wish(row.service, row.text), key=key)
            else:
                wish = bookings.Wish(
                    row.service,
                    row.text,
                    name="演示联系人",
                    phone="0851-12351",
                    employer=row.employer,
                    people=row.people,
                )
                handler, union = staff.at("handler", row.path), Organisation.objects.get(path=row.path)
                matter = bookings.book_for_union(handler, union, wish, key=key)
        for step in row.steps:
            ago += timedelta(hours=step.after)
            with time_shifted(min(ago, timedelta())):
                data = dict(step.data)
                if "in_hours" in data:
                    data["at"] = now() + timedelta(hours=data.pop("in_hours"))
                by = actor if case is not None and step.by == "worker" else staff.at(step.by, matter.holder_path)
                act(matter.pk, step.do, by, data)
    return True


def _actor(case: DemoCase, by: str, staff: Staff) -> Actor:
    if by == "worker":
        worker = _worker(case)
        assert worker is not None, f"{case.key}: this worker has no account"
        return worker
    if by in ("dispatcher", "handler", "leader", "supervisor"):
        province = ".".join(case.path.split(".")[:2])
        return staff.at(by, province if by in ("dispatcher", "supervisor") else case.path)
    # What was assigned meanwhile counts from their next visit.
    return actor_for(Account.objects.get(username=by))
