"""Sign-in of workers by phone code, and what they may see and ask of their own data."""

from __future__ import annotations

from django.conf import settings
from django.contrib import auth, messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gonghui.kernel import front
from gonghui.kernel.errors import InvalidData, KernelError
from gonghui.kernel.flow.step_forms import add_kernel_errors, add_refusal
from gonghui.kernel.scope import as_system
from gonghui.kernel.vault import CannotDecrypt, decrypt, encrypt, mask_id, mask_phone
from gonghui.people import actions, forms
from gonghui.people.actions.codes import clean_phone
from gonghui.people.actions.consents import known_purpose, label_of
from gonghui.people.actions.sessions import client_ip
from gonghui.people.actors import actor_for
from gonghui.people.http import Request
from gonghui.people.models import Account, Person
from gonghui.people.numbers import CODE_LIFETIME
from gonghui.people.ways import ways

SIGN_IN_CONSENT = "sign_in"
CONSENT = (SIGN_IN_CONSENT, "2026-01")
# What the session holds of the phone is encrypted as it is everywhere else.
PHONE, NEXT = "sign_in_phone", "after_worker_sign_in"


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: Request) -> HttpResponse:
    """Ask for the phone number and send a code."""
    if request.method == "GET":
        request.session[NEXT] = request.GET.get("next", "")
        return _ask_phone(request, forms.Phone())
    form = forms.Phone(request.POST)
    if form.is_valid():
        try:
            with as_system("sign-in"):
                actions.send_code(form.cleaned_data["phone"], client_ip(request))
        except KernelError as error:
            add_refusal(form, error)
        else:
            request.session[PHONE] = encrypt(clean_phone(form.cleaned_data["phone"]))
            return redirect("people:worker_code")
    return _ask_phone(request, form, status=422)


def _ask_phone(request: Request, form: forms.Phone, status: int = 200) -> HttpResponse:
    context = {"form": form, "ways": ways(Account.Kind.WORKER, request.session.get(NEXT, ""))}
    return render(request, "people/worker_sign_in.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def code(request: Request) -> HttpResponse:
    """The code from the SMS."""
    try:
        phone = decrypt(request.session.get(PHONE, ""))
    except CannotDecrypt:
        # No number was given in this session, or the vault's key of then is gone.
        return redirect("people:worker_sign_in")
    form = forms.Code(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with as_system("sign-in"):
                account = actions.check_code(phone, form.cleaned_data["code"])
                actions.give_consent(actor_for(account), account, *CONSENT)
        except InvalidData as error:
            add_kernel_errors(form, error.errors)
        else:
            return enter(request, account, request.session.get(NEXT, ""))
    context = {
        "form": form,
        "phone": mask_phone(phone),
        "minutes": int(CODE_LIFETIME.total_seconds() // 60),
    }
    return render(request, "people/worker_code.html", context, status=422 if form.errors else 200)


def enter(request: Request, account: Account, wanted: str) -> HttpResponse:
    """Sign a worker in who has shown who they are, and go on to the wanted address when it is one of ours."""
    with as_system("sign-in"):
        auth.login(request, account, backend=settings.AUTHENTICATION_BACKENDS[-1])
    request.session.pop(PHONE, None)
    request.session.pop(NEXT, None)
    messages.success(request, _("登录成功。"))
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return redirect(wanted if safe else "portal:my")


def _worker(request: Request) -> bool:
    return request.actor.kind == "worker"


@never_cache
@require_http_methods(["GET", "POST"])
def profile(request: Request) -> HttpResponse:
    """What we keep about the worker, to correct, take along, withdraw or have erased."""
    if not _worker(request):
        return redirect("people:worker_sign_in")
    with as_system("own profile"):
        person = Person.objects.filter(account=request.user).first() or Person(account=request.user)
    names = list(forms.Profile.base_fields)
    if request.method == "POST":
        form = forms.Profile(request.POST)
        if form.is_valid():
            with as_system("own profile"):
                actions.update_profile(request.actor, request.user, form.cleaned_data)
            messages.success(request, _("已保存。"))
            return redirect("people:profile")
    else:
        form = forms.Profile(initial={name: getattr(person, name) for name in names})
    with as_system("own profile"):
        consents = [
            {"consent": consent, "label": label_of(consent.purpose)}
            for consent in request.user.consents.order_by("-given_at", "-pk")
        ]
    waiting = actions.holding(request.user.pk) if person.erase_requested_at else []
    context = {
        "form": form,
        "person": person,
        "holding": [(row, reverse(front.route_of(row.kind), args=[row.pk])) for row in waiting],
        "phone": mask_phone(request.user.phone),
        "id_no": mask_id(person.id_no) if person.id_no else "",
        "consents": consents,
        "sign_in": SIGN_IN_CONSENT,
        "kinds": actions.kept_kinds(),
        "staying": actions.staying(),
    }
    return render(request, "people/profile.html", context, status=422 if form.errors else 200)


@require_POST
def withdraw(request: Request) -> HttpResponse:
    """Withdraw a consent. Without the one to signing in, the worker is signed out until they give it again."""
    if not _worker(request):
        return redirect("people:worker_sign_in")
    purpose = request.POST.get("purpose", "")
    with as_system("own data"):
        count = actions.withdraw_consent(request.actor, request.user, purpose) if known_purpose(purpose) else 0
    if not count:
        messages.info(request, _("没有可以撤回的授权。"))
        return redirect("people:profile")
    if purpose == SIGN_IN_CONSENT:
        auth.logout(request)
        messages.success(request, _("授权已撤回，您已退出登录。再次登录时会重新征求您的同意。"))
        return redirect("portal:home")
    messages.success(request, _("授权已撤回。"))
    return redirect("people:profile")


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
    """Ask for erasure, or take that back."""
    if not _worker(request):
        return redirect("people:worker_sign_in")
    with as_system("own data"):
        if request.POST.get("step") == "keep":
            actions.keep_account(request.actor, request.user)
            messages.success(request, _("已取消删除申请。"))
        else:
            actions.request_erasure(request.actor, request.user)
            messages.success(request, _("已收到您的删除申请。没有办理中的诉求后，账号和资料会自动删除。"))
    return redirect("people:profile")
