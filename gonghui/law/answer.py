"""What other rooms ask of the law: the articles that bear on a worker's words, with honest wording (相关法条).

Nothing here is advice: an answer is a list of articles in force with their full text and the reason each was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gonghui.law.store import Hit, LawStore, Reason

disclaimer = _("以下是相关法条，不是法律意见。具体情况请咨询工会法律服务人员或律师。")

FLAG_NOTES: dict[str, str | Promise] = {
    "repealed": _("本文本已废止，仅供查阅，不能作为现在的依据。"),
    "superseded": _("本文本已被新规定取代，仅供查阅，不能作为现在的依据。"),
    "doubtful": _("本文本年代较早，是否仍然适用待核对，请勿直接作为依据。"),
    "partly_repealed": _("本条有部分内容已不再适用。"),
    "unverified": _("本文本尚未与官方文本核对，请以官方公布的文本为准。"),
    "words_only": _("只按用词找到，可能与您的情况无关。"),
    "ended_since": _("这个文本那一天适用，后来已修改、废止或被取代，不能作为现在的依据。"),
    "adopted_after_event": _("本版本在事情发生之后才通过，当时的规定可能不同，请向工会或律师核实。"),
}

_REASONS: dict[str, str | Promise] = {
    "number": _("您提到了这一条：%(label)s"),
    "topic": _("您说的情况涉及：%(label)s"),
    "category": _("这类诉求常用：%(label)s"),
    "words": _("用词相符：%(label)s"),
}


def relevant_articles(
    text: str, categories: Sequence[str] = (), k: int = 3, on: date | None = None, *, store: LawStore | None = None
) -> list[Hit]:
    """At most `k` articles for a worker's words, best first; only texts in force and checked against the source.

    `categories` are appeal categories (four digits, handbook 1.3), most likely first. `on` is the day of the event.
    Any text is allowed (empty, very long, any characters); where nothing fits the list is empty.
    """
    return (store or LawStore.default()).search(text, k, categories=categories, on=on)


def law_version() -> str:
    """Name of the state of the law that answers now rest on: store it with the answer."""
    return LawStore.default().version


def notes(hit: Hit) -> list[str]:
    """What must be said beside the article, in the reader's language."""
    return [str(FLAG_NOTES[flag]) for flag in hit.flags]


def explain(reason: Reason) -> str:
    """Why an article was found, in the reader's language."""
    return str(_REASONS[reason.kind]) % {"label": reason.label}
