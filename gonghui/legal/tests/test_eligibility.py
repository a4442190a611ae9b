"""法律援助条件: the law's conditions as rules, and what must hold whatever the facts are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.law.store import LawStore
from gonghui.legal.eligibility import Facts, Ground, ListedMatter, judge, table
from gonghui.legal.tests.support import BEFORE_THE_LAW, IN_FORCE

MATTERS = [row.code for row in table().matters]
MAYBE = st.sampled_from([None, True, False])
MONEY = st.none() | st.decimals(0, 1_000_000, places=2)
FACTS = st.builds(
    Facts,
    matter=st.sampled_from(MATTERS),
    migrant=MAYBE,
    no_income_group=MAYBE,
    relief=MAYBE,
    proof=MAYBE,
    has_agent=MAYBE,
    income=MONEY,
    household=st.none() | st.integers(1, 12),
    pledge=st.booleans(),
    local_line=MONEY,
    locally_listed=MAYBE,
    deadline=st.none() | st.dates(date(2026, 1, 1), date(2027, 1, 1)),
    preservation=st.booleans(),
    region=st.sampled_from(["", "520102", "110101"]),
)
DAYS = st.dates(date(2022, 1, 1), date(2030, 1, 1))
RANK = {"no": 0, "ask": 1, "yes": 2}


OVER: dict[str, Any] = {
    "migrant": False, "no_income_group": False, "relief": False, "has_agent": False, "income": Decimal("6000.03"),
    "household": 3, "local_line": Decimal(2000),
}  # fmt: skip


@given(FACTS, DAYS, st.decimals(0, 1_000_000, places=2))
def test_more_income_never_helps(facts: Facts, on: date, more: Decimal) -> None:
    if facts.income is None:
        return
    richer = replace(facts, income=facts.income + more)
    assert RANK[judge(richer, on).answer] <= RANK[judge(facts, on).answer]


@given(FACTS, DAYS)
def test_who_is_exempt_is_never_refused_for_means(facts: Facts, on: date) -> None:
    row = next(row for row in table().matters if row.code == facts.matter)
    exempt = (
        not row.means
        or facts.no_income_group
        or facts.relief
        or (facts.migrant and facts.matter in ("wages", "injury"))
    )
    verdict = judge(facts, on)
    if exempt:
        assert verdict.exempt
        assert all(reason.code not in ("means", "line") for reason in verdict.refusals)


@given(FACTS, DAYS)
def test_every_refusal_says_why_and_what_else_and_what_is_unknown_never_refuses(facts: Facts, on: date) -> None:
    verdict = judge(facts, on)
    assert (verdict.answer == "no") == bool(verdict.refusals)
    for reason in verdict.refusals:
        assert reason.text
        assert reason.instead_words
    bare = judge(Facts(matter=facts.matter), on)
    assert bare.answer != "no" or facts.matter == "other"


@given(FACTS, DAYS)
def test_facts_come_back_from_the_vault_as_they_were(facts: Facts, on: date) -> None:
    assert judge(Facts.from_json(facts.to_json()), on) == judge(facts, on)


@pytest.mark.parametrize(
    ("facts", "answer", "exempt"),
    [
        (Facts("wages", migrant=True, proof=True, has_agent=False), "yes", "migrant"),
        (Facts("wages", migrant=True, has_agent=False), "ask", "migrant"),
        (Facts("injury", migrant=True, proof=True, has_agent=False, income=Decimal(90000)), "yes", "migrant"),
        # 确认劳动关系 stands beside wages in article 31, but not in article 42.
        (Facts("labour_relation", migrant=True, proof=True, has_agent=False), "ask", ""),
        (Facts("brave_deed", has_agent=False, income=Decimal(90000), household=1), "yes", "listed"),
        (Facts("social_insurance", has_agent=False, pledge=True), "yes", ""),
        (Facts("wages", has_agent=True, pledge=True), "no", ""),
        (Facts("other", has_agent=False, pledge=True), "no", ""),
        (Facts("dismissal", has_agent=False, pledge=True), "ask", ""),
        (Facts("dismissal", has_agent=False, pledge=True, locally_listed=True), "yes", ""),
        (Facts("wages", has_agent=False, income=Decimal(6000), household=3, local_line=Decimal(2000)), "yes", ""),
        # Over the line: refused only when it is known that no exemption of article 42 holds.
        (Facts("wages", has_agent=False, income=Decimal("6000.03"), household=3, local_line=Decimal(2000)), "ask", ""),
        (Facts("wages", **OVER), "no", ""),
        (Facts("wages", **{**OVER, "migrant": None}), "ask", ""),
        (Facts("labour_relation", **{**OVER, "migrant": None}), "no", ""),
        (Facts("labour_relation", **{**OVER, "relief": None}), "ask", ""),
        (Facts("wages", has_agent=False, income=Decimal(6000), household=3, region="520102"), "ask", ""),
    ],
)
def test_the_law_case_by_case(facts: Facts, answer: str, exempt: str) -> None:
    verdict = judge(facts, IN_FORCE)
    assert (verdict.answer, verdict.exempt) == (answer, exempt)


def test_before_the_law_a_person_looks() -> None:
    assert judge(Facts("other", has_agent=True), BEFORE_THE_LAW).answer == "ask"


@pytest.mark.parametrize(("days", "found"), [(-1, False), (0, True), (7, True), (8, False)])
def test_a_period_about_to_end_is_urgent(days: int, found: bool) -> None:
    facts = Facts("wages", deadline=IN_FORCE + timedelta(days=days))
    assert bool(judge(facts, IN_FORCE).urgent) is found
    assert judge(replace(facts, preservation=True), IN_FORCE).urgent


def test_every_row_names_an_article_that_says_so() -> None:
    """The table's words are the statute's: whoever changes one must change the other."""
    store = LawStore.default()
    rows: list[ListedMatter | Ground] = [*table().matters, *table().exempt, *table().urgent]
    for row in rows:
        if row.article is None:
            continue
        article = store.by_number("法律援助法", row.article)
        assert article is not None
        item = next(line for line in article.text.split("\n") if line.startswith(f"（{row.item}）"))
        assert any(row.zh[place : place + 4] in item for place in range(len(row.zh) - 3)), (row.code, item)
