"""Addresses for the tests of the middleware: views that keep, refuse or break."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from gonghui.kernel.models import Counter

handler400 = "gonghui.kernel.pages.bad_request"
handler403 = "gonghui.kernel.pages.forbidden"
handler404 = "gonghui.kernel.pages.not_found"
handler500 = "gonghui.kernel.pages.server_error"


@csrf_exempt
def keep(request: HttpRequest) -> HttpResponse:
    """Store the text somebody sent and acknowledge it."""
    text = request.POST.get("text") or (json.loads(request.body)["text"] if request.body else "")
    Counter.objects.create(series=text[:80])
    return HttpResponse("saved:" + text)


@csrf_exempt
def raw(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(len(request.body)))


def guarded(request: HttpRequest) -> HttpResponse:
    return HttpResponse("saved")


@csrf_exempt
def fill_disk(request: HttpRequest) -> HttpResponse:
    """Make the database say by itself that its disk is full."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'could not write' USING ERRCODE = '53100'; END $$")
        else:
            cursor.execute("PRAGMA page_count")
            cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
            try:
                for number in range(10_000):
                    Counter.objects.create(series=f"{uuid4()}{number:040}")
            finally:
                cursor.execute("PRAGMA max_page_count = 1073741823")
    return HttpResponse("saved")


@csrf_exempt
def fill_files(request: HttpRequest) -> HttpResponse:
    Path("/dev/full").write_text("an attachment")
    return HttpResponse("saved")


@csrf_exempt
def lose_database(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'shutting down' USING ERRCODE = '57P01'; END $$")
        cursor.execute("ATTACH DATABASE '/nowhere/at/all.sqlite3' AS lost")
    return HttpResponse("saved")


def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a mistake of ours")


urlpatterns = [
    path(prefix + name, view)
    for prefix in ("", "api/")
    for name, view in (
        ("keep", keep),
        ("raw", raw),
        ("guarded", guarded),
        ("fill-disk", fill_disk),
        ("fill-files", fill_files),
        ("lose-database", lose_database),
        ("forbidden", forbidden),
        ("broken", broken),
    )
]
