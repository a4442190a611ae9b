"""What a worker does with a service: begin a form, keep it, hand it in, complete it, take the worker's own steps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.matters import act, locked, open_matter, touch
from gonghui.kernel.models import Matter
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import day_of, now, today
from gonghui.membership import queries as members
from gonghui.organisations.models import Organisation
from gonghui.people.models import Person
from gonghui.services import facts, files, forms, hooks, offers, refusals, stock
from gonghui.services.catalogue import catalogue, service_of
from gonghui.services.holding import first_holder, give_over, holder_of, moved_by_form, region_of
from gonghui.services.models import Application, Blocked, Draft, FormFile, Offer, Seat, Stock, Taken, Voucher
from gonghui.services.refusals import Refused, Why
from gonghui.services.spec import FormField, Service

Values = dict[str, Any]


def dump(values: Mapping[str, Any]) -> str:
    """Form values as JSON: money and days as text, which `load` reads back by the service's fields."""
    return json.dumps(dict(values), ensure_ascii=False, default=_as_text)


def _as_text(value: Any) -> str:
    if isinstance(value, Decimal | date):
        return str(value)
    raise TypeError(f"no value of a form: {value!r}")


def load(service: Service, text: str) -> Values:
    """The values of stored JSON; what is no field of the service is left out."""
    raw = json.loads(text or "{}")
    values: Values = {}
    for spec in service.fields:
        values[spec.name] = _read(spec, raw.get(spec.name))
    return values


def _read(spec: FormField, value: Any) -> Any:
    if value is None:
        return None
    if spec.type == "money":
        return Decimal(value)
    if spec.type == "date":
        return date.fromisoformat(value)
    if spec.type == "rows":
        return [{column.name: _read(column, row.get(column.name)) for column in spec.columns} for row in value]
    return value


@dataclass(frozen=True)
class Standing:
    """How one person stands to a service: the outcome of its conditions, and why not again (None: may apply)."""

    outcome: facts.Outcome
    again: Why | None = None
    left: int | None = None

    @property
    def open(self) -> bool:
        return self.outcome.status != "no" and not self.again and self.left != 0


def standing(actor: Actor, service: Service) -> Standing:
    """By what is known before any question: the profile and earlier applications."""
    person, day = facts.profile_of(actor), today()
    registered = facts.registered_facts(facts.asked_by(service, {}, person, actor.account_id, day))
    # Where no identity number will be asked, the account's own place in the register is all there is to know.
    told = actor.account_id is not None and not any(spec.type == "id_no" for spec in service.fields)
    known = {**facts.known_facts(person, day), **registered}
    outcome = facts.judge(service, known, told=told)
    named = {spec.name: person.id_no for spec in service.fields if spec.type == "id_no"} if person is not None else {}
    keys = facts.once_keys(service, named, actor.account_id, day)
    taken = facts.already_taken(keys)
    again = refusals.of_taken(service, taken, actor.account_id) if taken is not None else None
    again = again or refusals.of_rounds(service, day)
    left = None
    if service.result.kind == "goods" and (holder := holder_of(service, region_of(person, {}, service))) is not None:
        left = stock.left(service.id, holder.path, day.year)
    return Standing(outcome, again, left)


def service_for(service_id: str, region: str = "") -> Service:
    """The service as it is offered today in a place. NotFound for what is not offered."""
    found = catalogue().find(service_id, region)
    if found is None or found.state != "open" or not found.valid(today()):
        raise NotFound(_("没有这项服务，或者现在不办理。"))
    return found


def draft_for(actor: Actor, service: Service) -> Draft | None:
    """The form this worker has begun. Begun under another version, or at another place, it is today's form there with
    all that still has its place in it."""
    if actor.account_id is None:
        return None
    draft = Draft.objects.filter(account_id=actor.account_id, service=service.id).first()
    if draft is not None and not draft.completes_id:
        bring_up(draft, service)
    return draft


def bring_up(draft: Draft, service: Service) -> None:
    """Nothing typed is lost because the form changed meanwhile. What is no longer asked, or otherwise, goes."""
    if draft.kind == service.kind_of_matter:
        return
    raw, kept = json.loads(draft.values_json), {}
    for spec in service.fields:
        try:
            _read(spec, raw.get(spec.name))
        except (ArithmeticError, ValueError, TypeError, AttributeError):
            continue
        if raw.get(spec.name) is not None:
            kept[spec.name] = raw[spec.name]
    draft.kind, draft.values_json = service.kind_of_matter, json.dumps(kept, ensure_ascii=False)


