"""逐级差异: country, province, city and county each say only what differs; a mistake is told where it was made."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonghui.appeals.tests.support import House
from gonghui.kernel.errors import FlowError
from gonghui.kernel.flow import get_flow
from gonghui.kernel.times import today
from gonghui.services import actions, running
from gonghui.services.catalogue import Catalogue, read, tried
from gonghui.services.layers import fresh, merge
from gonghui.services.tests.support import ID_NUMBERS, goods_of, worker
from gonghui.services.tracing import trace

PAGE = Path(__file__).resolve().parents[3] / "docs" / "add-a-service.md"
COUNTRY = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)[0]
PROVINCE = """result: {keep_days: 30}
form:
  - id: about
    fields:
      - {name: to_day, required: false}
      - {name: size, type: choice, zh: 尺寸, en: Size, choices: [{code: s, zh: 小}, {code: l, zh: 大}]}
"""
CITY = """flow:
  clocks:
    verify: {limit: {working_days: 1}}
result: {keep_days: 20}
"""
COUNTY = """form:
  - id: about
    fields:
      - {name: size, required: true}
"""
CHAIN = {
    "M29.yaml": COUNTRY, "regions/52/M29.yaml": PROVINCE, "regions/5201/M29.yaml": CITY,
    "regions/520102/M29.yaml": COUNTY,
}  # fmt: skip
NOWHERE = Path("/nowhere")
DAY = date(2026, 5, 1)


def catalogue(**changed: str) -> Catalogue:
    """The chain with other texts (`p52="…"`, `v1="…"` for `M29.v1.yaml`); an empty text leaves the file out."""
    names = {"country": "M29.yaml", "p52": "regions/52/M29.yaml", "p5201": "regions/5201/M29.yaml"}
    names |= {"p520102": "regions/520102/M29.yaml", "v1": "M29.v1.yaml", "old52": "regions/52/M29.v1.yaml"}
    texts = CHAIN | {names[name]: text for name, text in changed.items()}
    return read(NOWHERE, {name: text for name, text in texts.items() if text})


def refused(**changed: str) -> FlowError:
    with pytest.raises(FlowError) as refusal:
        catalogue(**changed)
    return refusal.value


def test_each_level_says_only_what_differs_from_the_one_above() -> None:
    found = catalogue()
    county = found.find("M29", "520102", DAY)
    assert county is not None and county.kind_of_matter == "services.M29.1-52-01-02"
    assert county.result.keep_days == 20, "the city's"
    assert not county.field("to_day").required, "the province's"
    assert county.field("size").required and [one.code for one in county.field("size").choices] == ["s", "l"]
    flow = found.flow(county)
    assert flow is not None and flow.clocks["verify"].limit is not None
    assert flow.clocks["verify"].limit.working_days == 1
    beside, elsewhere = found.find("M29", "520103", DAY), found.find("M29", "520302", DAY)
    assert beside is not None and elsewhere is not None
    assert (beside.layers, beside.field("size").required, elsewhere.result.keep_days) == (("52", "5201"), False, 30)
    assert found.find("M29", "620102", DAY) is found.services["M29"]
    assert found.find("M29", "520000", DAY) is found.find("M29", "52", DAY)
    assert set(found.variants(DAY)) == {("M29", "52"), ("M29", "5201"), ("M29", "520102")}


def test_an_application_of_a_chain_that_was_shorter_still_finds_it() -> None:
    """Who applied in the county before the city had a layer goes on without it."""
    kinds = catalogue().by_kind
    assert {"services.M29.1-52-0102", "services.M29.1-5201", "services.M29.1-52-01-02"} <= set(kinds)
    assert kinds["services.M29.1-52-0102"].result.keep_days == 30
    assert "services.M29.1-520102" not in kinds, "what the county says makes no sense without the province"


def test_what_a_pattern_has_can_be_taken_out_and_brought_back() -> None:
    gone = "flow: {transitions: [{name: received, drop: true}]}\n"
    back = """flow:
  transitions:
    - {name: received, zh: 到了, en: Here, from: sent, to: signed, roles: [owner], effects: [services.hand_over]}
