"""The law at hand: articles by id, by number, by words (法条库).

Plain Python without Django; one store a process, read on first use. `gonghui.law.build` writes the files it reads.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from gonghui import yamls
from gonghui.brain.laws import named_laws
from gonghui.law.articles import NATIONAL_PREFIX, Article, today
from gonghui.law.build import ARTICLES_FILE, DATA_DIR, WORDS_FILE, index_text, version_of
from gonghui.law.citations import Citation, CitationReader, plain
from gonghui.law.lexicon import LawDataError, Lexicon, Situation
from gonghui.law.once import once
from gonghui.law.ranking import ArticleIndex
from gonghui.law.shelf import Shelf
from gonghui.law.shelving import INDEX_FILE
from gonghui.law.status import check_used, read_status, status_of

WEIGHTS_FILE = "weights.yaml"
TEXT_LIMIT = 4000
"""Characters of a query that are read; a longer text says what it wants before."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an article was found: cited by `number`, by `topic`, by `category`, or by `words` they share."""

    kind: Literal["number", "topic", "category", "words"]
    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Hit:
    """An article found, with the text as it applied on the day asked about.

    `score` orders hits of one search; it is no probability. `flags` may hold `adopted_after_event` (the version is
    younger than the event), `partly_repealed`, `repealed`, `superseded`, `doubtful`, `unverified`; `words_only` says
    that no situation, category or citation spoke for it, so it may well be beside the point.
    """

    article: Article
    score: float
    why: tuple[Reason, ...]
    text: str
    flags: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The hit as JSON-ready data, for the API, the command line and stored answers."""
        a = self.article
        return {
            "id": a.id,
            "law": a.law,
            "article": a.article,
            "citation": a.citation,
            "text": self.text,
            "adopted": a.adopted.isoformat() if a.adopted else None,
            "status": a.status,
            "review_status": a.review_status,
            "flags": list(self.flags),
            "score": round(self.score, 4),
            "why": [{"kind": r.kind, "code": r.code, "label": r.label} for r in self.why],
            "path": a.path,
        }


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each sign counts beside BM25, which is scaled to at most 1 (tuned on STARD's train questions)."""

    terms: float = 0.6
    topic: float = 1.0
    category: tuple[float, ...] = (0.45, 0.3, 0.2)
    decay: float = 0.93
    further_topics: float = 0.35
    repeat: float = 0.35


