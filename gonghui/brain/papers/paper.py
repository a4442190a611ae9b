"""What a paper is and says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gonghui.brain.lexicon import load_yaml
from gonghui.brain.papers.contract import read_contract
from gonghui.brain.papers.image import open_pages, sharpness
from gonghui.brain.papers.ocr import Line, lines_of
from gonghui.brain.papers.slip import Cell, Problem, read_slip

_BLURRED = 40.0
BLURRED: Problem = (
    "照片太模糊，请把纸放平、光线足一些再拍一张。",
    "The photo is blurred; lay the paper flat in good light and take another.",
)
NOTHING: Problem = (
    "没有读出文字，请拍整页、正对着拍。",
    "No text could be read; take the whole page from straight above.",
)


@dataclass(frozen=True, slots=True)
class PaperFact:
    """One fact: field (`net`, `start` …), value (sums as text with point, days ISO 8601, months `2026-03`), how sure
    (0..1), whether sure enough to be used, the label as printed, where it stands (left, top, right, bottom)."""

    field: str
    value: str
    confidence: float
    sure: bool
    label: str
    box: tuple[int, int, int, int]
    page: int = 0


@dataclass(frozen=True, slots=True)
class Paper:
    """kind: `wage_slip|contract|dismissal|iou|bank_statement|attendance|other` with a score 0..1; problems: sentences
    for a person in both languages (a sum that does not agree, too blurred)."""

    kind: str
    score: float
    facts: tuple[PaperFact, ...]
    problems: tuple[Problem, ...]
    lines: tuple[Line, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return {
            "kind": self.kind,
            "score": round(self.score, 3),
            "facts": [
                {
                    "field": fact.field,
                    "value": fact.value,
                    "confidence": round(fact.confidence, 3),
                    "sure": fact.sure,
                    "label": fact.label,
                    "box": list(fact.box),
                    "page": fact.page,
                }
                for fact in self.facts
            ],
            "problems": [{"zh": zh, "en": en} for zh, en in self.problems],
            "text": [line.text for line in self.lines],
        }


def read_paper(data: bytes) -> Paper:
    """Read a picture or PDF. Raises PaperError for bytes that are neither; an unreadable page says so in `problems`."""
    pages = open_pages(data)
    lines = [line for number, page in enumerate(pages) for line in lines_of(page, number)]
    kind, score = kind_of(lines)
    cells: list[Cell] = []
    problems: list[Problem] = []
    if kind == "wage_slip":
        # Two slips on two pages are two tables.
        for number in range(len(pages)):
            more, said = read_slip([line for line in lines if line.page == number])
            cells, problems = cells + more, problems + said
    elif kind == "contract":
        cells, problems = read_contract(lines)
    if not lines or sum(line.score for line in lines) / len(lines) < 0.6:
        blurred = min(sharpness(page) for page in pages) < _BLURRED
        problems.insert(0, BLURRED if blurred else NOTHING)
    least = load_yaml("papers.yaml")["sure"]
    facts = tuple(
        PaperFact(
            cell.field,
            cell.value,
            cell.confidence,
            cell.confidence >= least,
            cell.label,
            (int(cell.line.left), int(cell.line.top), int(cell.line.right), int(cell.line.bottom)),
            cell.line.page,
        )
        for cell in cells
    )
    return Paper(kind, score, facts, tuple(problems), tuple(lines))


def kind_of(lines: Sequence[Line]) -> tuple[str, float]:
    """The kind whose words the paper holds most of, and their share; `other` with none or only one."""
    text = "".join(line.text.replace(" ", "") for line in lines)
    kinds = load_yaml("papers.yaml")["kinds"]
    found = {kind: sum(word in text for word in words) for kind, words in kinds.items()}
    best = max(found, key=lambda kind: found[kind])
    total = sum(found.values())
    return ("other", 0.0) if found[best] < 2 else (best, found[best] / total)