def prefilled(actor: Actor, service: Service) -> Values:
    """What the profile already tells of the form's fields."""
    person = facts.profile_of(actor)
    if person is None:
        return {}
    known = {
        "name": person.name,
        "phone": person.account.phone,
        "id_no": person.id_no,
        "gender": person.gender,
        "birth_year": person.birth_year,
        "worker_type": person.worker_type,
        "region": person.region_id,
        "union": person.union.name if person.union else "",
        "member_no": person.member_no,
    }
    if (membership := members.own(actor.account_id, person.id_no)) is not None:
        known |= {"member": "yes", "member_months": members.months(membership, today())}
        known |= {"employer": membership.unit, "post": membership.post, "skill": membership.skill}
        known["region"] = known["region"] or membership.organisation.region_id
    known = {name: value for name, value in known.items() if value not in (None, "")}
    return {spec.name: known[spec.prefill] for spec in service.fields if spec.prefill in known}


def keep(actor: Actor, service: Service, values: Mapping[str, Any]) -> Draft:
    """Keep what was filled in so far. One draft an account and service; a newer version takes it over, but for one that
    completes an application, which keeps the version it began with."""
    if actor.kind != "worker" or actor.account_id is None:
        raise NotAllowed(_("请先登录，再填写申请。"))
    draft, _made = Draft.objects.get_or_create(
        account_id=actor.account_id,
        service=service.id,
        defaults={"kind": service.kind_of_matter, "updated_at": now()},
    )
    if not draft.completes_id:
        bring_up(draft, service)
    held = json.loads(draft.values_json)
    held.update(json.loads(dump(values)))
    draft.values_json, draft.updated_at = json.dumps(held, ensure_ascii=False), now()
    draft.save()
    return draft


def drop_draft(actor: Actor, service_id: str) -> None:
    """Throw the begun form away."""
    if actor.account_id is not None:
        Draft.objects.filter(account_id=actor.account_id, service=service_id).delete()
        files.drop_files(FormFile.objects.filter(account_id=actor.account_id, service=service_id, application=None))


@dataclass
class Handed:
    """What was handed in and what came of it."""

    matter: Matter
    application: Application
    unknown: list[str] = field(default_factory=list)


def apply(actor: Actor, service: Service, raw: Mapping[str, Any], *, key: str | None = None) -> Handed:
    """提交: check everything once more and open the matter, or say beside each field what is wrong.

    One transaction: the matter, the application, what may be had once, and the piece of the stock. Sent twice with one
    key it is one application. InvalidData beside fields, GuardRefused with the reasons of a refusal.
    """
    if actor.kind != "worker" or actor.account_id is None:
        raise NotAllowed(_("请先登录，再提交申请。"))
    key = own_key(actor, service, key)
    if (earlier := _earlier(key)) is not None:
        return earlier
    person, day = facts.profile_of(actor), today()
    if (closed := refusals.of_rounds(service, day)) is not None:
        raise Refused([closed])
    values, outcome = _checked(actor, person, service, raw, day)
    region = region_of(person, values, service)
    holder = first_holder(actor, service, region, values)
    keys = free_keys(service, values, actor.account_id, day, holder.path)
    try:
        with transaction.atomic():
            return open_application(actor, service, values, outcome, region, holder, keys, key, actor.account_id)
    except IntegrityError:
        # Somebody was faster by an instant: the same key, or the same thing that may be had once.
        if (earlier := _earlier(key)) is not None:
            return earlier
        taken = facts.already_taken(keys)
        if taken is None:
            raise
        _note_blocked(service, holder.path, day)
        raise Refused([refusals.of_taken(service, taken, actor.account_id)]) from None


def handed_in(actor: Actor, service: Service, key: str) -> Handed | None:
    """What this worker handed in with this key before, if anything."""
    return _earlier(own_key(actor, service, key)) if actor.account_id is not None else None


def own_key(actor: Actor, service: Service, key: str | None) -> str | None:
    """The key as it is kept: nobody can meet another's application with it, nor one of another service."""
    return f"{actor.account_id}:{service.id}:{key}"[:120] if key else None


def _earlier(key: str | None) -> Handed | None:
    """What was handed in with this key before."""
    found = Application.objects.select_related("matter").filter(idempotency_key=key).first() if key else None
    return Handed(found.matter, found) if found is not None else None


def _checked(
    actor: Actor,
    person: Person | None,
    service: Service,
    raw: Mapping[str, Any],
    day: date,
    held: Offer | None = None,
    begun: date | None = None,
) -> tuple[Values, facts.Outcome]:
    """The values of the form, and the conditions judged by all that is known: the profile, what the form tells, and
    before both the register of members. InvalidData beside fields, GuardRefused with the reasons of a refusal."""
    values, errors = forms.whole(service, raw, actor.account_id, held, begun)
    if errors:
        raise InvalidData(errors)
    outcome = _judged(service, values, person, actor.account_id, day)
    hooks.check(actor, service, values)
    return values, outcome


