"""Changes of situations and parameters: two people, from a day on, back again, and nobody outside their own place."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from gonghui.kernel.errors import Conflict, GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.models import TrailEntry
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import time_shifted, today
from gonghui.knowledge import actions
from gonghui.knowledge.models import KnowledgeChange
from gonghui.knowledge.tests.conftest import COUNTY, PROVINCE, Editors, hire
from gonghui.law.advice import advise
from gonghui.law.parameters import ParameterStore
from gonghui.law.topics import topics

OLD = "单位应当按时足额发工资。"
NEW = "单位必须按月足额发工资。"
WAGE = {
    "key": "min_wage_month",
    "region": "52",
    "value": "2380",
    "valid_from": "2026-01-01",
    "valid_to": "null",
    "source": "贵州省人社厅通知",
    "status": "V",
}


def row(**change: str) -> str:
    return "".join(
        f"{name}: {value!r}\n" if name == "region" else f"{name}: {value}\n"
        for name, value in {**WAGE, **change}.items()
    )


def proposed(editor: Editors, content: str, code: str = "R01", path: str = "cn", which: int = 1) -> KnowledgeChange:
    person = editor(path, which)
    kind = "parameter" if "@" in code else "situation"
    change = actions.begin(person, kind, code, content=content, reason="依新规定改写", source="劳动法第五十条")
    return actions.propose(person, change.pk)


def told() -> str:
    return advise("", codes=["R01"], facts={"employer_kind": "company"}).sections[0].conclusion.text


def test_a_published_change_is_told_from_its_day_on_and_not_before(editor: Editors, text: str) -> None:
    change = proposed(editor, text.replace(OLD, NEW))
    before = advise("", codes=["R01"]).version
    actions.approve(editor("cn", 2), change.pk, today() + timedelta(days=3))
    assert OLD in told()
    with time_shifted(timedelta(days=3)):
        assert NEW in told()
        plan = advise("", codes=["R01"])
        assert plan.changes == (change.pk,) and plan.version != before


def test_nobody_approves_their_own_change_not_even_past_the_code(editor: Editors, text: str) -> None:
    change = proposed(editor, text.replace(OLD, NEW))
    person = editor("cn")
    with pytest.raises(NotAllowed):
        actions.approve(person, change.pk)
    with pytest.raises(NotAllowed):
        actions.refuse(person, change.pk, "不要了")
    with pytest.raises(IntegrityError), transaction.atomic():
        KnowledgeChange.objects.filter(pk=change.pk).update(
            state="approved", decider=person.account_id, decided_at=change.created_at, valid_from=today()
        )
    assert OLD in told()


def test_a_roll_back_publishes_what_stood_before_with_its_reason(editor: Editors, text: str) -> None:
    second = editor("cn", 2)
    first = actions.approve(second, proposed(editor, text.replace(OLD, NEW)).pk)
    third = "单位应当每月发工资。"
    later = actions.approve(second, proposed(editor, text.replace(OLD, third)).pk)
    assert third in told()
    with pytest.raises(GuardRefused):
        actions.roll_back(second, first.pk, "先撤旧的")
    with pytest.raises(InvalidData):
        actions.roll_back(second, later.pk, " ")
    again = actions.roll_back(second, later.pk, "写错了")
    assert NEW in told() and again.restores_id == later.pk and again.reason == "写错了"
    actions.roll_back(second, again.pk, "回到软件的版本")
    verbs = list(TrailEntry.objects.filter(stream=f"knowledge:{later.pk}").values_list("verb", flat=True))
    assert verbs == ["begin", "propose", "approve", "roll_back"]


def test_the_first_change_rolled_back_gives_the_package_back(editor: Editors, text: str) -> None:
    second = editor("cn", 2)
    change = actions.approve(second, proposed(editor, text.replace(OLD, NEW)).pk)
    packaged = advise("", codes=["R02"]).version
    actions.roll_back(second, change.pk, "不合适")
    assert OLD in told() and advise("", codes=["R02"]).version != packaged


def test_a_change_that_waits_for_its_day_can_be_called_off(editor: Editors, text: str) -> None:
    second = editor("cn", 2)
    change = actions.approve(second, proposed(editor, text.replace(OLD, NEW)).pk, today() + timedelta(days=5))
    actions.roll_back(second, change.pk, "规定推迟了")
    with time_shifted(timedelta(days=6)):
        assert OLD in told()


@pytest.mark.parametrize(
    ("spoil", "line_of", "said"),
    [
        (lambda text: text.replace("劳动法 50, 工资支付", "劳动法 5000, 工资支付"), "劳动法 5000", "找不到法条"),
        (lambda text: text.replace("when: {iou: true}\n", "when: {no_such: true}\n", 1), "id: iou", "没有这个事实"),
        (lambda text: text.replace("zh: 拖欠工资", "zh 拖欠工资"), "zh 拖欠", "YAML"),
        (lambda text: text.replace("frequent: true", "frequent: true\nfreqent: true"), "freqent", "没有这个字段"),
        (
            lambda text: text.replace("id: site\n    when: {employer_kind: site}", "id: site"),
            "branches:",
            "never reached",
        ),
    ],
)
def test_a_wrong_text_names_its_line_and_stays_a_draft(
    editor: Editors, text: str, spoil: Any, line_of: str, said: str
) -> None:
    wrong = spoil(text)
    person = editor("cn")
    change = actions.begin(person, "situation", "R01", content=wrong, reason="试", source="试")
    with pytest.raises(InvalidData) as refused:
        actions.propose(person, change.pk)
    errors = refused.value.errors["content"]
    number = next(n for n, line in enumerate(wrong.splitlines(), start=1) if line_of in line)
    assert any(said in error for error in errors)
    assert any(f"第 {n} 行" in errors[0] for n in (number, number + 1)), errors
    change.refresh_from_db()
    assert change.state == "draft" and change.content == wrong


def test_a_province_changes_the_parameters_of_its_own_regions_only(editor: Editors, text: str) -> None:
    person = editor(PROVINCE)
    for kind, code in (("parameter", "min_wage_month@62"), ("parameter", "pay.hours_day@CN"), ("situation", "R01")):
        with pytest.raises(NotAllowed):
            actions.begin(person, kind, code)
    with pytest.raises(NotAllowed):
        actions.begin(editor(COUNTY), "parameter", "min_wage_month@52")
    with pytest.raises(NotFound):
        actions.begin(person, "parameter", "no_such@52")
    change = proposed(editor, row(), "min_wage_month@52", PROVINCE)
    with pytest.raises(NotAllowed):
        actions.approve(editor("cn.62"), change.pk)
    actions.approve(editor(PROVINCE, 2), change.pk)
    found = ParameterStore.default().find("min_wage_month", date(2026, 5, 1), "520102")
    assert found is not None and found.number == 2380 and found.usable
    assert ParameterStore.default().find("min_wage_month", date(2026, 5, 1), "62") == ParameterStore.packaged().find(
        "min_wage_month", date(2026, 5, 1), "62"
    )


def test_next_years_value_stands_beside_this_years(editor: Editors) -> None:
    second = editor(PROVINCE, 2)
    actions.approve(second, proposed(editor, row(), "min_wage_month@52", PROVINCE).pk)
    later = row(value="2500", valid_from="2027-01-01")
    change = actions.approve(second, proposed(editor, later, "min_wage_month@52", PROVINCE).pk)
    store = ParameterStore.default()
    found = [store.find("min_wage_month", date(year, 3, 1), "52") for year in (2026, 2027)]
    assert [one.number for one in found if one] == [2380, 2500]
    actions.roll_back(second, change.pk, "还没有公布")
    found = [ParameterStore.default().find("min_wage_month", date(year, 3, 1), "52") for year in (2026, 2027)]
    assert [one.number for one in found if one] == [2380, 2380]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"value": "2380.5"}, "value"), ({"source": "劳动法第五千条"}, "source"), ({"status": "X"}, "value")],
)
def test_a_wrong_row_is_refused(editor: Editors, change: dict[str, str], field: str) -> None:
    person = editor(PROVINCE)
    made = actions.begin(person, "parameter", "min_wage_month@52", content=row(**change), reason="试", source="试")
    with pytest.raises(InvalidData):
        actions.propose(person, made.pk)


def test_two_changes_of_one_text_do_not_overwrite_each_other(editor: Editors, text: str) -> None:
    second = editor("cn", 2)
    one = proposed(editor, text.replace(OLD, NEW))
    other = proposed(editor, text.replace("definition: 单位", "definition: 用人单位"), which=3)
    actions.approve(second, one.pk)
    with pytest.raises(Conflict):
        actions.approve(second, other.pk)
    person = editor("cn", 3)
    actions.take_back(person, other.pk)
    with pytest.raises(Conflict):
        actions.propose(person, other.pk)
    actions.begin_anew(person, other.pk)
    actions.write(person, other.pk, content=text.replace(OLD, NEW).replace("definition: 单位", "definition: 用人单位"))
    actions.approve(second, actions.propose(person, other.pk).pk)
    assert NEW in told() and topics().topics["R01"].definition.startswith("用人单位")


def test_a_published_text_that_fits_no_longer_leaves_the_packaged_one(editor: Editors, text: str) -> None:
    """A later package may have renamed a fact: the platform goes on answering."""
    second = editor("cn", 2)
    change = actions.approve(second, proposed(editor, text.replace(OLD, NEW)).pk)
    KnowledgeChange.objects.filter(pk=change.pk).update(content=text.replace("{iou: true}", "{gone: true}"))
    assert OLD in told()


@pytest.mark.django_db(transaction=True)
def test_two_who_approve_at_once_publish_once(text: str) -> None:
    with as_system("test"):
        editor = hire()
        change = proposed(editor, text.replace(OLD, NEW))
        people = [editor("cn", which) for which in (2, 3, 4)]
        other = proposed(editor, text.replace("definition: 单位", "definition: 用人单位"), which=5)
    done: list[int] = []
    refused: list[Exception] = []

    def approve(actor: Any, number: int) -> None:
        try:
            with as_system("test"):
                actions.approve(actor, number)
            done.append(number)
        except Conflict as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=approve, args=(actor, change.pk)) for actor in people]
    threads.append(threading.Thread(target=approve, args=(people[0], other.pk)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with as_system("test"):
        assert len(done) == 1 and len(refused) == 3
        assert KnowledgeChange.objects.filter(state="approved").count() == 1
        verbs = TrailEntry.objects.filter(stream=f"knowledge:{done[0]}").values_list("verb", flat=True)
        assert list(verbs).count("approve") == 1
