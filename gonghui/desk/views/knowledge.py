"""知识维护 at the desk: write a change, have a second person approve it, publish it from a day, roll it back."""

from __future__ import annotations

from datetime import date
from difflib import SequenceMatcher
from typing import Any, NamedTuple

import yaml
from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gonghui import yamls
from gonghui.desk.forms import add_kernel_errors
from gonghui.kernel.errors import InvalidData, KernelError, NotFound
from gonghui.kernel.language import in_english
from gonghui.kernel.models import TrailEntry
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import today
from gonghui.knowledge import actions, checking, standing, upkeep
from gonghui.knowledge.models import KnowledgeChange
from gonghui.law.advice import advise
from gonghui.law.advice.words import text_of
from gonghui.law.parameters import NATION, ParameterStore
from gonghui.law.published import pinned, published
from gonghui.law.review import GROUPS
from gonghui.law.topics import topics
from gonghui.law.topics.editing import Problem
from gonghui.law.topics.library import packaged
from gonghui.organisations.models import Region
from gonghui.organisations.regions import stem
from gonghui.people.decorators import role_required
from gonghui.people.http import Request

Kind, State = KnowledgeChange.Kind, KnowledgeChange.State
RECENT = 30
CONTEXT = 2
LONGEST_QUESTION = 1000
VERBS = {
    "begin": gettext_lazy("起草"),
    "write": gettext_lazy("修改草稿"),
    "begin_anew": gettext_lazy("改以最新版本为基础"),
    "propose": gettext_lazy("提交审批"),
    "take_back": gettext_lazy("取回"),
    "approve": gettext_lazy("批准并发布"),
    "refuse": gettext_lazy("退回"),
    "roll_back": gettext_lazy("撤回"),
    "publish_again": gettext_lazy("重新发布以前的版本"),
}
MARKS = (
    ("V", gettext_lazy("已核对原文")),
    ("S", gettext_lazy("只见转引")),
    ("P", gettext_lazy("产品默认值")),
    ("U", gettext_lazy("未核对（不会用来计算）")),
)


class TextForm(forms.Form):
    """Of a situation: its whole file."""

    content = forms.CharField(
        label=gettext_lazy("情形全文（YAML）"),
        widget=forms.Textarea(attrs={"rows": 24, "class": "source", "spellcheck": "false", "wrap": "soft"}),
        strip=False,
    )
    reason = forms.CharField(label=gettext_lazy("修改理由"), max_length=500, required=False)
    source = forms.CharField(
        label=gettext_lazy("依据"), max_length=300, required=False, help_text=gettext_lazy("文件、条号或网址。")
    )


