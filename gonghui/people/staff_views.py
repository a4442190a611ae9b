"""Sign-in of staff: password, second factor, sessions, own password."""

from __future__ import annotations

import base64
from typing import Any

import segno
from django.conf import settings
from django.contrib import auth, messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login as otp_login
from django_otp import user_has_device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from gonghui.kernel import trail
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.flow.step_forms import add_kernel_errors
from gonghui.kernel.scope import as_system
from gonghui.people import actions, forms
from gonghui.people.actions.demo import PASSWORD as DEMO_PASSWORD
from gonghui.people.actions.guessing import guessed_too_often
from gonghui.people.actors import actor_for
from gonghui.people.decorators import staff_required
from gonghui.people.http import Request
from gonghui.people.models import Account, StaffSession
from gonghui.people.numbers import BACKUP_CODES, HALF_SIGNED_IN
from gonghui.people.steps import NEXT, PASSWORD, is_staff, missing_step, second_factor_done, verified
from gonghui.people.ways import ways

SIGN_IN = "people:sign_in"


def _wanted(request: Request, address: str) -> str:
    """The address when it is one of ours, else ""."""
    own = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if own else ""


def _go_on(request: Request) -> HttpResponse:
    """Where the person wanted to go before they had to sign in."""
    return redirect(_wanted(request, request.session.pop(NEXT, "")) or settings.LOGIN_REDIRECT_URL)


def _begin(request: Request) -> None:
    """The staff session begins with the second factor: a password alone must not push out anybody's open session."""
    with as_system("sign-in"):
        if not StaffSession.objects.filter(session_key=request.session.session_key or "").exists():
            actions.begin_staff_session(request, request.user)


def _next_step(request: Request) -> HttpResponse:
    """After a step of signing in: to the next one, or in."""
    if second_factor_done(request):
        _begin(request)
    step = missing_step(request)
    if step == PASSWORD:
        messages.info(request, _("这是初始密码，请先改成自己的密码。"))
    return redirect(step) if step else _go_on(request)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: Request) -> HttpResponse:
    """Name and password. Whether it was the name or the password that was wrong is not told; axes counts failures."""
    if request.method == "GET":
        if "next" in request.GET or request.actor.kind != "staff":
            request.session[NEXT] = _wanted(request, request.GET.get("next", ""))
        if request.actor.kind == "staff":
            return _go_on(request)
        return _ask_password(request, forms.StaffSignIn())
    form = forms.StaffSignIn(request.POST)
    if form.is_valid():
        if guessed_too_often(form.cleaned_data["username"], request):
            return locked_out(request)
        with as_system("sign-in"):
            account = auth.authenticate(request, **form.cleaned_data)
        if isinstance(account, Account) and account.kind == Account.Kind.STAFF and not _known_to_all(form):
            return enter(request, account, request.session.get(NEXT, ""))
        if getattr(request, "axes_locked_out", False):
            return locked_out(request)
        form.add_error(None, _("用户名或密码不对。连续输错 %(n)d 次会暂时锁定。") % {"n": settings.AXES_FAILURE_LIMIT})
    return _ask_password(request, form, status=422)


def _ask_password(request: Request, form: forms.StaffSignIn, status: int = 200) -> HttpResponse:
    context = {"form": form, "ways": ways(Account.Kind.STAFF, request.session.get(NEXT, ""))}
    return render(request, "people/sign_in.html", context, status=status)


def enter(request: Request, account: Account, wanted: str, backend: str | None = None) -> HttpResponse:
    """Sign a staff member in who has shown who they are, in place of the password. The steps after it stay: the second
    factor, an own password. `backend`: for an account that `authenticate` did not find."""
    with as_system("sign-in"):
        auth.login(request, account, backend=backend)
    request.session[NEXT] = _wanted(request, wanted)
    request.session.set_expiry(int(HALF_SIGNED_IN.total_seconds()))
    return _next_step(request)


def _known_to_all(form: forms.StaffSignIn) -> bool:
    """The demonstration's password stands in the source: where a trial became the real thing it opens nothing."""
    return settings.PRODUCTION and form.cleaned_data["password"] == DEMO_PASSWORD


