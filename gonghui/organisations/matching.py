"""Which employer a written name means. Names are compared without legal form and place, aliases included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.db.models import Count
from rapidfuzz import fuzz
from stdnum.cn import uscc as uscc_number

from gonghui.organisations.models import Employer, EmployerAlias, EmployerGram
from gonghui.organisations.names import EmployerName, grams, significant, split_name

# How many rows are compared letter by letter, and how many index rows may be read to find them.
CANDIDATES = 60
INDEX_ROWS = 4000
LEAST_SCORE = 0.6
# What speaks for or against a name that looks alike.
SAME_CITY, OTHER_CITY, OTHER_PLACE, OTHER_TRADE, SEVERAL = 0.05, 0.1, 0.3, 0.15, 0.1


@dataclass(frozen=True)
class EmployerMatch:
    """A candidate for a written name: score 0–1 and why (`uscc`, `name`, `alias`, or `several`: others fit as well)."""

    employer: Employer
    score: float
    why: str

    def __iter__(self) -> Iterator[Employer | float | str]:
        return iter((self.employer, self.score, self.why))


def find_employer(name: str, uscc: str = "", region: str = "", most: int = 5) -> list[EmployerMatch]:
    """Employers that a written name may mean, best first; merged rows answer with the one they were merged into.

    A known code (统一社会信用代码) decides alone. `region` is the code of the place of work: it breaks ties and never
    excludes. Where two employers fit equally well, neither scores as high as a name that leaves no doubt.
    """
    code = uscc_number.compact(uscc or "")
    if code and (known := Employer.objects.filter(uscc=code).order_by("merged_into_id").first()):
        return [EmployerMatch(canonical(known), 1.0, "uscc")]
    wanted = split_name(name)
    if not wanted.key:
        return []
    matches: dict[int, EmployerMatch] = {}
    rows = Employer.objects.filter(pk__in=_candidates(wanted.key)).prefetch_related("aliases").order_by("pk")
    for row in rows:
        target = canonical(row)
        written = [(split_name(row.name), "name"), *((split_name(alias.name), "alias") for alias in row.aliases.all())]
        score, why = max((_likeness(wanted, other, target, region), label) for other, label in written)
        best = matches.get(target.pk)
        if score >= LEAST_SCORE and (best is None or score > best.score):
            matches[target.pk] = EmployerMatch(target, score, why)
    ranked = sorted(matches.values(), key=lambda match: (-match.score, match.employer.pk))[:most]
    return _doubt(ranked)


def _candidates(key: str) -> set[int]:
    """Rows worth comparing: the very same key, then those that share the rarest pieces of it.

    Pieces such as 科技 stand in a fifth of all names and tell nothing; reading them would make the search slower with
    every employer added.
    """
    exact = set(Employer.objects.filter(key=key).values_list("pk", flat=True)[:CANDIDATES])
    exact |= set(EmployerAlias.objects.filter(key=key).values_list("employer_id", flat=True)[:CANDIDATES])
    pieces = EmployerGram.objects.filter(gram__in=grams(key))
    counts = sorted(pieces.values("gram").annotate(n=Count("pk")).values_list("n", "gram"))
    chosen: list[str] = []
    total = 0
    for count, gram in counts:
        if chosen and total + count > INDEX_ROWS:
            break
        chosen.append(gram)
        total += count
    shared = (
        pieces.filter(gram__in=chosen)
        .values("employer_id")
        .annotate(shared=Count("pk"))
        .order_by("-shared", "employer_id")
        .values_list("employer_id", flat=True)[:CANDIDATES]
    )
    return exact | set(shared)


def _likeness(wanted: EmployerName, other: EmployerName, target: Employer, region: str) -> float:
    """0–1: half for the whole key, half for the part that is the firm's own, then what speaks against it."""
    score = (fuzz.ratio(wanted.key, other.key) + fuzz.ratio(wanted.own, other.own)) / 200
    shorter, longer = sorted((wanted.key, other.key), key=len)
    if len(shorter) >= 4 and shorter in longer:
        score = max(score, 0.85)
    if wanted.trade and other.trade and wanted.trade not in other.trade and other.trade not in wanted.trade:
        score -= OTHER_TRADE
    place = target.region_id or ""
    if not wanted.same_place(other) or (not other.places and not _lies_at(wanted, place)):
        score -= OTHER_PLACE
    elif region and place:
        if place[:4] == region[:4]:
            score += SAME_CITY
        elif not wanted.places:
            score -= OTHER_CITY
    return round(min(1.0, max(0.0, score)), 4)


def _lies_at(wanted: EmployerName, region: str) -> bool:
    """Whether an employer at `region` can be the one of a name that begins with a place."""
    if not wanted.places or not region:
        return True
    here = significant(region)
    return any(here.startswith(code) or code.startswith(here) for code in wanted.places)


def _doubt(ranked: list[EmployerMatch]) -> list[EmployerMatch]:
    if len(ranked) < 2 or ranked[0].score > ranked[1].score:
        return ranked
    top = ranked[0].score
    return [
        replace(match, score=round(match.score - SEVERAL, 4), why="several") if match.score == top else match
        for match in ranked
    ]


def canonical(employer: Employer) -> Employer:
    """The row that stands for this employer now: itself, or the end of its merges."""
    while employer.merged_into is not None:
        employer = employer.merged_into
    return employer


def same_employer_ids(employer: Employer) -> list[int]:
    """Ids of all rows that are this employer: the one that stands for it and all merged into it. For counting."""
    found = [canonical(Employer.objects.get(pk=employer.pk)).pk]
    layer = found
    while layer:
        layer = list(Employer.objects.filter(merged_into_id__in=layer).values_list("pk", flat=True))
        found = found + layer
    return found