def _judged(
    service: Service, values: Values, person: Person | None, account_id: int | None, day: date
) -> facts.Outcome:
    """The conditions by all that is known. GuardRefused with the reasons of a refusal."""
    registered = facts.registered_facts(facts.asked_by(service, values, person, account_id, day))
    told = facts.told_facts(service, values, day)
    known = {**facts.known_facts(person, day), **told, **registered}
    outcome = facts.judge(service, known, told=True)
    if outcome.status == "no":
        raise Refused([refusals.of_condition(one, known=one.fact in known) for one in outcome.against])
    own_word = {spec.fact for spec in service.fields if spec.fact in told} - set(registered)
    return replace(outcome, told=tuple(sorted(own_word)))


def free_keys(
    service: Service, values: Values, account_id: int | None, day: date, holder_path: str = ""
) -> list[tuple[int, str]]:
    """What may be had once and is not taken yet. GuardRefused with the rule's reason where it is; that is counted for
    the union of `holder_path`, if one is given."""
    keys = facts.once_keys(service, values, account_id, day)
    taken = facts.already_taken(keys)
    if taken is not None:
        if holder_path:
            _note_blocked(service, holder_path, day)
        raise Refused([refusals.of_taken(service, taken, account_id)])
    return keys


def _note_blocked(service: Service, holder_path: str, day: date) -> None:
    """One more double claim that came to nothing."""
    with as_system("counted, nobody is named"):
        row, _made = Blocked.objects.get_or_create(service=service.id, holder_path=holder_path, day=day)
        Blocked.objects.filter(pk=row.pk).update(count=F("count") + 1)


def _columns(service: Service, values: Values, outcome: facts.Outcome) -> Values:
    """What an application keeps of its form."""
    return {
        "id_no": facts.id_no_of(service, values),
        "values_json": dump(values),
        "figures": {name: values[name] for name in service.figures if values.get(name) is not None},
        "checked": facts.judged(service, outcome),
    }


def open_application(
    actor: Actor,
    service: Service,
    values: Values,
    outcome: facts.Outcome,
    region: str,
    holder: Organisation,
    keys: list[tuple[int, str]],
    key: str | None,
    owner_id: int | None,
    more: Mapping[str, Any] | None = None,
) -> Handed:
    at = now()
    with as_system("the worker hands in an application, or staff for them"):
        goods: Stock | None = None
        if service.result.kind == "goods":
            goods = stock.promise(service.id, holder.path, at.year, stock.wanted(service, values))
        offer = int(values[service.offer_field]) if service.offers is not None else 0
        seat = offers.take(service, offer, entered=actor.kind == "staff") if offer else ""
        matter = open_matter(
            service.kind_of_matter,
            actor=actor,
            title=service.zh,
            holder_path=holder.path,
            number=f"{service.id}-{at:%Y%m%d}-{next_number(f'services:{service.id}:{at:%Y%m%d}'):05d}",
            region=region,
            owner_id=owner_id,
            state=_first_state(service, seat),
            data={**({"offer": offer} if offer else {}), **(more or {})},
            at=at,
        )
        application = Application.objects.create(
            matter=matter,
            service=service.id,
            kind=service.kind_of_matter,
            flow_digest=matter.flow_digest,
            account_id=owner_id,
            region=region,
            idempotency_key=key,
            applied_at=at,
            **_columns(service, values, outcome),
        )
        Taken.objects.bulk_create(Taken(key=text, rule=place, application=application) for place, text in keys)
        _attach(application, service, values)
        if offer:
            offers.seat(application, offer, seat, at)
        if goods is not None:
            Voucher.objects.create(application=application, stock=goods, holder_path=holder.path)
        hooks.follow(actor, service, application, values)
        if actor.kind == "worker":
            drop_draft(actor, service.id)
    return Handed(matter, application, list(outcome.ask))


def enter(
    actor: Actor,
    service: Service,
    raw: Mapping[str, Any],
    offer: Offer,
    *,
    owner_id: int | None = None,
    more: Mapping[str, Any] | None = None,
) -> Handed:
    """代为登记: staff hand in for somebody what a unit's list tells, for an offer whose sign-up need not be open.

    Checked as the worker's own would be, and once as theirs. `more` is kept in the matter's data. The caller has asked
    whether they may; runs in the caller's transaction. InvalidData beside fields, GuardRefused with the reasons."""
    day = today()
    values, errors = forms.whole(service, {**raw, service.offer_field: offer.pk}, None, offer)
    if errors:
        raise InvalidData(errors)
    outcome = _judged(service, values, None, owner_id, day)
    region = region_of(None, values, service)
    keys = free_keys(service, values, owner_id, day)
    return open_application(actor, service, values, outcome, region, offer.organisation, keys, None, owner_id, more)