def locked_out(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
    """Too many failures: say for how long (also called by axes)."""
    minutes = int(settings.AXES_COOLOFF_TIME * 60)
    return render(request, "people/locked.html", {"minutes": minutes}, status=429)


@never_cache
@require_http_methods(["GET", "POST"])
def second_factor(request: Request) -> HttpResponse:
    """The six digits of the authenticator, or a backup code."""
    if not is_staff(request):
        return redirect(SIGN_IN)
    form = forms.Code(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = _typed(form)
        with as_system("sign-in"), transaction.atomic():
            device = _device_that_accepts(request.user, typed)
        if device is not None:
            otp_login(request, device)
            return _next_step(request)
        form.add_error("code", _("验证码不对。请看手机上最新的 6 位数字；多次输错要等一会儿再试。"))
    status = 422 if request.method == "POST" else 200
    return render(request, "people/second_factor.html", {"form": form}, status=status)


def _typed(form: forms.Code) -> str:
    """A code as people type it: with spaces or dashes, a backup code perhaps in capitals."""
    return "".join(letter for letter in form.cleaned_data["code"].lower() if letter.isalnum())


def _device_that_accepts(account: Account, code: str) -> Any:
    for model in (TOTPDevice, StaticDevice):
        for device in model.objects.select_for_update().filter(user=account, confirmed=True):
            allowed, _details = device.verify_is_allowed()
            if allowed and device.verify_token(code):
                return device
    return None


@never_cache
@require_http_methods(["GET", "POST"])
def enrol(request: Request) -> HttpResponse:
    """Tie an authenticator to the account: QR code, the secret in letters, and one code to prove it works."""
    if not is_staff(request):
        return redirect(SIGN_IN)
    if user_has_device(request.user, confirmed=True) and not verified(request):
        return redirect("people:second_factor")
    form = forms.Code(request.POST or None)
    with as_system("enrolment"), transaction.atomic():
        # Locked, so that two windows enrol one device and not two.
        Account.objects.select_for_update().get(pk=request.user.pk)
        device = TOTPDevice.objects.filter(user=request.user, confirmed=False).order_by("pk").first()
        device = device or TOTPDevice.objects.create(user=request.user, confirmed=False, name="authenticator")
        accepted = request.method == "POST" and form.is_valid() and device.verify_token(_typed(form))
        if accepted:
            TOTPDevice.objects.filter(user=request.user).exclude(pk=device.pk).delete()
            device.confirmed = True
            device.save()
            trail.record(f"account:{request.user.pk}", "enrol_second_factor", actor=actor_for(request.user))
    if accepted:
        otp_login(request, device)
        _begin(request)
        return redirect("people:backup_codes")
    if form.is_bound and not form.errors:
        form.add_error("code", _("验证码不对。请确认手机时间准确，再输入最新的 6 位数字。"))
    secret = base64.b32encode(device.bin_key).decode().rstrip("=")
    picture = segno.make(device.config_url).svg_data_uri(scale=5, border=2, light="white")
    context = {
        "form": form,
        "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        "picture": picture,
    }
    return render(request, "people/enrol.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def backup_codes(request: Request) -> HttpResponse:
    """Ten one-time codes for a lost phone; making new ones ends the old ones."""
    if not is_staff(request) or not verified(request):
        return redirect(SIGN_IN)
    codes: list[str] = []
    if request.method == "POST":
        with as_system("enrolment"), transaction.atomic():
            device, _created = StaticDevice.objects.get_or_create(user=request.user, defaults={"name": "backup"})
            device.token_set.all().delete()
            codes = [StaticToken.random_token() for _number in range(BACKUP_CODES)]
            StaticToken.objects.bulk_create([StaticToken(device=device, token=code) for code in codes])
            trail.record(f"account:{request.user.pk}", "make_backup_codes", actor=actor_for(request.user))
    # The sign-in page leads who is in already to where they wanted to go.
    return render(request, "people/backup_codes.html", {"codes": codes, "go_on": missing_step(request) or SIGN_IN})


@require_POST
def sign_out(request: Request) -> HttpResponse:
    if request.user.is_authenticated:
        with as_system("sign-out"):
            StaffSession.objects.filter(session_key=request.session.session_key or "").delete()
        auth.logout(request)
        messages.success(request, _("您已退出。"))
    response = redirect(settings.LOGOUT_REDIRECT_URL)
    # Whatever was kept on the phone without a network goes with the session, also where no script runs.
    response["Clear-Site-Data"] = '"storage"'
    return response


@never_cache
@sensitive_post_parameters("old", "new", "again")
@require_http_methods(["GET", "POST"])
def password(request: Request) -> HttpResponse:
    """Change the own password; other sessions end."""
    if not is_staff(request) or not second_factor_done(request):
        return redirect(SIGN_IN)
    form = forms.Password(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with as_system("own account"):
                # Not request.actor: with an initial password that is nobody yet.
                actor = actor_for(request.user)
                actions.change_password(actor, request.user, form.cleaned_data["old"], form.cleaned_data["new"])
                actions.end_other_sessions(request.user, str(request.session.session_key))
        except InvalidData as error:
            add_kernel_errors(form, error.errors)
        else:
            before = str(request.session.session_key)
            with as_system("own account"):
                auth.update_session_auth_hash(request, request.user)
                request.session.save()
                actions.follow_session(before, str(request.session.session_key))
            messages.success(request, _("密码已修改，其他地方的登录已退出。"))
            return _go_on(request)
    context = {"form": form, "initial": request.user.must_change_password}
    return render(request, "people/password.html", context, status=422 if form.errors else 200)


@staff_required
@require_http_methods(["GET", "POST"])
def sessions(request: Request) -> HttpResponse:
    """Where I am signed in, with a button to end all others."""
    key = str(request.session.session_key)
    if request.method == "POST":
        count = actions.end_other_sessions(request.user, key)
        messages.success(request, _("已退出其他 %(n)d 处登录。") % {"n": count})
        return redirect(reverse("people:sessions"))
    rows = StaffSession.objects.filter(account=request.user).order_by("-last_seen")
    return render(request, "people/sessions.html", {"rows": rows, "key": key})
