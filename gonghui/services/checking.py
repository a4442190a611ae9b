"""A service and its flow from the layers of its file, checked; a mistake is told by file and line of its layer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gonghui.kernel.errors import FlowError
from gonghui.kernel.flow.load import line_of, make_flow, read_yaml
from gonghui.kernel.flow.schema import Flow, plain
from gonghui.services import conditions, layers, national, redirecting, review, rights, sources
from gonghui.services.layers import Address, Layer
from gonghui.services.rights import Built
from gonghui.services.spec import FormField, Service

PATTERNS = Path(__file__).parent / "patterns"
RELEASE = "services.release"
# Matter.kind holds so many letters.
KIND_MOST = 40
EXAMPLE = {
    "int": 1, "money": Decimal(100), "date": "2026-01-31", "bool": True, "multi": ["a"], "file": [1],
}  # fmt: skip


class Mistake(Exception):
    """`at`: the place in the merged data, by names. `raw`: the same with numbers."""

    def __init__(self, at: Address, raw: Address, cause: str) -> None:
        super().__init__(cause)
        self.at, self.raw, self.cause = at, raw, cause


def built(stack: Sequence[Layer], known: Collection[str]) -> Built:
    """The service of a chain, the country's file first, with everything checked that can be without running it.

    `known`: the ids of all services. All but the last layer are right by themselves. FlowError names the layer in which
    the mistake is; where it is one only together with another file, that one too.
    """
    try:
        return _built(stack, known)
    except Mistake as mistake:
        raise _blamed(stack, known, mistake) from mistake


def _built(stack: Sequence[Layer], known: Collection[str]) -> Built:
    found = _made(stack, known)
    if len(stack) > 1 and (taken := rights.lost(_made(stack[:1], known), found)):
        raise Mistake(taken.at, taken.at, taken.cause)
    return found


def _made(stack: Sequence[Layer], known: Collection[str]) -> Built:
    data = layers.whole(stack)
    if len(stack) > 1:
        data |= {"region": stack[-1].place, "layers": [one.key for one in stack[1:]]}

    def wrong(raw: Address, cause: str) -> Mistake:
        return Mistake(layers.named(data, raw), raw, cause)

    try:
        service = Service.model_validate(data)
    except ValidationError as error:
        _nothing_dropped(data, wrong)
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise wrong(first["loc"], f"{where}: {said}" if where else said) from error
    if len(service.kind_of_matter) > KIND_MOST:
        raise wrong(("version",), f"{service.kind_of_matter} has more than {KIND_MOST} letters: use small versions")
    for place, rule in enumerate(service.rules):
        unknown = conditions.names_in(rule.that) - {field.name for field in service.fields}
        if unknown:
            raise wrong(("rules", place), f"the rule names {', '.join(sorted(unknown))}, which is no field")
        try:
            conditions.holds(
                rule.that, {name: _example(service.field(name)) for name in conditions.names_in(rule.that)}
            )
        except ValueError as error:
            raise wrong(("rules", place), str(error)) from error
    named = {
        "eligibility": [condition.instead for condition in service.eligibility],
        "rules": [rule.instead for rule in service.rules],
    }
    for part, others in named.items():
        for place, other in enumerate(others):
            if other and other not in known:
                raise wrong((part, place, "instead"), f"instead names {other}, which is not there")
    if not service.takes_applications:
        return Built(service, None, {})
    flow, counted = _flow(service, stack, wrong)
    _facts_told(service, flow, wrong)
    _lets_go(service, flow, wrong)
    return Built(service, flow, counted)


def _facts_told(service: Service, flow: Flow, wrong: Any) -> None:
    """That every condition can be answered: by something that tells its fact, and before anybody has what it is for."""
    names = [field.name for section in service.form for field in section.fields if field.fact in sources.REGISTER_ALONE]
    if names:
        raise wrong(("form",), f"{names[0]}: whether somebody is a member the register alone tells: no `fact` here")
    for place, condition in enumerate(service.eligibility):
        at = ("eligibility", place)
        if not sources.has_source(service, condition.fact):
            raise wrong(
                at,
                f"nothing tells {condition.fact!r}: give a field `fact: {condition.fact}`, or leave the condition out",
            )
        registered = condition.fact in sources.REGISTER and condition.is_ is not False
        if registered and condition.unknown != "refused" and _unattended(service, flow):
            raise wrong(at, "nobody looks before this is had: write `unknown: refused` for what the register must tell")
    gives = service.result.kind in ("goods", "payment")
    guarded = {call.name for step in flow.transitions for call in step.guards}
    if gives and sources.asks_register(service) and "services.is_member" not in guarded:
        raise wrong(("flow",), "goods or money for members: a step needs the guard services.is_member")


def _unattended(service: Service, flow: Flow) -> bool:
    """Whether what the service gives can be had without a step of anybody at the desk: by the worker's own steps and
    the platform's alone one comes to a good end. Giving up at once is none."""
    begun = _begun(service, flow)
    seen, waiting = set(begun), sorted(begun)
    while waiting:
        place = waiting.pop()
        for step in flow.leaving(place):
            alone = {grant.role for grant in step.roles} <= {"owner", "system"}
            if not alone or step.to not in flow.states or step.to in seen:
                continue
            gives_up = (
                place in begun and flow.states[step.to].final and {grant.role for grant in step.roles} == {"owner"}
            )
            if not gives_up:
                seen.add(step.to)
                waiting.append(step.to)
    return any(flow.states[place].final and not flow.states[place].side for place in seen)