def _attach(application: Application, service: Service, values: Values) -> None:
    """The files that the form names are the application's now."""
    FormFile.objects.filter(pk__in=files.numbers_in(service, values), account=application.account).update(
        application=application
    )


def _first_state(service: Service, seat: str) -> str | None:
    """Where an application begins: the flow's first state, or for an offer the one its file names."""
    if service.offers is None:
        return None
    return (service.offers.queues if seat == Seat.State.WAITING else service.offers.begins) or None


def reopen(actor: Actor, matter_id: int) -> Draft:
    """Begin to complete an application that was sent back: the form as it was handed in, to be changed."""
    application, service = application_of(actor, matter_id)
    if application.matter.state != "returned":
        raise GuardRefused([_("这份申请现在不用补正。")])
    draft = keep(actor, service, load(service, application.values_json))
    # What was kept may have been for the completion of another application, begun with another version.
    bring_up(draft, service)
    draft.completes = application.matter
    draft.save()
    return draft


def begun_on(draft: Draft | None) -> date | None:
    """The day on which the application that a draft completes was handed in; None for a new one."""
    if draft is None or draft.completes_id is None:
        return None
    with as_system("the worker's own application"):
        return day_of(Application.objects.get(matter_id=draft.completes_id).applied_at)


def complete(actor: Actor, draft: Draft, raw: Mapping[str, Any]) -> Handed:
    """补正: hand the form in again. Checked like the first time, but for what this application itself has taken, and
    handled by the union to which it leads now. GuardRefused for one that was completed, or ended, meanwhile."""
    assert draft.completes is not None
    application, service = application_of(actor, draft.completes.pk)
    person, begun = facts.profile_of(actor), day_of(application.applied_at)
    values, outcome = _checked(actor, person, service, raw, today(), offers.held_by(application), begun)
    # Of the year or round in which it was handed in first.
    keys = facts.once_keys(service, values, actor.account_id, begun)
    try:
        with transaction.atomic():
            # Sent twice, the second waits for the first here, before either has taken anything.
            if locked(application.matter_id, actor).state != "returned":
                raise GuardRefused([_("这份申请已经补正过，或者已经结束，不用再交；到“我的”里看现在办到哪一步。")])
            with as_system("the worker's own application"):
                application.refresh_from_db()
                _refuse_taken(actor, service, application, keys)
                application.taken.all().delete()
                Taken.objects.bulk_create(Taken(key=text, rule=place, application=application) for place, text in keys)
                before = load(service, application.values_json)
                for name, value in _columns(service, values, outcome).items():
                    setattr(application, name, value)
                _go_where_it_leads(actor, person, service, application, before, values)
                application.save()
                _attach(application, service, values)
                _exchange_piece(service, application, values)
                hooks.complete(actor, service, application, values)
            matter = act(application.matter_id, "complete", actor)
            draft.delete()
    except IntegrityError:
        # Somebody else took by an instant what may be had once.
        _refuse_taken(actor, service, application, keys)
        raise
    return Handed(matter, application, list(outcome.ask))


def _refuse_taken(actor: Actor, service: Service, application: Application, keys: list[tuple[int, str]]) -> None:
    """GuardRefused with the rule's reason where another application has what may be had once."""
    with as_system("whose it is, nobody is told"):
        other = facts.taken_by(text for _place, text in keys).exclude(application=application).first()
    if other is not None:
        raise Refused([refusals.of_taken(service, (other.rule, other.application), actor.account_id)])


def _go_where_it_leads(
    actor: Actor, person: Person | None, service: Service, application: Application, before: Values, values: Values
) -> None:
    """A corrected place, unit or choice of who checks first takes the application there."""
    region, union = moved_by_form(service, person, before, values)
    if region is None and union is None:
        return
    matter = locked(application.matter_id, actor)
    path, asked = union.path if union is not None else matter.holder_path, stock.wanted(service, values)
    give_over(service, application, matter, path, region, asked)
    touch(matter, "correct_place", actor, after={"holder": matter.holder_path, "region": application.region})


def _exchange_piece(service: Service, application: Application, values: Values) -> None:
    """A corrected pick-up point or size is kept in place of the earlier one."""
    goods = Voucher.objects.select_related("stock").filter(application=application).first()
    if goods is not None:
        stock.exchange(goods, service.id, stock.wanted(service, values))


def application_of(actor: Actor, matter_id: int) -> tuple[Application, Service]:
    """A worker's own application and its service. NotFound for anybody else's."""
    with as_system("whose it is is asked next"):
        found = Application.objects.select_related("matter").filter(matter_id=matter_id).first()
    if found is None or actor.kind != "worker" or found.matter.owner_id != actor.account_id:
        raise NotFound
    return found, service_of(found)
