"""The forms with which a service file is tried: the file, the place, facts of a person, values of the form."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gonghui.brain.match.rules import FACTS
from gonghui.kernel.actor import Actor
from gonghui.kernel.language import in_english
from gonghui.kernel.times import today
from gonghui.organisations.region_field import RegionField
from gonghui.services.catalogue import packaged
from gonghui.services.fields import form_field
from gonghui.services.layers import PLACES
from gonghui.services.spec import FormField, Service
from gonghui.services.trial import authors, world
from gonghui.services.trial.proposing import LARGEST

YEARS_MOST = 3
UNKNOWN, YES, NO = "", "yes", "no"


class FileForm(forms.Form):
    """The text, what it stands for, and where and when it is walked through."""

    text = forms.CharField(
        label=gettext_lazy("服务文件（YAML）"), strip=False, required=False, max_length=LARGEST,
        widget=forms.Textarea(attrs={"rows": 24, "class": "source", "spellcheck": "false", "wrap": "off"}),
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("或者选一个文件"), required=False, help_text=gettext_lazy("选了文件就以文件为准。"),
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml,text/plain"}),
    )  # fmt: skip
    of = forms.ChoiceField(
        label=gettext_lazy("这是哪项服务的地区差异"), required=False,
        help_text=gettext_lazy("新服务或新版本空着。"),
    )  # fmt: skip
    place = forms.CharField(
        label=gettext_lazy("差异用在哪里"), required=False, max_length=9,
        help_text=gettext_lazy("区划代码：省 2 位、市 4 位、区县 6 位、乡镇 9 位。"),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    region = RegionField(
        label=gettext_lazy("在哪里试"), required=False, max_length=60,
        help_text=gettext_lazy("写区县，例如：贵阳市南明区。由这里负责的工会来办。"),
    )  # fmt: skip
    day = forms.DateField(
        label=gettext_lazy("从哪天开始"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        self.fields["of"].choices = [("", _("不是地区差异")), *_services()]  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        sent = self.cleaned_data.get("file")
        if sent is None:
            return None
        if sent.size > LARGEST:
            raise forms.ValidationError(_("文件不能超过 %(most)d KB。") % {"most": LARGEST // 1000})
        try:
            return sent.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise forms.ValidationError(_("不是 UTF-8 文本，请另存为 UTF-8 再上传。")) from None

    def clean_region(self) -> str:
        region = str(self.cleaned_data.get("region") or "")
        if region and not authors.may(self.actor, region):
            raise forms.ValidationError(_("只能在您管理的省份里试。"))
        return region

    def clean_day(self) -> date:
        day = self.cleaned_data.get("day") or today()
        if abs((day - today()).days) > YEARS_MOST * 366:
            raise forms.ValidationError(_("日期要在前后三年以内。"))
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("file"):
            data["text"] = data["file"]
        if not str(data.get("text") or "").strip() and "text" not in self.errors and "file" not in self.errors:
            self.add_error("text", _("请粘贴服务文件，或者选一个文件。"))
        of, place = data.get("of"), str(data.get("place") or "").strip()
        if bool(of) != bool(place):
            self.add_error("place" if of else "of", _("地区差异要同时写哪项服务、用在哪里。"))
        elif place and not (place.isdigit() and len(place) in PLACES):
            self.add_error("place", _("区划代码是 2、4、6 或 9 位数字。"))
        elif place and not authors.may(self.actor, place):
            self.add_error("place", _("只能写您管理的省份。"))
        data["place"] = place
        return data


class LayersForm(forms.Form):
    """Of which service, where and when the layers are looked at."""

    service = forms.ChoiceField(label=gettext_lazy("服务"))
    place = RegionField(
        label=gettext_lazy("在哪里"), max_length=60, help_text=gettext_lazy("写省、市或区县，例如：贵阳市南明区。"),
    )  # fmt: skip
    day = forms.DateField(
        label=gettext_lazy("哪一天"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.fields["service"].choices = _services()  # type: ignore[attr-defined]

    def clean_day(self) -> date:
        return self.cleaned_data.get("day") or today()


def _services() -> list[tuple[str, str]]:
    return [(one.id, f"{one.id} {one}") for one in packaged().services.values()]


class FactsForm(forms.Form):
    """What is known of somebody, by which the conditions are judged. What is left open is unknown."""

    def __init__(self, data: Any, *, service: Service) -> None:
        super().__init__(data, prefix="fact")
        for condition in service.eligibility:
            kind, zh, en = FACTS[condition.fact]
            label = en if in_english() else zh
            if condition.fact in self.fields:
                continue
            if kind is bool:
                pairs = [(UNKNOWN, _("不知道")), (YES, _("是")), (NO, _("否"))]
                self.fields[condition.fact] = forms.ChoiceField(label=label, choices=pairs, required=False)
            elif kind is int:
                self.fields[condition.fact] = forms.IntegerField(
                    label=label, min_value=0, max_value=1000, required=False
                )
            else:
                codes = [code for one in service.eligibility if one.fact == condition.fact for code in one.one_of]
                pairs = [(UNKNOWN, _("不知道")), *((code, code) for code in dict.fromkeys(codes)), ("other", _("其他"))]
                self.fields[condition.fact] = forms.ChoiceField(label=label, choices=pairs, required=False)

    def facts(self) -> dict[str, Any]:
        """The facts given. Call after `is_valid`."""
        found: dict[str, Any] = {}
        for name, value in self.cleaned_data.items():
            if value in (None, UNKNOWN):
                continue
            found[name] = value == YES if FACTS[name][0] is bool else value
        return found


class ChosenForm(forms.Form):
    """Values of the plain fields; what is left open is made. What tells of a person is always made up."""

    def __init__(self, data: Any, *, service: Service) -> None:
        super().__init__(data, prefix="value")
        for spec in service.fields:
            if not world.made_up(spec) and spec.name != service.handled_by.place:
                self.fields[spec.name] = _open_field(spec)

    def values(self) -> dict[str, Any]:
        """As a form keeps them (JSON). Call after `is_valid`."""
        found = {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}
        for name, value in found.items():
            if isinstance(value, Decimal | date):
                found[name] = str(value)
            elif value in (YES, NO) and isinstance(self.fields[name].widget, forms.Select):
                found[name] = value == YES if getattr(self.fields[name], "yes_or_no", False) else value
        return found


def _open_field(spec: FormField) -> forms.Field:
    if spec.type == "bool":
        pairs = [(UNKNOWN, _("自动填写")), (YES, _("是")), (NO, _("否"))]
        field: Any = forms.ChoiceField(label=str(spec), choices=pairs, required=False)
        field.yes_or_no = True
        return field
    plain = spec.model_copy(update={"required": False, "show_when": None})
    made = form_field(plain, today())
    if spec.type == "choice":
        choices = [(code, label) for code, label in made.choices if code]  # type: ignore[attr-defined]
        return forms.ChoiceField(label=str(spec), choices=[(UNKNOWN, _("自动填写")), *choices], required=False)
    return made
