"""经济困难标准: dated, with a source; only one that somebody answers for decides."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.appeals.tests.support import ABROAD, CITY, COUNTY, ENTERPRISE, PROVINCE
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed
from gonghui.kernel.matters import act
from gonghui.kernel.models import TrailEntry
from gonghui.law.parameters import Mark
from gonghui.legal import lines
from gonghui.legal.eligibility import Facts, Line, judge
from gonghui.legal.models import MeansLine
from gonghui.legal.tests.support import IN_FORCE, Chambers

PAPER = "某省法律援助经济困难标准（试）1 号"
POOR = Facts(
    "wages", migrant=False, no_income_group=False, relief=False, has_agent=False, income=Decimal(6000), household=3,
    region="520102",
)  # fmt: skip


def line(
    region: str = "52",
    monthly: int = 2000,
    status: Mark = "V",
    valid_from: date = IN_FORCE,
    valid_to: date | None = None,
) -> Line:
    return Line(
        region=region,
        monthly=Decimal(monthly),
        valid_from=valid_from,
        valid_to=valid_to,
        source=PAPER,
        status=status,
    )


def test_a_checked_line_decides_and_an_unchecked_one_asks() -> None:
    assert judge(POOR, IN_FORCE).answer == "ask"
    assert judge(POOR, IN_FORCE, [line()]).answer == "yes"
    assert judge(POOR, IN_FORCE, [line(monthly=1999)]).answer == "no"
    hints: tuple[Mark, ...] = ("U", "S", "P")
    for status in hints:
        verdict = judge(POOR, IN_FORCE, [line(monthly=1999, status=status)])
        assert verdict.answer == "ask"
        assert "没有核对" in verdict.questions[0].text


def test_the_nearest_and_newest_line_of_the_day_counts() -> None:
    rows = [line(monthly=1000), line("5201", 2000), line("62", 9000)]
    assert judge(POOR, IN_FORCE, rows).answer == "yes"
    assert judge(POOR, IN_FORCE - timedelta(1), rows).answer == "ask"
    newer = line("5201", 1000, valid_from=IN_FORCE + timedelta(5))
    assert judge(POOR, IN_FORCE, [*rows, newer]).answer == "yes"
    assert judge(POOR, IN_FORCE + timedelta(5), [*rows, newer]).answer == "no"
    ended = line("5201", 2000, valid_to=IN_FORCE)
    assert judge(POOR, IN_FORCE + timedelta(1), [ended]).answer == "ask"
    # A city's hint does not stand before the province's line.
    assert judge(POOR, IN_FORCE, [line(monthly=2000), line("5201", 1000, "U")]).answer == "yes"


@given(
    st.decimals(0, 100_000, places=2),
    st.integers(1, 9),
    st.sampled_from(["", "110101", "310101", "520102", "440304", "440300"]),
    st.sampled_from(["U", "S", "P"]),
)
def test_no_hint_ever_refuses_or_grants(income: Decimal, household: int, region: str, status: Mark) -> None:
    facts = Facts("wages", has_agent=False, income=income, household=household, region=region)
    assert judge(facts, IN_FORCE, [line("52", 1500, status)]).answer == "ask"


def test_a_province_enters_its_line_and_applications_are_judged_by_it(chambers: Chambers) -> None:
    house = chambers.house
    supervisor = house.person("supervisor", PROVINCE)
    matter = chambers.applied(POOR)
    handler = house.person("handler", COUNTY)
    row = lines.set_line(supervisor, "52", Decimal(1500), date(2020, 1, 1), PAPER)
    with pytest.raises(GuardRefused, match="没有核对"):
        act(matter.pk, "check", handler, {"grant": "yes"})
    lines.drop_line(supervisor, row)
    lines.set_line(supervisor, "52", Decimal(1500), date(2020, 1, 1), PAPER, confirmed=True)
    with pytest.raises(GuardRefused, match=r"高于经济困难标准 1500\.00 元"):
        act(matter.pk, "check", handler, {"grant": "yes", "text": "还是给"})
    verbs = TrailEntry.objects.filter(stream="means_line:52").values_list("verb", flat=True)
    assert sorted(verbs) == ["drop_line", "set_line", "set_line"]


def test_nobody_sets_the_line_of_another_place(chambers: Chambers) -> None:
    house = chambers.house
    for role, path, region in (
        ("supervisor", CITY, "52"),
        ("supervisor", PROVINCE, "62"),
        ("leader", ABROAD, "5201"),
        ("leader", ENTERPRISE, "520102"),
        ("handler", PROVINCE, "52"),
    ):
        with pytest.raises(NotAllowed):
            lines.set_line(house.person(role, path), region, Decimal(1), IN_FORCE, PAPER)
    row = lines.set_line(house.person("supervisor", CITY), "5201", Decimal(1), IN_FORCE, PAPER)
    with pytest.raises(NotAllowed):
        lines.drop_line(house.person("supervisor", "cn.62"), row)
    lines.drop_line(house.person("supervisor", PROVINCE), row)


def test_a_wrong_line_is_refused_and_nothing_is_kept(chambers: Chambers) -> None:
    supervisor = chambers.house.person("supervisor", PROVINCE)
    with pytest.raises(InvalidData) as found:
        lines.set_line(supervisor, "52", Decimal(0), IN_FORCE, " ", valid_to=IN_FORCE - timedelta(1))
    assert set(found.value.errors) == {"monthly", "source", "valid_to"}
    lines.set_line(supervisor, "52", Decimal(1), IN_FORCE, PAPER)
    with pytest.raises(InvalidData):
        lines.set_line(supervisor, "52", Decimal(2), IN_FORCE, PAPER)
    assert MeansLine.objects.get().monthly == Decimal(1)
