"""办理依据: an application goes by the text it began with, though a file changes without a new version."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pydantic import BaseModel

from gonghui.appeals.tests.support import COUNTY, House
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import FlowError
from gonghui.kernel.flow import all_flows, flow_of, kept
from gonghui.kernel.flow.schema import plain
from gonghui.kernel.matters import act
from gonghui.kernel.models import FlowText, Matter
from gonghui.kernel.times import today
from gonghui.people.actors import actor_for
from gonghui.people.identity import with_check
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions, figures, queries, running
from gonghui.services.catalogue import FOLDER, Catalogue, packaged, read, service_of, tried
from gonghui.services.models import Application, Voucher
from gonghui.services.spec import HandledBy, Result, Service
from gonghui.services.tests.support import ID_NUMBERS, goods_of, study, worker
from gonghui.services.tests.test_layers import CHAIN, NOWHERE

pytestmark = pytest.mark.django_db
OLD = """result: {keep_days: 30}
flow: {clocks: {verify: {limit: {working_days: 3}}}}
messages: {refused: {zh: 旧规定的话}}
"""
NEW = """result: {keep_days: 60}
flow: {clocks: {verify: {limit: {working_days: 9}}}}
messages: {refused: {zh: 新规定的话}}
form: [{id: about, fields: [{name: to_day, drop: true}, {name: from_day, zh: 哪天用}]}]
rules: []
"""


def umbrellas(province: str) -> Catalogue:
    return read(NOWHERE, {"M29.yaml": CHAIN["M29.yaml"], "regions/52/M29.yaml": province})


def hand_in(number: int, **more: Any) -> Matter:
    """By the file in use today: somebody of their own for each number."""
    id_no = with_check(f"52010219900307{number:03d}0")
    values = {"name": "王小明", "id_no": id_no, "region": "520102", "from_day": today(), **more}
    return actions.apply(worker(number), actions.service_for("M29", "520102"), values).matter


def owner_of(matter: Matter) -> Actor:
    assert matter.owner is not None
    return actor_for(matter.owner)


@pytest.fixture
def both(house: House) -> tuple[Matter, Matter]:
    """Two applications of one name: before the province changed its file without a new version, and after."""
    goods_of("M29", 50)
    with tried(umbrellas(OLD)):
        first = hand_in(0, to_day=today())
    with tried(umbrellas(NEW)):
        return first, hand_in(1)


def test_a_file_changed_in_place_changes_nothing_for_who_applied_before(both: tuple[Matter, Matter]) -> None:
    first, second = both
    assert first.kind == second.kind == "services.M29.1-52" and first.flow_digest != second.flow_digest
    with tried(umbrellas(NEW)):
        for matter, days, kept_days, said in ((first, 3, 30, "旧规定的话"), (second, 9, 60, "新规定的话")):
            service = service_of(matter)
            limit = flow_of(matter).clocks["verify"].limit
            assert limit is not None and limit.working_days == days
            assert service.result.keep_days == kept_days and service.messages["refused"].zh == said
        # The form as it was filled in, with what is asked no more.
        told = dict(queries.own_page(owner_of(first), first.pk).rows)
        assert told["用到什么时候"] == today().isoformat() and "什么时候要用" in told
        assert "哪天用" in dict(queries.own_page(owner_of(second), second.pk).rows)


def test_steps_and_clocks_go_by_the_text_it_began_with(both: tuple[Matter, Matter], house: House) -> None:
    handler = house.person("handler", COUNTY)
    with tried(umbrellas(NEW)):
        for matter, kept_days in zip(both, (30, 60), strict=True):
            act(matter.pk, "approve", handler)
            act(matter.pk, "prepare", handler)
            voucher = Voucher.objects.get(application__matter=matter)
            assert voucher.keep_until is not None
            assert kept_days - 1 <= (voucher.keep_until - today()).days <= kept_days


def test_who_mends_what_was_sent_back_fills_in_the_form_they_know(house: House) -> None:
    goods_of("M29", 50)
    account = Account.objects.create_worker("13800138555")
    client = sign_in(Client(), account)
    form = reverse("portal:service_step", args=["M29", "about"])
    with tried(umbrellas(OLD)):
        values = {"name": "王小明", "id_no": ID_NUMBERS[0], "region": "520102", "from_day": today(), "to_day": today()}
        matter = actions.apply(actor_for(account), actions.service_for("M29", "520102"), values).matter
    with tried(umbrellas(NEW)):
        act(matter.pk, "send_back", house.person("handler", COUNTY), {"text": "请写清楚哪天用"})
        client.post(reverse("portal:application", args=[matter.pk]), {"step": "complete"})
        page = client.get(form).content.decode()
        assert 'name="to_day"' in page and "用到什么时候" in page


def test_an_amount_changed_in_place_leaves_the_sum_of_who_applied_before(house: House) -> None:
    def catalogue(sum_: int) -> Catalogue:
        text = f"amounts: [{{since: 2026-01-01, fixed: {sum_}, mark: P, source: 本省通知}}]\n"
        return read(FOLDER, {"regions/52/M10.yaml": text})

    def ask(number: int) -> Matter:
        actor = worker(number)
        values = study(actor, id_no=ID_NUMBERS[number], diploma_no=f"10657120260500{number:04d}")
        return actions.apply(actor, actions.service_for("M10", "520102"), values).matter

    with tried(catalogue(800)):
        first = ask(0)
    with tried(catalogue(2000)):
        second = ask(1)
        sums = [queries.sum_by_rule(matter) for matter in (first, second)]
    assert first.kind == second.kind and [one.value for one in sums if one] == [800, 2000]


def test_a_text_is_kept_once_and_read_once(both: tuple[Matter, Matter], house: House) -> None:
    first, _second = both
    with tried(umbrellas(OLD)):
        more = [hand_in(place, to_day=today()) for place in range(10, 16)]
    assert {matter.flow_digest for matter in more} == {first.flow_digest}
    assert FlowText.objects.filter(kind=first.kind).count() == 2
    with tried(umbrellas(NEW)):
        service_of(first), flow_of(first)
        rows = list(Matter.objects.all())
        with CaptureQueriesContext(connection) as asked:
            for row in rows:
                assert flow_of(row).states[row.state] and service_of(row)
        assert len(asked) == 0, "a list asks nothing more, however many rows it has"


def test_a_deployment_and_the_check_of_the_installation_are_told(both: tuple[Matter, Matter]) -> None:
    told = running.standing(umbrellas(NEW))
    assert told.changed == {"services.M29.1-52": 1} and not told.missing and not told.unreadable
    # Where the file is gone the application is still read by its text; the desk has no page for its kind.
    assert running.standing(packaged()).missing == {"services.M29.1-52": 2}
    assert service_of(both[0]).result.keep_days == 30
    assert not running.check().ok


def test_a_text_that_names_a_function_that_is_no_more_is_told_and_the_file_stands_in(
    both: tuple[Matter, Matter],
) -> None:
    first, second = both
    row = FlowText.objects.get(digest=first.flow_digest)
    broken = row.text.replace('"effects":[{', '"effects":[{"name":"services.gone"},{', 1)
    FlowText.objects.create(digest="f" * 64, kind=row.kind, text=broken, since=row.since)
    Matter.objects.filter(pk=first.pk).update(flow_digest="f" * 64)
    with pytest.raises(FlowError, match=r"services\.gone"):
        kept.read("f" * 64, broken)
    first.refresh_from_db()
    with tried(umbrellas(NEW)):
        assert flow_of(first).clocks["verify"].limit == flow_of(second).clocks["verify"].limit
    Application.objects.filter(matter=first).update(flow_digest="f" * 64)
    assert "services.gone" in running.standing(umbrellas(NEW)).unreadable["services.M29.1-52"]


def test_a_lost_text_whose_state_is_gone_takes_no_page_down_and_is_told(
    both: tuple[Matter, Matter], house: House
) -> None:
    first, second = both
    lost = "e" * 64
    Matter.objects.filter(pk=first.pk).update(flow_digest=lost, state="weighed")
    Application.objects.filter(matter=first).update(flow_digest=lost)
    assert first.owner is not None
    worker_client = sign_in(Client(), first.owner)
    leader = house.person("leader", COUNTY)
    desk = sign_in(Client(), Account.objects.get(pk=leader.account_id or 0))
    with tried(umbrellas(NEW)):
        pages = [
            worker_client.get(reverse("portal:my")),
            worker_client.get(reverse("portal:application", args=[first.pk])),
            desk.get(reverse("desk:matter", args=[first.pk])),
            desk.get(reverse("desk:service_figures"), {"service": "M29"}),
        ]
        assert [page.status_code for page in pages] == [200] * 4
        assert all("weighed" in page.content.decode() for page in pages), "its code stands for the label"
        (row,) = figures.overview(leader, today(), today())
        label = flow_of(second).states[second.state].label
        assert row.applied == 2 and dict(pages[3].context["detail"].states) == {"weighed": 1, label: 1}
    told = running.standing(umbrellas(NEW))
    assert "not there" in told.unreadable["services.M29.1-52"]
    checked = running.check()
    assert not checked.ok and not checked.warning and "services.M29.1-52" in checked.detail


def said_whole(model: BaseModel, data: Any) -> None:
    """AssertionError where the data leaves anything of the model unsaid, at any depth."""
    names = {name: field.alias or name for name, field in type(model).model_fields.items()}
    assert set(data) == set(names.values()), type(model).__name__
    for name, written in names.items():
        inner(getattr(model, name), data[written])


def inner(value: Any, data: Any) -> None:
    if isinstance(value, BaseModel):
        said_whole(value, data)
    elif isinstance(value, dict):
        assert set(value) == set(data)
        for key, one in value.items():
            inner(one, data[key])
    elif isinstance(value, tuple | list):
        for one, its in zip(value, data, strict=True):
            inner(one, its)


def test_every_flow_and_service_reads_back_as_it_was_written_with_its_defaults() -> None:
    for flow in all_flows():
        again = kept.read(flow.digest, flow.text)
        assert again == flow and again.text == flow.text
        said_whole(flow, json.loads(flow.text))
        if flow.beside:
            service = packaged().by_kind[flow.name]
            assert Service.model_validate(again.beside) == service
            said_whole(service, again.beside)
    for service in packaged().by_kind.values():
        assert Service.model_validate(plain(service)) == service


class LaterService(Service):
    """As a later release could have it: with other defaults."""

    reviewed: bool = False
    exchange: bool | None = True
    handled_by: HandledBy = HandledBy(level="city")
    result: Result = Result(keep_days=7)


def test_a_release_with_other_defaults_changes_nothing_for_who_applied_before(house: House) -> None:
    goods_of("M29", 50)
    with tried(umbrellas("result: {keep_days: 30}\n")):
        matter = hand_in(0, to_day=today())
    text = json.loads(FlowText.objects.get(digest=matter.flow_digest).text)
    before, after = Service.model_validate(text["beside"]), LaterService.model_validate(text["beside"])
    assert after.model_dump() == before.model_dump()
    assert after.result.keep_days == 30 and after.reviewed and after.exchange is None
