"""A paper of a file as an answer to a request: a download, never shown in the page."""

from __future__ import annotations

from django.http import FileResponse

from gonghui.kernel.actor import Actor
from gonghui.legal import queries


def download(actor: Actor, paper_id: int) -> FileResponse:
    """NotFound for all who may not read the file."""
    paper, content = queries.open_paper(actor, paper_id)
    response = FileResponse(content, as_attachment=True, filename=paper.original_name, content_type=paper.mime)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
