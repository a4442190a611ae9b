"""书屋、社团、联谊 at the desk: the books with their import, texts, clubs, reports of abuse."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.desk.forms import add_kernel_errors
from gonghui.kernel.errors import InvalidData, KernelError, NotFound
from gonghui.kernel.sheets import ImportFileError
from gonghui.organisations.models import Organisation
from gonghui.people.decorators import role_required
from gonghui.people.http import Request, made_book
from gonghui.wellbeing.books import library
from gonghui.wellbeing.meeting import choosing, feedback
from gonghui.wellbeing.models import EText

FILE_MOST = 5 * 1024 * 1024


class FileForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("图书表格（.xlsx）"))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > FILE_MOST:
            raise forms.ValidationError(_("文件太大。"))
        return file


class TextForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("书名"), max_length=120)
    author = forms.CharField(label=gettext_lazy("作者"), max_length=120)
    rights = forms.ChoiceField(
        label=gettext_lazy("为什么可以放"), choices=EText.Rights.choices, widget=forms.RadioSelect,
        help_text=gettext_lazy("别人还有著作权的不能放。作者去世满五十年的作品进入公有领域（著作权法第二十三条）。"),
    )  # fmt: skip
    source = forms.CharField(label=gettext_lazy("来源和依据"), max_length=200)
    body = forms.CharField(
        label=gettext_lazy("正文"), required=False, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("粘贴，或者在下面传文本文件。"),
    )  # fmt: skip
    file = forms.FileField(label=gettext_lazy("文本文件（.txt）"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (file := data.get("file")) is not None:
            if file.size > FILE_MOST:
                self.add_error("file", _("文件太大。"))
                return data
            raw = file.read()
            for coding in ("utf-8-sig", "gb18030"):
                try:
                    data["body"] = raw.decode(coding).replace("\x00", "")
                    break
                except UnicodeDecodeError:
                    continue
            else:
                self.add_error("file", _("读不出这个文件，请另存为文本文件（UTF-8）。"))
        elif not data.get("body"):
            self.add_error("body", _("请填写这一项。"))
        return data


def _union(request: Request) -> Organisation:
    return Organisation.objects.get(path=request.actor.paths_as(*library.KEEPERS)[0])


@role_required(*library.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def home(request: Request) -> HttpResponse:
    """Books, texts, clubs of one's own unions; on POST an Excel file of books, all rows or none."""
    form = FileForm(request.POST or None, request.FILES or None)
    wrong: list[tuple[int, str]] = []
    status = 200
    if request.method == "POST" and request.POST.get("step") == "withdraw":
        try:
            number = request.POST.get("text", "")
            library.withdraw_text(request.actor, int(number) if number.isdigit() and len(number) < 12 else 0)
        except NotFound as error:
            raise Http404 from error
        return redirect("desk:library")
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                report = library.bring_in(request.actor, _union(request), form.cleaned_data["file"])
                wrong = report.wrong
                if not wrong:
                    text = _("新登记 %(made)d 种，更新 %(changed)d 种。")
                    messages.success(request, text % {"made": report.made, "changed": report.changed})
                    return redirect("desk:library")
            except ImportFileError as error:
                form.add_error("file", str(error))
    context = {
        "form": form,
        "wrong": wrong,
        "books": library.own(request.actor),
        "texts": [row for row in library.texts() if row.organisation.path in request.actor.paths_as(*library.KEEPERS)],
        "clubs": [row for row in library.clubs() if row.organisation.path in request.actor.paths_as(*library.KEEPERS)],
        "figures": library.figures(request.actor),
        "overdue": library.overdue(request.actor),
    }
    return render(request, "desk/library.html", context, status=status)


@role_required(*library.KEEPERS)
@require_GET
def template(request: Request) -> HttpResponse:
    return made_book(library.template(), "books.xlsx")


@role_required(*library.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def text(request: Request) -> HttpResponse:
    """Put up a text that may stand here."""
    form = TextForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                library.add_text(request.actor, _union(request), form.cleaned_data)
                messages.success(request, _("已上传。"))
                return redirect("desk:library")
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
    return render(request, "desk/library_text.html", {"form": form}, status=status)


@role_required(*choosing.HANDLERS)
@never_cache
@require_http_methods(["GET", "POST"])
def meeting(request: Request) -> HttpResponse:
    """Reports of abuse; upheld, the profile is suspended."""
    status, reasons = 200, []
    if request.method == "POST":
        number = request.POST.get("report", "")
        try:
            choosing.settle(request.actor, int(number) if number.isdigit() else 0, request.POST.get("upheld") == "yes")
            messages.success(request, _("已处理。"))
            return redirect("desk:meeting")
        except NotFound as error:
            raise Http404 from error
        except KernelError as error:
            status, reasons = 409, [str(error)]
    context = {
        "reports": choosing.reports(request.actor),
        "reasons": reasons,
        "summaries": feedback.summaries(request.actor),
        "fewest": feedback.FEWEST,
    }
    return render(request, "desk/meeting.html", context, status=status)