"""
    found = catalogue(p52=gone, p5201=back, p520102="")
    steps = [
        set(flow.by_name)
        for region in ("", "520302", "520103")
        if (service := found.find("M29", region, DAY)) and (flow := found.flow(service))
    ]
    assert [("received" in names) for names in steps] == [True, False, True]


# What stands otherwise, the file that is blamed, a part of its line, and a part of the cause.
WRONG: list[tuple[dict[str, str], str, str, str]] = [
    ({"p5201": "result: {keep_days: 500}\n"}, "5201", "500", "less than or equal to 400"),
    ({"p5201": "\nreslt: {keep_days: 5}\n"}, "5201", "reslt", "Extra inputs"),
    ({"p5201": "\nflow: {clocks: {verify: {limit: {weeks: 2}}}}\n"}, "5201", "weeks", "Extra inputs"),
    ({"p5201": "\nversion: 3\n"}, "5201", "version", "national file's"),
    ({"p5201": "\nlayer: {version: none}\n"}, "5201", "version", "layer.version"),
    ({"p5201": "layer:\n  valid_from: 2026-05-01\n  valid_to: 2026-04-01\n"}, "5201", "layer", "before valid_from"),
    ({"p5201": "\nlayer: {of: 2}\n"}, "5201", "of: 2", "not in use: 1 is"),
    ({"p5201": "- a\n"}, "5201", "- a", "name: value"),
    # Right by itself, wrong with what stands above it: both are named.
    (
        {"p5201": "result: {keep_days: 5}\nform: [{id: about, fields: [{name: to_day, drop: true}]}]\n"},
        "5201", "to_day", "'to_day', which is not there (only together with M29.yaml)",
    ),
    (
        {"p5201": 'eligibility: []\nrules: [{that: "from_day <= to_day", field: from_day, zh: 一, en: b}]\n',
         "p520102": "form: [{id: about, fields: [{name: to_day, drop: true}]}]\n"},
        "520102", "to_day", "to_day, which is no field (only together with regions/5201/M29.yaml:2)",
    ),
    ({"p52": "form: [{id: about, fields: [{name: size, drop: true}]}]\n"}, "52", "size", "no 'size' to drop"),
    ({"p52": "result: {keep_days: 5}\n"}, "520102", "size", "Field required"),
    (
        {"p52": 'result: {keep_days: 5}\nrules: [{that: "name != id_no", field: name, zh: 一, en: b}]\n',
         "p5201": "\n\nform: [{id: about, fields: [{name: id_no, drop: true}]}]\n", "p520102": ""},
        "5201", "id_no", "id_no, which is no field (only together with regions/52/M29.yaml:2)",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "place", "words", "cause"), WRONG, ids=[row[3][:30] for row in WRONG])
def test_a_mistake_is_told_in_the_layer_where_it_is(changed: Any, place: str, words: str, cause: str) -> None:
    error = refused(**changed)
    assert error.file.endswith(f"regions/{place}/M29.yaml") and cause in error.cause, str(error)
    text = changed.get(f"p{place}", CHAIN[f"regions/{place}/M29.yaml"])
    assert words in text.splitlines()[error.line - 1], str(error)


def test_a_layer_belongs_to_a_service_and_a_place() -> None:
    for name, cause in (
        ("regions/52/M30.yaml", "no national service M30"),
        ("regions/guizhou/M29.yaml", "no code of a place"),
        ("regions/520/M29.yaml", "no code of a place"),
    ):
        with pytest.raises(FlowError, match=cause):
            read(NOWHERE, CHAIN | {name: "result: {keep_days: 3}\n"})


def test_a_new_version_of_a_layer_begins_on_its_day_and_the_old_one_goes_on_for_who_began_with_it() -> None:
    old = "result: {keep_days: 30}\n"
    new = "layer: {version: 2, valid_from: 2026-07-01, valid_to: 2026-12-31}\nresult: {keep_days: 60}\n"
    found = catalogue(p52=new, old52=old, p5201="", p520102="")
    kept = [
        (service.kind_of_matter, service.result.keep_days)
        for day in (date(2026, 6, 30), date(2026, 7, 1), date(2027, 1, 1))
        if (service := found.find("M29", "520102", day)) is not None
    ]
    assert kept == [("services.M29.1-52", 30), ("services.M29.1-52.2", 60), ("services.M29.1", 15)]
    assert "is kept, but 1 is in use" in refused(p52=old, old52="layer: {version: 2}\nresult: {keep_days: 1}\n").cause
    assert "stands twice" in refused(p52=old, old52=old).cause
    # Withdrawn: it holds for nobody new, and is there for who began with it.
    gone = catalogue(p52="", old52=old, p5201="", p520102="")
    assert gone.find("M29", "520102", DAY) is gone.services["M29"] and "services.M29.1-52" in gone.by_kind


def test_a_new_version_of_the_service_leaves_the_old_one_its_layers() -> None:
    newer = COUNTRY.replace("version: 1", "version: 2", 1)
    found = catalogue(country=newer, v1=COUNTRY)
    service = found.find("M29", "520102", DAY)
    assert service is not None and service.kind_of_matter == "services.M29.2-52-01-02"
    assert found.by_kind["services.M29.1-52-01-02"].result.keep_days == 20
    # The county speaks of a field that only the new version has: it says so, and then its old applicants need theirs.
    renamed = newer.replace("to_day", "last_day")
    error = refused(country=renamed, v1=COUNTRY, p52="", p5201="", p520102=COUNTY.replace("size", "last_day"))
    assert error.file.endswith("regions/520102/M29.yaml") and "Field required" in error.cause
    said = "layer: {of: 2}\n" + COUNTY.replace("size", "last_day")
    split = catalogue(country=renamed, v1=COUNTRY, p52="", p5201="", p520102=said)
    assert "services.M29.1-520102" not in split.by_kind and "services.M29.2-520102" in split.by_kind


def test_every_value_names_the_layer_it_comes_from() -> None:
    found = catalogue()
    values = {one.where: one for one in trace(found.chain("M29", "520102", DAY))}
    by = {where: one.layer.place if one.layer else "pattern" for where, one in values.items()}
    assert by["result.keep_days"] == "5201" and values["result.keep_days"].steps == ("15", "30", "20", "20")
    assert by["form.about.fields.to_day.required"] == "52" and by["form.about.fields.size.required"] == "520102"
    assert by["zh"] == "" and by["flow.clocks.verify.limit.working_days"] == "5201"
    assert by["flow.transitions.refuse.to"] == "pattern"
    line = values["result.keep_days"].line
    assert "keep_days: 20" in CITY.splitlines()[line - 1]
    gone = catalogue(p5201="result: {zh: null}\n", p520102="")
    taken = next(one for one in trace(gone.chain("M29", "520103", DAY)) if one.where == "result.zh")
    assert taken.text == "" and taken.layer is not None and taken.layer.place == "5201"
    field = catalogue(p5201="form: [{id: about, fields: [{name: size, drop: true}]}]\n", p520102="")
    told = [one for one in trace(field.chain("M29", "520103", DAY)) if "fields.size" in one.where]
    assert [(one.where, one.steps) for one in told] == [("form.about.fields.size", ("", "尺寸", ""))]


SCALARS = st.integers(0, 9) | st.sampled_from(["x", "y", True])
NAMES = st.sampled_from(["p", "q", "r"])


def trees(inner: Any) -> Any:
    """Mappings in which a key always holds a value of one kind."""
    rows = st.dictionaries(NAMES, inner, min_size=1, max_size=3)
    lists = rows.map(lambda found: [{"name": name, **tree} for name, tree in found.items()])
    return st.fixed_dictionaries({}, optional={"a": SCALARS, "b": SCALARS, "m": inner, "rows": lists})


TREES = trees(trees(st.fixed_dictionaries({}, optional={"a": SCALARS, "b": SCALARS})))


@given(TREES, TREES, TREES)
@settings(max_examples=200, deadline=None)
def test_layers_that_take_nothing_out_may_be_merged_in_any_grouping(one: Any, two: Any, three: Any) -> None:
    assert merge(merge(one, two), three) == merge(one, merge(two, three))


def test_a_new_one_of_a_list_stands_where_it_is_put() -> None:
    base = [{"name": "check"}, {"name": "refuse"}]
    put = merge(base, [{"name": "pass", "before": "refuse"}, {"name": "last"}])
    assert [one["name"] for one in put] == ["check", "pass", "refuse", "last"] and "before" not in put[1]
    # A name that is not there is left in, for the check of the file to find.
    assert merge(base, [{"name": "pass", "before": "refues"}])[-1] == {"name": "pass", "before": "refues"}


@given(TREES)
@settings(max_examples=100, deadline=None)
def test_an_empty_layer_changes_nothing(tree: Any) -> None:
    assert merge(tree, {}) == tree and merge({}, tree) == tree and merge(tree, tree) == tree


@given(TREES, st.sampled_from(["a", "m", "rows"]), TREES)
@settings(max_examples=100, deadline=None)
def test_what_was_taken_out_can_be_said_again(tree: Any, key: str, other: Any) -> None:
    out = merge(tree, {key: None})
    assert key not in out and {**tree, key: None} | out == {**tree, key: None}
    if key in other:
        assert merge(out, {key: other[key]})[key] == fresh(other[key])


@given(st.permutations(list(CHAIN)))
@settings(max_examples=10, deadline=None)
def test_the_order_of_files_does_not_matter(order: list[str]) -> None:
    found = read(NOWHERE, {name: CHAIN[name] for name in order})
    usual = catalogue()
    assert found.by_kind == usual.by_kind and sorted(map(str, found.flows)) == sorted(map(str, usual.flows))


def test_a_file_that_says_nothing_new_changes_nothing() -> None:
    found = catalogue(p52="layer: {valid_from: 2026-01-01}\n", p5201="", p520102="")
    county, country = found.find("M29", "520102", DAY), found.services["M29"]
    assert county is not None and county.layers == ("52",)
    assert county.model_copy(update={"region": "", "layers": ()}) == country


@pytest.mark.django_db
def test_an_application_keeps_the_version_and_layers_it_began_with(house: House) -> None:
    """A province's new version changes neither form nor days of who applied before; without the old file it is told."""
    old = "result: {keep_days: 30}\nflow: {clocks: {verify: {limit: {working_days: 3}}}}\n"
    new = (
        "layer: {version: 2}\nresult: {keep_days: 60}\n"
        "form: [{id: about, fields: [{name: to_day, drop: true}]}]\nrules: []\n"
    )
    before = catalogue(p52=old, p5201="", p520102="")
    after = catalogue(p52=new, old52=old, p5201="", p520102="")
    goods_of("M29", 5)
    values = {"name": "王小明", "id_no": ID_NUMBERS[0], "region": "520102", "to_day": today(), "from_day": today()}
    applicant = worker()
    with tried(before):
        matter = actions.apply(applicant, actions.service_for("M29", "520102"), values).matter
        assert actions.service_for("M29", "520102").kind_of_matter == matter.kind == "services.M29.1-52"
    with tried(after):
        assert actions.service_for("M29", "520102").kind_of_matter == "services.M29.1-52.2"
        application, service = actions.application_of(applicant, matter.pk)
        assert service.result.keep_days == 30 and actions.load(service, application.values_json)["to_day"] == today()
        limit = get_flow(matter.kind).clocks["verify"].limit
        assert limit is not None and limit.working_days == 3
    assert not running.standing(after).changed and not running.standing(after).missing
    in_place = running.standing(catalogue(p52=old.replace("30", "31"), p5201="", p520102=""))
    assert in_place.changed == {"services.M29.1-52": 1} and not in_place.missing and not in_place.unreadable
    assert running.standing(catalogue(p52="", p5201="", p520102="")).missing == {"services.M29.1-52": 1}
