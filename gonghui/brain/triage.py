"""From evidence to codes: category, nature, worker type, labour or not (研判), of many texts at once."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from gonghui.brain.evidence import Evidence
from gonghui.brain.lexicon import Lexicon
from gonghui.brain.scan import Floats, Ints
from gonghui.brain.types import Scored

# How many categories are proposed.
MOST = 3
# How fast evidence saturates: one strong cue gives about 0.63, two about 0.86.
_SATURATION = 3.0
# A special category takes over the evidence of the general one when it has at least one strong cue of its own.
_REFINE_FROM = 2.0
# To say nothing of a kind of worker costs less than to be silent where the text tells; chosen in the tuning half.
SILENCE = 0.7
_SHORT = 60
_NO_WORK = frozenset({"99", "17", "14", "16"})


class Topics(NamedTuple):
    """What texts speak of, each by itself: columns among the categories and scores, best first, (texts, MOST)."""

    columns: Ints
    scores: Floats


class Ranked(NamedTuple):
    """The likeliest level-2 codes of texts, likeliest first, all (texts, MOST).

    columns: among the categories; levels: the share of the code's level; inside: its part of that by what the lexicon
    saw, 0 where it saw nothing of the level; public: whether it is of category 99.
    """

    columns: Ints
    levels: Floats
    inside: Floats
    public: Floats


def _saturate(raw: float) -> float:
    return 1.0 - math.exp(-raw / _SATURATION)


def _best(values: Floats) -> tuple[Ints, Floats]:
    """Columns and values of the highest of each row, highest first; of equals the first."""
    left, rows = values.copy(), np.arange(len(values))
    columns = []
    for _ in range(MOST):
        columns.append(left.argmax(axis=1))
        left[rows, columns[-1]] = -1.0
    chosen = np.stack(columns, axis=1)
    return chosen, np.take_along_axis(values, chosen, axis=1)


def find_topics(categories: Floats, lexicon: Lexicon) -> Topics:
    """The best level-2 codes by words alone; a score of 0 where nothing spoke for any.

    categories: raw evidence, (texts, categories). score = saturated evidence x share of the best; 9903 其他 is never
    guessed from silence.
    """
    raw = categories.astype(float)
    for special, general in lexicon.refining:
        taken = np.where(raw[:, special] >= _REFINE_FROM, raw[:, general], 0.0)
        raw[:, special] += 0.6 * taken
        raw[:, general] -= 0.4 * taken
    columns, values = _best(raw)
    best = np.where(values[:, :1] > 0, values[:, :1], 1.0)
    return Topics(columns, (1.0 - np.exp(-values / _SATURATION)) * np.sqrt(values / best))


def rank_categories(levels: Floats, categories: Floats, usual: Ints, lexicon: Lexicon) -> Ranked:
    """Level-2 codes, likeliest first: the level's share, shared out among its codes by what the lexicon saw.

    levels: shares, (texts, levels); categories: raw evidence, (texts, categories). A level whose cues were not seen
    is named by its usual code (usual: its column), so that a good second guess is not lost.
    """
    squared = categories**2
    seen = np.add.reduceat(squared, lexicon.level_firsts, axis=1)
    inside = squared / np.where(seen > 0, seen, 1.0)[:, lexicon.level_of]
    shares = levels[:, lexicon.level_of] * inside
    texts, silent = np.nonzero(seen == 0)
    shares[texts, usual[silent]] = levels[texts, silent]
    columns, _ = _best(shares)
    level = lexicon.level_of[columns]
    return Ranked(
        columns,
        np.take_along_axis(levels, level, axis=1),
        np.take_along_axis(inside, columns, axis=1),
        (level == lexicon.levels.index("99")).astype(np.float64),
    )


def falling(beliefs: Floats) -> Floats:
    """Beliefs in codes one after another, (texts, MOST), made no larger than the one before and at most 1 together."""
    before, left = np.ones(len(beliefs)), np.ones(len(beliefs))
    scores = np.empty_like(beliefs)
    for at in range(beliefs.shape[1]):
        before = scores[:, at] = np.minimum(np.minimum(before, left), beliefs[:, at])
        left = left - before
    return scores


def score_nature(evidence: Evidence, code: str, share: float) -> Scored:
    """性质: the likeliest, with its probability and the words that spoke for it."""
    return Scored(code, round(share, 3), evidence.reasons("nature", code) or ["默认"])


def score_worker_type(evidence: Evidence, code: str, share: float, length: int) -> Scored | None:
    """身份类别: the likeliest with its probability and its words, or None when the text does not tell (code "").

    A short text is seldom met in learning: there a plain word for a kind (我是骑手) is enough.
    """
    if code:
        return Scored(code, round(share, 3), evidence.reasons("worker", code) or ["用词"])
    raw = evidence.of("worker") if length < _SHORT else None
    if not raw:
        return None
    # "In a company" is true of most: any special type with a strong cue goes first.
    special = {code: value for code, value in raw.items() if code != "enterprise" and value >= _REFINE_FROM}
    code, value = max((special or raw).items(), key=lambda pair: (pair[1], pair[0]))
    return Scored(code, round(_saturate(value), 3), evidence.reasons("worker", code))


def labour_numbers(totals: Floats, lexicon: Lexicon) -> Floats:
    """What the lexicon says of labour or not: for, against, the best category of work, their weighed sum; (texts, 4).

    totals: raw evidence of texts, shape (texts, targets).
    """
    settings, number_of = lexicon.labour, lexicon.number_of
    work = [number_of["category", code] for code in lexicon.categories if code[:2] not in _NO_WORK]
    category = totals[:, work].max(axis=1)
    spoken_for, against = totals[:, number_of["labour", "for"]], totals[:, number_of["labour", "against"]]
    weighed = settings["scale"] * (
        spoken_for - settings["against_share"] * against + settings["category_share"] * category - settings["threshold"]
    )
    return np.stack([np.log1p(spoken_for), np.log1p(against), np.log1p(category), np.clip(weighed, -6.0, 6.0)], axis=1)


def score_labour(evidence: Evidence, share: float) -> Scored:
    """Whether the matter is one of work and social security: code `labour` or `other`, score = belief in labour."""
    code = "labour" if share >= 0.5 else "other"
    return Scored(code, round(share, 3), evidence.reasons("labour", "for" if code == "labour" else "against"))
