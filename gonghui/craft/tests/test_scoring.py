"""评分: means, weights and ranks are what the handbook says, whatever the numbers."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from gonghui.craft import scoring
from gonghui.craft.scoring import Standing

scores = st.decimals(min_value=0, max_value=100, places=2)
START = datetime(2026, 1, 1, tzinfo=UTC)
standings = st.lists(
    st.builds(
        Standing,
        key=st.integers(1, 10**6),
        total=st.sampled_from([Decimal(80), Decimal(90)]),
        practice=st.sampled_from([Decimal(70), Decimal(75)]),
        seconds=st.one_of(st.none(), st.integers(1, 3)),
        safety=st.sampled_from([Decimal(10), Decimal(20)]),
        registered_at=st.integers(0, 3).map(lambda hours: START + timedelta(hours=hours)),
    ),
    max_size=8,
    unique_by=lambda row: row.key,
)


def test_examples_by_hand() -> None:
    d = Decimal
    assert scoring.mean([d(80), d(90), d(100)], 5) == d("90.00")
    assert scoring.mean([d(0), d(80), d(90), d(91), d(100)], 5) == d("87.00")
    assert scoring.mean([d("0.01"), d("0.02")], 5) == d("0.02"), "half up"
    assert scoring.weighted([(d(80), 30), (d(90), 70)]) == d("87.00")


@settings(max_examples=30)
@given(st.lists(scores, min_size=1, max_size=9))
def test_a_mean_lies_between_its_scores_and_one_judge_of_five_cannot_move_it_alone(given_scores: list[Decimal]) -> None:
    found = scoring.mean(given_scores, 5)
    assert min(given_scores) <= found <= max(given_scores)
    assert found == scoring.mean(list(reversed(given_scores)), 5)
    if len(given_scores) >= 5:
        low, high = sorted(given_scores)[0], sorted(given_scores)[-1]
        raised = [*sorted(given_scores)[:-1], Decimal(100)]
        assert scoring.mean(raised, 5) == found and low <= found <= high


@settings(max_examples=30)
@given(standings)
def test_ranks_are_whole_and_follow_the_tie_breaks(rows: list[Standing]) -> None:
    found = scoring.ranked(rows)
    assert [rank for rank, _row in found] == list(range(1, len(rows) + 1))
    assert found == scoring.ranked(list(reversed(rows)))
    for (_one, first), (_other, second) in itertools.pairwise(found):
        assert first.total >= second.total
        if first.total == second.total:
            assert first.practice >= second.practice
            if first.practice == second.practice and first.seconds == second.seconds:
                assert first.safety >= second.safety
                if first.safety == second.safety:
                    assert first.registered_at <= second.registered_at


@settings(max_examples=20)
@given(st.dictionaries(st.text(max_size=5), scores.map(str), max_size=4), st.text(min_size=1, max_size=3))
def test_a_changed_score_shows_in_the_fingerprint(rows: dict[str, str], key: str) -> None:
    locked = scoring.lock_hash(rows)
    assert locked == scoring.lock_hash(dict(reversed(rows.items())))
    assert locked != scoring.lock_hash({**rows, key: "101"})
