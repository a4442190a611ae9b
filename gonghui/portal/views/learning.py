"""学习: the lessons of one's lecture or class, the quiz, the certificate; and checking a certificate, open to all."""

from __future__ import annotations

import re
from typing import IO, Any, cast

import segno
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gonghui.kernel.errors import GuardRefused, InvalidData, KernelError, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.learning import certificates, honoraria, study, tables
from gonghui.learning.models import Certificate, Lesson
from gonghui.learning.tables import numbers
from gonghui.people.http import Request
from gonghui.portal.beside import beside
from gonghui.services.queries import Own


def _own(request: Request, matter_id: int) -> Matter:
    try:
        return study.own(request.actor, matter_id)
    except NotFound as error:
        raise Http404 from error


def _signed_in(request: Request) -> HttpResponse | None:
    if request.actor.kind == "anonymous":
        return redirect_to_login(request.get_full_path(), login_url=resolve_url("people:worker_sign_in"))
    return None


@never_cache
@require_http_methods(["GET", "POST"])
def learn(request: Request, matter_id: int) -> HttpResponse:
    """One's lessons and how far one is; on to the quiz; a question to the speaker."""
    if (door := _signed_in(request)) is not None:
        return door
    matter = _own(request, matter_id)
    try:
        offer, course = study.course_of(matter)
    except NotFound as error:
        raise Http404 from error
    typed, error_text, status = "", "", 200
    if request.method == "POST":
        typed = request.POST.get("asked", "")
        try:
            if request.POST.get("verb") == "ask":
                study.ask_speaker(matter, typed)
                messages.success(request, _("已转给主讲人。"))
                return redirect("portal:learn", matter.pk)
            step = next((name for name in ("finish_lessons", "watched") if study.can(matter, name)), "")
            if not step:
                raise Http404
            act(matter.pk, step, request.actor)
            return redirect("portal:quiz", matter.pk)
        except InvalidData as error:
            status, error_text = 422, error.errors["asked"][0]
        except GuardRefused as error:
            messages.error(request, "；".join(error.reasons))
            return redirect("portal:learn", matter.pk)
    rows = study.steps(matter, course)
    table = numbers()
    onward = next((name for name in ("finish_lessons", "watched") if study.can(matter, name)), "")
    online = offer.data.get("mode") == "online"
    context = {
        "matter": matter,
        "offer": offer,
        "course": course,
        "steps": rows,
        "share": (have := study.share(rows)),
        "least_said": f"{table.learned_share if onward == 'finish_lessons' else table.watched_share}%",
        "onward": onward if onward == "finish_lessons" or (onward and online) else "",
        "enough": have >= (table.learned_share if onward == "finish_lessons" else table.watched_share),
        "may_learn": matter.state in study.LEARNING,
        "quiz": study.can(matter, "pass_quiz"),
        "sitting": study.sitting(matter),
        "pass_score": table.pass_score,
        "asked": study.asked(matter),
        "typed": typed,
        "error": error_text,
        "certificate": certificates.of_matter(matter),
    }
    return render(request, "portal/learn.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def lesson(request: Request, matter_id: int, lesson_id: int) -> HttpResponse:
    """One lesson. What is read or watched to the end is done."""
    if (door := _signed_in(request)) is not None:
        return door
    matter = _own(request, matter_id)
    row = _lesson(matter, lesson_id)
    if request.method == "POST":
        try:
            study.finish_lesson(matter, row)
            messages.success(request, _("这一课学完了。"))
            return redirect("portal:learn", matter.pk)
        except GuardRefused as error:
            messages.error(request, error.reasons[0])
            return redirect("portal:lesson", matter.pk, row.pk)
    progress = study.open_lesson(matter, row)
    context = {"matter": matter, "lesson": row, "progress": progress, "needed": study.seconds_needed(row)}
    return render(request, "portal/lesson.html", context)


def _lesson(matter: Matter, lesson_id: int) -> Lesson:
    try:
        return study.lesson_of(matter, lesson_id)[2]
    except NotFound as error:
        raise Http404 from error


@never_cache
@require_POST
def beat(request: Request, matter_id: int, lesson_id: int) -> HttpResponse:
    """The player tells how long it has played."""
    matter = _own(request, matter_id)
    row = _lesson(matter, lesson_id)
    seconds = request.POST.get("seconds", "")
    progress = study.beat(matter, row, int(seconds) if seconds.isdigit() and len(seconds) < 5 else 0)
    return JsonResponse({"seconds": progress.seconds, "needed": study.seconds_needed(row)})


@never_cache
@require_GET
def video(request: Request, matter_id: int, lesson_id: int) -> HttpResponse:
    """The video of a lesson, from where the player asks."""
    matter = _own(request, matter_id)
    try:
        path = study.video(row := _lesson(matter, lesson_id))
    except NotFound as error:
        raise Http404 from error
    return ranged(path.open("rb"), path.stat().st_size, row.video_mime, request.headers.get("Range", ""))


class _Part:
    """Some bytes of a file, as FileResponse reads it."""

    def __init__(self, file: IO[bytes], left: int) -> None:
        self.file, self.left = file, left

    def read(self, size: int = -1) -> bytes:
        piece = self.file.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(piece)
        return piece

    def close(self) -> None:
        self.file.close()


def ranged(file: IO[bytes], size: int, mime: str, wanted: str) -> HttpResponse:
    """A file as browsers play it: whole, or the one range they ask for (RFC 9110)."""
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", wanted)
    start, end = 0, size - 1
    if found and (found[1] or found[2]):
        if found[1]:
            start, end = int(found[1]), min(int(found[2] or end), end)
        else:
            start = max(0, size - int(found[2]))
        if start > end:
            file.close()
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        file.seek(start)
    part = cast("IO[bytes]", _Part(file, end - start + 1))
    response = FileResponse(part, content_type=mime, status=206 if found else 200)
    response["Accept-Ranges"], response["Content-Length"] = "bytes", str(end - start + 1)
    if found:
        response["Content-Range"] = f"bytes {start}-{end}/{size}"
    return cast(HttpResponse, response)


@never_cache
@require_http_methods(["GET", "POST"])
def quiz(request: Request, matter_id: int) -> HttpResponse:
    """The questions; after the last answer the score, and why."""
    if (door := _signed_in(request)) is not None:
        return door
    matter = _own(request, matter_id)
    try:
        _offer, course = study.course_of(matter)
    except NotFound as error:
        raise Http404 from error
    questions = list(course.questions.order_by("pk"))
    given: dict[int, list[int]] = {}
    errors: dict[str, list[str]] = {}
    reasons: list[str] = []
    status = 200
    if request.method == "POST":
        given = {row.pk: [int(v) for v in request.POST.getlist(f"q{row.pk}") if v.isdigit()] for row in questions}
        try:
            attempt = study.answer(request.actor, matter, given)
            if attempt.passed:
                messages.success(request, _("得了 %(n)d 分，通过了。") % {"n": attempt.score})
            else:
                messages.error(request, _("得了 %(n)d 分，没有通过。") % {"n": attempt.score})
            return redirect("portal:learn", matter.pk)
        except InvalidData as error:
            status, errors = 422, error.errors
        except KernelError as error:
            status, reasons = 409, getattr(error, "reasons", None) or [str(error)]
    elif not study.can(matter, "pass_quiz"):
        return redirect("portal:learn", matter.pk)
    rows = [
        {
            "question": row,
            "several": len(row.right) > 1,
            "given": given.get(row.pk, []),
            "wrong": errors.get(f"q{row.pk}"),
        }
        for row in questions
    ]
    context = {
        "matter": matter,
        "course": course,
        "rows": rows,
        "wrong": bool(errors),
        "reasons": reasons,
        "sitting": study.sitting(matter),
        "pass_score": numbers().pass_score,
    }
    return render(request, "portal/quiz.html", context, status=status)


@never_cache
@require_GET
def certificates_page(request: Request) -> HttpResponse:
    """One's own certificates; and a field to check anybody's by its number."""
    asked = request.GET.get("number", "").strip()[:40]
    if asked:
        return (
            redirect("portal:certificate", asked)
            if re.fullmatch(r"[0-9A-Za-z-]+", asked)
            else redirect("portal:certificates")
        )
    rows = certificates.own(request.actor) if request.actor.kind == "worker" else []
    hours = sum((row.hours for row in rows if row.revoked_at is None), start=0)
    context: dict[str, Any] = {"rows": rows, "hours": hours, "known": request.actor.kind == "worker"}
    return render(request, "portal/certificates.html", context)


@never_cache
@require_GET
def certificate(request: Request, certificate_number: str) -> HttpResponse:
    """Check a certificate: what it is for, whose (masked; in clear for its owner), whether it stands."""
    try:
        row, masked = certificates.find(certificate_number)
    except NotFound:
        return render(request, "portal/certificate.html", {"number": certificate_number, "row": None}, status=404)
    mine = row.account_id is not None and request.actor.kind == "worker" and row.account_id == request.actor.account_id
    context: dict[str, Any] = {
        "row": row,
        "name": row.holder_name if mine else masked,
        "mine": mine,
        "qr": _qr(request, row),
    }
    return render(request, "portal/certificate.html", context)


def _qr(request: Request, row: Certificate) -> str:
    address = request.build_absolute_uri(reverse("portal:certificate", args=[row.number]))
    return segno.make(address, error="m").svg_inline(scale=6, border=2)


@beside(honoraria.SERVICE)
def honorarium(request: Request, page: Own) -> list[tuple[str, dict[str, Any]]]:
    """What the lecturer's own claim comes to, and the note on tax."""
    found = honoraria.of_application(page.application)
    if found is None:
        return []
    tax = tables.honoraria().tax_on(honoraria.day_of(found.teaching.offer))
    return [("portal/beside/honorarium.html", {"found": found, "tax": tax})]