def _begun(service: Service, flow: Flow) -> set[str]:
    """The states in which an application begins."""
    if service.offers is not None and service.offers.begins:
        return {service.offers.begins, service.offers.queues} - {""}
    return {flow.initial}


def _lets_go(service: Service, flow: Flow, wrong: Any) -> None:
    """That what is refused only while an earlier one is under way is free again once that has ended: on every way to an
    end a step releases it. A review takes it again where the flow begins."""
    if not any(rule.during == "open" for rule in service.once):
        return
    holding = _begun(service, flow)
    waiting = sorted(holding)
    while waiting:
        for step in flow.leaving(waiting.pop()):
            if step.to not in flow.states or step.to in holding or RELEASE in {call.name for call in step.effects}:
                continue
            if flow.states[step.to].final:
                cause = f"{step.name!r} ends in {step.to!r}, and what is had once `during: open` stays taken for ever"
                raise wrong(("flow",), f"{cause}: this step, or one before it, needs the effect {RELEASE}")
            holding.add(step.to)
            waiting.append(step.to)


def _with_service(flow: Flow, service: Service) -> Flow:
    """The flow with the service beside it, so that both are one text for who begins with it (`kernel.flow.kept`)."""
    return flow.model_copy(update={"beside": plain(service)})


def _nothing_dropped(data: Any, wrong: Any) -> None:
    """Said of what is to be taken out of a list and is not there."""
    for raw, at, value in layers.walked(data):
        if isinstance(value, dict) and value.get("drop"):
            raise wrong(raw, f"there is no {at[-1]!r} to drop here")


def _example(spec: FormField) -> Any:
    """Some value of the field's kind: enough to see that a condition can be judged."""
    if spec.choices:
        return [spec.choices[0].code] if spec.type == "multi" else spec.choices[0].code
    if spec.columns:
        return [{column.name: _example(column) for column in spec.columns}]
    return EXAMPLE.get(spec.type, "52")


@cache
def pattern_of(name: str) -> Any:
    """A flow pattern, read once for all the services that have it: `merge` leaves it as it is. None for no such."""
    source = PATTERNS / f"{name}.yaml"
    return read_yaml(source)[0] if source.is_file() else None


