"""Search the law as it stood on a day (某日的法条检索): found by words, shown in the version of that day.

The collection holds the present text of most laws only, so what is found may be younger than the day; it is then said,
not left out: the rule may well have stood in the text before it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from gonghui.law.articles import Article
from gonghui.law.history import counterpart
from gonghui.law.shelf import Shelf
from gonghui.law.store import Hit, LawStore

POOL = 4
"""Of how many times the hits wanted the choice is made: some had ended by the day, some are one in its version."""


def search_of_day(
    store: LawStore, shelf: Shelf, words: str, day: date, k: int, *, everything: bool = False
) -> list[Hit]:
    """At most `k` articles for the words, best first, each as it read on the day.

    Where only a younger text is at hand, that one is shown with the flag `adopted_after_event`; what the text of the
    day lacks is left out. A text that applied then and has ended since is flagged `ended_since`. `everything` also
    shows texts that are doubtful, not checked, or had ended by then, flagged as in `LawStore.search`.
    """
    kept: dict[str, Hit] = {}
    for hit in store.search(words, POOL * k, include_superseded=True):
        found = _on(shelf, hit.article, day)
        article = found or hit.article
        if not everything and (article.review_status == "unverified" or article.status == "doubtful"):
            continue
        flags = tuple(flag for flag in hit.flags if flag in ("words_only", "unverified", "doubtful"))
        if found is None:
            if hit.article.current and not hit.article.ended and shelf.as_of(article.law, day) is None:
                kept.setdefault(article.id, replace(hit, flags=(*flags, "adopted_after_event")))
            continue
        if ended := _ended_on(article, day):
            if not everything:
                continue
            flags = (*flags, ended)
        elif _ended_since(article, day):
            flags = (*flags, "ended_since")
        kept.setdefault(article.id, replace(hit, article=article, text=article.text_on(day), flags=flags))
    return list(kept.values())[:k]


def flagged(article: Article, day: date) -> Hit:
    """An article that was asked for by its number, as it read on the day, with what must be said of it."""
    if article.newer_than(day):
        return Hit(article, 0.0, (), article.text_on(day), ("adopted_after_event",))
    ended = _ended_on(article, day) or ("ended_since" if _ended_since(article, day) else "")
    unverified = ("unverified",) if article.review_status == "unverified" else ()
    return Hit(article, 0.0, (), article.text_on(day), (*((ended,) if ended else ()), *unverified))


def _on(shelf: Shelf, article: Article, day: date) -> Article | None:
    """The article as its law read on the day; None where no text of that day is at hand or it lacked the rule."""
    if article.effective and article.effective > day:
        return None
    volume = shelf.as_of(article.law, day)
    if volume is None or (volume.adopted is None and article.adopted is not None):
        return None
    if volume.slug == article.slug:
        return article
    own = shelf.get(article.id)
    there = counterpart(shelf.open(volume), own)[0] if own else None
    return there.article if there else None


def _ended_on(article: Article, day: date) -> str:
    """Why the whole text no longer applied on the day; "" where it did. An older version ends with the next one."""
    ended = article.ended
    if ended is None or ended.paragraphs or not article.current:
        return ""
    return ended.status if ended.since is not None and ended.since <= day else ""


def _ended_since(article: Article, day: date) -> bool:
    """Whether a text that applied on the day has ended since: amended, repealed or replaced."""
    ended = article.ended
    if ended is None or ended.paragraphs:
        return not article.current
    return not article.current or (ended.since is not None and ended.since > day)