class LawStore:
    """Articles of one data folder. Safe to share between threads."""

    def __init__(self, folder: Path = DATA_DIR) -> None:
        self.folder = folder
        body = self._read(ARTICLES_FILE)
        status_text = (folder / "status.yaml").read_bytes()
        self.articles_version = version_of(body)
        # What an answer was based on: the texts and what is known of their end. The index of the shelf names the bytes
        # of every law that is only cited and read; it is not unpacked here.
        self._has_shelf = (folder / INDEX_FILE).exists()
        shelf = (folder / INDEX_FILE).read_bytes() if self._has_shelf else b""
        self.version = hashlib.sha256(body + shelf + status_text).hexdigest()[:12]
        self._status = read_status("status.yaml", status_text)
        self.articles = tuple(self._article(json.loads(line)) for line in body.decode().splitlines())
        self._by_id = {a.id: i for i, a in enumerate(self.articles)}
        self.laws: dict[str, list[Article]] = {}
        for article in self.articles:
            self.laws.setdefault(article.slug, []).append(article)
        further = yamls.read((folder / "further.yaml").read_bytes()) if self._has_shelf else []
        self.citations = CitationReader(_names({a.law for a in self.articles}, further))
        self._titles = {a.law for a in self.articles}
        self._weights = _weights(yamls.read((folder / WEIGHTS_FILE).read_bytes()), self._titles)
        self._by_number: dict[tuple[str, int, str], Article] = {}
        for article in sorted(self.articles, key=lambda a: (a.current, a.adopted or date.min)):
            self._by_number[article.law, article.number, article.suffix] = article
        self.lexicon = Lexicon(folder / "lay_terms.yaml", self._resolve)
        known = {(a.law, a.adopted, n) for a in self.articles for n in (None, a.number)}
        check_used("status.yaml", self._status, known)

    @classmethod
    @once
    def default(cls) -> LawStore:
        """The store of this process, read on first use."""
        return cls()

    @cached_property
    def shelf(self) -> Shelf | None:
        """All laws, of which only an index is read; None where the data folder has the searched ones alone."""
        if not self._has_shelf:
            return None
        return Shelf.default() if self.folder == DATA_DIR else Shelf(self.folder)

    def get(self, article_id: str) -> Article | None:
        """The article of that id, searched or only read, or None."""
        place = self._by_id.get(article_id)
        if place is not None:
            return self.articles[place]
        found = self.shelf.get(article_id) if self.shelf else None
        return found.article if found else None

    def by_number(self, law: str, number: int, suffix: str = "") -> Article | None:
        """The article of that number in the newest version; `law` is a title, short name or abbreviation."""
        title = self.citations.title(law)
        if title is None:
            return self.shelf.by_number(law, number, suffix) if self.shelf else None
        return self._cited(Citation(title, number, suffix))

    def parse(self, text: str) -> tuple[Citation, Article] | None:
        """The article that the whole text cites (`劳动合同法第三十八条`, `劳动法 50`), or None."""
        citation = self.citations.parse(text)
        article = self._cited(citation) if citation else None
        return (citation, article) if citation and article else None

    def cited_in(self, text: str) -> list[Article]:
        """Articles that a running text cites and that are at hand, each once, in order."""
        found = {a.id: a for c in self.citations.find(text) if (a := self._cited(c))}
        return list(found.values())

    def cited_by(self, article: Article) -> list[Article]:
        """Articles at hand that an article's text names, of other laws or of its own (本法第四十七条)."""
        found = {a.id: a for c in self.citations.find(article.text, own=article.law) if (a := self._cited(c))}
        found.pop(article.id, None)
        return list(found.values())

    def newest_slug(self, name: str) -> str | None:
        """The slug of the newest version of a law called so, or None."""
        title = self.citations.title(name)
        versions = [a for arts in self.laws.values() if (a := arts[0]).law == title]
        if versions:
            return max(versions, key=lambda a: (a.current, a.adopted or date.min)).slug
        volume = self.shelf.newest(name) if self.shelf else None
        return volume.slug if volume else None

    def search(
        self,
        text: str,
        k: int = 3,
        *,
        categories: Sequence[str] = (),
        include_superseded: bool = False,
        on: date | None = None,
        weights: Weights = Weights(),
    ) -> list[Hit]:
        """The `k` articles that fit a worker's words best, best first.

        `categories` are appeal categories (four digits), most likely first, that lift the articles of their topics.
        `include_superseded` also shows repealed, doubtful and unverified texts (flagged); a worker's answer must not.
        `on` is the day of the event (today if None). Any text is allowed; nothing found gives an empty list.
        """
        day = on or today()
        text = plain(text[:TEXT_LIMIT])
        cited = [a for found in [self.parse(text)] if found for a in [found[1]]] or self.cited_in(text)
        scores, reasons = self._score(text, categories, weights)
        top = max(scores, default=0.0)
        # A law that is only read answers where its article is named, never by words.
        read_only = [a for a in cited if a.id not in self._by_id]
        articles = [*self.articles, *read_only]
        scores += [0.0] * len(read_only)
        places = {a.id: len(self.articles) + i for i, a in enumerate(read_only)}
        for rank, article in enumerate(cited):
            place = places[article.id] if article.id in places else self._by_id[article.id]
            scores[place] = top + 1.0 + (len(cited) - rank) * 0.01
            reasons.setdefault(place, []).insert(0, Reason("number", article.id, article.citation))
        words = self.index.known_words(text)
        usable = (
            place
            for place in sorted((i for i, s in enumerate(scores) if s > 0), key=lambda i: (-scores[i], i))
            if (include_superseded or articles[place].fit_for_worker(day))
            # A pair of characters in common by chance is no reason to show an article.
            and (place in reasons or _shared_words(articles[place], words))
        )
        hits = []
        for place in _spread(list(islice(usable, max(4 * k, 20))), scores, reasons, k, weights.repeat):
            found_by = reasons.get(place)
            why = (*(found_by or ()), *_shared_words(articles[place], words))
            hit = self.hit(articles[place], day, scores[place], why)
            hits.append(hit if found_by else replace(hit, flags=(*hit.flags, "words_only")))
        return hits

    @staticmethod
    def hit(article: Article, on: date, score: float = 0.0, why: tuple[Reason, ...] = ()) -> Hit:
        """The article as it may be told about an event of that day, with flags; what has ended is left out."""
        latest = max(on, today())
        flags: list[str] = []
        if article.ended and (article.ended.since is None or article.ended.since <= latest):
            flags.append(article.ended.status)
        if article.review_status == "unverified":
            flags.append("unverified")
        if article.newer_than(on):
            flags.append("adopted_after_event")
        return Hit(article, score, why, article.text_on(latest), tuple(flags))

    @cached_property
    def index(self) -> ArticleIndex:
        """The inverted index over the text in force; made on the first search."""
        version, _, words = self._read(WORDS_FILE).decode().partition("\n")
        if version != self.articles_version:
            raise LawDataError(f"{WORDS_FILE} belongs to {version}, not {self.articles_version}: import the law again")
        now = today()
        texts = [index_text(a.law, a.chapter, a.section, a.text_on(now)) for a in self.articles]
        cut_words = [line.split() for line in words.splitlines()]
        for i, article in enumerate(self.articles):
            if article.text_on(now) != article.text:
                cut_words[i] = [word for word in cut_words[i] if word in texts[i]]
        return ArticleIndex(cut_words, texts)

    def base_scores(self, text: str) -> list[float]:
        """BM25 alone, one number an article: the baseline of the benchmark."""
        return self.index.scores(plain(text[:TEXT_LIMIT]))

    def _score(
        self, text: str, categories: Sequence[str], weights: Weights
    ) -> tuple[list[float], dict[int, list[Reason]]]:
        matched = self.lexicon.match(text)
        scores = self.index.scores(text)
        for situation, _ in matched:
            for i, s in enumerate(self.index.scores(situation.terms, weights.terms / len(matched))):
                scores[i] += s
        scores = [s * self._weights.get(a.law, 1.0) for s, a in zip(scores, self.articles, strict=False)]
        top = max(scores, default=0.0) or 1.0
        scores = [s / top for s in scores]
        reasons: dict[int, list[Reason]] = {}
        lifts: dict[int, list[float]] = {}

        def lift(situation: Situation, strength: float, reason: Reason) -> None:
            for rank, article_id in enumerate(situation.articles):
                place = self._by_id[article_id]
                lifts.setdefault(place, []).append(strength * weights.decay**rank)
                reasons.setdefault(place, []).append(reason)

        for situation, strength in matched:
            lift(situation, strength * weights.topic, Reason("topic", situation.topic, situation.name))
        for code, strength in zip(categories, weights.category, strict=False):
            for rank, situation in enumerate(self.lexicon.by_category(code)):
                # The first row of a category is what it mostly means; the others are its neighbours.
                lift(situation, strength * (0.6 if rank else 1.0), Reason("category", code, situation.name))
        for place, values in lifts.items():
            values.sort(reverse=True)
            scores[place] += values[0] + weights.further_topics * sum(values[1:3])
        return scores, reasons

    def _article(self, row: Mapping[str, Any]) -> Article:
        adopted = date.fromisoformat(row["adopted"]) if row["adopted"] else None
        return Article(
            id=row["id"],
            law=row["law"],
            article=row["article"],
            number=row["number"],
            suffix=row["suffix"],
            chapter=row["chapter"],
            section=row["section"],
            text=row["text"],
            adopted=adopted,
            effective=date.fromisoformat(row["effective"]) if row["effective"] else None,
            category=row["category"],
            current=row["current"],
            review_status=row["review_status"],
            ended=status_of(self._status, row["law"], adopted, row["number"]),
        )

    def _cited(self, citation: Citation) -> Article | None:
        place = (citation.law, citation.number, citation.suffix)
        if (found := self._by_number.get(place)) or citation.law in self._titles or self.shelf is None:
            return found
        return self.shelf.by_number(*place)

    def _resolve(self, law: str, number: int) -> str | None:
        article = self.by_number(law, number)
        return article.id if article else None

    def _read(self, name: str) -> bytes:
        try:
            return gzip.decompress((self.folder / name).read_bytes())
        except (OSError, EOFError) as error:
            raise LawDataError(f"{name} cannot be read ({error}): run `gonghui law import PATH`") from None


