"""The union tree, its offices, and who answers when somebody calls."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.models import TrailEntry
from gonghui.kernel.times import SHANGHAI
from gonghui.organisations import actions, queries
from gonghui.organisations.models import DutyShift, Organisation

CLERK = Actor(kind="staff", account_id=7, name="经办人")
DAY, NIGHT = {"starts": time(9), "ends": time(18)}, {"starts": time(18), "ends": time(9)}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def tree(db: None) -> dict[str, Organisation]:
    rows: dict[str, Organisation] = {}
    for path, name, level in (
        ("cn", "中华全国总工会", "national"),
        ("cn.52", "贵州省总工会", "province"),
        ("cn.52.5201", "贵阳市总工会", "city"),
        ("cn.52.5201.520102", "南明区总工会", "county"),
        ("cn.52.5201.520103", "云岩区总工会", "county"),
        ("cn.52.5201.i-transport", "贵阳市交通运输工会", "industrial"),
        ("cn.52.5201.i-transport-2", "贵阳市交通第二工会", "industrial"),
        ("cn.11", "北京市总工会", "province"),
        ("cn.11.1101.110101", "东城区总工会", "county"),
        ("cn.11.1101.110102", "西城区总工会", "county"),
    ):
        above = [rows[item] for item in rows if path.startswith(item + ".")]
        rows[path] = Organisation.objects.create(path=path, name=name, level=level, parent=above[-1] if above else None)
    return rows


@pytest.fixture
def county(tree: dict[str, Organisation]) -> Organisation:
    return tree["cn.52.5201.520102"]


def shift(organisation: Organisation, place: str, name: str, **kwargs: Any) -> DutyShift:
    return actions.add_shift(CLERK, organisation, place, contact_name=name, contact_phone="0851-12351", **kwargs)


def test_the_common_superior_is_the_lowest_that_exists(tree: dict[str, Organisation]) -> None:
    assert queries.common_higher("cn.52.5201.520102", "cn.52.5201.520103") == "cn.52.5201"
    assert queries.common_higher("cn.52.5201.520102", "cn.52.5201") == "cn.52.5201"
    assert queries.common_higher("cn.52.5201.520102", "cn.11.1101.110101") == "cn"
    # The made-up level of a municipality holds no union: its districts meet at the province.
    assert queries.common_higher("cn.11.1101.110101", "cn.11.1101.110102") == "cn.11"


def test_a_subtree_holds_the_organisation_and_those_below_but_no_neighbour(tree: dict[str, Organisation]) -> None:
    assert [item.path for item in queries.subtree("cn.52.5201.i-transport")] == ["cn.52.5201.i-transport"]
    assert queries.subtree("cn").count() == len(tree)
    assert queries.subtree("cn.5").count() == 0


segments = st.text("0123456789abcei-", min_size=1, max_size=8)


@given(st.lists(segments, min_size=1, max_size=4), st.lists(segments, min_size=1, max_size=4))
@pytest.mark.django_db
def test_the_subtrees_range_agrees_with_the_definition_of_within(one: list[str], two: list[str]) -> None:
    above, path = ".".join(["cn", *one]), ".".join(["cn", *two])
    Organisation.objects.filter(path=path).delete()
    Organisation.objects.create(path=path, name="试", level="town")
    inside = path == above or path.startswith(above + ".")
    assert queries.subtree(above).filter(path=path).exists() == inside
    Organisation.objects.filter(path=path).delete()


def test_search_finds_by_part_of_the_name_higher_levels_first(tree: dict[str, Organisation]) -> None:
    assert queries.search("贵阳市")[0].name == "贵阳市总工会"
    assert [item.path for item in queries.search("城区", within="cn.11")] == ["cn.11.1101.110101", "cn.11.1101.110102"]
    assert queries.search("城区", within="cn.52") == []
    assert queries.search("  ") == []
    assert len(queries.search("工会", most=3)) == 3


def test_founding_a_union_below_another_is_in_the_trail(county: Organisation, tree: dict[str, Organisation]) -> None:
    made = actions.create_organisation(
        CLERK, county, "E9", "甲厂工会", "grassroots", overlay_parents=[tree["cn.52.5201.i-transport"]]
    )
    assert made.path == "cn.52.5201.520102.e9"
    assert [item.path for item in made.overlay_parents.all()] == ["cn.52.5201.i-transport"]
    assert TrailEntry.objects.get(stream=f"organisation:{made.path}").verb == "create"
    for segment in ("e9", "", "a.b", "甲/乙", "x" * 120):
        with pytest.raises(InvalidData):
            actions.create_organisation(CLERK, county, segment, "乙厂工会", "grassroots")
    with pytest.raises(InvalidData):
        actions.create_organisation(CLERK, county, "e10", "  ", "grassroots")
    with pytest.raises(InvalidData):
        actions.create_organisation(CLERK, county, "e10", "乙厂工会", "galactic")


def test_contacts_change_with_before_and_after(county: Organisation) -> None:
    actions.update_contact(CLERK, county, phone=" 0851-12351 ", address="遵义路 1 号")
    entry = TrailEntry.objects.get(stream=f"organisation:{county.path}")
    assert entry.before == {"office_phone": "", "office_address": ""}
    assert entry.after == {"office_phone": "0851-12351", "office_address": "遵义路 1 号"}
    actions.update_contact(CLERK, county, phone="0851-12351")
    assert TrailEntry.objects.filter(stream=f"organisation:{county.path}").count() == 1
    assert trail.verify(f"organisation:{county.path}").ok


def test_contacts_that_do_not_fit_are_refused_and_nothing_is_written(county: Organisation) -> None:
    for field, value in (("phone", "1" * 41), ("latitude", "12345"), ("hours", {"9": []}), ("hours", {"0": ["nine"]})):
        with pytest.raises(InvalidData) as refused:
            actions.update_contact(CLERK, county, **{field: value})
        assert field in refused.value.errors
    with pytest.raises(KeyError):
        actions.update_contact(CLERK, county, path="cn.99")
    assert not TrailEntry.objects.filter(stream=f"organisation:{county.path}").exists()


def test_renaming_keeps_the_path_and_closing_needs_a_reason(county: Organisation) -> None:
    renamed = actions.rename_organisation(CLERK, county, "南明区总工会（新）")
    assert (renamed.path, renamed.name) == (county.path, "南明区总工会（新）")
    with pytest.raises(InvalidData):
        actions.rename_organisation(CLERK, county, "")
    with pytest.raises(InvalidData):
        actions.set_active(CLERK, county, False, " ")
    assert actions.set_active(CLERK, county, False, "并入市总工会").active is False
    assert TrailEntry.objects.filter(note="并入市总工会").count() == 1


def test_an_office_is_open_in_its_hours_on_working_days(county: Organisation) -> None:
    assert queries.is_open(county, at("2026-03-05 10:00")) is None
    hours = {"0": [["09:00", "12:00"], ["14:00", "17:30"]], "3": [["09:00", "12:00"]]}
    county = actions.update_contact(CLERK, county, hours=hours)
    assert queries.is_open(county, at("2026-03-05 10:00"))
    assert not queries.is_open(county, at("2026-03-05 15:00"))
    assert not queries.is_open(county, at("2026-03-07 10:00"))
    # 28 February 2026 is a Saturday worked in exchange; Monday's hours hold.
    assert queries.is_open(county, at("2026-02-28 15:00"))
    assert not queries.is_open(county, at("2026-02-17 10:00"))


def test_an_organisation_takes_the_kinds_it_names_or_all(county: Organisation) -> None:
    assert queries.takes(county, "appeals.work_order")
    county.handles_kinds = ["services.application"]
    assert not queries.takes(county, "appeals.work_order")


def test_the_roster_answers_by_weekday_and_through_the_night(county: Organisation) -> None:
    for weekday in range(7):
        shift(county, "first", f"日{weekday}", weekday=weekday, **DAY)
        shift(county, "first", f"夜{weekday}", weekday=weekday, **NIGHT)
    shift(county, "leader", "带班", weekday=3, starts=time(0), ends=time(0))

    def names(text: str) -> list[str]:
        return [item.contact_name for item in queries.on_duty(county, at(text))]

    assert names("2026-03-05 09:00") == ["日3", "带班"]
    assert names("2026-03-05 23:59") == ["夜3", "带班"]
    assert names("2026-03-06 08:59") == ["夜3"]
    assert names("2026-03-09 03:00") == ["夜6"]


def test_a_shift_for_the_date_goes_before_the_weekdays(county: Organisation) -> None:
    shift(county, "first", "平日", weekday=3, **DAY)
    shift(county, "second", "副班", weekday=3, **DAY)
    special = shift(county, "first", "专班", on=date(2026, 3, 5), **DAY)
    on_duty = [item.contact_name for item in queries.on_duty(county, at("2026-03-05 10:00"))]
    assert on_duty == ["专班", "副班"]
    actions.remove_shift(CLERK, special)
    assert queries.on_duty(county, at("2026-03-05 10:00"))[0].contact_name == "平日"
    verbs = (
        TrailEntry.objects.filter(stream=f"organisation:{county.path}").order_by("seq").values_list("verb", flat=True)
    )
    assert list(verbs) == ["duty.add", "duty.add", "duty.add", "duty.remove"]


def test_where_nobody_is_on_duty_the_call_goes_up(county: Organisation, tree: dict[str, Organisation]) -> None:
    assert queries.on_duty_or_above(county.path, at("2026-03-05 10:00")) == []
    shift(tree["cn.52"], "first", "省值班", weekday=3, **DAY)
    assert queries.on_duty_or_above(county.path, at("2026-03-05 10:00"))[0].contact_name == "省值班"
    shift(county, "first", "区值班", weekday=3, **DAY)
    assert queries.on_duty_or_above(county.path, at("2026-03-05 10:00"))[0].contact_name == "区值班"


@pytest.mark.parametrize(
    ("given_field", "fields"),
    [
        ("weekday", {}),
        ("weekday", {"weekday": 7}),
        ("weekday", {"weekday": 1, "on": date(2026, 3, 5)}),
        ("place", {"weekday": 1, "place": "third"}),
        ("contact_name", {"weekday": 1, "contact_name": " "}),
        ("contact_phone", {"weekday": 1, "contact_phone": ""}),
    ],
)
def test_a_shift_that_could_not_be_called_is_refused(
    county: Organisation, given_field: str, fields: dict[str, Any]
) -> None:
    values = {"place": "first", "contact_name": "王", "contact_phone": "0851-12351", **DAY, **fields}
    with pytest.raises(InvalidData) as refused:
        actions.add_shift(CLERK, county, values.pop("place"), **values)
    assert given_field in refused.value.errors


def test_the_duty_phone_is_not_in_clear_in_the_database_or_the_trail(county: Organisation) -> None:
    made = shift(county, "first", "王", weekday=1, **DAY)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT contact_phone FROM organisations_dutyshift WHERE id = %s", [made.pk])
        assert "12351" not in cursor.fetchone()[0]
    assert "12351" not in str(TrailEntry.objects.get(stream=f"organisation:{county.path}").after)
    assert DutyShift.objects.get(pk=made.pk).contact_phone == "0851-12351"
