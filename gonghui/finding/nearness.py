"""How near a title is to a query (相近程度), 0 to about 1: by characters, by sound, by initials, by words."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from gonghui.finding import terms
from gonghui.finding.query import Query

# Set on the tune half of benchmarks/data/search_queries.jsonl: what is typed as it is written tells most.
PAIRS, SOUNDS, SHAPE, SOUND, INITIALS, WORDS = 1.0, 0.93, 0.97, 0.92, 0.85, 0.97
BEGUN = 0.8
TITLE_SHARE = 0.35
NEAR_WORD = 74.0


@dataclass(frozen=True, slots=True)
class Title:
    """A title as it is compared."""

    shape: str
    sound: tuple[str, ...]
    initials: str
    words: tuple[str, ...]
    pairs: frozenset[str]
    sounds: frozenset[str]


@lru_cache(maxsize=8192)
def title_of(text: str) -> Title:
    shape, words, pairs, sounds = "", [], set(), set()
    sound: list[str] = []
    initials = ""
    for kind, letters in terms.runs(text[: terms.LONGEST_TITLE]):
        shape += letters
        if kind == "han":
            read = terms.sounds(letters)
            pairs.update(terms.pairs(letters))
            sounds.update(terms.sound_terms(read))
            sound += [terms.blurred(one[0]) for one in read]
            initials += "".join(one[0][0] for one in read)
        else:
            words.append(letters)
            initials += letters[0]
    named = tuple(word for word in words if word not in terms.COMMON_WORDS)
    return Title(shape, tuple(sound), initials, named, frozenset(pairs), frozenset(sounds))


def nearness(query: Query, title: Title, weight: Callable[[str], float]) -> float:
    """How near; `weight` says how rare a term is."""
    found = [PAIRS * _shared(query.pairs, title.pairs, weight), SOUNDS * _shared(query.sounds, title.sounds, weight)]
    if any(one in title.sounds for one in query.beginnings):
        begun = [one for one in query.sounds if "-" in one[:-1]]
        share = sum(one in title.sounds for one in begun) / len(begun) if begun else 1.0
        found.append(BEGUN * share)
    if query.shape and title.shape:
        found.append(SHAPE * _alike(query.shape, title.shape))
    if len(query.sound) > 1 and len(title.sound) > 1 and not query.initials:
        found.append(SOUND * Indel.normalized_similarity(query.sound, title.sound))
    if query.initials and len(query.initials) > 1:
        found.append(INITIALS * _initials(query.initials, title.initials))
    if query.words and title.words:
        found.append(WORDS * _words(query.words, title.words))
    found.sort(reverse=True)
    # What several readings agree on is likelier than what one alone says.
    return found[0] + 0.05 * (found[1] if len(found) > 1 else 0.0)


def _shared(asked: Collection[str], held: Collection[str], weight: Callable[[str], float]) -> float:
    """The share of the query that the title has, and of the title that the query has."""
    if not asked or not held:
        return 0.0
    common = sum(weight(term) for term in asked if term in held)
    if not common:
        return 0.0
    of_query = common / sum(map(weight, asked))
    of_title = min(1.0, common / sum(map(weight, held)))
    return of_query * (1 - TITLE_SHARE) + of_title * TITLE_SHARE


def _alike(asked: str, held: str) -> float:
    return fuzz.ratio(asked, held) / 100


def _initials(asked: str, held: str) -> float:
    if asked == held:
        return 1.0
    if asked in held:
        return (0.92 if held.startswith(asked) else 0.85) - 0.2 * (1 - len(asked) / len(held))
    return 0.8 * Indel.normalized_similarity(asked, held)


def _words(asked: tuple[str, ...], held: tuple[str, ...]) -> float:
    """How many of the words stand in the title, misspelt or not."""
    best = [max(_word(one, other) for other in held) for one in asked]
    back = [max(_word(one, other) for other in asked) for one in held]
    return (1 - TITLE_SHARE) * sum(best) / len(best) + TITLE_SHARE * sum(back) / len(back)


def _word(one: str, other: str) -> float:
    if one == other or terms.stem(one) == terms.stem(other):
        return 1.0
    if len(one) >= 3 and other.startswith(one):
        return 0.85
    alike = fuzz.ratio(one, other)
    return alike / 100 * 0.95 if alike >= NEAR_WORD and min(len(one), len(other)) >= 3 else 0.0
