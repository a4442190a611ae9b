"""Who gets which page, and that nobody reaches what lies outside their organisation."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import ABROAD, COUNTY, FAR_COUNTY, PROVINCE, House
from gonghui.desk.context import ITEMS
from gonghui.desk.tests.conftest import SignedIn
from gonghui.people.models import Account
from gonghui.people.roles import ROLES
from gonghui.people.testing import sign_in

OPEN_PAGES = ("desk:home", "desk:flows", "desk:organisations")
# Pages that are for some roles only.
RESTRICTED = {item.name: item for item in ITEMS if item.roles and item.name != "people:staff"}
MATTER_PAGES = ("desk:matter", "desk:trail", "desk:registered", "desk:callback", "desk:quality_card")


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_its_pages_and_no_others(role: str, at_desk: SignedIn) -> None:
    client = at_desk(role, PROVINCE)
    for name in OPEN_PAGES:
        assert client.get(reverse(name)).status_code in (200, 302), name
    for name, item in RESTRICTED.items():
        assert client.get(reverse(name)).status_code == (200 if role in item.roles else 403), name


@pytest.mark.parametrize("role", ROLES)
def test_the_navigation_shows_exactly_what_the_role_may_open(role: str, at_desk: SignedIn) -> None:
    page = at_desk(role, PROVINCE).get(reverse("desk:home")).content.decode()
    for name, item in RESTRICTED.items():
        # Other installations are the top organisation's to deal with.
        assert (f'<a href="{reverse(name)}"' in page) == (role in item.roles and not item.top), name


@pytest.mark.parametrize("role", ["supervisor", "auditor", "handler"])
def test_the_pages_of_the_navigation_lead_to_nothing_that_is_refused(role: str, at_desk: SignedIn) -> None:
    client = at_desk(role, PROVINCE)
    pages = [reverse(item.name) for item in ITEMS if not item.roles or (role in item.roles and not item.top)]
    found = {link for page in pages for link in re.findall(r'href="(/desk/[^"?#]*)', client.get(page).content.decode())}
    assert [link for link in sorted(found) if client.get(link).status_code == 403] == []


def test_the_navigation_leads_to_the_exchange_at_the_top(at_desk: SignedIn) -> None:
    page = at_desk("leader", settings.ORGANISATION).get(reverse("desk:home")).content.decode()
    assert f'<a href="{reverse("desk:exchange")}"' in page


def test_a_stranger_is_sent_to_sign_in_and_a_worker_is_refused(house: House) -> None:
    assert Client().get(reverse("desk:home")).status_code == 302
    worker = sign_in(Client(), Account.objects.get(pk=house.worker().account_id or 0))
    assert worker.get(reverse("desk:home")).status_code == 403


@pytest.mark.parametrize("place", [FAR_COUNTY, ABROAD])
@pytest.mark.parametrize("role", ["handler", "leader", "callback", "quality", "agent", "dispatcher", "supervisor"])
def test_a_matter_of_another_place_does_not_exist(role: str, place: str, house: House, at_desk: SignedIn) -> None:
    matter = house.in_callback(house.receive().matter, COUNTY)
    client = at_desk(role, place)
    for name in MATTER_PAGES:
        assert client.get(reverse(name, args=[matter.pk])).status_code in (403, 404), name
    for step in ("callback_done", "supervise", "reopen", "no-such-step"):
        url = reverse("desk:transition", args=[matter.pk, step])
        assert client.get(url).status_code == 404
        assert client.post(url, {"version": matter.version}).status_code == 404
    for verb in ("ask", "note", "material"):
        assert client.post(reverse("desk:say", args=[matter.pk, verb]), {"text": "x"}).status_code == 404
    assert client.post(reverse("desk:reveal", args=[matter.pk, "phone"]), {"reason": "核实"}).status_code == 404
    assert client.post(reverse("desk:adopt", args=[matter.pk, "triage"]), {"proposal": "1"}).status_code == 404
    assert client.post(reverse("desk:link", args=[matter.pk, 1]), {"confirmed": "yes"}).status_code == 404
    matter.refresh_from_db()
    assert matter.state == "callback"


def test_lists_and_search_show_nothing_of_another_place(house: House, at_desk: SignedIn) -> None:
    received = house.receive(title="南明区独一无二的标题", phone="13911112222")
    matter = house.dispatched(received.matter)
    client = at_desk("supervisor", FAR_COUNTY)
    for url in (
        reverse("desk:home"),
        reverse("desk:worklist"),
        reverse("desk:worklist") + "?closed=1&order=recent",
        reverse("desk:worklist") + f"?path={COUNTY}",
        reverse("desk:search") + "?q=13911112222",
        reverse("desk:search") + f"?q={matter.number}",
        reverse("desk:supervision"),
        reverse("desk:overview") + f"?path={COUNTY}",
    ):
        page = client.get(url, follow=True)
        assert page.status_code == 200
        assert "独一无二的标题" not in page.content.decode(), url
    history = client.post(reverse("desk:history"), {"phone": "13911112222"}).content.decode()
    assert "独一无二的标题" not in history


def test_a_bulk_step_leaves_foreign_matters_alone(house: House, at_desk: SignedIn) -> None:
    matter = house.dispatched(house.receive().matter)
    stranger = at_desk("handler", FAR_COUNTY)
    stranger.post(reverse("desk:bulk"), {"matter": [matter.pk], "step": "accept"})
    matter.refresh_from_db()
    assert matter.state == "dispatched"


def test_the_employers_own_union_never_reads_who_complained(house: House, at_desk: SignedIn) -> None:
    from gonghui.appeals.tests.support import ENTERPRISE

    house.dispatched(house.receive(reporter_name="不愿公开的人", title="厂里的事", employer_name="甲厂有限公司").matter)
    page = at_desk("handler", ENTERPRISE).get(reverse("desk:worklist")).content.decode()
    assert "厂里的事" not in page


@pytest.mark.parametrize("role", ["analyst", "admin", "knowledge"])
def test_who_counts_or_administers_reads_no_cases(role: str, house: House, at_desk: SignedIn) -> None:
    matter = house.receive(description="只有经办人才该读到的一段话，老板拖欠工资。").matter
    client = at_desk(role, PROVINCE)
    for name in ("desk:matter", "desk:trail"):
        assert client.get(reverse(name, args=[matter.pk])).status_code == 403
    assert client.get(reverse("desk:search"), {"q": matter.number}).status_code == 403
    for name in ("desk:home", "desk:overview"):
        page = client.get(reverse(name))
        assert page.status_code == (403 if name == "desk:overview" and role != "analyst" else 200)
        assert "只有经办人才该读到" not in page.content.decode()
