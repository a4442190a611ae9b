"""Input that no page can use is answered before anything reads it, and a fault never looks like success."""

from __future__ import annotations

import errno
import json
import logging
import re
from collections.abc import Callable, Iterable
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from gonghui.kernel.pages import problem

logger = logging.getLogger(__name__)
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
DISK_FULL_STATE = "53100"
DISK_FULL_TEXTS = ("disk is full", "No space left", "could not extend file")
REQUOTED = re.compile(r"%[89A-F][0-9A-F]")
# JSON can spell NUL and lone surrogates in ASCII; no database stores them as text.
JSON_ESCAPES = re.compile(rb"\\u(0000|[dD][89a-fA-F])")


class CompressMiddleware(GZipMiddleware):
    """Compresses pages that are the same for everybody. A page with somebody's data (`no-store`) stays as it is, so its
    length tells nothing of what it holds beside what was typed (BREACH); Django also pads what it compresses."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if "no-store" in response.get("Cache-Control", ""):
            return response
        return super().process_response(request, response)


class CleanInputMiddleware:
    """Stands outermost. 400 for invalid UTF-8 and NUL, 413 for what is too long, 503 and 507 for a database or disk
    that cannot take it: each with a page (for `/api/` problem+json) that says what to do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            trouble = _trouble(request)
        except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent):
            trouble = (413, "too_big")
        except (MultiPartParserError, BadRequest, UnreadablePostError):
            trouble = (400, "broken")
        except OSError as error:
            trouble = failure(error) or (500, "server_error")
            logger.error("the body of %s could not be read: %s", request.path_info, error)
        if trouble:
            return problem(request, *trouble)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """What a view raises comes here; what other middleware raises comes to `pages.server_error`."""
        trouble = failure(error)
        if trouble is None:
            return None
        logger.error("%s %s was not saved: %s", request.method, request.path_info, error)
        return problem(request, *trouble)


def failure(error: BaseException | None) -> tuple[int, str] | None:
    """Status and problem code of a fault that the visitor should be told about in its own words."""
    if isinstance(error, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return 413, "too_big"
    if is_disk_full(error):
        return 507, "disk_full"
    if isinstance(error, OperationalError | InterfaceError):
        return 503, "database"
    return None


def is_disk_full(error: BaseException | None) -> bool:
    """A write that the disk had no room for, said by the file system, SQLite or PostgreSQL (SQLSTATE 53100)."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    if not isinstance(error, OperationalError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state == DISK_FULL_STATE or any(text in str(error) for text in DISK_FULL_TEXTS)


def _trouble(request: HttpRequest) -> tuple[int, str] | None:
    path, query = request.META.get("PATH_INFO", ""), request.META.get("QUERY_STRING", "")
    # The server has unquoted the path and Django decoded it, quoting again what was no UTF-8.
    if "\x00" in path or REQUOTED.search(path) or not _clean(unquote_to_bytes(_wsgi_bytes(query))):
        return 400, "bad_address"
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return None
    if _length(request) > settings.REQUEST_MAX_BYTES:
        return 413, "too_big"
    if request.content_type in FORMS:
        return None if _clean_form(request) else (400, "bad_text")
    if _may_be_json(request.content_type or "") and not (_clean(request.body) and _clean_json(request.body)):
        return 400, "bad_text"
    return None


def _may_be_json(content_type: str) -> bool:
    return content_type in ("", "text/plain") or content_type.endswith("json")


def _wsgi_bytes(text: str) -> bytes:
    """The bytes that a WSGI string shows as Latin-1; a test client may hand over real characters instead."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _clean(raw: bytes) -> bool:
    if b"\x00" in raw:
        return False
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _clean_form(request: HttpRequest) -> bool:
    """No NUL, and UTF-8. A multipart form's text is decoded by Django with U+FFFD for what was none: refuse that too,
    rather than keep a damaged text."""
    if request.content_type == FORMS[0] and not _clean(unquote_to_bytes(request.body)):
        return False
    return not any("\x00" in text or "\ufffd" in text for text in _texts(request))


def _texts(request: HttpRequest) -> Iterable[str]:
    for name, values in request.POST.lists():
        yield name
        yield from (str(value) for value in values)


def _clean_json(body: bytes) -> bool:
    if not JSON_ESCAPES.search(body):
        return True
    try:
        text = json.dumps(json.loads(body), ensure_ascii=False)
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    except (ValueError, RecursionError):
        # Not JSON at all: the view says what is wrong with it.
        return True
    return "\\u0000" not in text.replace("\\\\", "")
