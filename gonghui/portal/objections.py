"""异议 from the public pages, without an account: the same steps wherever something stands under public notice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from gonghui.kernel.errors import InvalidData, NotFound
from gonghui.kernel.flow.step_forms import add_kernel_errors
from gonghui.people.http import Request
from gonghui.portal import limits
from gonghui.portal.numbers import OBJECTION_RATE


def taken(
    request: Request, form: forms.Form, object_to: Callable[..., Any], said: str, *then: Any
) -> tuple[HttpResponse | None, int]:
    """What came of a posted objection: the way on (`then`, as `redirect` takes it), or the status of the form shown
    again. `object_to` gets the form's fields; Http404 when nothing stands under notice there any more."""
    if request.method != "POST":
        return None, 200
    if not limits.allowed(request, "objection", OBJECTION_RATE):
        form.add_error(None, _("提交得太频繁了，请过一会儿再试。"))
        return None, 429
    if form.is_valid():
        try:
            object_to(**form.cleaned_data)
            messages.success(request, said)
            return redirect(*then), 302
        except InvalidData as error:
            add_kernel_errors(form, error.errors)
        except NotFound as error:
            raise Http404 from error
    return None, 422
