"""Sign-in of workers by phone code, and what they may see and ask of their own data."""

from __future__ import annotations

from django.conf import settings
from django.contrib import auth, messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gonghui.kernel.errors import InvalidData, KernelError
from gonghui.kernel.scope import as_system
from gonghui.people import actions, forms
from gonghui.people.actions.sessions import client_ip
from gonghui.people.actors import actor_for
from gonghui.people.http import Request
from gonghui.people.models import Person

CONSENT = ("sign_in", "2026-01")
PHONE, NEXT = "sign_in_phone", "after_worker_sign_in"


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: Request) -> HttpResponse:
    """Ask for the phone number and send a code."""
    if request.method == "GET":
        request.session[NEXT] = request.GET.get("next", "")
        return render(request, "people/worker_sign_in.html", {"form": forms.Phone()})
    form = forms.Phone(request.POST)
    if form.is_valid():
        try:
            with as_system("sign-in"):
                actions.send_code(form.cleaned_data["phone"], client_ip(request))
        except InvalidData as error:
            forms.with_errors(form, error.errors)
        except KernelError as error:
            form.add_error(None, str(error))
        else:
            request.session[PHONE] = form.cleaned_data["phone"]
            return redirect("people:worker_code")
    return render(request, "people/worker_sign_in.html", {"form": form}, status=422)


@never_cache
@require_http_methods(["GET", "POST"])
def code(request: Request) -> HttpResponse:
    """The code from the SMS."""
    phone = request.session.get(PHONE)
    if not phone:
        return redirect("people:worker_sign_in")
    form = forms.Code(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with as_system("sign-in"):
                account = actions.check_code(phone, form.cleaned_data["code"])
                actions.give_consent(actor_for(account), account, *CONSENT)
        except InvalidData as error:
            forms.with_errors(form, error.errors)
        else:
            wanted = request.session.get(NEXT, "")
            auth.login(request, account, backend=settings.AUTHENTICATION_BACKENDS[-1])
            messages.success(request, _("登录成功。"))
            safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
            return redirect(wanted if safe else "portal:my")
    masked = f"{phone[:3]}****{phone[-4:]}"
    return render(
        request, "people/worker_code.html", {"form": form, "phone": masked}, status=422 if form.errors else 200
    )


def _worker(request: Request) -> bool:
    return request.actor.kind == "worker"


@never_cache
@require_http_methods(["GET", "POST"])
def profile(request: Request) -> HttpResponse:
    """What we keep about the worker, to correct, take along, withdraw or have erased."""
    if not _worker(request):
        return redirect("people:worker_sign_in")
    with as_system("own profile"):
        person, _created = Person.objects.get_or_create(account=request.user)
    names = list(forms.Profile.base_fields)
    if request.method == "POST":
        form = forms.Profile(request.POST)
        if form.is_valid():
            for name in names:
                setattr(person, name, form.cleaned_data[name] or (None if name == "birth_year" else ""))
            with as_system("own profile"):
                person.save()
            messages.success(request, _("已保存。"))
            return redirect("people:profile")
    else:
        form = forms.Profile(initial={name: getattr(person, name) for name in names})
    context = {"form": form, "person": person, "consents": request.user.consents.order_by("-given_at")}
    return render(request, "people/profile.html", context, status=422 if form.errors else 200)


@never_cache
@require_GET
def own_data(request: Request) -> HttpResponse:
    """Everything kept about the worker's account, as a file (PIPL 45)."""
    if not _worker(request):
        return redirect("people:worker_sign_in")
    with as_system("own data"):
        data = actions.own_data(request.user)
    response = JsonResponse(data, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@require_POST
def erase(request: Request) -> HttpResponse:
    """Ask for erasure."""
    if not _worker(request):
        return redirect("people:worker_sign_in")
    with as_system("own data"):
        actions.request_erasure(request.actor, request.user)
    messages.success(request, _("已收到您的删除申请。办理中的诉求结束后，我们会删除您的资料并通知您。"))
    return redirect("people:profile")
