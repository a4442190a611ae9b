"""A place looked after: inspections with what was found, photos with their review, when it is used."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gonghui.desk.forms import add_kernel_errors
from gonghui.desk.views.venues import KEEPERS, _own
from gonghui.kernel.errors import InvalidData, KernelError, NotAllowed
from gonghui.people.decorators import role_required
from gonghui.people.http import Request
from gonghui.venues import faults, hours, inspections, pictures, queries, tables
from gonghui.venues.models import Venue, VenuePhoto
from gonghui.venues.queries import HANDS

SHOWN_MOST = 24


class InspectionForm(forms.Form):
    what = forms.ChoiceField(label=gettext_lazy("做了什么检查"))
    found = forms.CharField(
        label=gettext_lazy("发现的问题"),
        required=False,
        max_length=faults.TEXT_MOST,
        help_text=gettext_lazy("写了就转报修：一个工作日内派单，三个工作日内修好。没有问题的留空。"),
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": faults.TEXT_MOST}),
    )
    note = forms.CharField(label=gettext_lazy("备注"), required=False, max_length=300)

    def __init__(self, *args: Any, venue: Venue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        what: Any = self.fields["what"]
        due = {one.kind.code for one in inspections.due([venue])}
        kinds = [kind for kind in inspections.of_kind(venue) if not kind.every or kind.code in due]
        what.choices = [(kind.code, str(kind)) for kind in kinds]


class PhotoForm(forms.Form):
    photo = forms.FileField(
        label=gettext_lazy("照片"),
        help_text=gettext_lazy("jpg、png 或 webp，不要拍到人。另一位同志看过才公开。"),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        error_messages={"required": gettext_lazy("请选择一张照片。")},
    )
    words = forms.CharField(label=gettext_lazy("照片上是什么"), max_length=80)


@role_required(*HANDS)
@never_cache
@require_http_methods(["GET", "POST"])
def care(request: Request, venue_id: int) -> HttpResponse:
    venue = _own(request, venue_id)
    verb = request.POST.get("verb", "")
    form = InspectionForm(request.POST if verb == "inspect" else None, venue=venue)
    photo = PhotoForm(*((request.POST, request.FILES) if verb == "photo" else ()))
    status = 200
    if request.method == "POST":
        status = 422
        asked = photo if verb == "photo" else form
        try:
            if _done(request, venue, verb, form, photo):
                messages.success(request, _("已保存。"))
                return redirect("desk:venue_care", venue.pk)
        except InvalidData as error:
            add_kernel_errors(asked, error.errors)
        except NotAllowed as error:
            raise Http404 from error
        except KernelError as error:
            messages.error(request, str(error))
            return redirect("desk:venue_care", venue.pk)
    heat = queries.heat(venue)
    history = venue.inspections.select_related("by", "fault__matter").order_by("-at")[:SHOWN_MOST]
    names = {kind.code: kind for kind in tables.inspecting()}
    context = {
        "venue": venue,
        "form": form,
        "photo_form": photo,
        "points": [(kind, kind.points) for kind in inspections.of_kind(venue)],
        "due": inspections.due([venue]),
        "history": [(row, names.get(row.what, row.what)) for row in history],
        "photos": venue.photos.filter(state__in=("pending", "shown")).order_by("state", "at"),
        "may_keep": queries.own(request.actor, *KEEPERS).filter(pk=venue.pk).exists(),
        "me": request.actor.account_id,
        "hours": heat.hours,
        "heat": [(hours.WEEKDAYS[day], cells) for day, cells in heat.rows],
        "total": heat.total,
        "days": tables.numbers().heat_days,
    }
    return render(request, "desk/venue_care.html", context, status=status)


def _done(request: Request, venue: Venue, verb: str, form: InspectionForm, photo: PhotoForm) -> bool:
    """Do what was pressed. False: what was typed is not right."""
    if verb == "inspect":
        if not form.is_valid():
            return False
        inspections.inspect(request.actor, venue, **form.cleaned_data)
    elif verb == "photo":
        if not photo.is_valid():
            return False
        pictures.send(request.actor, venue, photo.cleaned_data["photo"], photo.cleaned_data["words"])
    elif verb in (VenuePhoto.State.SHOWN, VenuePhoto.State.REFUSED, VenuePhoto.State.REMOVED):
        number = request.POST.get("venue_photo", "")
        pictures.decide(request.actor, venue, int(number) if number.isdecimal() else 0, verb)
    else:
        raise Http404
    return True
