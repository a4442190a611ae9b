"""Where somebody works (上班的地方), asked in a form: a written place, and a choice where it may mean several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gonghui.appeals.queries.places import find_regions
from gonghui.organisations.models import Region

CITY = 2


class PlaceForm(forms.Form):
    place = forms.CharField(
        label=_("您在哪里上班？"),
        help_text=_("写到区县，例如：贵阳市南明区。我们据此找到当地工会。"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )
    work_region = forms.ChoiceField(label=_("请选择是哪一个"), required=False, widget=forms.RadioSelect)
    # The place for which the choices were shown: written once more without a choice, it is taken as it is.
    asked = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, options: list[Region] | None = None, asked: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not options:
            del self.fields["work_region"], self.fields["asked"]
            return
        choice = self.fields["work_region"]
        assert isinstance(choice, forms.ChoiceField)
        whole, parts = options[0], options[1:]
        if parts and all(row.parent_id == whole.code for row in parts):
            choice.label = _("您在%(city)s的哪个区县？") % {"city": whole.name}
            unsure = _("不清楚，就写%(city)s") % {"city": whole.name}
            choice.choices = [*((row.code, row.name) for row in parts), (whole.code, unsure)]
        else:
            choice.choices = [(row.code, row.full_name) for row in options]
        self.initial["asked"] = asked or str(self.initial.get("place", ""))


def place_options(found: list[Region]) -> list[Region]:
    """What to choose from: the places of one name; for a single city the city itself, then its counties."""
    if len(found) != 1 or found[0].level != CITY:
        return found if len(found) > 1 else []
    counties = [row for row in found[0].children.order_by("code") if row.level == CITY + 1 and "辖" not in row.name]
    return [found[0], *counties] if counties else []


def read_place(data: Mapping[str, str], **texts: Any) -> tuple[PlaceForm, str]:
    """The form with what was told, and the region's code; "" where nothing was told or it is not clear.

    `texts`: label and help_text of the place. A city is taken at once, and its counties are offered. What is wrong
    stands beside the field; whoever asks goes on without a place.
    """
    written = data.get("place", "").strip()[:60]
    if not written:
        return _worded(PlaceForm(), texts), ""
    found = find_regions(written)
    options = place_options(found)
    chosen = data.get("work_region", "") if data.get("asked", "") == written else ""
    if chosen in {row.code for row in options}:
        return _worded(PlaceForm(initial={"place": written, "work_region": chosen}, options=options), texts), chosen
    if len(found) == 1:
        return _worded(PlaceForm(initial={"place": written}, options=options), texts), found[0].code
    form = _worded(PlaceForm({"place": written, "asked": written}, options=options), texts)
    if found:
        form.add_error("work_region", _("有几个地方叫这个名字，请选择一个。"))
    else:
        form.add_error("place", _("没有找到这个地方。请写市或区县的名称；不清楚可以空着。"))
    return form, ""


def _worded(form: PlaceForm, texts: Mapping[str, Any]) -> PlaceForm:
    for name, text in texts.items():
        setattr(form.fields["place"], name, text)
    return form
