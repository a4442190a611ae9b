"""The request as our pages get it: with the actor that the middleware found."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, Any, cast

from django.http import FileResponse, HttpRequest, HttpResponse

from gonghui.kernel.actor import Actor

if TYPE_CHECKING:
    from openpyxl import Workbook

# Of the files that we make, by the ending of their names.
MADE = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json; charset=utf-8",
}


class Request(HttpRequest):
    """`actor` says who asks. `user` is an account wherever the page has made sure of it by `actor.kind`.

    `session_ended` says that this very request found the staff session past its limits.
    """

    actor: Actor
    user: Any
    session_ended: bool


def download(content: IO[bytes], name: str, mime: str) -> HttpResponse:
    """A file that somebody sent us: always a download, never run or shown by the browser."""
    response = FileResponse(content, as_attachment=True, filename=name, content_type=mime)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return cast(HttpResponse, response)


def made_file(body: bytes | str, name: str) -> HttpResponse:
    """A file that we made, as a download. `name`: of plain letters, with an ending of `MADE`."""
    response = HttpResponse(body, content_type=MADE[name.rpartition(".")[2]])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def made_book(book: Workbook, name: str) -> HttpResponse:
    """A workbook that we made, as a download."""
    body = io.BytesIO()
    book.save(body)
    return made_file(body.getvalue(), name)
