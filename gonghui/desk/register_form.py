"""The form of the registration (登记): in the order an agent asks, the rarely needed things folded away."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gonghui.appeals import categories, tables
from gonghui.appeals.tables import Item

CHANNELS = ("phone", "visit", "letter", "onsite", "wechat", "leader")
# Asked in most calls; the rest is folded away.
MAIN = ("place", "employer_name", "people_count", "demand_amount", "worker_type", "nature", "category")
MORE = ("demand", "tried", "incident_date", "work_address", "backup_contact", "id_no")
FLAGS = ("anonymous", "disclose_ok", "consent")


def _channels() -> list[tuple[str, str]]:
    return [(item.code, item.label) for item in tables.intake().channels if item.code in CHANNELS]


def _optional(items: tuple[Item, ...]) -> list[tuple[str, Any]]:
    return [("", _("请选择")), *tables.pairs(items)]


def _line(label: Any, most: int, help_text: Any = "", **attrs: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(label=label, required=False, max_length=most, help_text=help_text, widget=widget)


class RegisterForm(forms.Form):
    """Nothing is required here but the channel; what the words must be, the intake itself says (IntakeData)."""

    channel = forms.ChoiceField(label=_("渠道"), choices=_channels)
    phone = _line(_("电话"), 20, inputmode="tel", autofocus=True)
    reporter_name = _line(_("姓名"), 60)
    anonymous = forms.BooleanField(label=_("要求匿名（不保存姓名和电话）"), required=False)
    disclose_ok = forms.BooleanField(label=_("同意向单位披露身份"), required=False)
    consent = forms.BooleanField(label=_("已告知信息用途并取得本人同意"), required=False)
    description = forms.CharField(
        label=_("诉求内容"),
        help_text=_("何时、何地、何单位、何事、多少人、要求什么。"),
        widget=forms.Textarea(attrs={"rows": 9, "maxlength": 4000}),
        required=False,
        strip=False,
    )
    place = _line(_("工作地"), 60, _("市或区县名称"))
    employer_name = _line(_("用人单位"), 160, _("按营业执照或招牌"))
    people_count = _line(_("涉及人数"), 8, inputmode="numeric")
    demand_amount = _line(_("请求金额（元）"), 20, inputmode="decimal")
    worker_type = forms.ChoiceField(
        label=_("身份类别"), required=False, choices=lambda: _optional(tables.intake().worker_types)
    )
    nature = forms.ChoiceField(label=_("性质"), required=False, choices=lambda: _optional(tables.intake().natures))
    category = forms.ChoiceField(
        label=_("分类"), required=False, choices=lambda: [("", _("留给研判")), *categories.pairs()]
    )
    demand = forms.CharField(
        label=_("具体请求"), required=False, widget=forms.Textarea(attrs={"rows": 2, "maxlength": 2000})
    )
    tried = forms.MultipleChoiceField(
        label=_("已采取措施"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: tables.pairs(tables.intake().tried),
    )
    incident_date = _line(_("发生日期"), 10, type="date")
    work_address = _line(_("工作地点详细地址"), 200)
    backup_contact = _line(_("备用联系方式"), 120)
    id_no = _line(_("身份证号"), 20, _("需要核实身份时才填"))
    draft = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)


def intake_fields(data: dict[str, Any]) -> dict[str, Any]:
    """The form's values as the intake takes them: empty ones left out, and nobody made anonymous who gave a name."""
    fields = {
        name: value for name, value in data.items() if name not in ("draft", "once", "channel", "place", "description")
    }
    kept = {name: value for name, value in fields.items() if value not in ("", None, [])}
    kept["description"] = data.get("description", "")
    if kept.get("demand_amount"):
        kept["demand_amount"] = str(kept["demand_amount"]).replace(",", "").replace("，", "")
    given = ("phone", "reporter_name", "backup_contact", "id_no")
    if not any(kept.get(name) for name in given):
        kept["anonymous"] = True
    return kept