def _flow(service: Service, stack: Sequence[Layer], wrong: Any) -> tuple[Flow, dict[str, str]]:
    """The flow: its pattern (`patterns/*.yaml`) with the differences of each layer, or the file's own whole one; and
    what its states count as in the country's figures, which is no part of it: today's reading holds for all."""
    pattern = service.flow.get("pattern", "")
    begun = pattern_of(pattern) if pattern else None
    if pattern and begun is None:
        known = ", ".join(sorted(item.stem for item in PATTERNS.glob("*.yaml")))
        raise wrong(("flow", "pattern"), f"no pattern {pattern!r}; known: {known}")
    whole = layers.whole_flow(stack, begun)
    base = begun or whole
    if redirecting.can_move(service, whole):
        base = layers.merge(base, redirecting.steps(base))
        whole = layers.whole_flow(stack, base)
    if service.reviewed and review.can_be_reviewed(whole):
        base = layers.merge(base, review.steps(whole["initial"], service.offers))
        whole = layers.whole_flow(stack, base)
        if not review.has_all(whole, service.offers):
            raise wrong(("flow",), "no file may drop the right to have a refusal reviewed")
    states, counted = _counted(whole.get("states"), wrong)
    data = {
        **whole,
        "states": states,
        "flow": service.kind_of_matter,
        "version": str(service.version),
        "title": {"zh": service.zh, "en": service.en},
    }
    found: list[Address] = []

    def noted(at: Address) -> int:
        found.append(at)
        return 0

    try:
        flow = make_flow(data, "", noted)
    except FlowError as error:
        _nothing_dropped({"flow": data}, wrong)
        at = ("flow", *found[-1])
        raise Mistake(layers.named({"flow": data}, at), at, error.cause) from error
    if service.offers is not None:
        for state in (service.offers.begins, service.offers.queues):
            if state and state not in flow.states:
                raise wrong(("offers",), f"the flow has no state {state!r}")
    return _with_service(flow, service), counted


def _counted(states: Any, wrong: Any) -> tuple[Any, dict[str, str]]:
    """The states as a flow has them, and the national state of each."""
    if not isinstance(states, dict):
        return states, {}
    found = {}
    for code, said in states.items():
        try:
            found[code] = national.of(code, said)
        except ValueError as error:
            raise wrong(("flow", "states", code), str(error)) from error
    plain_states = {
        code: {name: value for name, value in said.items() if name != "national"} if isinstance(said, dict) else said
        for code, said in states.items()
    }
    return plain_states, found


def _blamed(stack: Sequence[Layer], known: Collection[str], mistake: Mistake) -> FlowError:
    """The error as it is told: of the last layer, since all above it are right by themselves."""
    *before, last = stack
    if not before:
        return FlowError(last.file, _line(last, mistake), mistake.cause)
    place = layers.origin(stack, mistake.at)
    if place is not None and place[0] is last:
        line, taken = place[1], False
    else:
        line, taken = _turning(stack, len(before), known, mistake)
    # Without the layer of a place between, would it be right? Then both belong together.
    partner = next(
        (
            one
            for index, one in reversed(list(enumerate(before)))
            if index and not _still((*stack[:index], *stack[index + 1 :]), known, mistake)
        ),
        None,
    )
    if partner is None and (taken or (place is not None and place[0] is not last)):
        partner = place[0] if place is not None else stack[0]
    if partner is None:
        return FlowError(last.file, line, mistake.cause)
    there = place[1] if place is not None and place[0] is partner else 0
    if not there and partner.place:
        there, _taken = _turning(stack, stack.index(partner), known, mistake)
    where = f"{partner.name}:{there}" if there else partner.name
    return FlowError(last.file, line, f"{mistake.cause} (only together with {where})")


def _line(layer: Layer, mistake: Mistake) -> int:
    at = mistake.at
    while at and at not in layer.addresses:
        at = at[:-1]
    return layer.addresses[at][1] if at else line_of(layer.lines, mistake.raw)


def _still(stack: Sequence[Layer], known: Collection[str], mistake: Mistake) -> bool:
    """Whether the same is wrong with this chain."""
    try:
        _built(stack, known)
    except Mistake as other:
        return other.cause == mistake.cause
    return False


def _turning(stack: Sequence[Layer], index: int, known: Collection[str], mistake: Mistake) -> tuple[int, bool]:
    """The line of what a layer says without which nothing would be wrong (else not this), and whether it takes
    something out there; line 1 where it is not one thing alone."""
    layer = stack[index]
    found: list[tuple[int, bool]] = []
    for raw, value, line in layers.leaves(layer):
        says = line, value is None or raw[-1] == "drop"
        other = (*stack[:index], layers.without(layer, raw), *stack[index + 1 :])
        try:
            _built(other, known)
        except Mistake as left:
            if left.cause != mistake.cause:
                found.append(says)
            continue
        return says
    return found[0] if found else (1, False)
