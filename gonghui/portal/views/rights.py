"""What the law gives in my case (我的权利): words and answers in, a plan told plainly out. Nothing is stored."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from gonghui.law.advice import Plan, advise, tell
from gonghui.law.advice.plan import plain
from gonghui.law.calculators import FactsError
from gonghui.law.topics import Fact, topics
from gonghui.people.http import Request
from gonghui.portal.limits import allowed
from gonghui.portal.numbers import RIGHTS_RATE

LONGEST = 4000
UNKNOWN = "unknown"


class WordsForm(forms.Form):
    """The first step: what happened."""

    text = forms.CharField(
        label=gettext_lazy("发生了什么事？"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": gettext_lazy("请写两三句话：谁、什么时候、发生了什么。")},
    )


class FactField(forms.CharField):
    """A fact as a field: what was typed is kept, and read by the fact itself."""

    def __init__(self, fact: Fact, why: str, *, english: bool) -> None:
        help_text = " ".join(part for part in (why, fact.help) if part)
        super().__init__(
            label=fact.en if english else fact.zh, help_text=help_text, required=False, widget=_widget(fact, english)
        )
        self.fact = fact

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text in ("", UNKNOWN):
            return text
        try:
            self.fact.read(text)
        except (ValueError, ArithmeticError):
            raise forms.ValidationError(_wrong(self.fact)) from None
        return text


def _widget(fact: Fact, english: bool) -> forms.Widget:
    if fact.kind in ("bool", "choice"):
        options = (
            [("yes", _("是")), ("no", _("否"))]
            if fact.kind == "bool"
            else [(value, option.en if english else option.zh) for value, option in fact.options.items()]
        )
        return forms.RadioSelect(choices=[*options, (UNKNOWN, _("不清楚"))])
    if fact.kind == "date":
        return forms.DateInput(attrs={"type": "date"})
    return forms.TextInput(attrs={"inputmode": "decimal" if fact.kind == "money" else "numeric", "autocomplete": "off"})


def _wrong(fact: Fact) -> str:
    if fact.kind == "date":
        return _("请填日期，例如 2026-03-15。")
    if fact.kind in ("bool", "choice"):
        return _("请从给出的选项中选一个。")
    return _("请填 0 以上的数字，例如 5200。")


@require_http_methods(["GET", "POST"])
def rights(request: Request) -> HttpResponse:
    """`GET ?topic=R01` a situation by itself; `POST text` (and answers by fact name) the answer for this person."""
    english = (get_language() or "").startswith("en")
    if request.method == "GET":
        code = request.GET.get("topic", "")
        if code not in topics().topics:
            return _first(request, WordsForm())
        return _answer(request, topics().topics[code].definition, {}, english, [code])
    words = WordsForm(request.POST)
    codes = [code for code in request.POST.getlist("topic") if code in topics().topics][:3]
    if not words.is_valid():
        return _first(request, words, status=422)
    if not allowed(request, "rights", RIGHTS_RATE):
        words.add_error("text", _("刚才查得太多了，请过一会儿再试，或者拨打 12351。"))
        return _first(request, words, status=429)
    return _answer(request, words.cleaned_data["text"], request.POST, english, codes)


def _first(request: Request, form: WordsForm, status: int = 200) -> HttpResponse:
    known = sorted(topics().topics.values(), key=lambda topic: (not topic.frequent, topic.id))
    return render(request, "portal/rights.html", {"form": form, "known": known}, status=status)


def _answer(request: Request, text: str, posted: Any, english: bool, codes: list[str]) -> HttpResponse:
    library = topics()
    given = {name: posted.get(name) for name in library.facts if posted.get(name)}
    without = {name for name, value in given.items() if value == UNKNOWN}
    wrong: dict[str, list[str]] = {}
    sound = {}
    for name, value in given.items():
        if value == UNKNOWN:
            continue
        try:
            library.facts[name].read(value)
            sound[name] = value
        except (ValueError, ArithmeticError):
            wrong[name] = [_wrong(library.facts[name])]
    try:
        plan = advise(text, sound, without=without, codes=codes)
    except FactsError as error:
        plan = advise(text, {}, without=without, codes=codes)
        wrong |= error.errors
    asked = {question.fact: question.why for question in plan.questions}
    asked |= {name: "" for name in wrong if name not in asked}
    form = _form(asked, {**given}, wrong, english)
    context = {
        "plan": plan,
        "sections": _sections(plan, "en" if english else "zh"),
        "form": form,
        "known": _known(plan, english),
        "articles": plan.articles,
        "text": text,
        "codes": codes,
        "unknown": sorted(without),
    }
    return render(request, "portal/rights_answer.html", context, status=422 if wrong else 200)


def _form(asked: dict[str, str], given: dict[str, str], wrong: dict[str, list[str]], english: bool) -> forms.Form:
    library = topics()
    bound = {name: given[name] for name in asked if name in given}
    form = forms.Form(bound if wrong else None, initial=bound)
    for name, why in asked.items():
        form.fields[name] = FactField(library.facts[name], why, english=english)
    return form


def _known(plan: Plan, english: bool) -> list[dict[str, Any]]:
    """What the answer rests on, in words: question, answer, and the words it was read from."""
    library, rows = topics(), []
    read = {one.fact: one.words for one in plan.read}
    for name, value in plan.facts.items():
        fact = library.facts[name]
        if isinstance(value, bool):
            said = _("是") if value else _("否")
        elif isinstance(value, str):
            said = fact.options[value].en if english else fact.options[value].zh
        else:
            said = f"{value:,f} {_('元')}" if fact.kind == "money" else str(value)
        rows.append(
            {
                "name": name,
                "label": fact.en if english else fact.zh,
                "said": said,
                "words": read.get(name, ""),
                "value": ("yes" if value else "no") if isinstance(value, bool) else plain(value),
            }
        )
    return rows


def _sections(plan: Plan, language: str) -> list[dict[str, Any]]:
    """Blocks of the answer; those of one situation follow its conclusion."""
    found: list[dict[str, Any]] = []
    for block in tell(plan, language):
        if block.kind in ("conclusion", "deadlines", "documents", "note", "nothing", "urgent") or not found:
            found.append({"head": block, "parts": []})
        else:
            found[-1]["parts"].append(block)
    return found
