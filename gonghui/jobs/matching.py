"""人岗匹配: how well a job fits what somebody looks for, and why, in words for both sides. Pure functions.

What somebody cannot do (the shift, the distance, less pay than the least) excludes a job; the rest is weighed. Nothing
of who they are (age, sex, group) is looked at: an employer may not, so neither do we.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _

from gonghui.brain.encoder import DIMENSIONS, Encoder
from gonghui.brain.statutes.postings import pairs
from gonghui.brain.text import normalise
from gonghui.jobs.models import Posting, Seeker
from gonghui.jobs.tables import trades

# What each side of a fit weighs [P].
WEIGHT = {"work": 0.5, "place": 0.25, "pay": 0.15, "skills": 0.1}
# Cosine of the encoder at which two short texts have nothing in common, and at which they mean the same work: of the
# pairs in tests/test_finding.py the middle one that belongs together has 0.72, of those that do not 0.60.
APART, SAME = 0.60, 0.80
# Less likeness of the work than this is no fit at all, whatever else fits.
LEAST = 0.5
# A search shows what the words, the trade or the meaning bears out.
SEARCH = {"words": 0.35, "meaning": 0.45, "trade": 0.3}
WORDS_ENOUGH, MEANING_ENOUGH, OF_BEST = 0.34, 0.35, 0.35
_LEVELS = ((6, 1.0), (4, 0.6), (2, 0.3))
_REACH = {"county": 6, "city": 4, "province": 2, "anywhere": 0}
_CERTIFICATES = {
    "electrician": ("电工",), "welder": ("焊工",), "forklift": ("叉车",), "height": ("高处", "登高"),
    "driver_c": ("驾驶证", "驾照", "c1", "c2"), "driver_ab": ("a1", "a2", "b1", "b2"), "ride_hailing": ("网约车",),
    "health": ("健康证",), "carer": ("养老护理", "护理员"), "infant": ("育婴", "月嫂"), "cook": ("厨师",),
    "guard": ("保安员",), "nurse": ("护士",), "accountant": ("会计",), "teacher": ("教师",),
}  # fmt: skip

Floats = npt.NDArray[np.float32]


def vector_of(text: str) -> bytes:
    """The meaning of a short text, as it is stored: 384 half floats."""
    found: Floats = np.asarray(Encoder.default().encode([text[:200]])[0], dtype=np.float32)
    return found.astype(np.float16).tobytes()


def vectors(rows: Sequence[bytes]) -> Floats:
    """Stored vectors as rows; one that was not made yet is all zero."""
    found = np.zeros((len(rows), DIMENSIONS), dtype=np.float32)
    for at, raw in enumerate(rows):
        if len(raw) == 2 * DIMENSIONS:
            found[at] = np.frombuffer(bytes(raw), dtype=np.float16)
    return found


def meaning(text: bytes, rows: Sequence[bytes]) -> Floats:
    """Likeness 0..1 of one stored vector to others."""
    scores: Floats = vectors(rows) @ vectors([text])[0]
    return np.clip((scores - APART) / (SAME - APART), 0, 1).astype(np.float32)


def by_words(asked: str, text: str) -> float:
    """Share of the question's pairs of characters that the text has, 0..1."""
    wanted = set(pairs(normalise(asked).lower()))
    return len(wanted & set(pairs(normalise(text).lower()))) / len(wanted) if wanted else 0.0


@cache
def _by_trade_word() -> tuple[tuple[str, str], ...]:
    return tuple((word, trade.code) for trade in trades().values() for word in (*trade.words, trade.zh))


def trades_in(text: str) -> frozenset[str]:
    """The trades whose lay words a text holds."""
    clean = normalise(text).lower()
    return frozenset(code for word, code in _by_trade_word() if word in clean)


@dataclass(frozen=True)
class Fit:
    """How well it fits, 0..1, with the reasons in words, and what to look at before applying."""

    score: float
    reasons: tuple[str, ...]
    care: tuple[str, ...] = ()


def fit(seeker: Seeker, job: Posting, likeness: float, day: date) -> Fit | None:
    """None when the job is out of the question for this person. `likeness`: of the meanings, 0..1."""
    near = _near(seeker.region_id, job.region_id)
    if near < _REACH[seeker.commute] or job.month_max < seeker.pay_least:
        return None
    if job.shift in seeker.no_shifts or (job.shift == "rotating" and "night" in seeker.no_shifts):
        return None
    if seeker.insured_only and not job.insured:
        return None
    reasons: list[str] = []
    care: list[str] = []
    named = job.trade in seeker.trades or job.trade in trades_in(seeker.post)
    work = max(likeness, by_words(seeker.post, f"{job.title} {job.text}"), 0.9 if named else 0.0)
    if work < LEAST:
        return None
    reasons.append(
        _("工种是您要找的：%(trade)s") % {"trade": trades()[job.trade]} if named else _("和您想做的工作相近")
    )
    place = next((share for length, share in _LEVELS if near >= length), 0.1)
    if near >= 4:
        reasons.append(_("同一个区县") if near >= 6 else _("在同一个市"))
    pay = 1.0 if job.month_min >= seeker.pay_least else 0.5
    if pay == 1.0:
        reasons.append(_("工资在您要的范围"))
    else:
        care.append(_("最低工资比您要的低，先问清能拿多少"))
    held, missing = skills_of(seeker, job)
    skills = 1.0 if held else 0.5 if not missing else 0.0
    if held:
        reasons.append(_("您有它要的证书"))
    if missing:
        care.append(_("它要的证书，您没有登记"))
    if job.insured:
        reasons.append(_("缴社会保险"))
    if seeker.starts > job.closes:
        care.append(_("您能上班的日子在它截止以后"))
    score = WEIGHT["work"] * work + WEIGHT["place"] * place + WEIGHT["pay"] * pay + WEIGHT["skills"] * skills
    return Fit(round(score, 4), tuple(reasons), tuple(care))


def _near(first: str, second: str) -> int:
    """How many digits of the codes are shared: 6 the same county, 4 city, 2 province."""
    return next((length for length, _share in _LEVELS if first[:length] == second[:length]), 0)


def skills_of(seeker: Seeker, job: Posting) -> tuple[bool, bool]:
    """(has a certificate that the job asks for, lacks one)."""
    asked = {
        code
        for code, words in _CERTIFICATES.items()
        if any(word in job.certificates.lower() for word in words)
    }  # fmt: skip
    held = {row["kind"] for row in seeker.skills}
    return bool(asked & held), bool(asked - held)


def ranked(pairs_: Sequence[tuple[Any, Fit | None]], most: int) -> list[tuple[Any, Fit]]:
    """Those that fit, the best first; equals as they stand."""
    found = [(row, one) for row, one in pairs_ if one is not None]
    return sorted(found, key=lambda pair: -pair[1].score)[:most]
