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
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.scope import as_system
from gonghui.people import actions, forms
from gonghui.people.decorators import staff_required
from gonghui.people.http import Request
from gonghui.people.middleware import second_factor_done
from gonghui.people.models import Account, StaffSession

BACKUP_CODES = 10
NEXT = "after_sign_in"


def _go_on(request: Request) -> HttpResponse:
    """Where the person wanted to go before they had to sign in."""
    wanted = request.session.pop(NEXT, "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return redirect(wanted)
    return redirect(settings.LOGIN_REDIRECT_URL)


def _next_step(request: Request) -> HttpResponse:
    """After the password: show or enrol the second factor, change a given password, or go in."""
    if user_has_device(request.user, confirmed=True) and not request.user.is_verified():
        return redirect("people:second_factor")
    if settings.STAFF_SECOND_FACTOR and not request.user.is_verified():
        return redirect("people:enrol")
    if request.user.must_change_password:
        messages.info(request, _("这是初始密码，请先改成自己的密码。"))
        return redirect("people:password")
    return _go_on(request)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: Request) -> HttpResponse:
    """Name and password. Whether it was the name or the password that was wrong is not told; axes counts failures."""
    if request.method == "GET":
        if request.actor.kind == "staff":
            return _go_on(request)
        request.session[NEXT] = request.GET.get("next", "")
        return render(request, "people/sign_in.html", {"form": forms.StaffSignIn()})
    form = forms.StaffSignIn(request.POST)
    if form.is_valid():
        with as_system("sign-in"):
            account = auth.authenticate(request, **form.cleaned_data)
        if isinstance(account, Account) and account.kind == Account.Kind.STAFF:
            wanted = request.session.get(NEXT, "")
            auth.login(request, account)
            request.session[NEXT] = wanted
            with as_system("sign-in"):
                actions.begin_staff_session(request, account)
            return _next_step(request)
        if getattr(request, "axes_locked_out", False):
            return locked_out(request)
        form.add_error(None, _("用户名或密码不对。连续输错 %(n)d 次会暂时锁定。") % {"n": settings.AXES_FAILURE_LIMIT})
    return render(request, "people/sign_in.html", {"form": form}, status=422)


def locked_out(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
    """Too many failures: say for how long (also called by axes)."""
    minutes = int(settings.AXES_COOLOFF_TIME * 60)
    return render(request, "people/locked.html", {"minutes": minutes}, status=429)


def _half_signed_in(request: Request) -> bool:
    return request.user.is_authenticated and request.user.kind == Account.Kind.STAFF


@never_cache
@require_http_methods(["GET", "POST"])
def second_factor(request: Request) -> HttpResponse:
    """The six digits of the authenticator, or a backup code."""
    if not _half_signed_in(request):
        return redirect("people:sign_in")
    form = forms.Code(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data["code"].replace(" ", "")
        with as_system("sign-in"), transaction.atomic():
            device = _device_that_accepts(request.user, typed)
        if device is not None:
            otp_login(request, device)
            return _next_step(request)
        form.add_error("code", _("验证码不对。请看手机上最新的 6 位数字；多次输错要等一会儿再试。"))
    status = 422 if request.method == "POST" else 200
    return render(request, "people/second_factor.html", {"form": form}, status=status)


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
    if not _half_signed_in(request):
        return redirect("people:sign_in")
    if user_has_device(request.user, confirmed=True) and not request.user.is_verified():
        return redirect("people:second_factor")
    with as_system("enrolment"):
        device, _created = TOTPDevice.objects.get_or_create(
            user=request.user, confirmed=False, defaults={"name": "authenticator"}
        )
    form = forms.Code(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with as_system("enrolment"), transaction.atomic():
            if device.verify_token(form.cleaned_data["code"].replace(" ", "")):
                TOTPDevice.objects.filter(user=request.user).exclude(pk=device.pk).delete()
                device.confirmed = True
                device.save()
                trail.record(
                    f"account:{request.user.pk}",
                    "enrol_second_factor",
                    actor=Actor(kind="staff", account_id=request.user.pk, name=request.user.display_name),
                )
                otp_login(request, device)
                return redirect("people:backup_codes")
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
    if not _half_signed_in(request) or not request.user.is_verified():
        return redirect("people:sign_in")
    codes: list[str] = []
    if request.method == "POST":
        with as_system("enrolment"), transaction.atomic():
            device, _created = StaticDevice.objects.get_or_create(user=request.user, defaults={"name": "backup"})
            device.token_set.all().delete()
            codes = [StaticToken.random_token() for _ in range(BACKUP_CODES)]
            StaticToken.objects.bulk_create([StaticToken(device=device, token=code) for code in codes])
    return render(request, "people/backup_codes.html", {"codes": codes})


@require_POST
def sign_out(request: Request) -> HttpResponse:
    if request.user.is_authenticated:
        with as_system("sign-out"):
            StaffSession.objects.filter(session_key=request.session.session_key or "").delete()
        auth.logout(request)
        messages.success(request, _("您已退出。"))
    return redirect(settings.LOGOUT_REDIRECT_URL)


@never_cache
@sensitive_post_parameters("old", "new", "again")
@require_http_methods(["GET", "POST"])
def password(request: Request) -> HttpResponse:
    """Change the own password; other sessions end."""
    if not _half_signed_in(request) or not second_factor_done(request):
        return redirect("people:sign_in")
    form = forms.Password(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with as_system("own account"):
                actions.change_password(request.actor, request.user, form.cleaned_data["old"], form.cleaned_data["new"])
                actions.end_other_sessions(request.user, str(request.session.session_key))
        except InvalidData as error:
            forms.with_errors(form, error.errors)
        else:
            auth.update_session_auth_hash(request, request.user)
            _rename_session(request)
            messages.success(request, _("密码已修改，其他地方的登录已退出。"))
            return _go_on(request)
    return render(request, "people/password.html", {"form": form}, status=422 if form.errors else 200)


def _rename_session(request: Request) -> None:
    """Changing the password gives the session a new key: our row follows it."""
    with as_system("own account"):
        request.session.save()
        rows = StaffSession.objects.filter(account=request.user)
        row = rows.first()
        if row is not None:
            row.session_key = request.session.session_key
            row.save(update_fields=["session_key"])


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
