"""关键数字 (handbook 4.1 K): what became of suggestions, proposals and questions at a union and those below it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count

from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system, at_or_below
from gonghui.voice.models import Proposal


@dataclass(frozen=True)
class Figures:
    """`adopted` of `suggestions`, with the rewards told; `satisfied` of the proposals whose delegates said so."""

    suggestions: int
    adopted: int
    rewards: Decimal
    proposals: int
    filed: int
    told: int
    satisfied: int
    questions: int
    topics: int


def of(paths: tuple[str, ...]) -> Figures:
    """Counted over the unions at these paths and below; nobody is named."""
    within = at_or_below("holder_path", paths)
    with as_system("counted, nobody is named"):
        rows = Matter.objects.filter(within)
        kinds = rows.filter(kind__startswith="services.").values("kind").annotate(n=Count("pk"))
        counts: Counter[str] = Counter()
        for kind, number in kinds.values_list("kind", "n"):
            counts[kind.split(".")[1]] += number
        suggestions = rows.filter(kind__startswith="services.M27.")
        adopted = suggestions.filter(state__in=("adopted", "rewarded", "closed"))
        rewards = sum((Decimal(data.get("reward", "0")) for data in adopted.values_list("data", flat=True)), Decimal(0))
        proposals = Proposal.objects.filter(matter__in=rows)
        said = proposals.exclude(satisfaction="")
        return Figures(
            suggestions=counts["M27"],
            adopted=adopted.count(),
            rewards=rewards,
            proposals=counts["V01"],
            filed=proposals.filter(ruling=Proposal.Ruling.FILED).count(),
            told=said.count(),
            satisfied=said.exclude(satisfaction="poor").count(),
            questions=counts["V02"],
            topics=counts["M28"] + counts["V03"],
        )
