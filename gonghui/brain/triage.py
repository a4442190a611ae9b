"""From evidence to codes: category, nature, worker type, labour or not (研判)."""

from __future__ import annotations

import math

from gonghui.brain.lexicon import Evidence, Lexicon
from gonghui.brain.types import Scored

# How fast evidence saturates: one strong cue gives about 0.63, two about 0.86.
_SATURATION = 3.0
# A special category takes over the evidence of the general one when it has at least one strong cue of its own.
_REFINE_FROM = 2.0
_DISPUTE_LEVEL_1 = frozenset({"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11"})


def _saturate(raw: float) -> float:
    return 1.0 - math.exp(-raw / _SATURATION)


def score_categories(evidence: Evidence, lexicon: Lexicon, limit: int = 3) -> list[Scored]:
    """The best level-2 codes, highest first, at most `limit`; empty when nothing spoke for any.

    score = saturated evidence x share of the best; 9903 其他 is never guessed from silence.
    """
    raw = evidence.of("category")
    for code, category in lexicon.categories.items():
        general = category.refines
        if general and raw.get(code, 0.0) >= _REFINE_FROM and general in raw:
            raw[code] += 0.6 * raw[general]
            raw[general] *= 0.6
    if not raw:
        return []
    best = max(raw.values())
    ranked = sorted(raw.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]
    return [
        Scored(code, round(_saturate(value) * math.sqrt(value / best), 3), evidence.reasons(f"category:{code}"))
        for code, value in ranked
    ]


def score_nature(evidence: Evidence, categories: list[Scored], text: str) -> Scored:
    """性质; without a clear cue the default of handbook 1.3: 01–11 are a claim unless the text asks."""
    raw = evidence.of("nature")
    labour_dispute = bool(categories) and categories[0].code[:2] in _DISPUTE_LEVEL_1
    if labour_dispute and categories[0].score >= 0.5:
        raw["dispute"] = raw.get("dispute", 0.0) + 1.0
    if categories and categories[0].code == "1702":
        raw["praise"] = raw.get("praise", 0.0) + 2.0
    if text.count("?") and len(text) < 80:
        raw["consult"] = raw.get("consult", 0.0) + 1.0
    if not raw:
        return Scored("dispute" if labour_dispute else "consult", 0.2, ["默认"])
    total = sum(raw.values())
    code, value = max(raw.items(), key=lambda pair: (pair[1], pair[0]))
    return Scored(code, round(_saturate(value) * value / total, 3), evidence.reasons(f"nature:{code}") or ["默认"])


def score_worker_type(evidence: Evidence) -> Scored | None:
    """身份类别, or None when the text does not tell."""
    raw = evidence.of("worker")
    if not raw:
        return None
    # "In a company" is true of most: any special type with a strong cue goes first.
    special = {code: value for code, value in raw.items() if code != "enterprise" and value >= 2.0}
    pool = special or raw
    code, value = max(pool.items(), key=lambda pair: (pair[1], pair[0]))
    return Scored(code, round(_saturate(value), 3), evidence.reasons(f"worker:{code}"))


def score_labour(evidence: Evidence, lexicon: Lexicon) -> Scored:
    """Whether the matter is one of work and social security: code `labour` or `other`, score = belief in labour."""
    settings = lexicon.labour
    raw = evidence.of("category")
    outside = {"99", "17", "14", "16"}
    category = max((value for code, value in raw.items() if code[:2] not in outside), default=0.0)
    weight = settings["scale"] * (
        evidence.raw.get("labour:for", 0.0)
        - settings["against_share"] * evidence.raw.get("labour:against", 0.0)
        + settings["category_share"] * category
        - settings["threshold"]
    )
    score = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, weight))))
    code = "labour" if score >= 0.5 else "other"
    why = evidence.reasons("labour:for" if code == "labour" else "labour:against")
    return Scored(code, round(score, 3), why)
