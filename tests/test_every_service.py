"""Every service of the catalogue, through the pages: filled in wrong and right, handed in, handled, brought to its end.

A service that is a room of its own is walked there (`tests.support.rooms`). Each rule of a file is broken by itself
too, in process: the edges of every limit, what is asked only after another answer, columns, refusals, each `once`.

Made from the catalogue: a new file is walked without a line here. What a walk needs beforehand, and what is done on
other pages, is what the trial at the desk does too (`gonghui.services.trial`); here it is walked through the pages,
there by the same flow without them, and nothing of it is kept.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import House
from gonghui.kernel.flow import get_flow
from gonghui.kernel.times import today
from gonghui.membership.models import Membership
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions, facts, forms, holding, refusals
from gonghui.services.catalogue import FOLDER, catalogue
from gonghui.services.models import Application
from gonghui.services.spec import Once, Service
from gonghui.services.trial import walkers, world
from gonghui.services.trial.proposing import propose
from gonghui.services.trial.walking import rehearse
from tests.support import spoiling
from tests.support.filling import Filler, people
from tests.support.rooms import ROOMS, Visit
from tests.support.serving import Walker

OPEN = [service for service in catalogue().services.values() if service.state == "open"]
FORMS = [service for service in OPEN if service.takes_applications]
PHONE, PLACE, OTHER_PLACE = "13900009417", "520102", "520103"


@pytest.fixture
def house(db: Any, settings: Any, tmp_path: Any) -> House:
    settings.MEDIA_ROOT = str(tmp_path)
    return House.build()


def ready(service: Service) -> tuple[Account, Filler]:
    """Somebody who may apply, and their form, with everything there that the way to the end needs."""
    # Who moves to another union is a member elsewhere.
    worker = world.a_worker(service, PLACE, PHONE, OTHER_PLACE if service.handled_by.first == "own" else "")
    holder = holding.holder_of(service, PLACE, {})
    assert holder is not None
    shelf = world.provide(service, holder, today(), worker.actor)
    scene = walkers.Scene(service, holder, worker.actor, worker.number, list(shelf.offers))
    preset = walkers.set_scene(scene)
    return worker.account, Filler(service, worker.actor, scene.offers, numbers=people(world.NOBODY), preset=preset)


def send(phone: Client, service: Service, fill: Filler, raw: dict[str, Any]) -> Any:
    """Every page in turn, then hand it in. The first answer that is not a way on, or the last one."""
    for place, section in enumerate(service.form):
        answer = phone.post(reverse("portal:service_step", args=[service.id, section.id]), fill.posted(raw, place))
        if answer.status_code != 302:
            return answer
    return phone.post(reverse("portal:service_check", args=[service.id]))


@pytest.mark.parametrize("service", FORMS, ids=lambda service: service.id)
def test_from_the_first_tap_to_the_end(house: House, service: Service) -> None:
    account, fill = ready(service)
    phone = sign_in(Client(), account)
    assert phone.get(reverse("portal:service", args=[service.id])).status_code == 200

    for place, section in enumerate(service.form):
        sent, names = fill.all_wrong(place)
        answer = phone.post(reverse("portal:service_step", args=[service.id, section.id]), sent)
        assert answer.status_code == 422
        told = set(answer.context["form"].errors)
        assert names <= told, f"nothing was held against {names - told}"
    right = fill.right()
    for rule in service.rules:
        answer = send(phone, service, fill, fill.breaking(rule, right))
        assert answer.status_code == 422 and str(rule) in answer.content.decode(), f"not refused: {rule.zh}"
    assert not Application.objects.filter(account=account).exists()

    answer = send(phone, service, fill, right)
    said = (answer.context or {}) if answer.status_code != 302 else {}
    assert answer.status_code == 302, (said.get("reasons"), said.get("form") and said["form"].errors, right)
    application = Application.objects.select_related("matter").get(account=account, service=service.id)
    for once in service.once:
        if once.by == "person":
            again = send(phone, service, fill, right)
            assert again.status_code in (409, 422), "a second one was taken"
    with ExitStack() as stack:
        Walker(service, house, account, stack).to_the_end(application.matter)
    own = sign_in(Client(), account).get(reverse("portal:application", args=[application.matter_id]))
    assert own.status_code == 200


@pytest.mark.parametrize("service", FORMS, ids=lambda service: service.id)
def test_each_rule_of_the_file_is_held_against_who_breaks_it(house: House, service: Service) -> None:
    """Missing, too much, too little, mistyped, another's: each by itself, in every field and column, asked or not."""
    account, fill = ready(service)
    right = fill.right()
    cases = list(spoiling.cases(fill, right))
    # Who may sign up with a tick alone cannot do much wrong.
    assert len(cases) >= len(service.fields)
    assert [said for case in cases if (said := spoiling.held_against(fill, case))] == []
    for name, raw in spoiling.unasked(fill, right):
        values, _errors = forms.whole(service, raw, account.pk)
        assert values[name] is None, f"{name} is kept, and was not asked"


