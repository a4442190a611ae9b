"""Finds which articles a statute's own text names (法条之间的引用), by the names of all laws of the collection.

`citations.CitationReader` reads what people write, with abbreviations, by one pattern over a few dozen names. Here
are 1,400 full titles and 64,000 articles: every 第…条 is looked at, and the name is read backwards from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gonghui.law.citations import NUMERAL, PLACE, plain, to_int

_ARTICLE = re.compile(rf"第\s*{PLACE}")
# 、第四十条第一款第二项、第三项和第四十一条: what may stand between two citations of the same law.
_JOINT = re.compile(
    rf"(?:\s*[、,和或及与至]\s*第?\s*\(?(?:{NUMERAL})\)?\s*[款项目])*\s*(?:[、,和或及与至]|以及|或者|并)\s*"
)
# 《…法》(以下简称…)第三条: the bracket after a title only says how it is called from here on.
_CALLED = re.compile(r"》\s*\([^()]*\)\s*$")
# Not 基本法: the constitutions of Hong Kong and Macao are laws of their own.
_OWN = re.compile(
    r"(?<![基根])本(?:法|条例|暂行条例|规定|暂行规定|办法|暂行办法|解释|规则|细则|实施细则|决定|规范|安排|章程)$"
)
_LONGEST = 120


def name_key(name: str) -> str:
    """One spelling of a title: without 中华人民共和国, with one kind of marks for a title within it."""
    marks = str.maketrans("〈〉<>", "《》《》")
    return plain(name).translate(marks).replace("中华人民共和国", "").strip()


@dataclass(frozen=True, slots=True)
class Named:
    """A citation as it stands in a text. `law` is the full title, None where the collection lacks a law named so."""

    law: str | None
    spelled: str
    number: int
    suffix: str
    paragraph: int | None
    item: int | None

    @property
    def place(self) -> str:
        """38之一.2(3)"""
        paragraph = f".{self.paragraph}" if self.paragraph else ""
        return f"{self.number}{self.suffix}{paragraph}{f'({self.item})' if self.item else ''}"


class LinkReader:
    """`names` maps titles and short titles to full titles."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._titles = {name_key(name): title for name, title in names.items() if len(name) > 1}
        self._longest = max(map(len, self._titles), default=0)

    def find(self, text: str, own: str | None = None) -> Iterator[Named]:
        """Citations in order. A bare 第三条 without a name is none: mostly it is of the law itself, not always."""
        text = plain(text)
        law: tuple[str | None, str] | None = None
        end = -1
        for match in _ARTICLE.finditer(text):
            number = to_int(match["number"])
            if not match["unit"] or not number:
                continue
            if law is None or not _JOINT.fullmatch(text, end, match.start()):
                law = self._before(text[max(0, match.start() - _LONGEST) : match.start()], own)
            end = match.end()
            if law is not None:
                paragraph = to_int(match["paragraph"]) if match["paragraph"] else None
                item = to_int(match["item"]) if match["item"] else None
                yield Named(*law, number, f"之{match['suffix']}" if match["suffix"] else "", paragraph, item)

    def _before(self, head: str, own: str | None) -> tuple[str | None, str] | None:
        """The law named just before an article number: full title (None if not at hand) and the name as written."""
        head = head.rstrip()
        if called := _CALLED.search(head):
            head = head[: called.start() + 1]
        if head.endswith("》"):
            name = _in_marks(head)
            return self._titles.get(name_key(name)), name
        for length in range(min(len(head), self._longest), 1, -1):
            if title := self._titles.get(head[-length:]):
                return title, head[-length:]
        if match := _OWN.search(head):
            return (own, match[0]) if own else None
        return None


def _in_marks(head: str) -> str:
    """The title within the last 《…》, which may hold the marks of a further title."""
    depth = 0
    for place in range(len(head) - 1, -1, -1):
        depth += (head[place] == "》") - (head[place] == "《")
        if depth == 0:
            return head[place + 1 : -1].strip()
    return head[:-1]
