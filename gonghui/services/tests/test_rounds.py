"""年度: when one may apply, which diplomas count, and how often where a place says once a round."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, House
from gonghui.kernel.errors import FlowError, GuardRefused, InvalidData
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import time_shifted, today
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions
from gonghui.services.catalogue import FOLDER, Catalogue, catalogue, read, tried
from gonghui.services.models import FormFile
from gonghui.services.tests.support import ID_NUMBERS, study

pytestmark = pytest.mark.django_db
BASE = """layer: {of: 3}
rounds:
- {name: '2026', since: 2026-01-01, until: 2026-06-30, least: 2025-09-01, most: 2026-06-30, mark: P, source: 本省}
- {name: '2027', since: 2027-01-01, until: 2027-06-30, least: 2025-09-01, most: 2027-06-30, mark: P, source: 本省}
- {name: '2028', drop: true}
- {name: '2029', drop: true}
- {name: '2030', drop: true}
"""
YEARLY = """once:
- {by: person, during: round, zh: 这个学年已经申请过}
- {by: diploma_no, during: round, zh: 这个证书这个学年已经申请过}
"""


def province(text: str) -> Catalogue:
    return read(FOLDER, {"regions/52/M10.yaml": BASE + text})


def on(day: date) -> Any:
    return time_shifted(timedelta(days=(day - today()).days))


def person(house: House, number: int = 1) -> Any:
    """Always the same one of a number."""
    return house.worker(f"138{number:08d}")


def ask(house: House, number: int = 1, **changes: Any) -> Matter:
    # What a refused try left: its rows name no file on the disk.
    FormFile.objects.filter(application=None).delete()
    values = study(person(house, number), **{"diploma_day": "2025-12-01", **changes})
    return actions.apply(person(house, number), actions.service_for("M10", "520102"), values).matter


def test_once_a_round_where_the_place_says_so_and_once_in_a_life_elsewhere(house: House) -> None:
    for text, twice in ((YEARLY, True), ("", False)):
        with tried(province(text)):
            number = 1 if twice else 2
            changes = {"id_no": ID_NUMBERS[number], "diploma_no": f"51161202506123456{number}"}
            with on(date(2026, 2, 1)):
                ask(house, number, **changes)
                with pytest.raises(GuardRefused, match="已经申请过"):
                    ask(house, number, **changes)
            with on(date(2027, 2, 1)):
                if twice:
                    assert ask(house, number, **changes).state == "applied"
                else:
                    with pytest.raises(GuardRefused, match="每人只领一次"):
                        ask(house, number, **changes)


def test_between_two_rounds_nobody_can_apply_and_reads_when_it_begins(house: House) -> None:
    with tried(province("")):
        with on(date(2026, 9, 1)):
            with pytest.raises(GuardRefused, match="从 2027-01-01 开始"):
                ask(house)
            service = actions.service_for("M10", "520102")
            assert actions.standing(person(house), service).open is False
        with on(date(2027, 9, 1)), pytest.raises(GuardRefused, match="还没有公布"):
            ask(house)


def test_the_days_of_a_round_end(house: House) -> None:
    with tried(province("")), on(date(2027, 3, 1)):
        for day in ("2025-08-31", "2027-03-02"):
            with pytest.raises(InvalidData) as refusal:
                ask(house, diploma_day=day)
            assert list(refusal.value.errors) == ["diploma_day"]


def test_who_completes_after_the_turn_of_the_year_is_still_in_the_round_they_applied_in(house: House) -> None:
    """Of today's own catalogue: the window of this year, not of the next."""
    this_year = catalogue().services["M10"].rounds[0]
    with on(this_year.until - timedelta(days=3)):
        actor = person(house)
        raw = study(actor, diploma_day=this_year.least.isoformat())
        matter = actions.apply(actor, actions.service_for("M10", "520102"), raw).matter
        act(matter.pk, "send_back", house.person("handler", COUNTY), {"text": "学校名称写全"})
    with on(this_year.until + timedelta(days=5)):
        draft = actions.reopen(actor, matter.pk)
        page = sign_in(Client(), Account.objects.get(pk=actor.account_id))
        address = reverse("portal:service_step", args=["M10", "study"])
        sent = {**raw, "region": "南明区", "school": "国家开放大学贵州分部"}
        assert page.post(address, sent).status_code == 302, "the page judges as the handing in does"
        assert actions.complete(actor, draft, {**raw, "school": "国家开放大学"}).matter.state == "applied"
        other = person(house, 2)
        late = {"diploma_day": this_year.least.isoformat(), "id_no": ID_NUMBERS[1], "diploma_no": "5116120250612399"}
        with pytest.raises(InvalidData):
            actions.apply(other, actions.service_for("M10", "520102"), study(other, **late))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rounds:\n- {name: '2026', until: 2027-02-01}\n", "open on one day"),
        ("rounds:\n- {name: '2026', until: 2025-02-01}\n", "ends before it begins"),
        ("rounds: null\n", "there are no `rounds`"),
    ],
)
def test_rounds_that_cannot_be_stop_the_start(text: str, said: str) -> None:
    with pytest.raises(FlowError, match=said):
        read(FOLDER, {"regions/52/M10.yaml": text})
