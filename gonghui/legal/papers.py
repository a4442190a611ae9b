"""A paper of a file as an answer to a request: a download, never shown in the page."""

from __future__ import annotations

from django.http import HttpResponse

from gonghui.kernel.actor import Actor
from gonghui.legal import queries
from gonghui.people import http


def download(actor: Actor, paper_id: int) -> HttpResponse:
    """NotFound for all who may not read the file."""
    paper, content = queries.open_paper(actor, paper_id)
    return http.download(content, paper.original_name, paper.mime)
