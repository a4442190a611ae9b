"""A place typed into a form by its name."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from gonghui.organisations.models import Region


class RegionField(forms.CharField):
    """A place, typed by name (`贵阳市南明区`) or code, kept as the code of GB/T 2260."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return ""
        found = list(Region.objects.filter(pk=text)[:1]) or list(_named(text)[:6])
        if not found:
            raise ValidationError(_("没有找到这个地方，请写到区县，例如：贵阳市南明区。"))
        exact = [row for row in found if text in (row.full_name, row.name, row.code)]
        if len(exact) == 1:
            return exact[0].pk
        if len(found) > 1:
            names = "、".join(row.full_name for row in found[:5])
            raise ValidationError(_("有几个地方都叫这个名字：%(names)s。请写全。") % {"names": names})
        return found[0].pk

    def prepare_value(self, value: Any) -> Any:
        row = Region.objects.filter(pk=value).first() if value else None
        return row.full_name if row is not None else value


def _named(text: str) -> Any:
    rows = Region.objects.filter(full_name__endswith=text, level__lte=3)
    return (rows if rows.exists() else Region.objects.filter(full_name__contains=text, level__lte=3)).order_by("level")
