"""Reading pages of the law: search, a law's contents, one article. Open to everybody, without JavaScript."""

from __future__ import annotations

from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gonghui.law import answer
from gonghui.law.articles import Article, today
from gonghui.law.store import LawStore

RESULTS = 20
SHELVES = ("社会法", "行政法规", "司法解释", "部门规章", "民法典", "诉讼与非诉讼程序法", "行政法")
FULL_TEXT_UP_TO = 150
"""A law of up to so many articles is shown whole; a longer one (the Civil Code has 1,260) by first lines."""


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """`/law/?q=…`: articles by words or number; without words, the list of laws.

    `all=1` also shows texts that are repealed, doubtful or not checked, each marked.
    """
    store = LawStore.default()
    words = request.GET.get("q", "").replace("\x00", "").strip()
    everything = request.GET.get("all") == "1"
    found = store.search(words, RESULTS, include_superseded=everything) if words else []
    parsed = store.parse(words)
    if parsed and parsed[1].id not in {h.article.id for h in found}:
        # Asked for by its number but not in force or not checked: shown with its mark, not kept from the reader.
        found = [store.hit(parsed[1], today()), *found]
    hits = [{"hit": h, "notes": answer.notes(h), "reasons": [answer.explain(r) for r in h.why]} for h in found]
    context = {
        "words": words[:500],
        "everything": everything,
        "hits": hits,
        "shelves": [] if words else _shelves(store),
        "disclaimer": answer.disclaimer,
    }
    return render(request, "law/search.html", context)


@require_safe
def law(request: HttpRequest, slug: str) -> HttpResponse:
    """`/law/<slug>/`: chapters and articles of one version; a law's plain name leads to its newest version."""
    store = LawStore.default()
    articles = store.laws.get(slug)
    if articles is None:
        newest = store.newest_slug(slug)
        if newest is None:
            raise Http404(_("没有收录这部法律。"))
        return redirect("law:law", slug=newest)
    parts = [
        {"chapter": chapter, "section": section, "articles": list(members)}
        for (chapter, section), members in groupby(articles, key=lambda a: (a.chapter, a.section))
    ]
    context = {
        "law": articles[0],
        "parts": parts,
        "count": len(articles),
        "whole": len(articles) <= FULL_TEXT_UP_TO,
        "notes": _law_notes(articles),
        "disclaimer": answer.disclaimer,
    }
    return render(request, "law/law.html", context)


@require_safe
def article(request: HttpRequest, article_id: str) -> HttpResponse:
    """`/law/article/<id>/`: one article with its status, the articles it cites and its neighbours."""
    store = LawStore.default()
    found = store.get(article_id)
    if found is None:
        raise Http404(_("没有收录这一条。"))
    siblings = store.laws[found.slug]
    place = siblings.index(found)
    ended = found.ended.paragraphs if found.ended else ()
    successor = found.ended.replaced_by if found.ended else None
    context = {
        "article": found,
        "paragraphs": [(text, number in ended) for number, text in enumerate(found.paragraphs, start=1)],
        "notes": answer.notes(store.hit(found, today())),
        "replaced_by_slug": store.newest_slug(successor) if successor else None,
        "cites": [(other, found.adopted and other.newer_than(found.adopted)) for other in store.cited_by(found)],
        "previous": siblings[place - 1] if place else None,
        "next": siblings[place + 1] if place + 1 < len(siblings) else None,
        "disclaimer": answer.disclaimer,
    }
    return render(request, "law/article.html", context)


def _shelves(store: LawStore) -> list[tuple[str, list[Article]]]:
    """One article of each law, by category of the source; texts not in force come last in their shelf."""

    def order(law: Article) -> tuple[int, str, bool, str]:
        known = SHELVES.index(law.category) if law.category in SHELVES else len(SHELVES)
        return known, law.category, law.ended_by(today()), law.short_law

    first = sorted((articles[0] for articles in store.laws.values()), key=order)
    return [(category, list(laws)) for category, laws in groupby(first, key=lambda a: a.category)]


def _law_notes(articles: list[Article]) -> list[str]:
    """What must be said of the law as a whole."""
    whole = [a for a in articles if a.ended is None or not a.ended.paragraphs]
    return answer.notes(LawStore.hit(whole[0], today())) if whole else []
