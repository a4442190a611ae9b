"""The watch over the stream at work: its cards, who sees them, and what people do with them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from gonghui.appeals import actions, queries, warning
from gonghui.appeals.mass import seasons
from gonghui.appeals.models import AppealLink, MassAlert, Triage
from gonghui.appeals.tests.support import CITY, COUNTY, FAR_COUNTY, OTHER_COUNTY, PROVINCE, House, run_outbox
from gonghui.kernel.errors import InvalidData, NotAllowed, NotFound
from gonghui.kernel.models import OutboxMessage, TrailEntry
from gonghui.kernel.times import SHANGHAI, now, today

SAYS = "龙腾鞋业三分厂连续两个月没有发工资，食堂也停了，我在{}车间"


@pytest.fixture(autouse=True)
def fresh_watch() -> Iterator[None]:
    warning.forget()
    yield
    warning.forget()


def flood(house: House, people: int = 4, first: int = 0, **more: Any) -> list[Any]:
    received = [
        house.receive(phone=f"1390013{n:04d}", key=f"flood{n}", description=SAYS.format(n), **more)
        for n in range(first, first + people)
    ]
    run_outbox()
    return received


def card_of(kind: str = "matter") -> MassAlert:
    return MassAlert.objects.get(kind=kind)


def test_what_several_say_becomes_one_card_that_grows(house: House) -> None:
    flood(house, 2)
    warning.watch()
    assert not MassAlert.objects.exists()
    received = flood(house, 2, first=2)
    warning.watch()
    card = card_of()
    assert (card.level, card.people, card.region, card.path) == ("yellow", 4, "520102", COUNTY)
    assert {row["appeal"] for row in card.cases} >= {row.appeal.pk for row in received}
    assert "人反映" in card.signals["why"]
    assert "1390013" not in card.employer_name
    flood(house, 2, first=4)
    warning.watch()
    assert (card_of().pk, card_of().people, card_of().level) == (card.pk, 6, "orange")
    told = OutboxMessage.objects.filter(topic="notice.staff", key__startswith=f"mass:{card.pk}:")
    assert {row.payload["path"] for row in told} == {COUNTY, CITY}
    assert [e.after["level"] for e in TrailEntry.objects.filter(stream=f"mass_alert:{card.pk}")] == ["yellow", "orange"]


def test_a_watch_that_starts_anew_tells_nothing_twice(house: House) -> None:
    flood(house)
    warning.watch()
    before, messages = card_of(), OutboxMessage.objects.count()
    warning.watch()
    warning.forget()
    warning.watch()
    assert card_of().pk == before.pk
    assert OutboxMessage.objects.count() == messages
    actions.clear_alert(house.person("supervisor", COUNTY), before.pk, "已经处理")
    warning.forget()
    warning.watch()
    assert MassAlert.objects.count() == 1
    flood(house, 7, first=10)
    warning.watch()
    assert MassAlert.objects.get(cleared_at=None).level == "red"


def test_what_an_employers_card_tells_is_not_told_again(house: House) -> None:
    flood(house, employer_name="龙腾鞋业有限公司")
    warning.watch()
    assert [card.kind for card in MassAlert.objects.all()] == ["employer"]


def test_confidential_matters_are_not_watched(house: House) -> None:
    for received in flood(house):
        matter = received.matter
        matter.restricted = True
        matter.save(update_fields=["restricted"])
    assert warning.watch() == 0


def test_old_appeals_are_not_read_again(house: House) -> None:
    flood(house)
    for triage in Triage.objects.all():
        triage.appeal.received_at = now() - timedelta(days=400)
        triage.appeal.save(update_fields=["received_at"])
    assert warning.watch() == 0


def test_a_card_is_seen_at_its_place_and_above_only(house: House) -> None:
    flood(house)
    warning.watch()
    card = card_of()
    for path, sees in ((COUNTY, True), (PROVINCE, True), (OTHER_COUNTY, False), (FAR_COUNTY, False)):
        actor = house.person("supervisor", path)
        assert (card in queries.mass_alerts(actor)) is sees
        if not sees:
            for act in (actions.acknowledge_alert, actions.group_alert):
                with pytest.raises(NotFound):
                    act(actor, card.pk)
    assert queries.mass_alerts(house.person("supervisor", COUNTY), kind="place") == []
    assert queries.mass_alerts(house.person("supervisor", COUNTY), kind="matter", level="yellow") == [card]
    # The appeals still lie with the province that received them: the county sees the card, not yet the cases.
    cases, hidden = queries.alert_cases(house.person("supervisor", PROVINCE), card)
    assert (len(cases), hidden) == (len(card.cases), 0)
    cases, hidden = queries.alert_cases(house.person("supervisor", COUNTY), card)
    assert (cases, hidden) == ([], len(card.cases))


def test_a_card_is_acknowledged_escalated_grouped_and_found_false(house: House) -> None:
    flood(house)
    warning.watch()
    card, leader = card_of(), house.person("supervisor", COUNTY)
    with pytest.raises(NotAllowed):
        actions.acknowledge_alert(house.person("handler", COUNTY), card.pk)
    first = actions.acknowledge_alert(leader, card.pk).acknowledged_at
    assert first is not None
    assert actions.acknowledge_alert(house.person("supervisor", CITY), card.pk).acknowledged_at == first
    with pytest.raises(InvalidData):
        actions.escalate_alert(leader, card.pk, " ")
    assert actions.escalate_alert(leader, card.pk, "单位在市里有几个厂").escalated_to == CITY
    assert OutboxMessage.objects.filter(key=f"mass:{card.pk}:up:{CITY}").exists()
    links = actions.group_alert(house.person("supervisor", PROVINCE), card.pk)
    assert len(links) == len(card.cases) - 1
    assert AppealLink.objects.filter(kind=AppealLink.Kind.JOINT).count() == len(links)
    actions.clear_alert(leader, card.pk, "几个人说的不是一件事", false_alarm=True)
    assert queries.watch_precision(leader) == (1, 1)
    verbs = list(TrailEntry.objects.filter(stream=f"mass_alert:{card.pk}").values_list("verb", flat=True))
    assert verbs == ["raise", "acknowledge", "escalate", "group", "clear"]


def test_only_what_one_sees_is_grouped(house: House) -> None:
    flood(house, 3)
    warning.watch()
    card, outsider = card_of(), house.person("supervisor", FAR_COUNTY)
    MassAlert.objects.filter(pk=card.pk).update(path=FAR_COUNTY)
    with pytest.raises(InvalidData):
        actions.group_alert(outsider, card.pk)


@pytest.mark.parametrize(
    ("code", "path"),
    [("520103", "52/5201/520103"), ("520100", "52/5201"), ("520000", "52"), ("520103001", "52/5201/520103"), ("", "")],
)
def test_a_regions_code_as_a_path(code: str, path: str) -> None:
    assert warning.place_path(code) == path


def test_around_a_pay_day_or_before_the_festival_more_is_usual(house: House) -> None:
    """The same appeals, told when wages are missed everywhere and when they are not."""
    received = flood(house)
    days = [today() - timedelta(days=n) for n in range(5, 110)]

    def chance(season: bool) -> float:
        day = next(d for d in days if all((seasons()(d - timedelta(days=n), "01") > 1) is season for n in range(3)))
        for n, row in enumerate(received):
            row.appeal.received_at = datetime.combine(day, time(9 + n), SHANGHAI)
            row.appeal.save(update_fields=["received_at"])
        warning.forget()
        MassAlert.objects.all().delete()
        warning.watch()
        return float(card_of().signals["chance"])

    assert chance(season=True) > chance(season=False) > 0
