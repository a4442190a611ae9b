"""Reading pages of the law: search, shelves, a law's contents, one article. Open to everybody, without JavaScript."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any

import cn2an
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gonghui.law import answer, history, reading
from gonghui.law.articles import Article, today
from gonghui.law.of_day import flagged, search_of_day
from gonghui.law.shelf import Shelf, neighbours
from gonghui.law.store import Hit, LawStore
from gonghui.law.volumes import Volume

RESULTS = 20
LAWS_SHOWN = 12
SHELVES = ("社会法", "行政法规", "司法解释", "部门规章", "民法典", "诉讼与非诉讼程序法", "行政法")
FULL_TEXT_UP_TO = 150
"""A law of up to so many articles is shown whole; a longer one (the Civil Code has 1,260) by first lines."""


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """`/law/?q=…`: an article by its number, laws by name, articles by words; without words, the shelves.

    `all=1` also shows texts that are repealed, doubtful or not checked, each marked. `on=2012-05-01` finds the texts of
    that day. `shelf=` and `place=` list all laws of a category or place.
    """
    store, shelf = LawStore.default(), Shelf.default()
    words = request.GET.get("q", "").replace("\x00", "").strip()
    everything = request.GET.get("all") == "1"
    category, place = request.GET.get("shelf", ""), request.GET.get("place", "")
    asked = _Day(request)
    context: dict[str, Any] = {
        "words": words[:500],
        "everything": everything,
        "disclaimer": answer.disclaimer,
        "asked": asked,
    }
    if words:
        day = asked.day
        cited = _cited(shelf, words, day)
        laws, count = ([], 0) if cited else shelf.laws_named(words, RESULTS if everything else LAWS_SHOWN)
        article = cited["article"] if cited else None
        # Where the law has no such number, articles found by the words of its name would only distract.
        if cited and article is None:
            found = []
        elif day is not None:
            found = search_of_day(store, shelf, words, day, RESULTS, everything=everything)
        else:
            found = store.search(words, RESULTS, include_superseded=everything)
        if article is not None and article.id not in {h.article.id for h in found}:
            # Asked for by its number but not in force or not checked: shown with its mark, not kept from the reader.
            found = [_named(store, shelf, article, day), *found]
        context |= {
            "hits": [
                {
                    "hit": h,
                    "notes": answer.notes(h),
                    "reasons": [answer.explain(r) for r in h.why],
                    "place": h.article.place,
                }
                for h in found
            ],
            "laws": reading.marked(laws),
            "laws_heading": reading.found_laws(count),
            "more_laws": count - len(laws),
            "cited": cited,
        }
    elif category in shelf.categories or place in shelf.places:
        listed = shelf.of_category(category) if category in shelf.categories else shelf.of_place(place)
        context |= {"listed": reading.marked(listed), "heading": category or place}
    else:
        context |= {
            "shelves": _shelves(store),
            "categories": shelf.categories,
            "places": shelf.places,
            "texts": len(shelf.volumes),
        }
    return render(request, "law/search.html", context)


@require_safe
def law(request: HttpRequest, slug: str) -> HttpResponse:
    """`/law/<slug>/`: chapters and articles of one version; a law's plain name leads to its newest version.

    `?on=2012-05-01` shows the version of that day.
    """
    shelf = Shelf.default()
    volume = shelf.volume(slug)
    if volume is None:
        newest = shelf.newest(slug)
        if newest is None:
            raise Http404(_("没有收录这部法律。"))
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        return redirect(reverse("law:law", args=[newest.slug]) + query)
    asked = _Asked(shelf, request, volume)
    volume = asked.volume
    articles = shelf.open(volume).articles
    parts = reading.contents(articles)
    context = {
        "law": volume,
        "parts": [{"chapter": chapter, "section": section, "articles": members} for chapter, section, members in parts],
        "chapters": [
            (chapter, f"a{members[0].number}{members[0].suffix}") for chapter, (_section, members) in _chapters(parts)
        ],
        "count": len(articles),
        "whole": len(articles) <= FULL_TEXT_UP_TO,
        "notes": reading.law_notes(shelf, volume),
        "end": _end(shelf, volume, None),
        "versions": [(v, reading.marks(v), v.slug == volume.slug) for v in reversed(shelf.versions(volume.law))],
        "asked": asked,
        "disclaimer": answer.disclaimer,
    }
    return render(request, "law/law.html", context)


@require_safe
def article(request: HttpRequest, article_id: str) -> HttpResponse:
    """`/law/article/<id>/`: one article in its parts, with its status, links, neighbours and earlier readings.

    `?on=2012-05-01` shows how the number read on that day; `?k=1&x=3` points at a paragraph (款) and item (项).
    """
    shelf = Shelf.default()
    standing = shelf.get(article_id)
    if standing is None:
        raise Http404(_("没有收录这一条。"))
    volume = shelf.volume(standing.article.slug)
    assert volume is not None, "an open law stands on the shelf"
    asked = _Asked(shelf, request, volume)
    shown = asked.volume
    there = shelf.open(shown).by_number(standing.article.number, standing.article.suffix)
    if shown != volume:
        answering, moved = history.counterpart(shelf.open(shown), standing)
        asked.moved_to = answering.article if answering and moved else None
        asked.unlike = answering is None or moved
    if there is None or shown == volume:
        # The version of that day has no such number: the notice says so, the text asked for is shown.
        asked.lacks = there is None
        shown, there = volume, standing
    opened = shelf.open(shown)
    found = there.article
    previous, following = neighbours(opened, found)
    chosen = (_number(request, "k"), _number(request, "x"))
    named = reading.cited_by(shelf, there)
    context = {
        "article": found,
        "law": shown,
        "paragraphs": reading.paragraphs(found, chosen),
        "notes": reading.article_notes(found, shown, shelf),
        "end": _end(shelf, shown, found),
        "cites": reading.cites(shelf, there),
        "cited_by": named[: reading.CITED_BY_SHOWN],
        "cited_by_more": named[reading.CITED_BY_SHOWN :],
        "readings": history.readings(shelf, shown, there),
        "previous": previous,
        "next": following,
        "asked": asked,
        "disclaimer": answer.disclaimer,
    }
    return render(request, "law/article.html", context)


@require_safe
def cited(request: HttpRequest, slug: str, place: str) -> HttpResponse:
    """`/law/劳动合同法/38.1(3)/`: the address that a citation makes leads to the article of the newest version."""
    shelf = Shelf.default()
    volume = shelf.volume(slug)
    citation = shelf.parse(f"{volume.law if volume else slug} {place}")
    named = volume or (shelf.newest(citation.law) if citation else None)
    found = shelf.open(named).by_number(citation.number, citation.suffix) if citation and named else None
    if citation is None or found is None or found.article.part(citation.paragraph, citation.item) is None:
        raise Http404(_("没有收录这一条。"))
    return redirect(reading.part_path(found.article, citation.paragraph, citation.item))


class _Day:
    """The day a reader asked about (`on`); `wrong` where that is no day."""

    def __init__(self, request: HttpRequest) -> None:
        self.text = request.GET.get("on", "")[:10]
        self.day: date | None = None
        self.wrong = False
        try:
            self.day = date.fromisoformat(self.text) if self.text else None
        except ValueError:
            self.wrong = True


class _Asked(_Day):
    """The day a reader asked about, and the version shown for it. `notice` says what stands between the two."""

    def __init__(self, shelf: Shelf, request: HttpRequest, volume: Volume) -> None:
        super().__init__(request)
        self.volume = volume
        self.lacks = False
        self.early = False
        self.unlike = False
        self.moved_to: Article | None = None
        if self.day is not None:
            of_day = shelf.as_of(volume.law, self.day)
            self.early = of_day is None
            self.volume = of_day or volume

    @property
    def notices(self) -> list[str]:
        """What must be said about the day."""
        if self.wrong:
            return [_("请填日期，例如 2012-05-01。")]
        if self.day is None:
            return []
        day = {"day": self.day.isoformat()}
        if self.early:
            return [_("没有收录 %(day)s 或之前通过的文本，下面是收录的文本，当时的规定可能不同。") % day]
        if self.volume.adopted is None:
            return [_("这个文本没有通过日期，不能判断 %(day)s 时是否已经如此。") % day]
        adopted = {**day, "adopted": self.volume.adopted.isoformat()}
        notices = [
            _(
                "您查看的是 %(day)s 时的文本：%(adopted)s 通过或修改。"
                "资料只有通过日期，没有施行日期；刚通过时旧文本可能仍在施行。"
            )
            % adopted
        ]
        if self.lacks:
            notices.append(_("那个文本里没有这一条号，下面是您打开的文本。"))
        elif self.unlike:
            notices.append(_("那个文本里，同一条号写的是别的内容。"))
        return notices


def _named(store: LawStore, shelf: Shelf, article: Article, day: date | None) -> Hit:
    """What was asked for by its number: as it applies now, or as the text of the day said it."""
    if day is None:
        return store.hit(article, today())
    return flagged(article, day)


def _cited(shelf: Shelf, words: str, on: date | None = None) -> dict[str, Any] | None:
    """What the words cite: the law, the article if it is there, and the words of the part that was named.

    As of a day the text of that day counts, where one is at hand.
    """
    citation = shelf.parse(words)
    volume = ((shelf.as_of(citation.law, on) if on else None) or shelf.newest(citation.law)) if citation else None
    if citation is None or volume is None:
        return None
    standing = shelf.open(volume).by_number(citation.number, citation.suffix)
    found = standing.article if standing else None
    named = citation.paragraph is not None or citation.item is not None
    return {
        "law": volume,
        "article": found,
        "number": f"第{cn2an.an2cn(citation.number)}条{citation.suffix}",
        "place": reading.part_name(citation.paragraph, citation.item),
        "part": found.part(citation.paragraph, citation.item) if found and named else None,
        "named": named,
        "path": reading.part_path(found, citation.paragraph, citation.item) if found else "",
    }


def _end(shelf: Shelf, volume: Volume, article: Article | None) -> dict[str, Any] | None:
    """What ended the text and what holds now, for the notice on the page; None where nothing is known to end it."""
    ended = article.ended if article is not None else volume.ended
    if ended is None:
        return None
    newest = shelf.newest(ended.replaced_by) if ended.replaced_by else None
    by = volume.ended_by if ended is volume.ended else ""
    return {
        "since": ended.since,
        "partly": bool(ended.paragraphs),
        "replaced_by": ended.replaced_by,
        "newest": newest if newest and newest.slug != volume.slug else None,
        "by": by,
        "by_label": _label(shelf, by),
    }


def _label(shelf: Shelf, article_id: str) -> str:
    label = shelf.label(article_id) if article_id else None
    return f"《{label[0].short_law}》{label[1]}" if label else ""


def _chapters(
    parts: list[tuple[str, str, list[Article]]],
) -> list[tuple[str, tuple[str, list[Article]]]]:
    """The first part of each chapter, for the list of contents."""
    found = []
    for chapter, members in groupby(parts, key=lambda part: part[0]):
        first = next(members)
        if chapter:
            found.append((chapter, (first[1], first[2])))
    return found


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None


def _shelves(store: LawStore) -> list[tuple[str, list[Article]]]:
    """One article of each searched law, by category of the source; texts not in force come last in their shelf."""

    def order(law: Article) -> tuple[int, str, bool, str]:
        known = SHELVES.index(law.category) if law.category in SHELVES else len(SHELVES)
        return known, law.category, law.ended_by(today()), law.short_law

    first = sorted((articles[0] for articles in store.laws.values()), key=order)
    return [(category, list(laws)) for category, laws in groupby(first, key=lambda a: a.category)]
