"""A service is a file: what is wrong in one stops the start, with its line; a province changes without copying."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gonghui.kernel.errors import FlowError
from gonghui.kernel.flow import get_flow
from gonghui.services.catalogue import FOLDER, catalogue, read
from gonghui.services.layers import merge

# The kit with the services it names.
UNGUARDED = "{pattern: grant, transitions: [{name: check, guards: [services.amount_fits]}]}"
KEPT = "{pattern: request, transitions: [{name: rate, effects: [services.rate]}]}"
KIT_AND_INSTEAD = [f"{name}.yaml" for name in ("M01", "M02", "M04", "M06", "M22")]


def copy_of(tmp_path: Path, *names: str) -> Path:
    folder = tmp_path / "catalogue"
    folder.mkdir()
    for name in names:
        shutil.copy(FOLDER / name, folder / name)
    return folder


def test_every_service_of_the_handbook_is_there_under_its_id() -> None:
    assert {f"M{n:02d}" for n in range(1, 29)} <= set(catalogue().services)


def test_a_province_keeps_the_kit_longer_and_nothing_else() -> None:
    national, local = catalogue().find("M04"), catalogue().find("M04", "520102")
    assert national is not None and local is not None
    assert (national.result.keep_days, local.result.keep_days) == (30, 45)
    assert local.form == national.form
    assert catalogue().find("M04", "620102") is national


def test_an_application_runs_by_the_flow_of_its_version() -> None:
    service = catalogue().services["M04"]
    flow = get_flow(service.kind_of_matter)
    assert flow.version == str(service.version)
    assert flow.title.zh == service.zh


@pytest.mark.parametrize(
    ("change", "line", "cause"),
    [
        (("type: region", "type: place"), "type: place", "type"),
        (("that: 'member == \"yes\"'", "that: 'member =='"), "that:", "no CEL expression"),
        (("that: 'member == \"yes\"'", "that: 'age > 3'"), "that:", "age, which is no field"),
        (("that: 'member == \"yes\"'", "that: 'member > 3'"), "that:", "cannot be judged"),
        (("flow: {pattern: kit}", "flow: {pattern: gift}"), "flow:", "no pattern 'gift'"),
        (("by: person", "by: nobody"), "", "once names 'nobody'"),
        (("instead: M01", "instead: M99"), "", "instead names M99"),
        (("id: M04", "id: M44"), "id: M44", "differ"),
    ],
)
def test_a_wrong_file_is_refused_with_line_and_cause(
    tmp_path: Path, change: tuple[str, str], line: str, cause: str
) -> None:
    folder = copy_of(tmp_path, *KIT_AND_INSTEAD)
    path = folder / "M04.yaml"
    text = path.read_text(encoding="utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(FlowError, match=cause) as refusal:
        read(folder)
    assert "M04" in refusal.value.file
    if line:
        written = path.read_text(encoding="utf-8").splitlines()
        assert line in written[refusal.value.line - 1]


def wrong(tmp_path: Path, name: str, change: tuple[str, str], cause: str) -> None:
    folder = tmp_path / "all"
    shutil.copytree(FOLDER, folder)
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(FlowError, match=cause) as refusal:
        read(folder)
    assert name in refusal.value.file


@pytest.mark.parametrize(
    ("name", "change"), [("M22.yaml", ("  unknown: refused\n", "")), ("W05.yaml", ("unknown: refused, ", ""))]
)
def test_what_is_had_without_anybody_looking_must_refuse_whom_the_register_does_not_have(
    tmp_path: Path, name: str, change: tuple[str, str]
) -> None:
    wrong(tmp_path, name, change, "unknown: refused")


def test_a_province_cannot_take_that_out_again(tmp_path: Path) -> None:
    folder = tmp_path / "all"
    shutil.copytree(FOLDER, folder)
    layer = folder / "regions" / "53" / "M22.yaml"
    layer.parent.mkdir(parents=True)
    layer.write_text(
        "eligibility:\n- {fact: member, is: true, mark: P, zh: 需要先入会, en: Membership first, instead: M01}\n",
        encoding="utf-8",
    )
    with pytest.raises(FlowError, match="unknown: refused"):
        read(folder)


@pytest.mark.parametrize(
    ("name", "change", "cause"),
    [
        ("M26.yaml", ("fact: has_child, birth_of", "birth_of"), "nothing tells 'has_child'"),
        ("M04.yaml", (", fact: received_kit", ", fact: member"), "the register alone"),
        ("A03.yaml", ("{pattern: grant}", UNGUARDED), "services.is_member"),
    ],
)  # fmt: skip
def test_a_condition_that_nothing_tells_or_nobody_checks_stops_the_start(
    tmp_path: Path, name: str, change: tuple[str, str], cause: str
) -> None:
    wrong(tmp_path, name, change, cause)


@pytest.mark.parametrize(
    ("name", "change", "cause"),
    [
        ("C02.yaml", ("{pattern: request}", KEPT), "'rate' ends in 'closed'.*services.release"),
        ("M12.yaml", ("[uscc, topic]", "[uscc, subject]"), "once names 'subject'"),
        ("M12.yaml", ("[uscc, topic]", "[]"), "once goes by nothing"),
        ("M12.yaml", ("[uscc, topic]", "7"), "once.0.by"),
    ],
)
def test_what_is_refused_while_one_is_under_way_must_be_free_again_at_its_end(
    tmp_path: Path, name: str, change: tuple[str, str], cause: str
) -> None:
    wrong(tmp_path, name, change, cause)


def test_a_regional_file_may_not_change_what_is_national(tmp_path: Path) -> None:
    folder = copy_of(tmp_path, *KIT_AND_INSTEAD)
    (folder / "regions" / "52").mkdir(parents=True)
    (folder / "regions" / "52" / "M04.yaml").write_text("version: 9\n", encoding="utf-8")
    with pytest.raises(FlowError, match="national file's"):
        read(folder)


def test_merging_reaches_one_field_by_its_name_and_takes_out_what_is_dropped() -> None:
    base = {"form": [{"id": "a", "fields": [{"name": "x", "max": 5}, {"name": "y"}]}], "keep": 1, "gone": 2}
    patch = {"form": [{"id": "a", "fields": [{"name": "x", "max": 9}, {"name": "y", "drop": True}, {"name": "z"}]}]}
    assert merge(base, {**patch, "gone": None}) == {
        "form": [{"id": "a", "fields": [{"name": "x", "max": 9}, {"name": "z"}]}],
        "keep": 1,
    }
