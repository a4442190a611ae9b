"""The forms that begin a case or a booking, for the worker's page and for the desk."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.models import Matter
from gonghui.legal import actions, bookings, eligibility, tables
from gonghui.organisations.models import Organisation

YES_NO = [("", _("不清楚")), ("yes", _("是")), ("no", _("否"))]


def _maybe(text: str) -> bool | None:
    return {"yes": True, "no": False}.get(text)


class AskForm(forms.Form):
    """问律师. `key` makes the form sent twice one case."""

    key = forms.CharField(max_length=60, widget=forms.HiddenInput)
    question = forms.CharField(
        label=_("想问的事"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6, "maxlength": 4000})
    )
    share = forms.BooleanField(
        label=_("把诉求里写的内容和材料一并交给承办的律师（只有这位律师能看到）"), required=False
    )
    wish_gender = forms.ChoiceField(
        label=_("希望由谁解答"),
        required=False,
        choices=[("", _("都可以")), ("F", _("女律师")), ("M", _("男律师"))],
    )
    language = forms.ChoiceField(label=_("用什么语言"), required=False)
    agreed = forms.BooleanField(label=_("已征得职工本人同意"), error_messages={"required": _("要先征得职工本人同意。")})

    def __init__(self, *args: Any, for_worker: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = tables.pairs(tables.words().languages)  # type: ignore[attr-defined]
        if for_worker:
            del self.fields["agreed"]

    def request(self) -> actions.Request:
        data = self.cleaned_data
        return actions.Request(data["question"], data["share"], data["wish_gender"], data["language"])

    def begin(self, actor: Actor, source: Matter) -> Matter:
        return actions.ask_lawyer(actor, source, self.request(), key=self.cleaned_data["key"])


class AidForm(AskForm):
    """法律援助申请: what the conditions are judged by. Unknown stays unknown: whoever checks asks."""

    matter = forms.ChoiceField(label=_("申请援助的事项"))
    migrant = forms.ChoiceField(label=_("是进城务工人员（农民工）吗"), required=False, choices=YES_NO)
    no_income_group = forms.ChoiceField(
        label=_("是没有固定生活来源的未成年人、老年人、残疾人吗"), required=False, choices=YES_NO
    )
    relief = forms.ChoiceField(label=_("是社会救助、司法救助或者优抚对象吗"), required=False, choices=YES_NO)
    has_agent = forms.ChoiceField(label=_("已经自己请了律师或代理人吗"), required=False, choices=YES_NO)
    income = forms.DecimalField(
        label=_("家庭月收入（元，全家合计）"), required=False, min_value=Decimal(0), max_digits=12, decimal_places=2
    )
    household = forms.IntegerField(label=_("家庭人数"), required=False, min_value=1, max_value=50)
    pledge = forms.BooleanField(
        label=_("我承诺家庭经济困难的情况属实（个人诚信承诺，法律援助法第四十一条）"), required=False
    )
    deadline = forms.DateField(
        label=_("仲裁、起诉等期限哪天届满（知道的话）"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    preservation = forms.BooleanField(label=_("需要马上申请财产保全、证据保全或者先予执行"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["matter"].choices = [  # type: ignore[attr-defined]
            (row.code, str(row)) for row in eligibility.table().matters
        ]
        self.fields["question"].label = _("请求和事情经过")
        self.order_fields(["key", "matter", "question"])

    def facts(self) -> eligibility.Facts:
        data = self.cleaned_data
        return eligibility.Facts(
            matter=data["matter"],
            migrant=_maybe(data["migrant"]),
            no_income_group=_maybe(data["no_income_group"]),
            relief=_maybe(data["relief"]),
            has_agent=_maybe(data["has_agent"]),
            income=data["income"],
            household=data["household"],
            pledge=data["pledge"],
            deadline=data["deadline"],
            preservation=data["preservation"],
        )

    def begin(self, actor: Actor, source: Matter) -> Matter:
        return actions.apply_for_aid(actor, source, self.request(), self.facts(), key=self.cleaned_data["key"])


class BookForm(forms.Form):
    """预约 from a case. `agreed` as in `AskForm`."""

    worker = True
    key = forms.CharField(max_length=60, widget=forms.HiddenInput)
    service = forms.ChoiceField(label=_("预约什么"), widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("想办的事"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4, "maxlength": 2000})
    )
    day = forms.DateField(
        label=_("希望哪一天（可以不填）"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    part = forms.ChoiceField(label=_("上午还是下午"), required=False)
    agreed = forms.BooleanField(label=_("已征得职工本人同意"), error_messages={"required": _("要先征得职工本人同意。")})

    def __init__(self, *args: Any, for_worker: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = tables.words()
        offered = [(row.code, str(row)) for row in words.services if (row.worker if self.worker else row.staff)]
        self.fields["service"].choices = offered  # type: ignore[attr-defined]
        self.fields["part"].choices = [("", _("都可以")), *tables.pairs(words.day_parts)]  # type: ignore[attr-defined]
        if for_worker or not self.worker:
            del self.fields["agreed"]

    def wish(self) -> bookings.Wish:
        data = self.cleaned_data
        return bookings.Wish(data["service"], data["text"], data["day"], data["part"])

    def begin(self, actor: Actor, source: Matter) -> Matter:
        return bookings.book(actor, source, self.wish(), key=self.cleaned_data["key"])


class UnionBookForm(BookForm):
    """预约 for a union or an employer, at the desk."""

    worker = False
    organisation = forms.ChoiceField(label=_("为哪个工会预约"))
    employer = forms.CharField(label=_("用人单位（有的话）"), max_length=160, required=False)
    people = forms.IntegerField(label=_("大约多少人参加"), required=False, min_value=1, max_value=100_000)
    name = forms.CharField(label=_("联系人"), max_length=60)
    phone = forms.CharField(label=_("联系电话"), max_length=30)

    def __init__(self, *args: Any, organisations: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = organisations  # type: ignore[attr-defined]
        self.order_fields(["key", "organisation", "service", "employer", "text", "people"])

    def wish(self) -> bookings.Wish:
        data = self.cleaned_data
        return bookings.Wish(
            data["service"],
            data["text"],
            data["day"],
            data["part"],
            name=data["name"],
            phone=data["phone"],
            employer=data["employer"],
            people=data["people"],
        )

    def book(self, actor: Actor) -> Matter:
        organisation = Organisation.objects.get(path=self.cleaned_data["organisation"])
        return bookings.book_for_union(actor, organisation, self.wish(), key=self.cleaned_data["key"])


# What may be begun from an appeal, by the word in the address.
SHAPES: dict[str, Any] = {"ask": AskForm, "aid": AidForm, "book": BookForm}
