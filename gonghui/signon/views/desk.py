"""The desk's pages of 接入应用 and 登录伙伴, for who may register them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from gonghui.kernel.errors import InvalidData, KernelError
from gonghui.kernel.flow.step_forms import add_kernel_errors
from gonghui.people.decorators import role_required
from gonghui.people.http import Request
from gonghui.signon import app_hooks, forms, partners, registry, visiting
from gonghui.signon.guards import whole
from gonghui.signon.models import Client, Partner
from gonghui.signon.rules import scopes


@role_required(*registry.KEEPERS)
@never_cache
@require_safe
@whole
def apps(request: Request) -> HttpResponse:
    """One's own apps and partners."""
    context = {
        "apps": registry.clients_of(request.actor),
        "partners": partners.partners_of(request.actor),
        "issuer": settings.PUBLIC_URL,
    }
    return render(request, "signon/apps.html", context)


@role_required(*registry.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
@whole
def app(request: Request, app_id: int = 0) -> HttpResponse:
    """Register an app, change it; `step=secret|stop|resume|hooks`. A secret is shown once, on the page that answers."""
    client = registry.clients_of(request.actor).filter(pk=app_id).first() if app_id else None
    if app_id and client is None:
        raise Http404
    step = request.POST.get("step", "save") if request.method == "POST" else ""
    form, secret, key, status = _app_form(request, client, step), "", "", 200
    try:
        with transaction.atomic():
            if step == "save" and form.is_valid():
                client, secret = _saved(request, client, form)
            elif step == "save":
                status = 422
            elif client is not None and step == "secret":
                secret = registry.new_secret(request.actor, client)
            elif client is not None and step in ("stop", "resume"):
                registry.set_active(request.actor, client, step == "resume")
            elif client is not None and step == "hooks":
                key = app_hooks.new_key(request.actor, client)
    except InvalidData as error:
        add_kernel_errors(form, error.errors)
        status = 422
    except KernelError as error:
        form.add_error(None, str(error))
        status = 422
    if step and status == 200 and not secret and not key:
        messages.success(request, _("已保存。"))
        return redirect("signon:app", client.pk) if client is not None else redirect("signon:apps")
    context = {
        "form": form if status == 422 or not client else _app_form(request, client, ""),
        "client": client,
        "secret": secret,
        "key": key,
        "issuer": settings.PUBLIC_URL,
        "scopes": [row for name, row in scopes().items() if client is not None and name in client.scopes],
        "go": f"{settings.PUBLIC_URL}/signon/go/?client={client.client_id}&next=/services/"
        if client is not None
        else "",
    }
    return render(request, "signon/app.html", context, status=status)


def _go(name: str) -> str:
    """The link that leads straight to our services, by the account of this app or partner."""
    return f"{settings.PUBLIC_URL}/signon/go/?client={name}&next=/services/"


def _app_form(request: Request, client: Client | None, step: str) -> forms.AppForm:
    fixed = client is not None
    if step == "save":
        return forms.AppForm(request.POST, fixed=fixed)
    if client is None:
        paths = registry.keeper_paths(request.actor)
        return forms.AppForm(initial={"organisation": paths[0] if paths else "", "scopes": ["profile"]})
    initial = {
        "name": client.name,
        "redirect_uris": "\n".join(client.redirect_uris),
        "goodbye_uris": "\n".join(client.goodbye_uris),
        "scopes": client.scopes,
    }
    return forms.AppForm(initial=initial, fixed=True)


def _saved(request: Request, client: Client | None, form: forms.AppForm) -> tuple[Client, str]:
    values: dict[str, Any] = form.cleaned_data
    returns, goodbyes = forms.lines(values["redirect_uris"]), forms.lines(values["goodbye_uris"])
    if client is not None:
        registry.change(request.actor, client, values["name"], returns, goodbyes, values["scopes"])
        return client, ""
    return registry.register(
        request.actor, values["organisation"], values["name"], values["accounts"], returns, goodbyes, values["scopes"]
    )


@role_required(*registry.KEEPERS)
@never_cache
@sensitive_post_parameters("secret")
@require_http_methods(["GET", "POST"])
@whole
def partner(request: Request, partner_id: int = 0) -> HttpResponse:
    """Register a partner; `step=secret|stop|resume|confirm|try`. Its secret is never shown again."""
    found = partners.partners_of(request.actor).filter(pk=partner_id).first() if partner_id else None
    if partner_id and found is None:
        raise Http404
    step = request.POST.get("step", "save") if request.method == "POST" else ""
    status = 200
    bound = request.POST if step in ("save", "secret") else None
    if found is not None:
        form: Any = forms.SecretForm(bound if step == "secret" else None)
    else:
        paths = registry.keeper_paths(request.actor)
        form = forms.PartnerForm(bound, initial={"organisation": paths[0] if paths else ""})
    try:
        if step and _partner_step(request, found, form, step):
            messages.success(request, _("已保存。") if step != "try" else _("对方的登录服务答得对。"))
            return redirect("signon:partner", found.pk) if found is not None else redirect("signon:apps")
        status = 422 if step else 200
    except InvalidData as error:
        add_kernel_errors(form, error.errors)
        status = 422
    except KernelError as error:
        messages.error(request, str(error))
        status = 422
    context = {
        "form": form,
        "partner": found,
        "own_wish": found is not None and found.wanted_by_id == request.actor.account_id,
        "callback": visiting.callback_address(found) if found is not None else f"{settings.PUBLIC_URL}/signon/back/…/",
        "go": _go(found.slug) if found is not None else "",
    }
    return render(request, "signon/partner.html", context, status=status)


def _partner_step(request: Request, found: Partner | None, form: Any, step: str) -> bool:
    """Do the step; False when the form is wrong or there is nothing to do."""
    if found is None:
        if step != "save" or not form.is_valid():
            return False
        values = form.cleaned_data
        partners.register(
            request.actor, values["organisation"], values["slug"], values["name"], values["issuer"],
            values["client_id"], values["secret"], values["accounts"], shown=values["shown"], app=values["app"],
        )  # fmt: skip
        return True
    if step == "secret":
        if not form.is_valid():
            return False
        partners.new_secret(request.actor, found, form.cleaned_data["secret"])
        return True
    if step == "stop":
        partners.stop(request.actor, found)
        return True
    if step == "resume":
        partners.propose_again(request.actor, found)
        return True
    if step == "confirm":
        partners.confirm(request.actor, found, request.POST.get("asked", ""))
        return True
    if step == "try":
        partners.metadata(found)
        return True
    return False
