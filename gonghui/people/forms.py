"""Forms of the sign-in and account pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gonghui.brain.lexicon import load_yaml
from gonghui.kernel.language import in_english
from gonghui.organisations.models import Organisation
from gonghui.organisations.region_field import RegionField
from gonghui.people.roles import roles


class StaffSignIn(forms.Form):
    username = forms.CharField(
        label=_("用户名"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
        error_messages={"required": _("请填写用户名。")},
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("请填写密码。")},
    )


class Code(forms.Form):
    code = forms.CharField(
        label=_("验证码"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
        error_messages={"required": _("请填写验证码。")},
    )


class Phone(forms.Form):
    phone = forms.CharField(
        label=_("手机号码"),
        max_length=20,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
        error_messages={"required": _("请填写 11 位手机号码。")},
    )
    consent = forms.BooleanField(
        label=_("我同意工会为办理我的诉求使用这个手机号码"),
        error_messages={"required": _("需要您同意才能用手机号登录；不登录也可以匿名提交诉求。")},
    )


class Password(forms.Form):
    old = forms.CharField(
        label=_("原密码"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    new = forms.CharField(
        label=_("新密码"),
        strip=False,
        help_text=_("至少 10 个字符，不要用生日、电话或常见密码。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("再输入一次新密码"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("new") and data.get("again") and data["new"] != data["again"]:
            self.add_error("again", _("两次输入的新密码不一样。"))
        return data


def role_choices() -> list[tuple[str, str]]:
    return [("", str(_("请选择"))), *((code, role.label) for code, role in roles().items())]


class NewStaff(forms.Form):
    username = forms.CharField(label=_("用户名"), max_length=60, help_text=_("字母、数字或 . _ -，3 个字符以上。"))
    display_name = forms.CharField(label=_("姓名"), max_length=60)
    role = forms.ChoiceField(label=_("岗位"), choices=role_choices)
    organisation = forms.CharField(
        label=_("单位"), max_length=120, help_text=_("单位名称，或单位路径（如 cn.52.5201）。只能是本单位或下级单位。")
    )


class NewDuty(forms.Form):
    role = forms.ChoiceField(label=_("岗位"), choices=role_choices)
    organisation = forms.CharField(
        label=_("单位"), max_length=120, help_text=_("单位名称，或单位路径（如 cn.52.5201）。只能是本单位或下级单位。")
    )
    valid_to = forms.DateField(
        label=_("到哪天为止"),
        required=False,
        help_text=_("临时顶岗时填写，含当天；长期任职不填。"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )


def worker_type_choices() -> list[tuple[str, str]]:
    """Kinds of worker (handbook 1.2), as the brain knows them."""
    rows = load_yaml("worker_types.yaml")
    return [("", str(_("不填"))), *((code, row["en"] if in_english() else row["zh"]) for code, row in rows.items())]


def find_organisation(text: str) -> Organisation | None:
    """An organisation by path or exact name; None when there is none or several."""
    text = text.strip()
    found = Organisation.objects.filter(path=text, active=True).first()
    if found:
        return found
    named = list(Organisation.objects.filter(name=text, active=True)[:2])
    return named[0] if len(named) == 1 else None


class Profile(forms.Form):
    name = forms.CharField(label=_("姓名"), max_length=60, required=False)
    gender = forms.ChoiceField(
        label=_("性别"), required=False, choices=[("", _("不填")), ("f", _("女")), ("m", _("男"))]
    )
    birth_year = forms.IntegerField(label=_("出生年份"), required=False, min_value=1910, max_value=2020)
    worker_type = forms.ChoiceField(label=_("做哪一类工作"), required=False, choices=lambda: worker_type_choices())
    region_id = RegionField(
        label=_("在哪个区县上班"),
        help_text=_("例如：贵阳市南明区。首页据此列出身边的阵地和适合您的服务。"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )
    member_no = forms.CharField(label=_("会员证号"), max_length=40, required=False)

    def clean_region_id(self) -> str | None:
        return self.cleaned_data["region_id"] or None
