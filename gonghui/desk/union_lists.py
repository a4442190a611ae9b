"""名单: a union enters people from a file, all of them, or none and the reasons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from gonghui.desk.forms import UnionListForm
from gonghui.kernel.sheets import ImportFileError
from gonghui.people.http import Request


class Report(Protocol):
    """What became of a file: so many entered, so many there already, or what is wrong, by line."""

    made: int
    there: int
    wrong: list[tuple[int, str]]


def entered(
    request: Request, form: UnionListForm, take: Callable[[dict[str, Any]], Report], template: str, then: str
) -> HttpResponse:
    """The answer to a list: on to the page `then` when `take` (of what the form holds) entered it, else the form with
    every wrong row, or with what is wrong with the file (ImportFileError) beside it."""
    wrong: list[tuple[int, str]] = []
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                report = take(form.cleaned_data)
                wrong = report.wrong
                if not wrong:
                    text = _("已登记 %(made)d 人，另有 %(there)d 人原来就在册。")
                    messages.success(request, text % {"made": report.made, "there": report.there})
                    return redirect(then)
            except ImportFileError as error:
                form.add_error("file", str(error))
    return render(request, template, {"form": form, "wrong": wrong}, status=status)
