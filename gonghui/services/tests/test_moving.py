"""An application comes to the union that is to handle it: corrected by the worker, passed on by who got it wrongly."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import CITY, COUNTY, ENTERPRISE, FAR_COUNTY, OTHER_COUNTY, PROVINCE, House
from gonghui.kernel.errors import GuardRefused, NotFound
from gonghui.kernel.matters import act, clock_of
from gonghui.kernel.models import Matter, OutboxMessage, TrailEntry
from gonghui.kernel.scope import visible_to
from gonghui.kernel.times import now, time_shifted
from gonghui.membership.models import Membership
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions
from gonghui.services.models import Application, Stock
from gonghui.services.tests.support import CLAIM, KIT, SEEN, goods, study, with_papers, worker
from gonghui.services.tests.test_membership import JOIN

pytestmark = pytest.mark.django_db


def handed_in(actor: Any, service: str, values: dict[str, Any]) -> Matter:
    return actions.apply(actor, actions.service_for(service, "520102"), values).matter


def corrected(actor: Any, matter: Matter, handler: Any, **changes: Any) -> Matter:
    """Sent back, changed in these fields, handed in again."""
    act(matter.pk, "send_back", handler, {"text": "选错了，请改。"})
    draft = actions.reopen(actor, matter.pk)
    application, service = actions.application_of(actor, matter.pk)
    raw = {**actions.load(service, application.values_json), **changes}
    return actions.complete(actor, draft, raw).matter


def sees(actor: Any, matter: Matter) -> bool:
    return visible_to(actor).filter(pk=matter.pk).exists()


def test_a_corrected_county_takes_the_application_there(house: House) -> None:
    person, handler = worker(1), house.person("handler", COUNTY)
    matter = corrected(person, handed_in(person, "M01", JOIN), handler, region="520103")
    application = Application.objects.get()
    assert (matter.state, matter.holder_path, matter.region) == ("applied", OTHER_COUNTY, "520103")
    assert application.region == "520103" and not sees(handler, matter)
    with pytest.raises(NotFound):
        act(matter.pk, "check", handler)
    act(matter.pk, "check", house.person("handler", OTHER_COUNTY))
    act(matter.pk, "approve", house.person("leader", OTHER_COUNTY))
    assert Membership.objects.get().path == OTHER_COUNTY
    moved = TrailEntry.objects.get(stream=f"matter:{matter.pk}", verb="correct_place")
    assert moved.after["holder"] == OTHER_COUNTY and moved.actor_id == person.account_id


def test_what_is_corrected_elsewhere_stays_where_it_is(house: House) -> None:
    person, handler = worker(1), house.person("handler", COUNTY)
    matter = corrected(person, handed_in(person, "M01", JOIN), handler, name="王小明明")
    assert (matter.state, matter.holder_path) == ("applied", COUNTY)
    assert not TrailEntry.objects.filter(verb="correct_place").exists()


def test_who_keeps_an_illness_from_the_unit_is_no_more_read_there(house: House) -> None:
    person, unit = worker(1), house.person("handler", ENTERPRISE)
    claim = with_papers(person, "M17", {**CLAIM, "unit": "甲厂有限公司", "first_by": "unit"}, "papers")
    matter = handed_in(person, "M17", claim)
    assert matter.holder_path == ENTERPRISE
    matter = corrected(person, matter, unit, first_by="county")
    assert (matter.state, matter.holder_path) == ("applied", COUNTY)
    assert not sees(unit, matter)
    # Passed by the county, sent back by the city: it is the county's again, and not the unit's.
    act(matter.pk, "pass_unit", house.person("handler", COUNTY), {"opinion": "属实"})
    act(matter.pk, "send_back", house.person("handler", CITY), {"text": "缺发票"})
    matter.refresh_from_db()
    assert (matter.state, matter.holder_path) == ("returned", COUNTY) and not sees(unit, matter)


def test_the_piece_that_was_kept_goes_along(house: House) -> None:
    goods(1)
    there = goods(1, OTHER_COUNTY)
    person = worker(1)
    matter = corrected(person, handed_in(person, "M04", KIT), house.person("handler", COUNTY), region="520103")
    left = {row.organisation.path: row.promised for row in Stock.objects.select_related("organisation")}
    assert left == {COUNTY: 0, OTHER_COUNTY: 1} and matter.application.voucher.stock == there
    with pytest.raises(GuardRefused, match="领完"):
        corrected(person, matter, house.person("handler", OTHER_COUNTY), region="520201")
    assert Application.objects.get().region == "520103", "all of it or nothing"


def test_what_another_union_is_to_handle_is_passed_on_and_not_refused(house: House) -> None:
    person, handler = worker(1), house.person("handler", COUNTY)
    matter = handed_in(person, "M01", JOIN)
    reason = {"union": OTHER_COUNTY, "text": "您在云岩区上班，由云岩区总工会办理。"}
    with time_shifted(timedelta(days=2)):
        desk = sign_in(Client(), Account.objects.get(pk=handler.account_id or 0))
        page = desk.get(reverse("desk:transition", args=[matter.pk, "redirect"]))
        assert "转交负责的工会" in page.content.decode()
        sent = desk.post(reverse("desk:transition", args=[matter.pk, "redirect"]), {**reason, "version": ""})
        assert sent.status_code == 302
        matter.refresh_from_db()
        clock = clock_of(matter, "check")
        assert clock is not None and clock.started_at is not None and now() - clock.started_at < timedelta(hours=1)
        assert (matter.state, matter.holder_path, matter.region) == ("applied", OTHER_COUNTY, "520103")
        application, service = actions.application_of(person, matter.pk)
        assert application.region == actions.load(service, application.values_json)["region"] == "520103"
        assert not sees(handler, matter) and sees(house.person("leader", OTHER_COUNTY), matter)
        told = OutboxMessage.objects.filter(topic="notice.app", account_id=person.account_id).latest("pk")
        assert "已转给负责的工会" in told.payload["text"]
        own = sign_in(Client(), Account.objects.get(pk=person.account_id or 0))
        assert "由云岩区总工会办理" in own.get(reverse("portal:application", args=[matter.pk])).content.decode()
        step = TrailEntry.objects.get(stream=f"matter:{matter.pk}", verb="redirect")
        assert step.before["holder"] == COUNTY and step.after["holder"] == OTHER_COUNTY
        # Not back and forth: whom two disagree on, the union above decides, which may give it back.
        there = house.person("handler", OTHER_COUNTY)
        with pytest.raises(GuardRefused, match="上级工会"):
            act(matter.pk, "redirect", there, {"union": COUNTY, "text": "不是我们的"})
        act(matter.pk, "redirect", there, {"union": CITY, "text": "请上级确定"})
        act(matter.pk, "redirect", house.person("handler", CITY), {"union": COUNTY, "text": "由南明区办理"})
    matter.refresh_from_db()
    assert matter.holder_path == COUNTY and sees(handler, matter)


def test_a_union_that_does_not_handle_it_gets_nothing(house: House) -> None:
    person, handler = worker(1), house.person("handler", COUNTY)
    matter = handed_in(person, "M10", study(person))
    for path, said in ((ENTERPRISE, "不办这项服务"), (COUNTY, "不用转")):
        with pytest.raises(GuardRefused, match=said):
            act(matter.pk, "redirect", handler, {"union": path, "text": "转"})
    act(matter.pk, "redirect", handler, {"union": FAR_COUNTY, "text": "在六盘水上班"})
    matter.refresh_from_db()
    assert (matter.holder_path, matter.region) == (FAR_COUNTY, "520201")
    act(matter.pk, "pass_county", house.person("handler", FAR_COUNTY), {"opinion": "齐全", **SEEN})
    matter.refresh_from_db()
    assert matter.holder_path == PROVINCE


def test_passed_on_and_then_completed_it_stays_where_it_was_passed_to(house: House) -> None:
    person = worker(1)
    matter = handed_in(person, "M01", JOIN)
    act(matter.pk, "redirect", house.person("handler", COUNTY), {"union": OTHER_COUNTY, "text": "在云岩区"})
    matter = corrected(person, matter, house.person("handler", OTHER_COUNTY), phone="13800138009")
    assert (matter.state, matter.holder_path) == ("applied", OTHER_COUNTY)
