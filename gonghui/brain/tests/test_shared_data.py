"""Reading real messages, when the folder of test data is there (`GONGHUI_SHARED`, default ../shared).

Rows with an even id were looked at while the cues were written; figures are taken from odd ids only.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from gonghui.brain import Understanding, understand

_REPOSITORY = Path(__file__).resolve().parents[3]
_FILE = (
    Path(os.environ.get("GONGHUI_SHARED", str(_REPOSITORY.parent / "shared"))) / "data" / "appeals" / "labelled.jsonl"
)
LABEL = "劳动和社会保障"

pytestmark = pytest.mark.skipif(not _FILE.exists(), reason="the shared test data is not here")


@pytest.fixture(scope="module")
def read() -> list[tuple[dict[str, str], Understanding]]:
    with _FILE.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [(row, understand(row["text"], row["title"])) for row in rows]


def test_every_real_message_is_read(read: list[tuple[dict[str, str], Understanding]]) -> None:
    assert len(read) > 900
    assert all(result.understood for _, result in read)
    for _, result in read:
        json.dumps(result.to_dict(), ensure_ascii=False)


def test_labour_matters_are_told_from_others_on_rows_not_looked_at(
    read: list[tuple[dict[str, str], Understanding]],
) -> None:
    held_out = [(row, result) for row, result in read if int(row["id"]) % 2 == 1]
    said = Counter((row["label"] == LABEL, result.is_labour.code == "labour") for row, result in held_out)
    recall = said[True, True] / (said[True, True] + said[True, False])
    precision = said[True, True] / (said[True, True] + said[False, True])
    # Measured 0.978 and 0.714. The board files under other heads what the guideline calls labour.
    assert recall >= 0.93
    assert precision >= 0.69


def test_highest_urgency_is_rare_on_a_general_board(read: list[tuple[dict[str, str], Understanding]]) -> None:
    levels = Counter(result.urgency.level for _, result in read)
    assert levels["P0"] < 0.02 * len(read)
    assert levels["P0"] + levels["P1"] < 0.15 * len(read)


def test_labour_messages_get_a_category_with_its_reasons(
    read: list[tuple[dict[str, str], Understanding]],
) -> None:
    labour = [result for row, result in read if row["label"] == LABEL]
    with_category = [result for result in labour if result.categories and result.categories[0].why]
    assert len(with_category) >= 0.95 * len(labour)
