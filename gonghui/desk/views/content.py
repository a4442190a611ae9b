"""内容 at the desk: what is being written, the writing page with files and preview; reviews are steps of the matter."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from gonghui.appeals import tables as appeals
from gonghui.content import actions, queries, tables
from gonghui.content.models import Item
from gonghui.desk.views.matter import seen
from gonghui.kernel.errors import KernelError
from gonghui.kernel.flow import get_flow
from gonghui.kernel.flow.step_forms import add_refusal
from gonghui.kernel.matters import state_text
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.organisations.models import Organisation
from gonghui.people.decorators import role_required, staff_required
from gonghui.people.http import Request

READERS = ("handler", "dispatcher", "leader", "supervisor")


class TextForm(forms.Form):
    """写稿: Markdown, without HTML; pictures are named by their number."""

    column = forms.ChoiceField(label=gettext_lazy("栏目"))
    title = forms.CharField(label=gettext_lazy("标题"), max_length=80)
    summary = forms.CharField(
        label=gettext_lazy("摘要（一两句话）"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    body = forms.CharField(
        label=gettext_lazy("正文"),
        max_length=60000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 18}),
        help_text=gettext_lazy("空一行分段；## 小标题；- 列表；**重点**；[文字](https://网址)；图片写 ![说明](图12)。"),
    )
    byline = forms.CharField(label=gettext_lazy("作者"), max_length=60, required=False)
    origin = forms.CharField(label=gettext_lazy("来源"), max_length=120, required=False)
    tags = forms.CharField(
        label=gettext_lazy("标签"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("用空格分开，读者按标签也能搜到。"),
    )
    audience_path = forms.ChoiceField(label=gettext_lazy("发给哪里的人看"))
    worker_types = forms.MultipleChoiceField(
        label=gettext_lazy("只给这些人看（都不选就是给所有人）"), required=False, widget=forms.CheckboxSelectMultiple
    )
    pinned_until = forms.DateField(
        label=gettext_lazy("置顶到"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    careful = forms.BooleanField(label=gettext_lazy("提示要核对的用词已经核对"), required=False)

    def __init__(self, path: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        below = Organisation.objects.filter(path__startswith=path, active=True).exclude(level="grassroots")
        places = [(row.path, row.name) for row in below.order_by("path")[:400]]
        choices: dict[str, Any] = {
            "column": [(code, str(one)) for code, one in tables.columns().items()],
            "audience_path": places,
            "worker_types": [(one.code, str(one)) for one in appeals.intake().worker_types],
        }
        for name, pairs in choices.items():
            self.fields[name].choices = pairs  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        kinds = tables.kinds_text(self.cleaned_data["worker_types"])
        tags = list(dict.fromkeys(self.cleaned_data["tags"].split()))
        return {**self.cleaned_data, "worker_types": kinds, "tags": tags}


class FileForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("图片或 PDF"))
    alt = forms.CharField(
        label=gettext_lazy("图片说明"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("图上是什么，看不见图片的人靠它知道。"),
    )
    cover = forms.BooleanField(label=gettext_lazy("作封面"), required=False)


@role_required(*READERS)
@never_cache
@require_http_methods(["GET", "POST"])
def index(request: Request) -> HttpResponse:
    """What is being written and what is public; POST begins a text for one of one's own organisations."""
    own = actions.writes_for(request.actor)
    if request.method == "POST":
        chosen = next((row for row in own if row.path == request.POST.get("organisation")), None)
        if chosen is None:
            raise Http404
        title = (request.POST.get("title") or "").strip()[:80] or _("未命名")
        column = next(iter(tables.columns()))
        matter = actions.start(request.actor, chosen, {"title": title, "column": column})
        return redirect("desk:content_text", matter.pk)
    flow = get_flow(actions.KIND)
    state = request.GET.get("state", "")
    rows = queries.own_items(request.actor, state if state in flow.states else "")
    context = {
        "rows": [(row, state_text(row.matter), tables.columns().get(row.column)) for row in rows],
        "own": own,
        "states": [(code, one.label) for code, one in flow.states.items()],
        "state": state,
    }
    return render(request, "desk/content.html", context)


@staff_required
@never_cache
@require_http_methods(["GET", "POST"])
def text(request: Request, matter_id: int) -> HttpResponse:
    """Write a draft. What was typed stays, whatever goes wrong."""
    matter, item = _item(request, matter_id)
    if not actions.writable(request.actor, matter):
        messages.error(request, _("现在不能改：已经送审，或者不是您单位的稿件。"))
        return redirect("desk:matter", matter.pk)
    form = TextForm(matter.holder_path, request.POST or None, initial=_held(item))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.write(request.actor, matter.pk, form.values())
                messages.success(request, _("已保存。"))
                return redirect("desk:matter" if "done" in request.POST else "desk:content_text", matter.pk)
            except KernelError as error:
                add_refusal(form, error)
    return _writing(request, matter, item, form, FileForm(), status)


def _writing(
    request: Request, matter: Matter, item: Item, form: forms.Form, files: forms.Form, status: int
) -> HttpResponse:
    with as_system("the actor may write this text"):
        rows = list(item.kept_files.order_by("pk"))
    context = {"matter": matter, "item": item, "form": form, "file_form": files, "files": rows}
    return render(request, "desk/content_text.html", context, status=status)


@staff_required
@require_POST
def files(request: Request, matter_id: int) -> HttpResponse:
    """Add a file to a draft, or take one out."""
    matter, item = _item(request, matter_id)
    wanted = request.POST.get("drop", "")
    if wanted.isdigit():
        try:
            actions.drop_file(request.actor, matter.pk, int(wanted))
        except KernelError as error:
            messages.error(request, str(error))
        return redirect("desk:content_text", matter.pk)
    form = FileForm(request.POST, request.FILES)
    if form.is_valid():
        given = form.cleaned_data
        try:
            row = actions.add_file(request.actor, matter.pk, given["file"], given["alt"], cover=given["cover"])
            messages.success(
                request,
                _("已上传。在正文里写 ![%(alt)s](图%(n)d) 就能放进去。") % {"alt": row.alt, "n": row.pk}
                if row.is_picture
                else _("已上传，会列在文末。"),
            )
            return redirect("desk:content_text", matter.pk)
        except KernelError as error:
            add_refusal(form, error)
    return _writing(request, matter, item, TextForm(matter.holder_path, initial=_held(item)), form, 422)


def _held(item: Item) -> dict[str, Any]:
    """The text as the form shows it."""
    held = {name: getattr(item, name) for name in actions.FIELDS}
    return {**held, "worker_types": tables.kinds_of(item.worker_types), "tags": " ".join(map(str, item.tags))}


def _item(request: Request, matter_id: int) -> tuple[Matter, Item]:
    matter = seen(request, matter_id)
    if matter.kind != actions.KIND:
        raise Http404
    return matter, queries.item_of_matter(matter.pk)
