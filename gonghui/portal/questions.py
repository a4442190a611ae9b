"""The questions of the intake, one a page, and which of them still need to be asked.

A worker writes freely first; what the brain finds in the text is not asked again. Everything but the text, the contact
(or its refusal) and the consent may be skipped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gonghui import brain
from gonghui.appeals import categories, tables
from gonghui.appeals.intake import limit
from gonghui.appeals.place_form import PlaceForm, place_options
from gonghui.appeals.queries.places import find_regions
from gonghui.kernel.language import in_english
from gonghui.kernel.times import now
from gonghui.portal.numbers import CATEGORIES, CATEGORY, LIKELY, SURE

__all__ = ["QUESTIONS", "PlaceForm", "Question", "find_regions", "intake", "place_options", "to_ask", "understood"]

Content = dict[str, Any]


class TextForm(forms.Form):
    description = forms.CharField(
        label=_("写下您遇到的事"),
        help_text=_("两三句话就可以：在哪里上班、发生了什么、希望怎样解决。不用写身份证号。"),
        widget=forms.Textarea(attrs={"rows": 7, "maxlength": 4000}),
        required=False,
        strip=False,
    )


class EmployerForm(forms.Form):
    employer_name = forms.CharField(
        label=_("单位叫什么名字？"),
        help_text=_("公司、工厂、工地、店铺或平台的名字，知道多少写多少；不知道可以空着。"),
        max_length=160,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )


class CategoryForm(forms.Form):
    category = forms.ChoiceField(
        label=_("这件事属于哪一类？"),
        required=False,
        help_text=_("我们读懂的排在前面。拿不准就选“由工会判断”。"),
    )

    def __init__(self, *args: Any, likely: list[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups: dict[str, list[tuple[str, str]]] = {}
        for code, row in categories.tree().items():
            groups.setdefault(row.parent, []).append((code, categories.label(code)))
        english = in_english()
        names = {row.parent: (row.parent_en if english else row.parent_zh) for row in categories.tree().values()}
        first = [(code, categories.label(code)) for code in likely or []]
        choice = self.fields["category"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [
            ("", _("由工会判断")),
            *([(_("我们的理解"), first)] if first else []),
            *((names[parent], rows) for parent, rows in groups.items()),
        ]


def _choices(items: Any) -> list[tuple[str, str]]:
    return [(item.code, item.label) for item in items]


class WorkerTypeForm(forms.Form):
    worker_type = forms.ChoiceField(
        label=_("您是哪一类职工？"),
        required=False,
        widget=forms.RadioSelect,
        choices=lambda: _choices(tables.intake().worker_types),
    )


class PeopleForm(forms.Form):
    people_count = forms.CharField(
        label=_("一共有多少人遇到同样的事？"),
        help_text=_("只有您自己就填 1。"),
        required=False,
        max_length=8,
        initial="1",
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )


class DemandForm(forms.Form):
    demand = forms.CharField(
        label=_("您希望怎样解决？"),
        help_text=_("例如：补发三个月工资一万五千元。可以空着。"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 2000}),
    )
    demand_amount = forms.CharField(
        label=_("涉及多少钱？（元）"),
        help_text=_("没有涉及钱就空着。"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    tried = forms.MultipleChoiceField(
        label=_("已经做过什么？"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: _choices(tables.intake().tried),
    )


class ContactForm(forms.Form):
    how = forms.ChoiceField(
        label=_("怎样联系您？"),
        widget=forms.RadioSelect,
        choices=[("phone", _("留下手机号，工会的同志会联系我")), ("anonymous", _("匿名，我用查询码自己查进度"))],
        error_messages={"required": _("请选择一种。")},
    )
    phone = forms.CharField(
        label=_("手机号码"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    reporter_name = forms.CharField(
        label=_("怎么称呼您"), max_length=60, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    disclose_ok = forms.BooleanField(
        label=_("可以让我的单位和单位工会知道是我反映的（不勾选就为您保密）"), required=False
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("how") == "phone" and not data.get("phone"):
            self.add_error("phone", _("请填写手机号码，或者选择匿名。"))
        return data


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


FILES = {"multiple": True, "accept": "image/*,application/pdf,audio/*", "data-most": int(limit("attachments_max"))}


class OfflineForm(TextForm):
    """What is written without a network, with the files that go with the last page (`CheckForm`)."""

    files: forms.Field = forms.Field(  # type: ignore[assignment]
        label=_("照片、PDF 或录音（先选好，有网络时和诉求一起送）"),
        required=False,
        widget=ManyFiles(attrs={**FILES, "data-later": ""}),
        help_text=_("加密存在这台手机上，送出或满七天就删。每个不超过 20 MB。"),
    )


class CheckForm(forms.Form):
    files: forms.Field = forms.Field(  # type: ignore[assignment]
        label=_("照片、PDF 或录音（可以不传，提交后也能补充）"),
        required=False,
        widget=ManyFiles(attrs=FILES),
        help_text=_("每个不超过 20 MB。工资条、合同、聊天记录截图都有用。"),
    )
    consent = forms.BooleanField(
        label=_("我同意工会为办理这件事使用我填写的信息"),
        error_messages={"required": _("需要您同意，我们才能办理。")},
    )


@dataclass(frozen=True)
class Question:
    """One page. `missing` says whether the content so far still lacks its answer."""

    name: str
    form: type[forms.Form]
    missing: Callable[[Content, brain.Understanding], bool]


def understood(content: Content) -> brain.Understanding:
    return brain.understand(content.get("description", ""), time=now())


def place_of(meaning: brain.Understanding) -> str:
    """The region code that the text names for sure, to the county (or the city, where there are no counties)."""
    code = meaning.jurisdiction.region_code or ""
    if not code or meaning.jurisdiction.confidence < SURE or code.endswith("0000"):
        return ""
    return code


def likely_place_of(meaning: brain.Understanding) -> str:
    """The region code that the text probably means, be it only a city or a province: better than none."""
    code = meaning.jurisdiction.region_code or ""
    return code if meaning.jurisdiction.confidence >= LIKELY else ""


def amount_of(meaning: brain.Understanding) -> str:
    """The sum of money in the text, where it names just one, in yuan: offered, never taken without being shown."""
    found = [entity for entity in meaning.entities if entity.kind == "money" and entity.value]
    return str(found[0].value) if len(found) == 1 else ""


def categories_of(meaning: brain.Understanding) -> list[str]:
    """The categories that the text may belong to: the likeliest where it is likely, then what else the words name."""
    likeliest = [scored.code for scored in meaning.categories[:1] if scored.score >= CATEGORY]
    named = [scored.code for scored in meaning.topics if scored.score >= CATEGORY]
    return list(dict.fromkeys([*likeliest, *named]))[:CATEGORIES]


def employer_of(meaning: brain.Understanding) -> str:
    found = [entity for entity in meaning.entities if entity.kind == "employer" and entity.confidence >= SURE]
    return str(max(found, key=lambda entity: entity.confidence).value) if found else ""


def people_of(meaning: brain.Understanding) -> int:
    found = [entity for entity in meaning.entities if entity.kind == "people_count" and entity.confidence >= SURE]
    return max((int(entity.value or 1) for entity in found), default=0)


def worker_type_of(meaning: brain.Understanding) -> str:
    return meaning.worker_type.code if meaning.worker_type and meaning.worker_type.score >= SURE else ""


def wants_something(meaning: brain.Understanding) -> bool:
    return meaning.nature.code in ("dispute", "complaint", "help")


QUESTIONS: tuple[Question, ...] = (
    Question("place", PlaceForm, lambda content, meaning: not place_of(meaning)),
    Question("employer", EmployerForm, lambda content, meaning: not employer_of(meaning)),
    Question("worker", WorkerTypeForm, lambda content, meaning: not worker_type_of(meaning)),
    Question("people", PeopleForm, lambda content, meaning: wants_something(meaning) and not people_of(meaning)),
    Question("demand", DemandForm, lambda content, meaning: wants_something(meaning)),
    Question("contact", ContactForm, lambda content, meaning: True),
    # Never asked: the way to correct what was understood, from the page where everything is checked.
    Question("category", CategoryForm, lambda content, meaning: False),
)


def to_ask(content: Content, meaning: brain.Understanding) -> list[Question]:
    """The questions of this appeal, in order."""
    return [question for question in QUESTIONS if question.missing(content, meaning)]


def amount(text: Any) -> str:
    """A sum as people write it (`１,5000 元`), as the intake takes it."""
    return brain.normalise(str(text or "")).replace(",", "").replace(" ", "").removesuffix("元")


def intake(content: Content, meaning: brain.Understanding) -> Content:
    """The intake's fields from what was written, answered and understood (answers go before understanding)."""
    return {
        "description": content.get("description", ""),
        "work_region": content.get("work_region") or likely_place_of(meaning),
        "employer_name": content.get("employer_name") or employer_of(meaning),
        "worker_type": content.get("worker_type") or worker_type_of(meaning),
        "people_count": content.get("people_count") or people_of(meaning) or 1,
        "demand": content.get("demand", ""),
        "demand_amount": amount(content.get("demand_amount", "")) or None,
        "category": content.get("category", ""),
        "tried": content.get("tried", []),
        "anonymous": content.get("how") != "phone",
        "phone": content.get("phone", "") if content.get("how") == "phone" else "",
        "reporter_name": content.get("reporter_name", "") if content.get("how") == "phone" else "",
        "disclose_ok": bool(content.get("disclose_ok")) and content.get("how") == "phone",
        "consent": True,
    }
