"""在线答复: the page under a letter's link, on which an employer or authority answers the union without an account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gonghui.kernel.errors import GuardRefused, InvalidData, KernelError, NotFound
from gonghui.kernel.flow.step_forms import add_kernel_errors
from gonghui.people.http import Request
from gonghui.portal.limits import allowed
from gonghui.resolution import answering

RATE = "30/h"


class AnswerForm(forms.Form):
    """What the recipient says to the letter."""

    stance = forms.ChoiceField(label=gettext_lazy("单位的意见"), widget=forms.RadioSelect)
    text = forms.CharField(
        label=gettext_lazy("答复内容"),
        help_text=gettext_lazy("写清事实、已经采取的措施和完成日期；认为不当的，写明理由。"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    answered_by = forms.CharField(label=gettext_lazy("答复人姓名"), max_length=40)
    answered_as = forms.CharField(label=gettext_lazy("职务"), max_length=40)
    attachments = forms.FileField(
        label=gettext_lazy("盖章的答复、凭证（照片或 PDF，可以不传）"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*,application/pdf"}),
    )
    promise = forms.BooleanField(label=gettext_lazy("我受单位委托答复，以上内容属实"))

    def __init__(self, asked: answering.Asked, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stance"].choices = asked.stances  # type: ignore[attr-defined]
        if asked.letter.addressee:
            self.fields["stance"].label = _("处理结果") if asked.result else _("办理意见")
            self.fields["text"].help_text = (
                _("写清处理决定、责令改正的内容和依据；立案后撤销的，写明理由。")
                if asked.result
                else _("写清是否立案、处理决定和依据；不予立案的，写明理由。")
            )
            self.fields["promise"].label = _("我受本部门委托答复，以上内容属实")


@never_cache
@require_http_methods(["GET", "POST"])
def answer(request: Request, token: str) -> HttpResponse:
    """`GET` which letter is answered, `POST` the answer, once. A wrong, old or withdrawn link is not found."""
    if not allowed(request, "letter_answer", RATE):
        return render(request, "portal/letter_answer.html", {"busy": True}, status=429)
    try:
        asked = answering.asked(token)
        form = AnswerForm(asked, request.POST or None, request.FILES or None)
        status = 200
        if request.method == "POST":
            status = 422
            if form.is_valid():
                try:
                    asked = answering.answer(token, form.cleaned_data, request.FILES.getlist("attachments"))
                    return render(request, "portal/letter_answer.html", {"asked": asked, "done": True})
                except InvalidData as error:
                    add_kernel_errors(form, error.errors)
                except GuardRefused as error:
                    form.add_error(None, error.reasons[0])
                    status = 409
    except NotFound as error:
        raise Http404(_("这个链接不能用了：可能已经过期、作废，或者地址不完整。请联系发函的工会。")) from error
    except KernelError as error:
        form.add_error(None, str(error))
        status = 409
    return render(request, "portal/letter_answer.html", {"asked": asked, "form": form}, status=status)
