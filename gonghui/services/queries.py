"""What may be asked: a worker's own applications, an application as the desk may read it, how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.flow import flow_of, get_flow
from gonghui.kernel.flow.schema import Text
from gonghui.kernel.matters import allowed, state_text
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system, bind, visible_to
from gonghui.kernel.tickets import looked_up
from gonghui.kernel.times import today
from gonghui.kernel.vault import mask_id, mask_name, mask_phone
from gonghui.membership.models import Membership
from gonghui.organisations.models import Organisation, Region
from gonghui.organisations.queries import names_of
from gonghui.services import earlier as lists
from gonghui.services import facts, files, offers
from gonghui.services.actions import application_of, load
from gonghui.services.amounts import Amount
from gonghui.services.catalogue import service_of
from gonghui.services.fields import choices_of
from gonghui.services.models import Application, FormFile, Objection, Offer, Payment, Recovery, Seat, Voucher
from gonghui.services.review import CONTEST, REFUSED
from gonghui.services.rules.goods import CODE
from gonghui.services.rules.granting import reckoned
from gonghui.services.sources import asks_register
from gonghui.services.spec import FormField, Service

# Hidden steps of the owner that have a place of their own on the page of the application.
PLACED = ("complete", "check_in", "check_out")
# Steps of the owner that are not offered where they would be refused: a late review, a parcel that was none.
OR_NOT_AT_ALL = (CONTEST, "not_come")
HANDLERS = ("handler", "dispatcher", "leader")


@dataclass(frozen=True)
class Own:
    """A worker's own application as its page shows it. `union` handles it; `due`: when its step, or the worker's own
    where it is their turn, is to be done. `rows` has the 🔒 fields masked: the phone may be lent; `veiled`: whether any
    is."""

    matter: Matter
    application: Application
    service: Service
    state: str
    rows: list[tuple[str, str]]
    steps: list[str]
    voucher: Voucher | None
    payment: Payment | None
    files: tuple[FormFile, ...] = ()
    seat: Seat | None = None
    union: str = ""
    due: datetime | None = None
    your_turn: bool = False
    veiled: bool = False

    @property
    def may_apply_again(self) -> bool:
        """Refused, and the service is still offered: what changed can be handed in anew."""
        return self.matter.state == REFUSED and self.service.state == "open" and self.service.valid(today())


def own_page(actor: Actor, matter_id: int, *, clear: bool = False) -> Own:
    """`clear`: 🔒 fields whole, for the worker's own copy of their data. NotFound for anybody else's."""
    application, service = application_of(actor, matter_id)
    flow = flow_of(application.matter)
    late = {one.name for one in allowed(application.matter, actor) if one.name in OR_NOT_AT_ALL and one.refused}
    with as_system("the worker's own application"):
        voucher = Voucher.objects.select_related("stock__organisation").filter(application=application).first()
        payment = Payment.objects.filter(application=application).first()
        seat = offers.seat_of(matter_id) if service.offers is not None else None
        # Of a restricted matter (心理服务) no union knows.
        path = "" if application.matter.restricted else application.matter.holder_path
        holder = names_of([path]).get(path, "")
    final = flow.state_of(application.matter.state).final
    values = load(service, application.values_json)
    return Own(
        application.matter,
        application,
        service,
        flow.state_of(application.matter.state).worker_text,
        rows(service, values, clear=clear),
        [
            step.name
            for step in flow.leaving(application.matter.state)
            if any(grant.role == "owner" for grant in step.roles)
            and (not step.hidden or step.name in PLACED)
            and step.name not in late
        ],
        voucher,
        payment,
        files_of(service, values),
        seat,
        holder,
        None if final else application.matter.due_at,
        flow.awaits_owner(application.matter.state),
        any(spec.secret and values.get(spec.name) not in (None, "", []) for spec in service.fields),
    )


def files_of(service: Service, values: dict[str, Any]) -> tuple[FormFile, ...]:
    """The files that a form names, in the form's order. The caller may read the form."""
    numbers = files.numbers_in(service, values)
    return tuple(files.named(numbers)) if numbers else ()


def own_list(actor: Actor, most: int = 50) -> list[tuple[Matter, str]]:
    """The worker's applications, newest first, each with its state in plain words."""
    with bind(actor):
        found = visible_to(actor).filter(owner_id=actor.account_id, kind__startswith="services.")
        return [(matter, state_text(matter, for_worker=True)) for matter in found.order_by("-opened_at")[:most]]


def rows(service: Service, values: dict[str, Any], *, clear: bool) -> list[tuple[str, str]]:
    """(label, value) of what was filled in. 🔒 fields are masked unless `clear`."""
    found = []
    for spec in service.fields:
        value = values.get(spec.name)
        if value in (None, "", []) or spec.type in ("promise", "file"):
            continue
        found.append((str(spec), shown(spec, value) if clear or not spec.secret else masked(spec, value)))
    return found


def shown(spec: FormField, value: Any) -> str:
    if spec.type == "rows":
        return "；".join(
            "，".join(
                f"{column} {shown(column, row[column.name])}"
                for column in spec.columns
                if row.get(column.name) is not None
            )
            for row in value
        )
    if spec.choices or spec.choices_from:
        names = dict(choices_of(spec))
        return "、".join(names.get(str(one), str(one)) for one in (value if isinstance(value, list) else [value]))
    if spec.type == "bool":
        return _("是") if value else _("否")
    if spec.type == "offer":
        offer = Offer.objects.filter(pk=value).first()
        return " · ".join(filter(None, (offer.title, offers.when(offer)))) if offer is not None else str(value)
    if spec.type == "region":
        region = Region.objects.filter(pk=value).first()
        return region.full_name if region is not None else str(value)
    return f"{value:,.2f}" if spec.type == "money" else str(value)


