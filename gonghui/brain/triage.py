"""From evidence to codes: category, nature, worker type, labour or not (研判)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from gonghui.brain.evidence import Evidence
from gonghui.brain.lexicon import Lexicon
from gonghui.brain.scan import Floats
from gonghui.brain.types import Scored

# How fast evidence saturates: one strong cue gives about 0.63, two about 0.86.
_SATURATION = 3.0
# A special category takes over the evidence of the general one when it has at least one strong cue of its own.
_REFINE_FROM = 2.0
# To say nothing of a kind of worker costs less than to be silent where the text tells; chosen in the tuning half.
_SILENCE = 0.7
_SHORT = 60
_NO_WORK = frozenset({"99", "17", "14", "16"})


def _saturate(raw: float) -> float:
    return 1.0 - math.exp(-raw / _SATURATION)


def score_categories(evidence: Evidence, lexicon: Lexicon, limit: int = 3) -> list[Scored]:
    """The best level-2 codes, highest first, at most `limit`; empty when nothing spoke for any.

    score = saturated evidence x share of the best; 9903 其他 is never guessed from silence.
    """
    raw = dict(evidence.of("category"))
    for code, general in lexicon.refining:
        if raw.get(code, 0.0) >= _REFINE_FROM and general in raw:
            raw[code] += 0.6 * raw[general]
            raw[general] *= 0.6
    if not raw:
        return []
    best = max(raw.values())
    ranked = sorted(raw.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]
    return [
        Scored(code, round(_saturate(value) * math.sqrt(value / best), 3), evidence.reasons("category", code))
        for code, value in ranked
    ]


def score_nature(evidence: Evidence, shares: dict[str, float]) -> Scored:
    """性质: the likeliest, with its probability and the words that spoke for it."""
    code, share = max(shares.items(), key=lambda pair: (pair[1], pair[0]))
    return Scored(code, round(share, 3), evidence.reasons("nature", code) or ["默认"])


def score_worker_type(evidence: Evidence, shares: dict[str, float], length: int) -> Scored | None:
    """身份类别: the likeliest with its probability and its words, or None when the text does not tell (code "").

    A short text is seldom met in learning: there a plain word for a kind (我是骑手) is enough.
    """
    weighed = {code: share * (_SILENCE if not code else 1.0) for code, share in shares.items()}
    code = max(weighed, key=lambda code: (weighed[code], code))
    if code:
        return Scored(code, round(shares[code], 3), evidence.reasons("worker", code) or ["用词"])
    raw = evidence.of("worker")
    if not raw or length >= _SHORT:
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
    return np.stack(
        [np.log1p(spoken_for), np.log1p(against), np.log1p(category), np.clip(weighed, -6.0, 6.0)], axis=1
    )


def score_labour(evidence: Evidence, share: float) -> Scored:
    """Whether the matter is one of work and social security: code `labour` or `other`, score = belief in labour."""
    code = "labour" if share >= 0.5 else "other"
    return Scored(code, round(share, 3), evidence.reasons("labour", "for" if code == "labour" else "against"))


def _likeliest(row: tuple[float, str, float]) -> tuple[float, str]:
    return -row[0], row[1]


def rank_categories(
    evidence: Evidence,
    levels: dict[str, float],
    usual: dict[str, str],
    belief: Callable[[float, float, str], float],
    because: Callable[[str], list[str]],
    limit: int = 3,
) -> list[Scored]:
    """Level-2 codes, likeliest first: the level's share, shared out among its codes by what the lexicon saw.

    A level whose cues were not seen is named by its usual code, so that a good second guess is not lost; its reasons
    are then the words that spoke for it (`because`). `belief(share of level, share in level, code)` says how often
    such a code is right; the scores are made no larger than the one before, and add up to at most 1.
    """
    inside: dict[str, list[tuple[str, float]]] = {}
    for code, value in evidence.of("category").items():
        inside.setdefault(code[:2], []).append((code, value * value))
    ranked: list[tuple[float, str, float]] = []
    least = 0.0
    for level in sorted(levels, key=levels.__getitem__, reverse=True):
        share = levels[level]
        # No code is likelier than its level: from here on none comes among the first.
        if share < least:
            break
        members = inside.get(level)
        if members is None:
            ranked.append((share, usual[level], 0.0))
        else:
            total = sum([value for _, value in members])
            ranked += [(share * value / total, code, value / total) for code, value in members]
        if len(ranked) >= limit:
            ranked.sort(key=_likeliest)
            least = ranked[limit - 1][0]
    ranked.sort(key=_likeliest)
    scored, before, left = [], 1.0, 1.0
    for share, code, part in ranked[:limit]:
        if share > 0:
            before = min(before, left, belief(levels[code[:2]], part, code))
            left -= before
            scored.append(Scored(code, round(before, 3), evidence.reasons("category", code) or because(code[:2])))
    return scored
