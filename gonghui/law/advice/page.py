"""The answer as a page (解答页): questions, what is known, the blocks. The worker's page and the desk share it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from gonghui.kernel.language import in_english
from gonghui.kernel.times import today
from gonghui.law.advice import Plan, advise, tell
from gonghui.law.advice.deadlines import context
from gonghui.law.advice.plan import plain
from gonghui.law.english import in_words, marked
from gonghui.law.published import pinned
from gonghui.law.topics import Fact, FactValue, topics
from gonghui.organisations.offices import finder

UNKNOWN = "unknown"
# Blocks that stand by themselves; those of a situation stand under its conclusion.
HEADS = ("conclusion", "deadlines", "documents", "note", "nothing", "problems", "soon", "urgent")


class FactField(forms.CharField):
    """A fact as a field: what was typed is kept, and read by the fact itself."""

    def __init__(self, fact: Fact, why: str, *, english: bool, sure: FactValue | None = None) -> None:
        help_text = marked(" ".join(in_words(part, english) for part in (why, fact.help) if part))
        super().__init__(
            label=fact.en if english else fact.zh, help_text=help_text, required=False, widget=_widget(fact, english)
        )
        self.fact, self.sure = fact, sure

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text in ("", UNKNOWN):
            return text
        try:
            found = self.fact.read(text)
        except ValueError:
            raise forms.ValidationError(_wrong(self.fact)) from None
        if self.fact.doubts(found) and found != self.sure:
            raise forms.ValidationError(
                _("%(value)s 很少见。写错了请改；没有写错，不用改，再提交一次。") % {"value": text}
            )
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


@dataclass(frozen=True, slots=True)
class Page:
    """What a template needs, and whether an answer was wrong."""

    context: dict[str, Any]
    wrong: bool


@pinned()
def page(
    text: str,
    posted: Mapping[str, str],
    *,
    title: str = "",
    codes: Sequence[str] = (),
    on: date | None = None,
    region: str | None = None,
    usual_region: str | None = None,
) -> Page:
    """The answer to a text with the posted answers, by fact name; `unknown` is an answer too. Bodies are shown with
    their offices for `region`, else for the place that the text tells, else for `usual_region`.

    A wrong answer is shown beside its field with what was typed, and left out of the reckoning.
    """
    english = in_english()
    library = topics()
    given = {name: posted[name] for name in library.facts if posted.get(name)}
    without = {name for name, value in given.items() if value == UNKNOWN}
    sound, wrong = library.read({name: value for name, value in given.items() if value != UNKNOWN})
    confirmed = _confirmed(posted.get("sure", ""))
    # Asked back beside its field; what was typed is kept there.
    wrong |= {
        name: "" for name, value in sound.items() if library.facts[name].doubts(value) and confirmed.get(name) != value
    }
    # What was read from the text and shown with a tick that is gone now.
    not_so = {name for name in posted.get("seen", "").split(",") if name in library.facts and name not in given}
    where, day = context(today()), max(on or today(), today())
    plan = advise(
        text, sound, title=title, without=without, not_so=not_so, sure=confirmed.keys() & sound.keys() - wrong.keys(),
        codes=codes, on=on, region=region, context=where, offices=finder(), usual_region=usual_region,
    )  # fmt: skip
    sure = "|".join(
        f"{name}:{plain(value)}"
        for name, value in {**confirmed, **{one.fact: one.value for one in plan.doubted}}.items()
    )
    # What must be corrected stands first, where the eye and the keyboard begin.
    asked = dict.fromkeys(sorted(wrong), "") | {question.fact: question.why for question in plan.questions}
    found = {
        "plan": plan,
        "sections": _sections(plan, "en" if english else "zh"),
        "form": _form(asked, given if wrong else {}, confirmed, english),
        # Unlikely answers that were shown: told once more, each is believed.
        "sure": sure,
        "known": _known(plan, english),
        "articles": [
            (article, marked(article.english_citation if english else article.citation), article.text_on(day))
            for article in plan.articles
        ],
        "seen": ",".join([*(one.fact for one in plan.read), *sorted(not_so)]),
        "codes": list(codes),
        "unknown": sorted(without),
        # What a page that writes a paper from this answer must be told again: nothing is stored.
        "paper_facts": [
            *(("topic", code) for code in codes),
            *((name, _posted(v)) for name, v in plan.facts.items()),
            *([("sure", sure)] if sure else []),
        ],
    }
    return Page(found, bool(wrong))


def _confirmed(text: str) -> dict[str, FactValue]:
    """What a page carried of unlikely answers it had shown, `name:value|name:value`; what is unsound is left out."""
    parts = (part.partition(":") for part in text.split("|"))
    return topics().read({name: value for name, _colon, value in parts if name in topics().facts})[0]


def _form(
    asked: Mapping[str, str], given: Mapping[str, str], sure: Mapping[str, FactValue], english: bool
) -> forms.Form:
    form = forms.Form({name: given[name] for name in asked if name in given} if given else None)
    for name, why in asked.items():
        form.fields[name] = FactField(topics().facts[name], why, english=english, sure=sure.get(name))
    if form.is_bound and (first := next(iter(form.errors), None)):
        form.fields[first].widget.attrs["autofocus"] = True
    return form


def _posted(value: FactValue) -> str | int:
    """The value as a form posts it, so that it can be told again."""
    return ("yes" if value else "no") if isinstance(value, bool) else plain(value)


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
            said = f"{value:,f} {in_words('元', english)}" if fact.kind == "money" else str(value)
        rows.append(
            {
                "name": name,
                "label": fact.en if english else fact.zh,
                "said": said,
                "words": marked(read.get(name, "")),
                "value": _posted(value),
            }
        )
    return rows


def _sections(plan: Plan, language: str) -> list[dict[str, Any]]:
    """Blocks of the answer; those of one situation follow its conclusion. Chinese in an English page is marked."""
    found: list[dict[str, Any]] = []
    for told in tell(plan, language):
        block = replace(told, heading=marked(told.heading), lines=tuple(marked(line) for line in told.lines))
        if block.kind in HEADS or not found:
            found.append({"head": block, "parts": []})
        else:
            found[-1]["parts"].append(block)
    return found