def told(service: Service, offer: Offer) -> list[tuple[str, str]]:
    """(label, value) of what the union tells of an offer."""
    values = [(spec, offer.data.get(spec.name)) for spec in offers.of(service).fields]
    return [
        (str(spec), shown(spec, Decimal(value) if spec.type == "money" else value))
        for spec, value in values
        if value not in (None, "", [])
    ]


def own_seat(actor: Actor, offer: Offer) -> Seat | None:
    """The worker's own seat in an offer, or place on its waiting list."""
    if actor.account_id is None:
        return None
    with as_system("asked for by its account"):
        return (
            Seat.objects.select_related("application__matter")
            .filter(offer=offer, application__account_id=actor.account_id)
            .exclude(state=Seat.State.FREED)
            .first()
        )


def masked(spec: FormField, value: Any) -> str:
    if spec.type == "phone":
        return mask_phone(str(value))
    if spec.type == "id_no":
        return mask_id(str(value))
    if spec.type == "bank_card":
        return "*" * 8 + str(value)[-4:]
    return mask_name(str(value)) if spec.name == "name" else "***"


@dataclass(frozen=True)
class Seen:
    """An application as a member of staff reads it. `clear`: at the union that handles it, 🔒 fields are shown.
    `by_register`: for members alone, so it is said what the register has (`membership`, read where `clear`). `listed`:
    whose list of before has this person."""

    application: Application
    service: Service
    clear: bool
    rows: list[tuple[str, str]]
    checked: list[dict[str, str]]
    voucher: Voucher | None
    earlier: list[Matter]
    reckoned: Amount | None = None
    payment: Payment | None = None
    source: str = ""
    recoveries: tuple[Recovery, ...] = ()
    objections: tuple[Objection, ...] = ()
    files: tuple[FormFile, ...] = ()
    seat: Seat | None = None
    by_register: bool = False
    membership: Membership | None = None
    listed: Organisation | None = None


def usual_steps(service: Service) -> list[Text]:
    """What happens one after the other when nothing goes wrong: the clocks of the states on the main way."""
    if not service.takes_applications:
        return []
    flow = get_flow(service.kind_of_matter)
    names = [name for state in flow.states.values() if not state.side for name in state.clocks]
    return [flow.clocks[name].title for name in dict.fromkeys(names)]


def reads_clear(actor: Actor, matter: Matter) -> bool:
    """Whether 🔒 fields and files are shown: to who handles applications at the union that has it, or to the narrower
    circle that the service's file names."""
    ours = matter.kind.startswith("services.")
    roles = (service_of(matter).handled_by.readers if ours else ()) or HANDLERS
    return any(duty.role in roles and duty.path == matter.holder_path for duty in actor.duties)


def seen_page(actor: Actor, matter: Matter) -> Seen:
    """The caller has checked that the actor sees the matter."""
    clear = reads_clear(actor, matter)
    with as_system("the actor sees this matter"):
        application = Application.objects.get(matter=matter)
        service = service_of(application)
        earlier: list[Matter] = []
        if application.person_index:
            earlier = [
                other.matter
                for other in Application.objects.select_related("matter")
                .filter(person_index=application.person_index, service=application.service)
                .exclude(pk=application.pk)
                .order_by("-applied_at")[:5]
            ]
        voucher = Voucher.objects.select_related("stock").filter(application=application).first()
        payment = Payment.objects.select_related("fund").filter(application=application).first()
        source = payment.fund.get_source_display() if payment is not None else ""
        recoveries = tuple(payment.recoveries.order_by("day", "pk")) if payment is not None else ()
        # Who objected is for who inquires: at the union that handles it.
        objections = tuple(Objection.objects.filter(notice__application=application).order_by("at")) if clear else ()
        seat = offers.seat_of(matter.pk) if service.offers is not None else None
        by_register = clear and asks_register(service)
        membership = facts.membership_of(application) if by_register else None
        listed = lists.listed(service, application.id_no) if clear else None
    return Seen(
        application,
        service,
        clear,
        rows(service, load(service, application.values_json), clear=clear),
        application.checked,
        voucher,
        earlier,
        reckoned(service, application),
        payment,
        source,
        recoveries,
        objections,
        files_of(service, load(service, application.values_json)) if clear else (),
        seat,
        by_register,
        membership,
        listed.brought_by if listed is not None else None,
    )


def sum_by_rule(matter: Matter) -> Amount | None:
    """What the rules come to for this application. The caller has checked that the actor sees the matter."""
    with as_system("the actor sees this matter"):
        application = Application.objects.get(matter=matter)
    return reckoned(service_of(application), application)


def by_code(actor: Actor, code: str) -> Matter:
    """The application whose goods wait under this code, for who hands them over. NotFound otherwise."""

    def look(index: str) -> Matter | None:
        with as_system("the code is asked for, the right to see it below"):
            vouchers = Voucher.objects.filter(code_hash=index, handed_at=None, returned_at=None)
            number = vouchers.values_list("application__matter_id", flat=True).first()
        with bind(actor):
            return visible_to(actor).filter(pk=number).first() if number is not None else None

    return looked_up(CODE, code, actor.account_id, look, _("没有等待领取的这个码，请核对八位数字。"))
