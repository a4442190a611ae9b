"""核验会员证 by a merchant, a guard, anybody: no account, and no network either (handbook 4.1 M02).

The card's QR code leads here with the signed text behind `#`, which stays in the browser. The page holds the public
key; its script (`static/js/verify.js`) checks signature and time by itself, and the service worker keeps both. A code
is made for a card that holds, and lasts a minute: so old, at most, is what a verifier without a network knows of lost
and frozen ones, and no list of them is carried about. With a network the register is asked too, by the same address.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from gonghui.membership import cards, tables
from gonghui.membership.models import Membership
from gonghui.people.http import Request
from gonghui.portal import limits
from gonghui.venues import card_scans


class CodeForm(forms.Form):
    token = forms.CharField(
        label=gettext_lazy("会员码"),
        max_length=cards.TOKEN_MOST,
        help_text=gettext_lazy("扫会员手机上的二维码，或者粘贴二维码下面的文字。"),
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false", "data-scan": ""}),
        error_messages={"required": gettext_lazy("请先扫码，或者粘贴会员码。")},
    )


def _words() -> dict[str, str]:
    """What the page says of each result."""
    return {
        "valid": _("有效"),
        "frozen": _("会员证已冻结。"),
        "lost": _("会员证已挂失。"),
        "ended": _("会籍已经终止。"),
        "expired": _("二维码已过期，请让对方刷新后再扫。"),
        "early": _("二维码的时间在以后，请核对本机时间。"),
        "forged": _("签名不对：会员证是伪造的，或者扫描不完整。"),
        "forged_kept": _("签名和这台手机上存的公钥不符：会员证是伪造的，或者公钥换了。请联网再核验。"),
        "unreadable": _("这不是会员证的二维码。"),
        "elsewhere": _("这张会员证由别的平台签发，请在那里核验："),
        "unable": _("这个浏览器不能自己核对签名（没有 Ed25519），请联网核验。"),
        "unable_here": _("这个浏览器不能自己核对签名（没有 Ed25519），由登记核对。"),
        "busy": _("核验得太频繁了，请过一会儿再试。"),
        "stops": _("不能使用"),
        "unsure": _("还没有核验"),
        "signed": _("签名正确，由本机核对。"),
        "made": _("二维码 %s 秒前签发，签发时登记里有效。"),
        "asking": _("正在联网核对登记……"),
        "standing": _("联网查过：登记里现在有效。"),
        "alone": _("没有联网：这以后才挂失、冻结的，现在查不到。"),
        "offline": _("没有联网，没有查登记。"),
        "kept": _("公钥存在这台手机上，存下的时间：%s。"),
        "old": _("公钥存了很久，请联网打开本页更新一次。"),
        "at": _("核验时间：%s"),
    }


def _data() -> dict[str, Any]:
    return {
        "keys": [cards.public_raw()],
        "seconds": cards.SECONDS,
        "ahead": cards.AHEAD,
        "key_days": tables.numbers().key_days,
        "states": dict(Membership.State.choices),
        "words": _words(),
    }


# It uses and changes nothing of the visitor's own; the copy that a phone keeps carries no token of anybody.
@csrf_exempt
@require_http_methods(["GET", "POST"])
def verify(request: Request) -> HttpResponse:
    """The page; posted to, what the register says of a code: as JSON to its script, else as the page."""
    form = CodeForm(request.POST or None)
    found, said, status = None, "", 200
    if request.method == "POST":
        status = 422
        if not limits.allowed(request, "card-verify", tables.numbers().verify_rate):
            said, status = "busy", 429
        elif form.is_valid():
            found = card_scans.verify_open(form.cleaned_data["token"])
            said, status = str(found.result), 200
    if request.headers.get("Accept") == "application/json":
        shown = found.shown if found is not None else None
        told = {"initial": shown.initial, "union": shown.union, "status": shown.status} if shown is not None else {}
        return JsonResponse({"result": said or "unreadable", **told}, status=status)
    words = _words()
    context = {"form": form, "found": found, "said": words.get(said, ""), "data": _data(), "host": request.get_host()}
    return render(request, "portal/verify.html", context | {"busy": said == "busy"}, status=status)
