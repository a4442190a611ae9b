"""What a room adds when one of its services is applied for: a check before, its own rows after.

A room registers in its `flow_rules.py`, one function a service and kind. `@checks("M24")` — `f(actor, service, values)`
raises InvalidData beside fields or GuardRefused with reasons. `@follows("M23")` — `f(actor, service, application,
values)` runs in the transaction of applying, when the matter is open; `@keeps("J01")`, the same, runs also when the
form is completed. `@holders("L03")` — `f(service, values) -> path` is the union that handles it, where neither place
nor unit tells; `@reckons("L03")` — `f(application) -> Amount | None` the sum, where the file says `reckoned`;
`@moves("M24")` — `f(application, path)` runs when another union takes the application over. Of what a union puts up:
`@offers("M22")` — `f(offer)` gives what is wrong beside its fields when it is saved or published; `@publishes("W05")` —
`f(actor, offer)` runs in the transaction in which it is published. A service file itself can say none of it: it needs
tables that are not this room's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gonghui.kernel.actor import Actor
    from gonghui.services.amounts import Amount
    from gonghui.services.models import Application, Offer
    from gonghui.services.spec import Service

Check = Callable[["Actor", "Service", Mapping[str, Any]], None]
Follow = Callable[["Actor", "Service", "Application", Mapping[str, Any]], None]
Holder = Callable[["Service", Mapping[str, Any]], str]
Reckon = Callable[["Application"], "Amount | None"]
Move = Callable[["Application", str], None]
Wrong = Callable[["Offer"], dict[str, list[str]]]
Publish = Callable[["Actor", "Offer"], None]
_checks: dict[str, Check] = {}
_follows: dict[str, Follow] = {}
_keeps: dict[str, Follow] = {}
_holders: dict[str, Holder] = {}
_reckons: dict[str, Reckon] = {}
_moves: dict[str, Move] = {}
_offers: dict[str, Wrong] = {}
_publishes: dict[str, Publish] = {}
Applied = Callable[["Actor", "Service", "Application"], None]
_applied: list[Applied] = []


def applied(function: Applied) -> Applied:
    """Register `f(actor, service, application)`, which runs in the transaction of applying for whatever service."""
    if function not in _applied:
        _applied.append(function)
    return function


def _registrar(known: dict[str, Any]) -> Any:
    def registrar(*service_ids: str) -> Callable[[Any], Any]:
        def keep(function: Any) -> Any:
            for service_id in service_ids:
                earlier = known.get(service_id)
                if earlier is not None and earlier.__module__ != function.__module__:
                    raise ValueError(f"{service_id} has a function already: {earlier.__module__}")
                known[service_id] = function
            return function

        return keep

    return registrar


checks, follows, keeps = _registrar(_checks), _registrar(_follows), _registrar(_keeps)
holders, reckons, moves = _registrar(_holders), _registrar(_reckons), _registrar(_moves)
offers, publishes = _registrar(_offers), _registrar(_publishes)


def check(actor: Actor, service: Service, values: Mapping[str, Any]) -> None:
    if service.id in _checks:
        _checks[service.id](actor, service, values)


def follow(actor: Actor, service: Service, application: Application, values: Mapping[str, Any]) -> None:
    for known in (_follows, _keeps):
        if service.id in known:
            known[service.id](actor, service, application, values)
    for tell in _applied:
        tell(actor, service, application)


def complete(actor: Actor, service: Service, application: Application, values: Mapping[str, Any]) -> None:
    if service.id in _keeps:
        _keeps[service.id](actor, service, application, values)


def holder(service: Service, values: Mapping[str, Any]) -> str:
    """The path of the union that a room names; empty: by the service's file."""
    return _holders[service.id](service, values) if service.id in _holders else ""


def names_holder(service: Service) -> bool:
    """Whether a room says which union handles it."""
    return service.id in _holders


def moved(service: Service, application: Application, path: str) -> None:
    if service.id in _moves:
        _moves[service.id](application, path)


def wrong_with(service: Service, offer: Offer) -> dict[str, list[str]]:
    """What a room finds wrong with an offer, by the names of the service's own fields."""
    return _offers[service.id](offer) if service.id in _offers else {}


def published(actor: Actor, service: Service, offer: Offer) -> None:
    if service.id in _publishes:
        _publishes[service.id](actor, offer)


def reckoned(service: Service, application: Application) -> Amount | None:
    """What the room reckons. KeyError where a file says `reckoned` and no room has a function for it."""
    return _reckons[service.id](application)
