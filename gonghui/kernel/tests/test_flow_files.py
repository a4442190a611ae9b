"""A flow file with a mistake stops the start, and the message says where and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonghui.kernel.errors import FlowError
from gonghui.kernel.flow import load_flow
from gonghui.kernel.flow.diagram import mermaid
from gonghui.kernel.tests.support import FLOWS, errand_flow

GOOD = (FLOWS / "errand.yaml").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _known_names() -> None:
    errand_flow()


def refuse(tmp_path: Path, old: str, new: str) -> FlowError:
    assert old in GOOD
    path = tmp_path / "flow.yaml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FlowError) as caught:
        load_flow(path)
    assert str(path) in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("initial: waiting", "initial: wating", "unknown state 'wating'"),
        ("to: paused", "to: pausd", "unknown state 'pausd'"),
        ("from: paused", "from: [pausd]", "unknown state 'pausd'"),
        ("roles: [leader@holder]", "roles: [boss@holder]", "unknown role 'boss'"),
        ("roles: [leader@holder]", "roles: [leader@nowhere]", "unknown relation 'nowhere'"),
        ("kernel.not_actor_of: [take,", "kernel.not_actor: [take,", "unknown guard 'kernel.not_actor'"),
        ("effects: [kernel.assign_self]", "effects: [kernel.assign]", "unknown effect 'kernel.assign'"),
        ('do: "transition:take"', 'do: "transition:tke"', "unknown transition 'tke'"),
        ('do: "transition:take"', 'do: "transition:resume"', "not open to the system"),
        ("do: kernel_test.overdue}", "do: kernel_test.late}", "unknown tick 'kernel_test.late'"),
        ("clocks: [accept, finish]", "clocks: [acept, finish]", "unknown clock 'acept'"),
        ("en: Doing, plain: {zh: 正在办, en: Being done}, clocks: [finish]}", "en: Doing}", "has no limit"),
        ("done: {zh: 办结, en: Done, final: true}", "done: {zh: 办结, en: Done, no_limit: x}", "dead end"),
        ("en: Waiting,", "en: Waiting, colour: red,", "Extra inputs are not permitted"),
        ("{at: 70%, do: warn}", "{at: 170%, do: warn}", "at most 100%"),
        ('"0": {minutes: 15}', '"0": {minutes: 15, days: 1}', "exactly one of"),
        ("  - name: resume", "  - name: take", "stands twice"),
        ("  done: {zh", "  lost: {zh: 失, no_limit: x, final: true}\n  done: {zh", "cannot be reached"),
        ("type: long_text", "type: longtext", "unknown field type 'longtext'"),
        ("initial: waiting", "initial: waiting\ninitial: doing", "stands twice"),
        ("flow: kernel.errand", "flow: [", "not valid YAML"),
    ],
)
def test_a_mistake_is_named_with_its_cause(tmp_path: Path, old: str, new: str, cause: str) -> None:
    assert cause in str(refuse(tmp_path, old, new))


def test_the_message_points_at_the_line_of_the_mistake(tmp_path: Path) -> None:
    error = refuse(tmp_path, "to: paused", "to: pausd")
    lines = (tmp_path / "flow.yaml").read_text(encoding="utf-8").splitlines()
    assert "pausd" in lines[error.line - 1]


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "flow.yaml").write_text("", encoding="utf-8")
    with pytest.raises(FlowError, match="empty"):
        load_flow(tmp_path / "flow.yaml")


def test_the_diagram_shows_every_state_and_marks_the_present_one() -> None:
    flow = load_flow(FLOWS / "errand.yaml")
    drawing = mermaid(flow, current="doing")
    for name, state in flow.states.items():
        assert f'state "{state.zh}" as {name}' in drawing
    assert "waiting --> doing: 签收" in drawing
    assert "class doing current" in drawing
