"""电子会员证: the card with its code of one minute, its photo, who has verified it; loss and finding; claiming what the
union registered."""

from __future__ import annotations

from typing import Any

import segno
from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gonghui.kernel.errors import InvalidData, KernelError, NotFound
from gonghui.membership import actions, cards, photos, queries, tables
from gonghui.membership.models import Membership
from gonghui.people.http import Request
from gonghui.people.identity import born_on
from gonghui.portal import limits
from gonghui.venues import card_scans
from gonghui.venues import tables as venue_tables


class ClaimForm(forms.Form):
    id_no = forms.CharField(
        label=gettext_lazy("身份证号"),
        max_length=40,
        help_text=gettext_lazy("要和工会登记的一致；您登录的手机号也要和登记的一致。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )

    def clean_id_no(self) -> str:
        text = "".join(self.cleaned_data["id_no"].split()).upper()
        if born_on(text) is None:
            raise forms.ValidationError(_("身份证号不对：应是 18 位，最后一位可以是 X，请对照证件核对。"))
        return text


class PhotoForm(forms.Form):
    photo = forms.FileField(
        label=gettext_lazy("近期正面照片"),
        help_text=gettext_lazy("jpg、png 或 webp。系统裁成证件照大小，去掉拍摄时间和地点；工会看过才会显示。"),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        error_messages={"required": gettext_lazy("请选择一张照片。")},
    )
    consent = forms.BooleanField(
        label=gettext_lazy("同意核验会员证的工作人员看到我的照片；我可以随时删除"),
        error_messages={"required": gettext_lazy("请先同意，核验会员证的工作人员才能看到照片。")},
    )


class ToldForm(forms.Form):
    """What a member need not tell, and may delete by leaving it empty."""

    post = forms.CharField(label=gettext_lazy("岗位或工种"), max_length=60, required=False)
    skill = forms.ChoiceField(
        label=gettext_lazy("技能等级"), choices=[("", "—"), *Membership.Skill.choices], required=False
    )
    dues_way = forms.ChoiceField(
        label=gettext_lazy("想怎样缴会费"), choices=[("", "—"), *Membership.DuesWay.choices], required=False
    )


def _step(request: Request, row: Membership, photo: PhotoForm, told: ToldForm) -> int:
    """Do what was pressed on one's own card. 0: done; else the status of the page with what was wrong."""
    step = request.POST.get("step")
    if step == "photo":
        if not limits.allowed(request, "card-photo", tables.numbers().photo.sends):
            photo.add_error(None, _("提交得太频繁了，请过一会儿再试。"))
            return 429
        if not photo.is_valid():
            return 422
        try:
            photos.send(request.actor, row.pk, photo.cleaned_data["photo"], photo.cleaned_data["consent"])
        except InvalidData as error:
            for name, texts in error.errors.items():
                photo.add_error(name, texts[0])
            return 422
        messages.success(request, _("已收到照片，工会审核后会显示在会员证上。"))
    elif step == "remove_photo":
        photos.remove(request.actor, row.pk)
        messages.success(request, _("照片已删除。"))
    elif step == "told":
        if not told.is_valid():
            return 422
        actions.tell(request.actor, row.pk, actions.Told(**told.cleaned_data))
        messages.success(request, _("已保存。"))
    elif step == "code":
        cards.speak(request.actor, row.pk)
    elif step in ("lose", "found"):
        lost = step == "lose"
        actions.set_card(request.actor, row.pk, Membership.Card.LOST if lost else Membership.Card.ACTIVE)
        messages.success(request, _("已挂失，二维码不再有效。") if lost else _("已恢复使用。"))
    else:
        raise Http404
    return 0


def _told_form(request: Request, row: Membership | None) -> ToldForm:
    initial = {name: getattr(row, name) for name in ToldForm.base_fields} if row is not None else {}
    return ToldForm(request.POST if request.POST.get("step") == "told" else None, initial=initial)


@never_cache
@require_http_methods(["GET", "POST"])
def card(request: Request) -> HttpResponse:
    """The worker's own card. Reloading gives a new code; the script on the page only does so by itself."""
    if request.actor.kind != "worker":
        return redirect_to_login(resolve_url("portal:card"), login_url=resolve_url("people:worker_sign_in"))
    row = queries.current_of(request.actor.account_id)
    step = request.POST.get("step")
    form = ClaimForm(request.POST if step == "claim" else None)
    photo = PhotoForm(*((request.POST, request.FILES) if step == "photo" else ()))
    told = _told_form(request, row)
    status = 200
    if request.method == "POST":
        try:
            if row is None:
                status = 422
                if form.is_valid():
                    actions.claim(request.actor, form.cleaned_data["id_no"])
                    messages.success(request, _("已认领，这是您的会员证。"))
                    return redirect("portal:card")
            else:
                status = _step(request, row, photo, told)
                if not status:
                    return redirect(f"{resolve_url('portal:card')}#spoken" if step == "code" else "portal:card")
        except NotFound as error:
            form.add_error("id_no", str(error))
        except KernelError as error:
            messages.error(request, str(error))
            return redirect("portal:card")
    context: dict[str, Any] = {"row": row, "form": form, "photo_form": photo, "told_form": told}
    if row is not None:
        history = photos.of(row)
        context |= {
            "photo": photos.shown(row),
            "waiting": photos.picture(next((one for one in history if one.state == one.State.PENDING), None)),
            "history": history,
            "seen": card_scans.seen(request.actor.account_id),
            "named_days": venue_tables.numbers().scans.named_days,
        }
    if row is not None and row.card == Membership.Card.ACTIVE:
        token = cards.issue(row)
        address = f"{request.build_absolute_uri(resolve_url('portal:verify'))}#{token}"
        qr = segno.make(address, error="m", micro=False).svg_inline(scale=4, border=2, omitsize=True)
        context |= {
            "token": token,
            "qr": qr,
            "verify_address": address.partition("#")[0],
            "seconds": cards.SECONDS,
            "spoken": cards.spoken(row),
        }
    return render(request, "portal/card.html", context, status=status)
