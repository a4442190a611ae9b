"""试办: a bad file is named with its line, a good one is walked to its end, and nothing of it is kept."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from gonghui.appeals.tests.support import House
from gonghui.kernel.errors import FlowError
from gonghui.kernel.flow import all_flows
from gonghui.kernel.times import today
from gonghui.services.catalogue import FOLDER, catalogue, packaged
from gonghui.services.patterning import example, wrong_pattern
from gonghui.services.tests.support import ID_NUMBERS, STUDY, goods
from gonghui.services.trial.differing import differences
from gonghui.services.trial.proposing import Proposal, propose
from gonghui.services.trial.report import Report
from gonghui.services.trial.walking import rehearse

PLACE = "520102"
BOMB = "a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"


def text_of(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def umbrellas() -> str:
    page = (Path(__file__).resolve().parents[3] / "docs" / "add-a-service.md").read_text(encoding="utf-8")
    return re.findall(r"```yaml\n(.*?)```", page, re.S)[0]


def line_with(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


NESTED = "to_day.all(a, to_day.all(b, to_day.all(c, to_day.all(d, a == d))))"
# What is put in the place of what, the line that is blamed, and a part of the cause.
WRONG = [
    ("group: care", "grup: care", "grup", "Extra inputs"),
    ("type: date, zh: 什么时候要用", "type: dat, zh: 什么时候要用", "什么时候要用", "Input should be"),
    ('"to_day >= from_day"', '"to_day >= from_dy"', "from_dy", "from_dy, which is no field"),
    ('"to_day >= from_day"', '"to_day >= "', "to_day >=", "no CEL expression"),
    ('"to_day >= from_day"', '"to_day + from_day"', "to_day +", "is no condition"),
    ('"to_day >= from_day"', f'"{NESTED}"', "to_day.all", "cannot be judged"),
    ("pattern: kit", "pattern: kitt", "kitt", "no pattern 'kitt'"),
    ("limit: {working_days: 2}", "limit: {working_days: 2000000}", "working_days", "a limit of more than"),
    ("limit: {working_days: 2}", "limit: {weeks: 2}", "weeks", "Extra inputs"),
    ("least: today", "least: yesterday", "什么时候要用", "is no limit of a field"),
    ("valid_from: 2026-01-01", "valid_from: 2026-02-30", "2026-02-30", "is no value"),
    ("fact: age", "fact: height", "height", "no fact height"),
    ("zh: 爱心雨伞", "zh: 爱心雨伞\nzh: 雨伞", "zh: 雨伞", "stands twice"),
    ("zh: 爱心雨伞", "zh: !!python/object:os.system 爱心雨伞", "os.system", "tags such as"),
    ("id: M29", "id: ../M29", "../M29", "`id` is a capital letter"),
    ("mark: P", "mark: P\n  x: [", "x: [", "not valid YAML"),
    ("required: true, secret: true, prefill: id_no", "required: true, prefill: id_no", "身份证号", "secret"),
    ("prefill: name, max: 60", 'prefill: name, pattern: "(a+)+b", pattern_says: {zh: 一, en: b}', "(a+)+b", "for ever"),
    ("result: {kind", "offers: {one: {zh: 场, en: One}}\nresult: {kind", "id: M29", "required field of type"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "where", "cause"), WRONG, ids=[row[1][:24] for row in WRONG])
def test_a_wrong_file_is_named_with_its_line(old: str, new: str, where: str, cause: str) -> None:
    text = umbrellas().replace(old, new, 1)
    assert text != umbrellas()
    with pytest.raises(FlowError) as refusal:
        propose(text)
    assert cause in refusal.value.cause
    # A form is told of by the line of its field, what no line alone is to blame for by the first.
    assert refusal.value.line in (line_with(text, where), 1), (
        refusal.value.line,
        text.splitlines()[refusal.value.line - 1],
    )
    assert "/" not in refusal.value.file


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("# nothing\n", "empty"),
        ("- a\n- b\n", "name: value"),
        ("a: " + "x" * 70_000, "larger than"),
        ("a: " + "[" * 40 + "]" * 40, "nested deeper"),
        (BOMB + "d: [" + ",".join(["*c"] * 20) + "]\n", "written out"),
        ("a: &a [*a]\n", "alias of what it stands in"),
        ("id: M29\nversion: " + "9" * 5000, "is no value"),
    ],
    ids=["empty", "list", "large", "deep", "bomb", "endless", "number"],
)
def test_a_file_that_would_harm_is_refused(text: str, cause: str) -> None:
    with pytest.raises(FlowError, match=cause):
        propose(text)


def test_a_file_of_a_place_holds_the_difference_alone() -> None:
    found = propose("result: {keep_days: 20}", of="M04", place="5201")
    assert (found.what, found.service.result.keep_days, found.service.kind_of_matter) == (
        "region",
        20,
        "services.M04.1-52-01",
    )
    told = {one.where: (one.before, one.after) for one in differences(found, packaged())}
    assert told["result.keep_days"] == ("45", "20"), "compared with what holds there now, the province's"
    for wrong in ({"of": "M99", "place": "52"}, {"of": "M04", "place": "../.."}):
        with pytest.raises(FlowError, match="no national service"):
            propose("result: {keep_days: 20}", **wrong)
    with pytest.raises(FlowError, match="national file's"):
        propose("version: 2", of="M04", place="52")


def test_a_new_version_keeps_the_old_one_and_says_what_changed() -> None:
    text = text_of("M04.yaml").replace("version: 1", "version: 2", 1).replace("max: 60", "max: 50", 1)
    found = propose(text)
    assert found.what == "version" and {"services.M04.1", "services.M04.2"} <= set(found.catalogue.by_kind)
    changed = {one.where: (one.kind, one.before, one.after) for one in differences(found, packaged())}
    assert changed["form.job.fields.platform.max"] == ("changed", "60", "50")
    with pytest.raises(FlowError, match="older than"):
        propose(text.replace("version: 2", "version: 0", 1))


@pytest.mark.parametrize("pattern", [r"\d{8,30}", r"[0-3](,[0-3]){3}", r"(粤|贵)[A-Z]\d{5}", r"[^A-Z]+", r"ab?c*"])
def test_an_example_fits_its_pattern(pattern: str) -> None:
    text = example(pattern)
    assert not wrong_pattern(pattern) and text is not None and re.fullmatch(pattern, text)


def standing_rows(folder: Path) -> dict[str, Any]:
    """Every row of every table by count, and every file."""
    rows: dict[str, Any] = {model._meta.label: model._default_manager.count() for model in apps.get_models()}
    return {**rows, "files": sorted(str(path) for path in folder.rglob("*"))}


def walk(proposal: Proposal, folder: Path, **more: Any) -> Report:
    """With the proof that nothing is kept: no row, no message, no file, no flow, no service."""
    before, known, flows = standing_rows(folder), set(packaged().by_kind), all_flows()
    report = rehearse(proposal, PLACE, more.pop("day", today()), **more)
    assert standing_rows(folder) == before
    assert set(catalogue().by_kind) == known and all_flows() == flows
    return report


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


def test_goods_are_walked_to_the_hand_over(house: House, folder: Path) -> None:
    goods(3)
    report = walk(propose(text_of("M04.yaml")), folder, day=date(2026, 1, 5))
    assert report.ended == "good", report.reasons
    assert [step.by for step in report.steps] == ["职工本人", "承办人", "承办人", "承办人", "职工本人"]
    assert any("52 的地区差异" in remark for remark in report.remarks)
    assert report.holder == "南明区总工会" and report.steps[1].level == "县级工会"
    first = report.steps[0].clocks[0]
    # Monday morning, one working day of eight hours.
    assert report.steps[0].at == "2026-01-05 09:00" and first.due.startswith("2026-01-06")
    assert any("领取码" in message["text"] for message in report.messages)
    assert {(one["name"], one["before"], one["after"]) for one in report.effects} == {
        ("已发", "0", "1"),
        ("还剩", "3", "2"),
    }
    assert report.to_dict()["steps"][0]["state"] == "待核验"


def test_a_grant_is_walked_to_the_payment(house: House, folder: Path) -> None:
    report = walk(propose(text_of("M10.yaml")), folder)
    assert report.ended == "good", report.reasons
    results = dict(report.results)
    assert "已到账" in results["付款"] and results["公示"]
    assert any("时间到了" in step.note for step in report.steps)


def test_an_offer_is_walked_to_its_rating(house: House, folder: Path) -> None:
    report = walk(propose(text_of("W05.yaml")), folder)
    assert report.ended == "good", report.reasons
    assert dict(report.results)["名额"].startswith("试办的一场")


def test_a_service_that_nobody_has_yet_is_walked(house: House, folder: Path) -> None:
    proposal = propose(umbrellas())
    assert proposal.what == "new"
    report = walk(proposal, folder)
    assert report.ended == "good" and report.holder == "南明区总工会"


def test_what_is_chosen_is_held_against_the_rules(house: House, folder: Path) -> None:
    chosen = {"from_day": "2030-01-05", "to_day": "2030-01-04"}
    report = walk(propose(umbrellas()), folder, chosen=chosen)
    assert report.ended == "refused" and any("结束不能早于开始" in reason for reason in report.reasons)


def test_nobody_learns_of_real_people(house: House, folder: Path) -> None:
    """A secret field is made up, whatever is given for it: who had the grant already does not show."""
    report = walk(
        propose(text_of("M10.yaml")), folder, chosen={"id_no": ID_NUMBERS[0], "diploma_no": STUDY["diploma_no"]}
    )
    shown = str(report.to_dict())
    assert report.ended == "good" and ID_NUMBERS[0] not in shown


def test_a_step_that_nobody_can_take_is_where_it_stops(house: House, folder: Path) -> None:
    asks_for_a_code = "pattern: kit\n  transitions:\n    - {name: approve, guards: [services.code_fits]}"
    report = walk(propose(umbrellas().replace("pattern: kit", asks_for_a_code, 1)), folder)
    assert report.ended == "stuck" and "待核验" in report.reasons[0] and len(report.reasons) > 1


def test_what_a_room_does_on_its_own_pages_is_told(house: House, folder: Path) -> None:
    report = walk(propose(text_of("M10.yaml")), folder)
    assert any("回盘是编的" in step.note for step in report.steps)


def test_a_service_that_is_a_room_of_its_own_has_nothing_to_try(house: House, folder: Path) -> None:
    report = walk(propose(text_of("M05.yaml")), folder)
    assert report.ended == "elsewhere" and not report.steps and report.reasons