class ValueForm(forms.Form):
    """Of a parameter: one row. The key and the region stay as they were begun."""

    value = forms.CharField(
        label=gettext_lazy("数值"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("一个数；分档的每行写“名称: 数”，例如“一档: 2200”。"),
    )
    valid_from = forms.DateField(label=gettext_lazy("从哪天起执行"), widget=forms.DateInput(attrs={"type": "date"}))
    valid_to = forms.DateField(
        label=gettext_lazy("到哪天为止（不含这天）"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("不知道就空着，一直有效到下一个数值。"),
    )  # fmt: skip
    status = forms.ChoiceField(label=gettext_lazy("核对程度"), choices=MARKS)
    source = forms.CharField(
        label=gettext_lazy("依据"), max_length=300, help_text=gettext_lazy("文件名称和文号，或条号。")
    )
    reason = forms.CharField(label=gettext_lazy("修改理由"), max_length=500, required=False)

    def clean_value(self) -> Any:
        try:
            return checking.read_value(self.cleaned_data["value"])
        except (ValueError, yaml.YAMLError):
            raise forms.ValidationError(_("要是 0 以上的数，或每行“名称: 数”。")) from None


class QuestionForm(forms.Form):
    """What to try a change with."""

    question = forms.CharField(
        label=gettext_lazy("用一个问题试一试"), max_length=LONGEST_QUESTION, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("写职工可能会问的话；空着就只看这一种情形。"),
    )  # fmt: skip


class Line(NamedTuple):
    """A line of a comparison: "same", "gone", "new" or "skip"; its number in the new text, 0 where it has none."""

    kind: str
    text: str
    number: int


def compared(old: str, new: str) -> list[Line]:
    """Two texts line by line, with a little of what stays around each change; [] where nothing differs."""
    before, after = old.splitlines(), new.splitlines()
    found: list[Line] = []
    for group in SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT):
        if found or group[0][3]:
            found.append(Line("skip", "…", 0))
        for tag, a_from, a_to, b_from, b_to in group:
            if tag == "equal":
                found += [Line("same", after[n], n + 1) for n in range(b_from, b_to)]
                continue
            found += [Line("gone", text, 0) for text in before[a_from:a_to]]
            found += [Line("new", after[n], n + 1) for n in range(b_from, b_to)]
    return found


@role_required(*actions.EDITORS)
@never_cache
@require_GET
@pinned()
def home(request: Request) -> HttpResponse:
    """What waits for me, what I write, what is published, and what has to be looked at again."""
    actor = request.actor
    rows = list(KnowledgeChange.objects.select_related("proposer", "decider").order_by("-pk")[:200])
    waiting = [row for row in rows if row.state == State.PROPOSED]
    held = actions.places(actor, actions.PROPOSE)
    own = [row for row in rows if row.state in (State.DRAFT, State.REFUSED) and row.proposer_id == actor.account_id]
    decided = [row for row in rows if row.state in (State.APPROVED, State.ROLLED_BACK)]
    context = {
        "to_decide": [_row(row) for row in waiting if _may_decide(request, row)],
        "waiting": [_row(row) for row in waiting if not _may_decide(request, row)],
        "own": [_row(row) for row in own],
        "published": [_row(row) for row in decided[:RECENT]],
        "review": upkeep.counts(),
        "may_write": bool(held),
        "situations": list(topics().topics.values()) if NATION in held else [],
        "keys": _keys(held),
        "regions": _regions(held),
    }
    return render(request, "desk/knowledge.html", context)


def _row(change: KnowledgeChange) -> dict[str, Any]:
    return {"change": change, "title": title_of(change), "status": status_of(change)}


def title_of(change: KnowledgeChange) -> str:
    """R01 拖欠工资; 月最低工资标准 · 贵州省."""
    if change.kind == Kind.SITUATION:
        topic = topics().topics.get(change.code)
        return f"{change.code} {(topic.en if in_english() else topic.zh) if topic else ''}".strip()
    key = ParameterStore.packaged().keys.get(change.code.partition("@")[0])
    return f"{key.name if key else change.code} · {_place(change.region)}"


def _place(region: str) -> str:
    if region == NATION:
        return _("全国")
    found = Region.objects.filter(pk=region.ljust(6, "0")).first()
    return found.full_name if found else region


def status_of(change: KnowledgeChange) -> str:
    """The state in words; of an approved one whether it holds, will hold or was replaced."""
    if change.state != State.APPROVED or change.valid_from is None:
        return str(change.get_state_display())
    if change.valid_from > today():
        return _("已批准，%(day)s 起生效") % {"day": change.valid_from}
    return _("现行") if change.pk in published().changes else _("已被新版本代替")


def _may_decide(request: Request, change: KnowledgeChange) -> bool:
    return change.proposer_id != request.actor.account_id and actions.may(
        request.actor, actions.APPROVE, change.kind, change.region
    )


def _keys(held: tuple[str, ...]) -> list[tuple[str, str]]:
    """Parameters by name: a province has only those that places set for themselves."""
    known = ParameterStore.packaged().keys.values()
    return [(key.key, key.name) for key in known if held and (key.where or NATION in held)]


def _regions(held: tuple[str, ...]) -> list[tuple[str, str]]:
    """The regions whose values the actor may change: provinces, and the cities and counties of their own."""
    if NATION in held:
        rows = Region.objects.filter(level__lte=2).order_by("code")
        return [(NATION, _("全国")), *((stem(row.code), row.full_name) for row in rows)]
    found = [row for own in held for row in Region.objects.filter(code__startswith=own, level__lte=3).order_by("code")]
    return [(stem(row.code), row.full_name) for row in found]


@role_required(*actions.EDITORS)
@require_POST
def begin(request: Request) -> HttpResponse:
    """Start a change of what was chosen on the first page."""
    kind, code = request.POST.get("kind", ""), request.POST.get("code", "")
    if kind == Kind.PARAMETER:
        code = f"{request.POST.get('key', '')}@{request.POST.get('region', '')}"
    try:
        if kind not in Kind.values:
            raise NotFound
        change = actions.begin(request.actor, kind, code, content=_first_text(kind, code))
    except NotFound as error:
        raise Http404 from error
    except KernelError as error:
        messages.error(request, str(error))
        return redirect("desk:knowledge")
    return redirect("desk:knowledge_change", change.pk)


def _first_text(kind: str, code: str) -> str:
    """What an editor begins from: what holds now; of a parameter without any value an empty row."""
    if kind == Kind.SITUATION:
        return standing.content_of(kind, code)
    key, _at, region = code.partition("@")
    row = ParameterStore.default().history(key, region)[-1:] if region else ()
    # The packaged and published rows alike: the newest of the series is what is to be replaced.
    return _text_of_row(row[0]) if row else ""


def _text_of_row(row: Any) -> str:
    return checking.parameter_text(
        {
            "key": row.key, "region": row.region, "value": _yaml_value(row.value), "valid_from": row.valid_from,
            "valid_to": row.valid_to, "source": row.source, "status": row.status,
        }
    )  # fmt: skip


def _yaml_value(value: Any) -> Any:
    """A held value as the form of the files: whole numbers bare, others quoted."""
    if hasattr(value, "items"):
        return {name: _yaml_value(cell) for name, cell in value.items()}
    if isinstance(value, tuple):
        return [_yaml_value(cell) for cell in value]
    text = str(value)
    return int(text) if text.isdigit() else text


@role_required(*actions.EDITORS)
@never_cache
@require_http_methods(["GET", "POST"])
def change(request: Request, change_id: int) -> HttpResponse:
    """One change: its text or what it alters, what is wrong with it, a trial, and what this person may do."""
    row = get_object_or_404(KnowledgeChange.objects.select_related("proposer", "decider", "restores"), pk=change_id)
    step = request.POST.get("do", "")
    if request.method == "GET":
        return _page(request, row)
    if step == "try":
        question = QuestionForm(request.POST)
        return _page(request, row, question=question, trial=_trial(row, question) if question.is_valid() else None)
    if step in ("write", "propose"):
        return _write(request, row, step)
    return _decide(request, row, step)


def _write(request: Request, row: KnowledgeChange, step: str) -> HttpResponse:
    """Keep what was typed, whatever it is; then propose it if that was asked for."""
    form = TextForm(request.POST) if row.kind == Kind.SITUATION else ValueForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form=form, status=422)
    data = form.cleaned_data
    content = data["content"] if row.kind == Kind.SITUATION else _row_text(row, data)
    try:
        row = actions.write(
            request.actor, row.pk, content=content, reason=data["reason"], source=data["source"]
        )  # fmt: skip
        if step == "propose":
            actions.propose(request.actor, row.pk)
            messages.success(request, _("已提交，等另一位同事审批。"))
        else:
            messages.success(request, _("草稿已保存。"))
    except InvalidData as error:
        # Problems of the text are listed above it, each with its line: they are not said twice.
        errors = {name: texts for name, texts in error.errors.items() if name in form.fields and name != "content"}
        add_kernel_errors(form, errors)
        if row.kind == Kind.PARAMETER:
            for problem in _problems(row):
                form.add_error(problem.place if problem.place in form.fields else None, problem.text)
        return _page(request, row, form=form, status=422)
    except NotFound as error:
        raise Http404 from error
    except KernelError as error:
        form.add_error(None, str(error))
        return _page(request, row, form=form, status=409)
    return redirect("desk:knowledge_change", row.pk)