def _shared_words(article: Article, words: Sequence[str]) -> tuple[Reason, ...]:
    """Words of the query (rarest first) that stand in the article, as one reason; none, no reason."""
    shared = [word for word in words if word in article.text]
    return (Reason("words", "", "、".join(shared[:6])),) if shared else ()


def _spread(
    places: Sequence[int], scores: Sequence[float], reasons: Mapping[int, Sequence[Reason]], k: int, repeat: float
) -> list[int]:
    """The `k` best of `places` (best first), where a further article of a situation already shown counts less.

    Who writes of wages, insurance and dismissal in one sentence needs an article on each before three on one.
    """
    candidates = list(places)
    shown: set[str] = set()
    chosen: list[int] = []

    def topics(place: int) -> set[str]:
        return {r.label for r in reasons.get(place, ()) if r.kind == "topic"}

    while candidates and len(chosen) < k:
        best = max(candidates, key=lambda i: scores[i] - (repeat if topics(i) and topics(i) <= shown else 0.0))
        candidates.remove(best)
        chosen.append(best)
        shown |= topics(best)
    return chosen


def _names(titles: set[str], further: Iterable[str]) -> dict[str, str]:
    """Full title by name: of the laws searched, those only cited (`further`), and the packaged short forms."""
    names = {name: title for title in (*further, *titles) for name in (title, title.removeprefix(NATIONAL_PREFIX))}
    for law in named_laws():
        if law.title in titles:
            for name in law.called:
                if names.setdefault(name, law.title) != law.title:
                    raise LawDataError(f"{name} names two laws: {names[name]}, {law.title}")
    return names


def _weights(rows: Mapping[str, float], titles: set[str]) -> dict[str, float]:
    for title in rows:
        if title not in titles:
            raise LawDataError(f"{WEIGHTS_FILE}: no such law: {title}")
    return {title: float(weight) for title, weight in rows.items()}
