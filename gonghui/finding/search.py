"""The search (检索): one question to everything that is open to everybody, answered in groups."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

from gonghui.brain import understand
from gonghui.finding import terms, words
from gonghui.finding.known import Hit, Known
from gonghui.finding.models import Entry
from gonghui.finding.nearness import nearness, title_of
from gonghui.finding.query import Query, read
from gonghui.kernel import front
from gonghui.kernel.front import Item
from gonghui.kernel.language import in_english
from gonghui.kernel.times import today
from gonghui.law.advice.matching import matcher as situations
from gonghui.services.matching import matcher as services

CANDIDATES = 60
# Below this a hit has no more than a character in common.
LEAST = 0.38
# A source whose best hit is so much below the best of all is not what was meant.
BEHIND = 0.62
# From so many characters on a query is a need told in words, not a name.
TOLD = 5
NEAR = 0.06


@dataclass(frozen=True)
class Group:
    """The hits of one source, best first."""

    name: str
    title: str
    hits: list[Hit]
    more: int = 0


@dataclass(frozen=True)
class Answer:
    """Groups, the likeliest first; `meant`: names near to what was typed, where nothing is really found; `read_as`: the
    pinyin that was looked for instead of what was typed."""

    groups: list[Group] = field(default_factory=list)
    meant: list[str] = field(default_factory=list)
    read_as: str = ""

    @property
    def first(self) -> Hit | None:
        return self.groups[0].hits[0] if self.groups else None


def search(text: str, *, region: str = "", a_group: int = 5, only: str = "") -> Answer:
    """Everything near the text, or near the pinyin it was meant to be. `region` brings what is near first; `only` asks
    one source."""
    answer = _search(text, region, a_group, only)
    if answer.groups or not (others := terms.respelt(text.strip().lower())):
        return answer
    found = [replace(_search(other, region, a_group, only), read_as=other) for other in others]
    best = max(found, key=lambda one: one.first.score if one.first is not None else 0.0)
    return best if best.groups else answer


def _search(text: str, region: str, a_group: int, only: str) -> Answer:
    query = read(text.strip())
    if not query.terms:
        return Answer()
    hits = [*_known(query), *_stored(query, region, only)]
    if only:
        hits = [hit for hit in hits if hit.source == only]
    hits.sort(key=lambda hit: -hit.score)
    good = [hit for hit in hits if hit.score >= LEAST]
    if not good:
        return Answer(meant=[_name(hit.item) for hit in hits[:5] if hit.score >= LEAST / 2])
    best = good[0].score
    groups: dict[str, list[Hit]] = {}
    for hit in good:
        if hit.score >= best * BEHIND:
            groups.setdefault(hit.source, []).append(hit)
    given = front.sources()
    return Answer(
        [
            Group(name, str(given[name].title), found[:a_group], max(0, len(found) - a_group))
            for name, found in groups.items()
        ]
    )


def suggest(text: str, most: int = 6) -> list[tuple[str, str]]:
    """(name, address) of what a beginning may become, without reading what it means: this runs at every stroke."""
    query = read(text.strip())
    if not query.terms:
        return []
    # A thousand laws would push out the few services and situations that most people look for.
    ranked = sorted(
        ((hit.score * (0.85 if hit.source == "laws" else 1.0), hit) for hit in known().find(query)), key=_by
    )
    least = max(LEAST, ranked[0][0] * BEHIND) if ranked else LEAST
    return [(_name(hit.item), hit.item.address) for score, hit in ranked[:most] if score >= least]


def _by(pair: tuple[float, Hit]) -> float:
    return -pair[0]


def _name(item: Item) -> str:
    return item.title_en if in_english() and item.title_en else item.title


def _known(query: Query) -> list[Hit]:
    """The items in memory, by their names and, where a need is told, by what it means."""
    found = {(hit.source, hit.item.key): hit for hit in known().find(query)}
    for source, key, score in _meant(query):
        item = _by_key().get((source, key))
        if item is None:
            continue
        earlier = found.get((source, key))
        named = earlier.score if earlier is not None else 0.0
        found[source, key] = Hit(source, item, max(score, named) + 0.1 * min(score, named))
    return list(found.values())


def _meant(query: Query) -> list[tuple[str, str, float]]:
    """(source, key, score) of services and situations that answer the need."""
    if len(query.shape) < TOLD or not (query.han or len(query.words) > 2):
        return []
    told = services().scores(query.text)
    meant = [("services", one.id, 0.95 * float(s)) for one, s in zip(services().services, told, strict=True) if s > 0.2]
    if query.han:
        for match in situations().find(understand(query.text), k=4):
            meant.append(("situations", match.topic.id, 0.3 + 0.4 * match.score))
    return meant


def _stored(query: Query, region: str, only: str) -> list[Hit]:
    numbers = words.nearest(query.terms, CANDIDATES)
    held = Entry.objects.in_bulk(numbers)
    weigh = known().weight
    found = []
    for number in numbers:
        entry = held.get(number)
        if entry is None or (entry.until is not None and entry.until < today()):
            continue
        item = Item(
            entry.key, entry.title, entry.address, entry.title_en, entry.shown, entry.shown_en, region=entry.region
        )
        score = max(nearness(query, title_of(name), weigh) for name in (entry.title, entry.title_en) if name)
        # Found by its text alone it is worth less than a name, but it is worth showing.
        score = max(score, 0.7 * _told_by(query, f"{entry.title} {entry.shown}", weigh))
        if region and entry.region and entry.region[:4] == region[:4]:
            score += NEAR if entry.region[:6] == region[:6] else NEAR / 2
        found.append(Hit(entry.source, item, score))
    return found


def _told_by(query: Query, text: str, weigh: Any) -> float:
    """The share of the query's characters and words that stand in a text."""
    asked = [*query.pairs, *query.word_terms]
    if not asked:
        return 0.0
    lowered = text.lower()
    return sum(weigh(one) for one in asked if one.lstrip("=") in lowered) / sum(map(weigh, asked))


@cache
def _built(day: date) -> tuple[Known, dict[tuple[str, str], Item]]:
    items = [
        (source.name, item) for source in front.sources().values() if not source.stored for item in source.give(None)
    ]
    return Known(items), {(source, item.key): item for source, item in items}


def known() -> Known:
    """The items in memory, of today."""
    return _built(today())[0]


def _by_key() -> dict[tuple[str, str], Item]:
    return _built(today())[1]
