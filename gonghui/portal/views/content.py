"""内容: news, policies, notices, for one's place and kind of work; every text with what was corrected in it."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from gonghui.content import queries, tables
from gonghui.content.models import Revision
from gonghui.content.rendering import as_html
from gonghui.kernel.errors import NotFound
from gonghui.kernel.scope import as_system
from gonghui.organisations.queries import organisation_for_region
from gonghui.people.http import Request, download
from gonghui.services import facts

PAGE = 12


@require_GET
def index(request: Request) -> HttpResponse:
    """What is published for the reader's place and above it, or everywhere (`all=1`), by column and words."""
    person = facts.profile_of(request.actor)
    everywhere = request.GET.get("all") == "1" or person is None or not person.region_id
    union = None if everywhere or person is None else organisation_for_region(person.region_id or "")
    column = request.GET.get("column", "")
    words = request.GET.get("q", "").strip()[:60]
    kind = person.worker_type if person is not None and not everywhere else ""
    with as_system("what is published is open to all"):
        found = queries.published(
            union.path if union else "", kind, column if column in tables.columns() else "", words
        )
        page = Paginator(found, PAGE).get_page(request.GET.get("page"))
        rows = [(item, tables.columns().get(item.live.column), _cover(item.live)) for item in page if item.live]
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "rows": rows,
        "page": page,
        "columns": tables.columns().items(),
        "column": column,
        "words": words,
        "union": union,
        "everywhere": everywhere,
        "query": query.urlencode(),
    }
    return render(request, "portal/news.html", context)


@require_GET
def page(request: Request, item_id: int) -> HttpResponse:
    """One text as it was released last."""
    try:
        item = queries.public_item(item_id)
        live = item.live
        assert live is not None, "it is published"
    except NotFound as error:
        raise Http404 from error
    with as_system("what is published is open to all"):
        files = list(item.files.filter(pk__in=live.files).order_by("pk"))
        corrections = [row for row in item.revisions.order_by("number") if row.why_text]
        first = item.revisions.order_by("number").first()
    context = {
        "item": item,
        "live": live,
        "first": first,
        "column": tables.columns().get(live.column),
        "html": as_html(live.body, addresses(files)),
        "papers": [file for file in files if not file.is_picture],
        "corrections": corrections,
    }
    return render(request, "portal/news_item.html", context)


def addresses(files: list) -> dict[int, tuple[str, str]]:
    """Where the pictures of a text are, and what is on them."""
    return {row.pk: (reverse("portal:news_file", args=[row.pk]), row.alt) for row in files if row.is_picture}


def _cover(live: Revision) -> str:
    return reverse("portal:news_file", args=[live.cover]) if live.cover else ""


@require_GET
def file(request: Request, item_file_id: int) -> HttpResponse:
    """A picture in the page, or a paper as a download."""
    try:
        row, content = queries.open_file(request.actor, item_file_id)
    except NotFound as error:
        raise Http404 from error
    if not row.is_picture:
        return download(content, row.original_name, row.mime)
    response = FileResponse(content, content_type=row.mime)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response  # type: ignore[return-value]
