"""建会 at the desk: the record of a new union's seal, for who handles the founding."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from gonghui.desk.views.matter import seen
from gonghui.founding import seals
from gonghui.kernel.errors import NotFound
from gonghui.law.documents.page import record_page
from gonghui.people.decorators import staff_required
from gonghui.people.http import Request
from gonghui.services.queries import reads_clear


@staff_required
@never_cache
@require_GET
def seal(request: Request, matter_id: int) -> HttpResponse:
    """印章备案表 with the proof for making the seal, once the union is there."""
    matter = seen(request, matter_id)
    try:
        if not reads_clear(request.actor, matter):
            raise NotFound
        fields = seals.fields_of(matter, names=True)
    except NotFound as error:
        raise Http404 from error
    context = {"back_url": reverse("desk:matter", args=[matter_id])}
    return record_page(request, seals.DOCUMENT, fields, layout="desk/base.html", context=context)
