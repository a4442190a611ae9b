"""Forms of the desk's pages; what is right and wrong is judged in `registry` and `partners`."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from gonghui.signon.models import Accounts
from gonghui.signon.rules import scopes

ACCOUNTS = [("worker", gettext_lazy("职工")), ("staff", gettext_lazy("工会工作人员"))]
LINES = {"rows": 3, "spellcheck": "false", "autocapitalize": "none"}


class AppForm(forms.Form):
    organisation = forms.CharField(
        label=gettext_lazy("归哪个工会"), help_text=gettext_lazy("单位路径，例如 cn.52.5201。"), max_length=120
    )
    name = forms.CharField(
        label=gettext_lazy("应用名称"), max_length=60, help_text=gettext_lazy("职工在同意页上看到的名字。")
    )
    accounts = forms.ChoiceField(label=gettext_lazy("谁用它登录"), choices=ACCOUNTS, initial=Accounts.WORKER)
    redirect_uris = forms.CharField(
        label=gettext_lazy("登录后返回的地址"),
        widget=forms.Textarea(attrs=LINES),
        help_text=gettext_lazy("一行一个，必须和应用用的一字不差。"),
    )
    goodbye_uris = forms.CharField(
        label=gettext_lazy("退出后返回的地址"), widget=forms.Textarea(attrs=LINES), required=False
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("可以申请知道什么"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("每一项都还要本人同意。"),
    )

    def __init__(self, *args: Any, fixed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = [(name, row.label) for name, row in scopes().items() if name != "openid"]
        self.fields["scopes"].choices = chosen  # type: ignore[attr-defined]
        if fixed:
            # Whose app it is and who signs in to it stays: consents were given on it.
            for name in ("organisation", "accounts"):
                del self.fields[name]


class PartnerForm(forms.Form):
    organisation = forms.CharField(
        label=gettext_lazy("归哪个工会"), help_text=gettext_lazy("单位路径，例如 cn.52.5201。"), max_length=120
    )
    name = forms.CharField(
        label=gettext_lazy("名称"), max_length=60, help_text=gettext_lazy("写在登录按钮上：用…账号登录。")
    )
    slug = forms.CharField(
        label=gettext_lazy("短名"),
        max_length=40,
        help_text=gettext_lazy("写在地址里：小写字母、数字、短横线，以后不能改。"),
    )
    issuer = forms.CharField(
        label=gettext_lazy("签发者地址"),
        max_length=300,
        help_text=gettext_lazy("issuer，对方给出；它后面加 /.well-known/openid-configuration 能打开。"),
    )
    client_id = forms.CharField(label=gettext_lazy("对方给本平台的编号"), max_length=200, help_text="client_id")
    secret = forms.CharField(
        label=gettext_lazy("对方给本平台的密钥"),
        max_length=200,
        help_text="client_secret",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    accounts = forms.ChoiceField(label=gettext_lazy("谁从那里登录"), choices=ACCOUNTS, initial=Accounts.WORKER)
    shown = forms.BooleanField(label=gettext_lazy("放在登录页上，大家都看得到"), required=False)
    app = forms.CharField(
        label=gettext_lazy("同一家单位的接入应用"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("应用编号；从它的链接进来办的服务，算从这个应用办的。"),
    )


class SecretForm(forms.Form):
    secret = forms.CharField(
        label=gettext_lazy("对方给的新密钥"), max_length=200, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )


def lines(text: str) -> list[str]:
    """One address a line."""
    return text.splitlines()