def _row_text(row: KnowledgeChange, data: dict[str, Any]) -> str:
    key, _at, region = row.code.partition("@")
    return checking.parameter_text({**data, "key": key, "region": region})


def _decide(request: Request, row: KnowledgeChange, step: str) -> HttpResponse:
    reason = request.POST.get("reason", "")
    try:
        if step == "approve":
            actions.approve(request.actor, row.pk, _day(request.POST.get("valid_from", "")))
            messages.success(request, _("已批准。"))
        elif step == "refuse":
            actions.refuse(request.actor, row.pk, reason)
            messages.success(request, _("已退回提出人。"))
        elif step == "take_back":
            actions.take_back(request.actor, row.pk)
        elif step == "anew":
            actions.begin_anew(request.actor, row.pk)
        elif step == "roll_back":
            made = actions.roll_back(request.actor, row.pk, reason)
            messages.success(request, _("已撤回，以前的版本重新生效。"))
            return redirect("desk:knowledge_change", made.pk)
        else:
            raise Http404
    except InvalidData as error:
        wrong = {f"{step}_{name}": texts for name, texts in error.errors.items()}
        return _page(request, row, wrong=wrong, typed=request.POST.dict(), status=422)
    except NotFound as error:
        raise Http404 from error
    except KernelError as error:
        messages.error(request, str(error))
    return redirect("desk:knowledge_change", row.pk)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidData({"valid_from": [_("请填日期，例如 2026-03-15。")]}) from None


