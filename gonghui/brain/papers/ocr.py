"""Text lines of a paper (文字识别)."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from gonghui.brain.papers.image import Pixels, even, flat, open_pages

_LOCK = threading.Lock()
# Text that stands on its head reads worse than this on the average.
_UPRIGHT = 0.8
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """One run of text: what was read, how sure (0..1), its four corners in pixels of the flattened page, the page."""

    text: str
    score: float
    box: tuple[Point, Point, Point, Point]
    page: int = 0

    @property
    def left(self) -> float:
        return min(x for x, _ in self.box)

    @property
    def right(self) -> float:
        return max(x for x, _ in self.box)

    @property
    def top(self) -> float:
        return min(y for _, y in self.box)

    @property
    def bottom(self) -> float:
        return max(y for _, y in self.box)

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@cache
def engine() -> Any:
    """The recogniser, loaded once a process; two threads at most."""
    from rapidocr_onnxruntime import RapidOCR

    return RapidOCR(intra_op_num_threads=2, inter_op_num_threads=1)


def read_lines(data: bytes) -> list[Line]:
    """All lines of a picture or PDF, top to bottom. Raises PaperError."""
    return [line for number, page in enumerate(open_pages(data)) for line in lines_of(page, number)]


def lines_of(page: Pixels, number: int = 0) -> list[Line]:
    """Lines of one page, after flattening it and taking out shadows; a page on its side is turned."""
    ready = even(flat(page))
    lines = recognise(ready, number)
    turns: tuple[int, ...] = ()
    if _on_its_side(lines):
        turns = (1, 3)
    elif lines and sum(line.score for line in lines) / len(lines) < _UPRIGHT:
        turns = (2,)
    if turns:
        lines = max([lines, *(recognise(np.ascontiguousarray(np.rot90(ready, k)), number) for k in turns)], key=_told)
    return sorted(lines, key=lambda line: (line.middle, line.left))


def recognise(pixels: Pixels, number: int = 0) -> list[Line]:
    """Lines as the recogniser gives them. It is not made for several threads at once."""
    with _LOCK:
        # Which way up a page is shows in how well it reads; a line turned by itself would keep a wrong place.
        found, _ = engine()(pixels, use_cls=False)
    lines = []
    for corners, text, score in found or ():
        box = tuple((float(x), float(y)) for x, y in corners)
        if text.strip():
            lines.append(Line(text.strip(), float(score), box, number))  # type: ignore[arg-type]
    return lines


def _on_its_side(lines: list[Line]) -> bool:
    """Whether most long lines stand upright."""
    long = [line for line in lines if len(line.text) >= 3]
    return bool(long) and sum(line.height > line.right - line.left for line in long) * 2 > len(long)


def _told(lines: list[Line]) -> float:
    return sum(line.score * len(line.text) for line in lines)
