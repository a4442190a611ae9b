"""What a place's file may not take away: the minimum form, the national states, the worker's rights (handbook 4.2)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gonghui.kernel.errors import FlowError
from gonghui.kernel.flow.schema import State
from gonghui.services import national
from gonghui.services.catalogue import FOLDER, Catalogue, catalogue, read
from gonghui.services.tests.test_layers import COUNTRY, NOWHERE

OWN = """    - {name: look_twice, zh: 再看, en: Look twice, from: applied, to: second, roles: [handler@holder]}
    - {name: approve, from: [applied, second]}
    - {name: withdraw, from: [applied, second, returned, approved, ready]}
"""
SECOND = "    second: {zh: 复看, en: Second look, clocks: [verify]%s}\n"


def with_layer(text: str, country: str = COUNTRY) -> Catalogue:
    return read(NOWHERE, {"M29.yaml": country, "regions/52/M29.yaml": text})


def contest(part: str) -> str:
    return f"flow: {{transitions: [{{name: contest, {part}}}]}}\n"


# What a province's file says, a part of the line that is blamed, and of the cause.
REFUSED: dict[str, tuple[str, str, str]] = {
    "no review at all": ("reviewed: false\n", "reviewed", "the national file's"),
    "reviewed with another word": ("zh: 伞\nreviewed: true\n", "reviewed", "the national file's"),
    "fewer days to contest": (contest("guards: [{services.may_contest: {days: 3}}]"), "contest", "'guards' of"),
    "days that are no number": (contest("guards: [{services.may_contest: {days: soon}}]"), "contest", "'guards' of"),
    "a further condition": (
        contest("guards: [{services.may_contest: {days: 15}}, services.not_the_refuser]"), "contest", "'guards' of",
    ),
    "not the worker's to ask": (contest("roles: [leader@holder]"), "contest", "'roles' of"),
    "another question first": (
        contest("fields: [{name: contest_told, required: true}, {name: fee, zh: 费, required: true}]"),
        "contest", "'fields' of",
    ),
    "nobody is told": (contest("notices: []"), "contest", "'notices' of"),
    "the refuser decides": ("flow: {transitions: [{name: uphold, guards: []}]}\n", "uphold", "'guards' of"),
    "the step dropped": (contest("drop: true"), "contest", "drop the right"),
    "a refusal that cannot be taken back": (
        "flow: {transitions: [{name: refuse, effects: [services.hand_over]}]}\n", "refuse", "drop the right",
    ),
    "a refusal that ends elsewhere": (
        "flow: {transitions: [{name: refuse, to: withdrawn}]}\n", "refuse", "'refused' cannot be reached",
    ),
    "a refusal by another name": (
        "flow:\n  states:\n"
        "    removed: {zh: 清退, en: Removed, final: true, side: true, plain: {zh: 没有通过, en: Refused}}\n"
        "  transitions:\n"
        "    - {name: remove, zh: 清退, en: Remove, from: applied, to: removed, roles: [handler@holder],"
        " effects: [services.release], notices: [refused]}\n",
        "removed", "drop the right",
    ),
    "no way out": ("flow: {transitions: [{name: withdraw, drop: true}]}\n", "withdraw", "take 'withdraw'"),
    "no way out for some": (
        "flow: {transitions: [{name: withdraw, from: [applied]}]}\n", "withdraw", "may 'withdraw' from",
    ),
    "a field dropped": (
        "form: [{id: about, fields: [{name: from_day, drop: true}]}]\nrules: []\n", "from_day", "may drop it",
    ),
    "a field left to choice": (
        "form: [{id: about, fields: [{name: from_day, required: false}]}]\n", "from_day", "ask it less",
    ),
    "a field for some only": (
        "form:\n"
        "  - id: about\n"
        "    fields:\n"
        "      - {name: wet, type: bool, zh: 淋雨, en: Wet, before: from_day}\n"
        "      - {name: from_day, show_when: {field: wet, is: true}}\n",
        "from_day", "ask it less",
    ),
    "a field of another type": (
        "form: [{id: about, fields: [{name: from_day, type: text, least: null}]}]\nrules: []\n",
        "from_day", "'type' is",
    ),
    "a field let go of the minimum": (
        "form: [{id: about, fields: [{name: from_day, minimum: false}]}]\n", "from_day", "'minimum' is",
    ),
    "a state that counts as nothing": (
        "flow:\n  states:\n" + SECOND % "" + "  transitions:\n" + OWN, "second", "no national state: say `national:`",
    ),
    "a state that counts as what is not there": (
        "flow:\n  states:\n" + SECOND % ", national: seen" + "  transitions:\n" + OWN,
        "second", "no national state 'seen'",
    ),
    "a state of the country's that counts as another": (
        "flow: {states: {approved: {national: done}}}\n", "approved", "counts as 'handled' everywhere",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_a_place_cannot_take_away(what: str) -> None:
    text, words, cause = REFUSED[what]
    with pytest.raises(FlowError) as refusal:
        with_layer(text)
    error = refusal.value
    assert error.file.endswith("regions/52/M29.yaml") and cause in error.cause, str(error)
    assert words in text.splitlines()[error.line - 1], str(error)


@pytest.mark.parametrize(
    "text",
    [
        contest("guards: [{services.may_contest: {days: 30}}]"),
        contest("does: {zh: 十五天内可以申请, en: Within fifteen days}"),
        "flow: {clocks: {contested: {limit: {working_days: 5}}}}\n",
        "form: [{id: about, fields: [{name: to_day, drop: true}]}]\nrules: []\n",
        "form: [{id: about, fields: [{name: colour, type: text, zh: 颜色, en: Colour, required: true}]}]\n",
        "flow: {transitions: [{name: received, drop: true}]}\n",
        "flow:\n  states:\n" + SECOND % ", national: examined" + "  transitions:\n" + OWN,
    ],
    ids=["more days", "other words", "a sooner answer", "a free field", "a further field", "a step", "an inner state"],
)
def test_a_place_can_change_the_rest(text: str) -> None:
    assert ("M29", "52") in with_layer(text).variants()


def test_the_right_stays_through_a_city_s_file_too() -> None:
    province = contest("guards: [{services.may_contest: {days: 30}}]")
    texts = {"M29.yaml": COUNTRY, "regions/52/M29.yaml": province}
    texts["regions/5201/M29.yaml"] = contest("guards: [{services.may_contest: {days: 10}}]")
    with pytest.raises(FlowError) as refusal:
        read(NOWHERE, texts)
    assert refusal.value.file.endswith("regions/5201/M29.yaml")


def test_the_real_aid_for_study_keeps_its_review_in_every_province(tmp_path: Path) -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.yaml")}
    for said in ("reviewed: false\n", contest("guards: [{services.may_contest: {days: 1}}]")):
        with pytest.raises(FlowError, match=r"52/M10\.yaml"):
            read(NOWHERE, {**texts, "regions/52/M10.yaml": said})


def test_an_inner_state_counts_as_what_its_file_says() -> None:
    text = "flow:\n  states:\n" + SECOND % ", national: examined" + "  transitions:\n" + OWN
    counted = with_layer(text).national["services.M29.1-52"]
    assert (counted["second"], counted["applied"], counted["signed"]) == ("examined", "submitted", "done")


def test_every_state_of_every_service_counts_as_a_national_one() -> None:
    known = set(national.table().states)
    for kind, counted in catalogue().national.items():
        flow = catalogue().flow(catalogue().by_kind[kind])
        if flow is None:
            continue
        assert set(counted) == set(flow.states) and set(counted.values()) <= known
        for code, state in flow.states.items():
            ended = counted[code] in ("refused", "withdrawn") or (counted[code] == "done" and state.final)
            assert state.final == ended or counted[code] == "done", (kind, code)
            assert national.counted(code, state, counted) == counted[code]


@pytest.mark.parametrize(
    ("state", "counts_as"),
    [
        (State(zh="旧", final=True), "done"),
        (State(zh="旧", final=True, side=True), "withdrawn"),
        (State(zh="旧"), "handled"),
    ],
)
def test_a_state_of_an_old_text_that_is_in_no_file_any_more_is_counted_too(state: State, counts_as: str) -> None:
    assert national.counted("long_gone", state, {}) == counts_as


def test_the_table_has_no_code_twice_and_no_state_of_its_own() -> None:
    states: dict[str, Any] = {"done": {"zh": "完成"}}
    with pytest.raises(ValueError, match="no national state"):
        national.Table.model_validate({"states": states, "usual": {"gone": ["a"]}})
    with pytest.raises(ValueError, match="under two"):
        states |= {"refused": {"zh": "不通过"}}
        national.Table.model_validate({"states": states, "usual": {"done": ["a"], "refused": ["a"]}})