def _page(
    request: Request,
    row: KnowledgeChange,
    *,
    form: forms.Form | None = None,
    question: QuestionForm | None = None,
    trial: dict[str, Any] | None = None,
    wrong: dict[str, list[str]] | None = None,
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = request.actor
    own = row.proposer_id == actor.account_id
    editing = own and row.state in (State.DRAFT, State.REFUSED)
    decides = row.state == State.PROPOSED and _may_decide(request, row)
    before = _before(row)
    problems = _problems(row) if editing or row.state == State.PROPOSED else []
    shown = (form or _form(row)) if editing else None
    if problems and isinstance(shown, TextForm):
        shown.fields["content"].widget.attrs.update({"aria-describedby": "problems", "aria-invalid": "true"})
    lines = row.content.splitlines()
    context = {
        "row": row,
        "title": title_of(row),
        "status": status_of(row),
        "editing": editing,
        "form": shown,
        # Of a parameter they stand beside the fields once it was sent.
        "problems": [
            {"problem": one, "said": lines[one.line - 1].strip() if 0 < one.line <= len(lines) else ""}
            for one in problems
            if not (isinstance(shown, ValueForm) and shown.errors)
        ],
        "diff": compared(before, row.content),
        "new": not before,
        "outrun": editing and standing.base_of(row.kind, row.code) != row.base,
        "decides": decides,
        "takes_back": own and row.state == State.PROPOSED,
        "rolls_back": row.state == State.APPROVED
        and actions.may(actor, actions.APPROVE, row.kind, row.region)
        and standing.standing(row.kind, row.code) == row,
        "question": question or QuestionForm(),
        "trial": trial,
        "wrong": wrong or {},
        "typed": typed or {},
        "today": today(),
        "trail": _trail(row),
    }
    return render(request, "desk/knowledge_change.html", context, status=status)


def _trail(row: KnowledgeChange) -> list[dict[str, Any]]:
    with as_system("a change belongs to no matter: who may open it may see what became of it"):
        entries = list(TrailEntry.objects.filter(stream=f"knowledge:{row.pk}").order_by("pk"))
    return [{"entry": entry, "label": VERBS.get(entry.verb, entry.verb)} for entry in entries]


def _before(row: KnowledgeChange) -> str:
    """What stood when the change was published, or stands now; what a roll-back takes away."""
    if row.restores is not None:
        return row.restores.content
    decided = (State.APPROVED, State.ROLLED_BACK)
    if row.state in decided:
        rows = KnowledgeChange.objects.filter(kind=row.kind, code=row.code, state__in=decided)
        earlier = rows.filter(decided_at__lt=row.decided_at).order_by("decided_at", "pk").last()
    else:
        earlier = standing.standing(row.kind, row.code)
    if earlier is not None and earlier.content:
        return earlier.content
    if row.kind == Kind.SITUATION:
        return packaged().packaged(row.code)
    key, _at, region = row.code.partition("@")
    found = ParameterStore.packaged().history(key, region)[-1:]
    return _text_of_row(found[0]) if found else ""


def _form(row: KnowledgeChange) -> forms.Form:
    if row.kind == Kind.SITUATION:
        return TextForm(initial={"content": row.content, "reason": row.reason, "source": row.source})
    given: dict[str, Any] = {"reason": row.reason, "source": row.source}
    if row.content:
        data = yamls.read(row.content.encode())
        given = {**data, **{name: text for name, text in given.items() if text}}
        given["value"] = checking.typed_value(data["value"])
    return ValueForm(initial=given)


def _problems(row: KnowledgeChange) -> list[Problem]:
    if row.kind == Kind.PARAMETER and not row.content:
        return []
    return checking.check_change(row).problems


def _trial(row: KnowledgeChange, form: QuestionForm) -> dict[str, Any]:
    """What is told now, and what would be told, line by line."""
    if checking.check_change(row).problems:
        return {"unfit": True}
    text = form.cleaned_data["question"]
    codes = [row.code] if row.kind == Kind.SITUATION and not text else []
    if not text and not codes:
        return {"empty": True}
    now_told = _told(text, codes)
    with pinned(standing.published_on(today(), but=row)):
        then_told = _told(text, codes)
    return {"diff": compared(now_told, then_told), "told": then_told, "found": bool(then_told)}


def _told(text: str, codes: list[str]) -> str:
    return text_of(advise(text, codes=codes), "en" if in_english() else "zh")


@role_required(*actions.EDITORS)
@require_GET
def review(request: Request) -> HttpResponse:
    """What has to be looked at again: what `gonghui law review` lists."""
    found = upkeep.review()
    groups = [
        {"id": group, "label": words[in_english()], "items": found.of(group)}
        for group, words in GROUPS.items()
        if group != "unfit" or found.of(group)
    ]
    return render(request, "desk/knowledge_review.html", {"review": found, "groups": groups})
