"""普惠 for workers and merchants: the changing code of a coupon; a merchant's own page, with no member's name on it."""

from __future__ import annotations

from typing import Any

import segno
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gonghui.kernel.errors import GuardRefused, InvalidData, KernelError, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, today
from gonghui.people.http import Request
from gonghui.portal import limits
from gonghui.portal.beside import beside
from gonghui.services.queries import Own
from gonghui.wellbeing.benefits import codes, merchants
from gonghui.wellbeing.models import Claim

# Guessing six digits that hold for some minutes must stay hopeless.
RATE = "300/h"


@beside("M22")
def coupon(request: Request, page: Own) -> list[tuple[str, dict[str, Any]]]:
    with as_system("the worker's own application"):
        claim = Claim.objects.select_related("offer", "merchant").filter(application=page.application).first()
    if claim is None:
        return []
    code = codes.code_of(claim.pk, now()) if claim.state == Claim.State.HELD else ""
    address = f"{settings.PUBLIC_URL}{reverse('portal:merchant')}?code={code}"
    picture = segno.make(address, error="m").svg_inline(scale=5, border=2) if code else ""
    return [("portal/beside/coupon.html", {"claim": claim, "code": code, "qr": picture})]


class RedeemForm(forms.Form):
    shop = forms.ChoiceField(label=gettext_lazy("商家"))
    code = forms.CharField(
        label=gettext_lazy("会员出示的码"), max_length=30,
        help_text=gettext_lazy("扫会员手机上的二维码，或者照着输入，例如 12-345678。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )  # fmt: skip
    spent = forms.DecimalField(label=gettext_lazy("这一单多少元"), min_value=0, decimal_places=2, required=False)


class CouponForm(forms.Form):
    shop = forms.ChoiceField(label=gettext_lazy("商家"))
    title = forms.CharField(label=gettext_lazy("券名"), max_length=40)
    value = forms.DecimalField(label=gettext_lazy("面值（元）"), min_value=1, max_value=1000, decimal_places=2)
    threshold = forms.DecimalField(label=gettext_lazy("满多少元可用"), min_value=0, decimal_places=2, required=False)
    count = forms.IntegerField(label=gettext_lazy("发多少张"), min_value=1, max_value=100_000)
    use_until = forms.DateField(
        label=gettext_lazy("用到哪天"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class AccountForm(forms.Form):
    shop = forms.ChoiceField(label=gettext_lazy("商家"))
    payee = forms.CharField(label=gettext_lazy("户名"), max_length=80)
    bank = forms.CharField(label=gettext_lazy("开户行"), max_length=80)
    account = forms.CharField(
        label=gettext_lazy("账号"), max_length=40, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )


@never_cache
@require_http_methods(["GET", "POST"])
def merchant(request: Request) -> HttpResponse:
    """Redeem, see one's month, put up a coupon, mend the account that the bank refused. Who has no merchant is shown
    how to join."""
    if request.actor.kind != "worker":
        return redirect_to_login(request.get_full_path(), login_url=resolve_url("people:worker_sign_in"))
    rows = merchants.own(request.actor)
    names = [(str(row.pk), row.name) for row in rows]
    step = request.POST.get("step", "")
    redeem = RedeemForm(
        request.POST if step == "redeem" else None,
        initial={"code": request.GET.get("code", "")[:30], "shop": names[0][0] if names else ""},
    )
    propose = CouponForm(request.POST if step == "propose" else None, initial={"use_until": today()})
    mended = AccountForm(request.POST if step == "account" else None)
    came_back = [(str(row.pk), row.name) for row in rows if merchants.returned(row)]
    for each, pairs in ((redeem, names), (propose, names), (mended, came_back)):
        field: Any = each.fields["shop"]
        field.choices = pairs
        if len(pairs) == 1:
            field.widget, field.initial = forms.HiddenInput(), pairs[0][0]
    status, reasons = 200, []
    if request.method == "POST" and rows:
        form: forms.Form = {"propose": propose, "account": mended}.get(step, redeem)
        status = 422
        if step == "redeem" and not limits.allowed(request, "redeem", RATE):
            status, reasons = 429, [_("提交得太频繁了，请过一会儿再试。")]
        elif form.is_valid():
            try:
                shop = merchants.one(request.actor, int(form.cleaned_data["shop"]))
                if step == "propose":
                    merchants.propose(request.actor, shop, form.cleaned_data)
                    messages.success(request, _("已交给工会审核，发布后会员就能领。"))
                elif step == "account":
                    data = form.cleaned_data
                    merchants.register_account(request.actor, shop, data["payee"], data["bank"], data["account"])
                    messages.success(request, _("收款账户已更正，工会核对后重新付款。"))
                else:
                    data = form.cleaned_data
                    done = merchants.redeem(request.actor, shop, data["code"], data["spent"])
                    said = _("已核销：%(title)s，抵 %(value)s 元。")
                    messages.success(request, said % {"title": done.title, "value": done.value})
                return redirect("portal:merchant")
            except NotFound as error:
                raise Http404 from error
            except InvalidData as error:
                for name, texts in error.errors.items():
                    form.add_error(name, texts[0])
            except GuardRefused as error:
                status, reasons = 409, error.reasons
            except KernelError as error:
                status, reasons = 409, [str(error)]
    context = {
        "rows": [
            {
                "merchant": row,
                "recent": merchants.recent(row),
                "statements": merchants.statements(row),
                "coupons": merchants.own_coupons(row),
            }
            for row in rows
        ],
        "redeem": redeem,
        "propose": propose,
        "mended": mended if came_back else None,
        "reasons": reasons,
        "proposing": step == "propose",
    }
    return render(request, "portal/merchant.html", context, status=status)
