"""From a worker's words to situations and the articles that answer them (`data/lay_terms.yaml`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gonghui import yamls

_SENTENCE = re.compile(r"[。！？!?；;\n\r]+")

# Groups of words: a sentence fits when it holds one of the words of every group.
Phrase = tuple[tuple[str, ...], ...]


class LawDataError(ValueError):
    """A data file of this room is wrong; the message names file, row and cause."""


@dataclass(frozen=True, slots=True)
class Situation:
    """A situation (情形) in the worker's words: phrases, statute words to search with, article ids by usefulness."""

    topic: str
    name: str
    categories: tuple[str, ...]
    phrases: tuple[Phrase, ...]
    terms: str
    articles: tuple[str, ...]


def read_phrases(lines: Sequence[str]) -> tuple[Phrase, ...]:
    """Phrases from "a|b & c|d" each; ValueError for one with an empty group."""
    phrases = tuple(
        tuple(tuple(w.strip() for w in group.split("|") if w.strip()) for group in line.split("&")) for line in lines
    )
    if not all(all(groups) for groups in phrases):
        raise ValueError("a phrase has an empty group")
    return phrases


def sentences_of(text: str) -> list[str]:
    """The sentences that phrases are held against, without blanks."""
    return [s for s in _SENTENCE.split("".join(text.split(" "))) if s]


def fitting(phrases: Sequence[Phrase], sentences: Sequence[str], whole: str) -> int:
    """How many of the phrases fit some sentence of the whole text."""
    # What the whole text lacks no sentence has: most phrases are done with one look.
    near = (phrase for phrase in phrases if _fits(phrase, whole))
    return sum(any(_fits(phrase, s) for s in sentences) for phrase in near)


def strength(fits: int) -> float:
    """1 for one fitting phrase, a little more for each further one."""
    return 1.0 + 0.15 * min(fits - 1, 3)


def _fits(phrase: Phrase, sentence: str) -> bool:
    return all(any(word in sentence for word in group) for group in phrase)


class Lexicon:
    """All situations. `resolve` turns "劳动合同法", 38 into an article id or None."""

    def __init__(self, path: Path, resolve: Callable[[str, int], str | None]) -> None:
        self._path = path
        rows = yamls.read(path.read_bytes())
        if not isinstance(rows, list):
            raise LawDataError(f"{path.name}: must be a list of situations")
        self.situations = tuple(self._situation(row, resolve) for row in rows)

    def _situation(self, row: Mapping[str, Any], resolve: Callable[[str, int], str | None]) -> Situation:
        try:
            name = row["name"]
            phrases = read_phrases(row["phrases"])
            articles = tuple(i for citation in row["articles"] for i in self._articles(name, citation, resolve))
            return Situation(row["topic"], name, tuple(row["categories"]), phrases, row["terms"], articles)
        except LawDataError:
            raise
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise LawDataError(f"{self._path.name}: {row!r}: {error!r}") from None

    def _articles(self, name: str, citation: str, resolve: Callable[[str, int], str | None]) -> list[str]:
        law, *numbers = citation.split()
        found = []
        for number in numbers:
            article_id = resolve(law, int(number)) if number.isdigit() else None
            if article_id is None:
                raise LawDataError(f"{self._path.name}: {name}: {law} {number} is no article of the collection")
            found.append(article_id)
        return found

    def match(self, text: str) -> list[tuple[Situation, float]]:
        """Situations the text speaks of with strength: 1 for one fitting phrase, a little more for each further one."""
        sentences = sentences_of(text)
        whole = "\n".join(sentences)
        found = ((s, fitting(s.phrases, sentences, whole)) for s in self.situations)
        return [(s, strength(n)) for s, n in found if n]

    def by_category(self, code: str) -> list[Situation]:
        """Situations that an appeal category (handbook 1.3, four digits) leads to."""
        return [s for s in self.situations if code in s.categories]
