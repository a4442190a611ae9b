"""Where the competent bodies are: the nearest one, the entries and who keeps them, files taken whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from gonghui.kernel import trail
from gonghui.kernel.actor import SYSTEM, Actor, Duty
from gonghui.kernel.errors import InvalidData, NotAllowed
from gonghui.kernel.models import TrailEntry
from gonghui.kernel.sheets import ImportFileError
from gonghui.kernel.times import SHANGHAI, today
from gonghui.organisations import actions
from gonghui.organisations.build import read
from gonghui.organisations.hours import in_words, read_hours, written
from gonghui.organisations.importing import import_offices
from gonghui.organisations.located import dialled, line
from gonghui.organisations.models import Office, Organisation, Region
from gonghui.organisations.offices import choose, finder, in_force, keeps, kept

# A Wednesday, ten in the morning; hours of working days only.
AT = datetime(2026, 3, 11, 10, tzinfo=SHANGHAI)
MORNING, EVENING = {"2": [["09:00", "12:00"]]}, {"2": [["18:00", "20:00"]]}
CODES = ("520102", "520103", "520100", "520000", "520201", "520200", "620102", "620000", "520102001")


def office(region: str = "520102", name: str = "仲裁院", **fields: Any) -> Office:
    """An entry that stands in no database."""
    return Office(**{"body": "B2", "region_id": region, "name": name, "checked_on": date(2026, 3, 1), **fields})


offices = st.lists(
    st.builds(
        office,
        region=st.sampled_from(CODES),
        name=st.sampled_from(["甲", "乙", "丙"]),
        pk=st.integers(1, 10**6),
        body=st.sampled_from(["B1", "B2"]),
        hours=st.sampled_from([{}, MORNING, EVENING]),
        active=st.booleans(),
        valid_from=st.sampled_from([None, date(2026, 1, 1), date(2027, 1, 1)]),
        valid_to=st.sampled_from([None, date(2025, 12, 31), date(2026, 12, 31)]),
    ),
    max_size=12,
    unique_by=lambda one: one.pk,
)


@pytest.mark.django_db
@given(offices, st.sampled_from([*CODES, "520104", "620103", "", "52", "x"]), st.randoms())
def test_the_nearest_is_in_force_of_the_place_or_above_it_and_always_the_same(
    rows: list[Office], region: str, order: Any
) -> None:
    found = choose(rows, "B2", region, AT)
    above = line(region)
    fitting = [row for row in rows if row.body == "B2" and in_force(row, AT.date()) and row.region_id in above]
    assert bool(found) == bool(fitting)
    assert all(row in fitting for row in found)
    # One level only, and the narrowest that has any.
    assert {row.region_id for row in found} <= {next((c for c in above if any(f.region_id == c for f in fitting)), "")}
    mixed = list(rows)
    order.shuffle(mixed)
    assert [row.pk for row in choose(mixed, "B2", region, AT)] == [row.pk for row in found]


@pytest.mark.django_db
def test_the_county_goes_before_the_city_and_the_open_one_before_the_closed() -> None:
    rows = [
        office("520100", "市仲裁院"),
        office("520102", "甲", hours=EVENING),
        office("520102", "乙", hours=MORNING),
        office("520103", "云岩仲裁院"),
    ]
    assert [row.name for row in choose(rows, "B2", "520102", AT)] == ["乙", "甲"]
    assert [row.name for row in choose(rows, "B2", "520102001", AT)] == ["乙", "甲"]
    assert [row.name for row in choose(rows, "B2", "520104", AT)] == ["市仲裁院"]
    assert choose(rows, "B2", "520201", AT) == []


def test_the_line_of_a_region_is_that_of_the_table() -> None:
    parents = {row["code"]: row["parent"] for row in read()}
    for code in parents:
        above, at = [code], code
        while at := parents[at]:
            above.append(at)
        # Cities without districts have a code between town and city that no region bears.
        assert [one for one in line(code) if one in parents] == above


@pytest.mark.parametrize(
    ("text", "hours", "words"),
    [
        ("", {}, ""),
        ("3 9:00-12:00", {"2": [["09:00", "12:00"]]}, "周三 09:00–12:00"),
        (
            "周一至周二 9:00-12:00，14:00-17:30；星期天 10：00-11：00",
            {
                "0": [["09:00", "12:00"], ["14:00", "17:30"]],
                "1": [["09:00", "12:00"], ["14:00", "17:30"]],
                "6": [["10:00", "11:00"]],
            },
            "周一至周二 09:00–12:00、14:00–17:30；周日 10:00–11:00",
        ),
        ("1,3,5 9:00-10:00", {d: [["09:00", "10:00"]] for d in "024"}, "周一、周三、周五 09:00–10:00"),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, hours: dict[str, Any], words: str) -> None:
    assert read_hours(text) == hours
    assert in_words(hours) == words
    assert read_hours(written(hours)) == hours


@pytest.mark.parametrize(
    "text", ["9:00-12:00", "1 12:00-9:00", "8 9:00-10:00", "1 早上", "5-1 9:00-10:00", "1 9:00-10:00;1 9:00-10:00"]
)
def test_hours_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_hours(text)


def test_numbers_can_be_dialled() -> None:
    assert dialled("0851-8123 4567 转 2、12333") == (("0851-8123 4567 转 2", "085181234567"), ("12333", "12333"))
    assert dialled("（0851）12345") == (("（0851）12345", "085112345"),)
    assert dialled("") == ()


@pytest.fixture
def places(db: None) -> None:
    rows = [("520000", "贵州省", 1, None), ("520100", "贵阳市", 2, "520000"), ("520102", "南明区", 3, "520100")]
    rows += [("520103", "云岩区", 3, "520100"), ("620000", "甘肃省", 1, None)]
    for code, name, level, above in rows:
        Region.objects.create(code=code, name=name, level=level, parent_id=above, full_name=name, short_name=name[:-1])
    unions: list[tuple[str, str, str | None, dict[str, Any]]] = [
        ("cn", "national", None, {}),
        ("cn.52", "province", "520000", {}),
        ("cn.52.5201", "city", "520100", {"phone": "0851-12351", "address": "市府路", "hours": MORNING}),
        ("cn.52.5201.520102", "county", "520102", {"phone": "", "working_hours": "工作日"}),
        ("cn.52.5201.520103", "county", "520103", {"phone": "12351"}),
        ("cn.52.5201.520102.e1", "grassroots", "520102", {}),
        ("cn.52.i-build", "industrial", "520000", {}),
    ]
    for path, rank, region, more in unions:
        Organisation.objects.create(path=path, name=path, level=rank, region_id=region, **more)


def texts(**change: str) -> dict[str, str]:
    """A row as a form or a file has it."""
    return {
        "body": "B2", "region": "520102", "name": "南明区仲裁院", "address": "甲路 1 号", "phone": "0851-12333",
        "hours": "1-5 9:00-12:00", "latitude": "26.57", "longitude": "106.71", "online": "https://example.org/zc",
        "source": "区政府网站", "checked_on": today().isoformat(), **change,
    }  # fmt: skip


def entered(**change: str) -> Office:
    return actions.add_office(SYSTEM, actions.read_office(texts(**change)))


def keeper(path: str, role: str = "supervisor") -> Actor:
    return Actor(kind="staff", account_id=7, name="督办员", duties=(Duty(role, path),))


def test_an_entry_holds_what_was_typed_and_shows_when_it_was_checked(places: None) -> None:
    made = entered()
    assert (made.latitude, made.longitude) == (Decimal("26.57000"), Decimal("106.71000"))
    assert made.working_hours == "周一至周五 09:00–12:00"
    [found] = finder(AT)("B2", "520102")
    assert found.open is True and not found.old
    assert found.geo == "geo:26.57000,106.71000"
    assert found.phones == (("0851-12333", "085112333"),)
    assert found.as_dict()["checked_on"] == today().isoformat()
    assert finder(AT)("B2", "520103") == () == finder(AT)("B1", "520102")


def test_an_entry_checked_over_a_year_ago_is_old(places: None) -> None:
    entered(checked_on="2025-03-11")
    [found] = finder(AT)("B2", "520102")
    assert not found.old
    [later] = finder(AT + timedelta(days=1))("B2", "520102")
    assert later.old


def test_unions_come_from_the_tree_with_their_own_contact(places: None) -> None:
    [city] = finder(AT)("U", "520100")
    assert (city.phone, city.address, city.open, city.checked_on) == ("0851-12351", "市府路", True, None)
    [county] = finder(AT)("U", "520103")
    assert county.phone == "12351"
    # Of the county's union nothing but the name is known: the city's is not competent in its place.
    assert finder(AT)("U", "520102") == ()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("body", "B99"), ("body", "U"), ("region", "999999"), ("region", "52"), ("name", ""), ("name", "院" * 81),
        ("phone", "请打总机"), ("hours", "上午"), ("latitude", "91"), ("latitude", "north"), ("longitude", ""),
        ("online", "http://example.org"), ("online", "javascript:alert(1)"), ("source", " "), ("checked_on", ""),
        ("checked_on", "昨天"), ("checked_on", "2999-01-01"), ("valid_from", "2026-02-30"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_beside_its_field(places: None, column: str, value: str) -> None:
    with pytest.raises(InvalidData) as caught:
        actions.read_office(texts(**{column: value}))
    assert set(caught.value.errors) == {"latitude" if column == "longitude" else column}


def test_an_entry_that_leads_nowhere_or_backward_is_refused(places: None) -> None:
    with pytest.raises(InvalidData) as caught:
        actions.read_office(texts(address="", phone="", online=""))
    assert "address" in caught.value.errors
    with pytest.raises(InvalidData) as caught:
        actions.read_office(texts(valid_from="2026-02-01", valid_to="2026-01-31"))
    assert "valid_to" in caught.value.errors


def test_withdrawn_ended_and_coming_offices_are_never_found(places: None) -> None:
    gone, find = entered(), finder
    actions.set_office_active(SYSTEM, gone, False, "合并了")
    entered(name="已停用", valid_to="2026-03-10")
    entered(name="还没有启用", valid_from="2026-03-12")
    assert find(AT)("B2", "520102") == ()
    actions.set_office_active(SYSTEM, gone, True, "弄错了")
    assert [row.name for row in find(AT)("B2", "520102")] == ["南明区仲裁院"]
    with pytest.raises(InvalidData):
        actions.set_office_active(SYSTEM, gone, False, " ")


def test_an_office_that_moves_has_two_entries_one_after_the_other(places: None) -> None:
    old = entered()
    with pytest.raises(InvalidData):
        entered(address="乙路 2 号")
    actions.change_office(SYSTEM, old, actions.read_office(texts(valid_to="2026-03-31")))
    entered(address="乙路 2 号", valid_from="2026-04-01")
    assert [row.address for row in finder(AT)("B2", "520102")] == ["甲路 1 号"]
    assert [row.address for row in finder(AT + timedelta(days=30))("B2", "520102")] == ["乙路 2 号"]


def test_every_change_is_in_the_trail_and_none_is_written_twice(places: None) -> None:
    made = entered()
    actions.change_office(SYSTEM, made, actions.read_office(texts(phone="12333")))
    actions.change_office(SYSTEM, made, actions.read_office(texts(phone="12333")))
    actions.set_office_active(SYSTEM, made, False, "搬走")
    entries = list(TrailEntry.objects.filter(stream=f"office:{made.pk}").order_by("seq"))
    assert [entry.verb for entry in entries] == ["create", "update", "withdraw"]
    assert entries[1].before == {"office_phone": "0851-12333"} and entries[1].after == {"office_phone": "12333"}
    assert entries[2].note == "搬走"
    assert trail.verify(f"office:{made.pk}").ok


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("cn", {"520000", "520100", "520102", "620000"}), ("cn.52", {"520000", "520100", "520102"}),
        ("cn.52.5201", {"520100", "520102"}), ("cn.52.5201.520102", {"520102"}), ("cn.52.5201.520103", set()),
        # An enterprise's union and an industry's stand in a region, and keep none of its offices.
        ("cn.52.5201.520102.e1", set()), ("cn.52.i-build", set()),
    ],
)  # fmt: skip
def test_one_keeps_the_offices_of_ones_own_region_and_below(places: None, path: str, may: set[str]) -> None:
    regions = ("520000", "520100", "520102", "620000")
    for region in regions:
        entered(region=region)
    actor = keeper(path)
    assert {code for code in regions if keeps(actor, code)} == may
    assert {row.region_id for row in kept(actor)} == may
    for row in Office.objects.exclude(region__in=may):
        with pytest.raises(NotAllowed):
            actions.change_office(actor, row, actions.read_office(texts(region=row.region_id, phone="1")))
        with pytest.raises(NotAllowed):
            actions.set_office_active(actor, row, False, "试")


def test_other_roles_keep_nothing_and_no_entry_is_moved_out_of_ones_region(places: None) -> None:
    made = entered()
    assert not kept(keeper("cn.52", "handler")).exists()
    with pytest.raises(NotAllowed):
        actions.change_office(keeper("cn.52.5201.520102"), made, actions.read_office(texts(region="520103")))
    with pytest.raises(NotAllowed):
        actions.add_office(keeper("cn.52.5201.520102"), actions.read_office(texts(region="520103")))


HEAD = ("部门代码", "区划代码", "名称", "地址", "电话", "开门时间", "来源", "核对日期")
GOOD = ("B2", "520102", "南明区仲裁院", "甲路 1 号", "12333", "1-5 9:00-12:00", "区政府网站", "2026-03-01")
OTHER = ("B1", "520103", "云岩区监察大队", "", "12333", "", "区政府网站", "2026-03-01")


def as_csv(path: Path, *rows: tuple[str, ...], coding: str = "utf-8-sig") -> Path:
    with path.open("w", encoding=coding, newline="") as file:
        csv.writer(file).writerows([HEAD, *rows])
    return path


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "offices.csv"


def test_a_file_is_taken_and_taken_again_without_a_change(places: None, file: Path) -> None:
    report = import_offices(as_csv(file, GOOD, OTHER), SYSTEM)
    assert (report.added, report.written, report.rejected) == (2, True, [])
    assert Office.objects.get(body="B2").hours["4"] == [["09:00", "12:00"]]
    again = import_offices(as_csv(file, (*GOOD[:4], "0851-12333", *GOOD[5:]), OTHER), SYSTEM)
    assert (again.added, again.changed, again.same) == (0, 1, 1)
    assert Office.objects.get(body="B2").phone == "0851-12333"
    assert Office.objects.count() == 2


def test_one_wrong_row_and_nothing_is_written(places: None, file: Path) -> None:
    wrong = ("B2", "520199", "某处", "", "", "上午", "", "2026-03-01")
    report = import_offices(as_csv(file, GOOD, wrong, GOOD), SYSTEM)
    assert not report.written and not Office.objects.exists() and not TrailEntry.objects.exists()
    (row, reason), (double, same) = report.rejected
    assert row == 3 and double == 4
    for title in ("区划代码", "地址", "开门时间", "来源"):
        assert f"{title}：" in reason
    assert "第 2 行" in same


def test_a_trial_says_what_would_be_done_and_does_nothing(places: None, file: Path) -> None:
    report = import_offices(as_csv(file, GOOD, OTHER), SYSTEM, dry_run=True)
    assert (report.added, report.written) == (2, False)
    assert not Office.objects.exists() and not TrailEntry.objects.exists()


def test_what_was_withdrawn_does_not_come_back_with_a_file(places: None, file: Path) -> None:
    import_offices(as_csv(file, GOOD, OTHER), SYSTEM)
    actions.set_office_active(SYSTEM, Office.objects.get(body="B2"), False, "撤销")
    report = import_offices(file, SYSTEM)
    assert [row for row, _reason in report.rejected] == [2] and "撤下" in report.rejected[0][1]
    assert Office.objects.filter(active=True).count() == 1


def test_excel_files_are_taken_as_excel_writes_them(places: None, file: Path) -> None:
    report = import_offices(as_csv(file, GOOD, coding="gb18030"), SYSTEM)
    assert report.added == 1
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([*HEAD, "纬度", "经度"])
    sheet.append(["B1", 520103, "云岩区监察大队", "", 12333, "", "区政府网站", date(2026, 3, 1), 26.6, 106.7])
    book.save(file.with_suffix(".xlsx"))
    assert import_offices(file.with_suffix(".xlsx"), SYSTEM).added == 1
    made = Office.objects.get(body="B1")
    assert (made.phone, made.checked_on, made.latitude) == ("12333", date(2026, 3, 1), Decimal("26.6"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", b"x"), ("a.csv", b""), ("a.csv", "部门代码,名称\n".encode()), ("a.csv", b"\x00\xff\xfe\x01"),
        ("a.csv", b"body,region,name,source,checked_on,colour\n"),
        ("a.csv", b"body,body,region,name,source,checked_on\n"),
        ("a.xlsx", b"no zip"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused_as_a_whole(places: None, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ImportFileError):
        import_offices(tmp_path / name, SYSTEM)
    with pytest.raises(ImportFileError):
        import_offices(tmp_path / "none.csv", SYSTEM)