@pytest.mark.parametrize("service", FORMS, ids=lambda service: service.id)
def test_who_is_not_meant_is_refused_with_the_reason_and_what_they_may_have_instead(
    house: House, service: Service
) -> None:
    account, fill = ready(service)
    right = fill.right()
    values, errors = forms.whole(service, right, account.pk)
    assert not errors
    known, by_page = fill.known(values), False
    assert facts.judge(service, known).status != "no"
    for condition in service.eligibility:
        refused = facts.judge(service, spoiling.breaking(condition, known))
        assert refused.status == "no" and condition in refused.against
        why = refusals.of_condition(condition)
        assert why.text and (why.instead is not None) == bool(condition.instead), condition.instead
        raw = spoiling.telling(fill, right, condition)
        if raw is None:
            continue
        # What the register knows goes before what a form tells: this one is in no register.
        Membership.objects.all().delete()
        with pytest.raises(refusals.Refused) as told:
            actions.apply(fill.actor, service, raw)
        assert why.text in {one.text for one in told.value.whys}
        if not by_page:
            page = send(sign_in(Client(), account), service, fill, raw)
            said = page.content.decode()
            assert page.status_code in (409, 422) and why.text in said
            assert why.instead is None or reverse("portal:service", args=[why.instead.id]) in said
            by_page = True
    assert not Application.objects.filter(service=service.id, account=account).exists()


def once_rules() -> list[Any]:
    return [
        pytest.param(service, once, id=f"{service.id}-{'+'.join(once.names)}-{once.during}")
        for service in FORMS
        for once in service.once
    ]


@pytest.mark.parametrize(("service", "once"), once_rules())
def test_what_may_be_had_once_is_not_had_twice_by_whatever_it_is_known(
    house: House, service: Service, once: Once
) -> None:
    """Somebody else with the same diploma, plate, child or offer is refused for it, one with another is not."""
    account, fill = ready(service)
    right = fill.right()
    handed = actions.apply(fill.actor, service, right)
    values, _errors = forms.whole(service, right, account.pk)
    place = service.once.index(once)

    def taken(by: dict[str, Any], account_id: int) -> Any:
        keys = [key for key in facts.once_keys(service, by, account_id, today()) if key[0] == place]
        assert keys
        return facts.already_taken(keys)

    stranger = account.pk + 1
    same = account.pk if "account" in once.names or not facts.id_no_of(service, values) else stranger
    found = taken(spoiling.in_common(service, once, values), same)
    assert found is not None and found[1] == handed.application
    assert taken(spoiling.in_common(service, None, values), stranger) is None
    own, others = (refusals.of_taken(service, found, number) for number in (account.pk, stranger))
    assert (own.text, own.earlier) == (str(once), handed.matter.pk) and others.earlier is None
    with pytest.raises(refusals.Refused) as told:
        actions.apply(fill.actor, service, right)
    assert {one.text for one in told.value.whys} & {str(one) for one in service.once}


@pytest.mark.parametrize("service", [one for one in OPEN if one.opens is not None], ids=lambda service: service.id)
def test_a_service_that_is_a_room_opens_and_is_walked_to_the_desk(house: House, service: Service) -> None:
    account = world.a_worker(service, PLACE, PHONE).account
    phone = sign_in(Client(), account)
    page = phone.get(reverse("portal:service", args=[service.id]), follow=True)
    assert page.status_code == 200 and page.redirect_chain
    walk = ROOMS.get(service.id)
    # The others open a page that leads on: the notice board (V06), agreements (V07), new forms of work (V08).
    assert (walk is not None) == service.id.startswith("M")
    if walk is not None:
        walk(Visit(house, account, phone, page.redirect_chain[-1][0]))


@pytest.mark.parametrize("part", range(4))
def test_every_trial_comes_to_its_end_and_keeps_nothing(house: House, tmp_path: Any, part: int) -> None:
    """What the desk's trial and `gonghui services try` walk: all of it by the same code, all of it undone."""
    before, known = standing(tmp_path), set(catalogue().by_kind)
    for service in OPEN[part::4]:
        proposal = propose((FOLDER / f"{service.id}.yaml").read_text(encoding="utf-8"))
        report = rehearse(proposal, PLACE, today())
        wanted = "good" if service.takes_applications else "elsewhere"
        assert report.ended == wanted, (service.id, report.reasons, [step.name for step in report.steps])
    assert standing(tmp_path) == before and set(catalogue().by_kind) == known


def standing(folder: Path) -> dict[str, Any]:
    """Every row of every table by count, and every file."""
    rows: dict[str, Any] = {model._meta.label: model._default_manager.count() for model in apps.get_models()}
    return {**rows, "files": sorted(str(path) for path in folder.rglob("*"))}


def test_all_a_room_registers_is_of_a_service() -> None:
    steps = {service.id: set(get_flow(service.kind_of_matter).by_name) for service in FORMS}
    names: dict[str, set[str]] = {}
    for service in FORMS:
        for name in (service.id, str(service.flow.get("pattern", ""))):
            names.setdefault(name, set()).update(steps[service.id])
    told = walkers.registered()
    assert set(told["stages"]) <= set(names)
    for walk in told["walks"]:
        name, _, step = walk.partition(".")
        assert step in names.get(name, ()), f"{walk} is no step of a service"


def test_all_twenty_eight_are_open() -> None:
    found = {service.id for service in OPEN}
    assert {f"M{number:02d}" for number in range(1, 29)} <= found
