"""服务目录 at the desk: all services with their state, and a service file tried before a deployment puts it in."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.desk import service_preview
from gonghui.desk.service_forms import ChosenForm, FactsForm, FileForm, LayersForm
from gonghui.kernel.errors import FlowError
from gonghui.kernel.times import today
from gonghui.organisations.models import Organisation, Region
from gonghui.organisations.queries import organisation_for_region
from gonghui.people.decorators import role_required
from gonghui.people.http import Request, made_file
from gonghui.services.catalogue import packaged
from gonghui.services.tracing import trace
from gonghui.services.trial import authors, explaining, notices, printing, telling
from gonghui.services.trial.differing import differences, part_of
from gonghui.services.trial.proposing import Proposal, propose
from gonghui.services.trial.walking import rehearse

logger = logging.getLogger(__name__)
LANGUAGES = {"zh-hans": "zh-hans", "en": "en"}
DOING = ("check", "preview", "walk", "json")


def _places(request: Request) -> tuple[str, ...]:
    """Where this person may try services; nobody below a province may."""
    found = authors.places(request.actor)
    if not found:
        raise PermissionDenied
    return found


@role_required(*authors.AUTHORS)
@never_cache
@require_GET
def listing(request: Request) -> HttpResponse:
    """Every service: state, version, who handles it, from when to when, and where it differs."""
    _places(request)
    found = packaged()
    # Also a difference that holds later, or no more, is there to be looked at.
    differing = sorted(key for key, rows in found.layers.items() if key[1] and not rows[0].kept)
    names = _names({code for _service, code in differing})
    rows = [
        {
            "service": service,
            "level": str(telling.LEVELS[service.handled_by.level]) if service.takes_applications else "",
            "regions": [
                {"code": code, "name": names[code]} for service_id, code in differing if service_id == service.id
            ],
            "now": service.valid(today()),
        }
        for service in found.services.values()
    ]
    return render(request, "desk/service_catalogue.html", {"rows": rows})


def _names(codes: Iterable[str]) -> dict[str, str]:
    """The short names of places by their codes of 2, 4, 6 or 9 digits."""
    whole = {code: code.ljust(6, "0") for code in codes}
    known = dict(Region.objects.filter(pk__in=whole.values()).values_list("pk", "short_name"))
    return {code: known.get(filled, code) for code, filled in whole.items()}


@role_required(*authors.AUTHORS)
@never_cache
@require_GET
def differences_by_level(request: Request) -> HttpResponse:
    """逐级差异: from which layer of a service each value comes that holds in a place on a day."""
    places = _places(request)
    begun = {"place": _first_county(places), "day": today().isoformat()}
    form = LayersForm({**begun, **request.GET.dict()})
    context: dict[str, Any] = {"form": form}
    if not form.is_valid():
        return render(request, "desk/service_layers.html", context, status=422 if "service" in request.GET else 200)
    data = form.cleaned_data
    chain = packaged().chain(data["service"], data["place"], data["day"])
    service = packaged().find(data["service"], data["place"], data["day"])
    names = _names(one.place for one in chain if one.place)
    levels = [{"layer": one, "name": names.get(one.place) or _("全国")} for one in chain]
    values = trace(chain)
    labels = {one["layer"]: one["name"] for one in levels}
    rows: list[dict[str, Any]] = [
        {
            "value": one,
            "by": (labels.get(one.layer) if one.layer else "") or _("流程模板"),
            "part": part_of(one.where),
            "steps": list(zip(levels, one.steps, strict=True)),
        }
        for one in values
    ]
    context |= {
        "service": service,
        "levels": levels,
        "narrower": len(chain) > 1,
        "differing": [row for row in rows if row["value"].differs],
        "rows": rows,
    }
    return render(request, "desk/service_layers.html", context)


@role_required(*authors.AUTHORS)
@never_cache
@require_http_methods(["GET", "POST"])
def attempt(request: Request) -> HttpResponse:
    """Check a file as at start, see the worker's pages, walk it through. What was typed stays; nothing else does."""
    places = _places(request)
    if request.method == "GET":
        form = FileForm(actor=request.actor, initial=_begun(request, places))
        return render(request, "desk/service_try.html", {"form": form})
    form = FileForm(request.POST, request.FILES, actor=request.actor)
    do = request.POST.get("do", "check")
    context: dict[str, Any] = {"form": form, "do": do if do in DOING else "check"}
    if not form.is_valid():
        return _answer(request, form, context, 422)
    data = form.cleaned_data
    try:
        proposal = propose(data["text"], of=data["of"], place=data["place"])
    except FlowError as error:
        context["mistake"] = _mistake(error, data)
        form.add_error("text", context["mistake"]["told"])
        return _answer(request, form, context, 422)
    return _judged(request, form, proposal, context)


def _judged(request: Request, form: FileForm, proposal: Proposal, context: dict[str, Any]) -> HttpResponse:
    data, do, service = form.cleaned_data, context["do"], proposal.service
    # Who asks only for a check has not seen these forms yet.
    given = request.POST if request.POST.get("asked") == service.id else None
    known, chosen = FactsForm(given, service=service), ChosenForm(given, service=service)
    flow = proposal.catalogue.flow(service)
    context |= {
        "proposal": proposal,
        "service": service,
        "differences": differences(proposal, packaged()),
        "notices": notices.of(service, flow),
        "known": known,
        "chosen": chosen,
        "folder": "gonghui/services/catalogue/",
    }
    if given is not None and not (known.is_valid() and chosen.is_valid()):
        return _answer(request, form, context, 422)
    region = data["region"]
    if do in ("preview", "walk", "json") and organisation_for_region(region) is None:
        form.add_error("region", _("请写在哪里试：这个地方要有工会。"))
        return _answer(request, form, context, 422)
    if do == "preview":
        language = LANGUAGES.get(request.POST.get("language", ""), get_language() or "zh-hans")
        facts = known.facts() if given is not None else {}
        try:
            context["frames"] = service_preview.frames(request, proposal, region, data["day"], facts, language)
        except (DatabaseError, ValueError, TypeError, KeyError, ArithmeticError) as error:
            # Values that no check foresees, or a database that others hold: said, with what was typed still there.
            logger.info("a service file could not be shown", exc_info=True)
            form.add_error(None, telling.fault(error))
            return _answer(request, form, context, 422)
    elif do in ("walk", "json"):
        report = rehearse(proposal, region, data["day"], chosen.values() if given is not None else {})
        if do == "json":
            return _as_file(report.to_dict() | {"differences": [asdict(one) for one in context["differences"]]})
        context |= {"report": report, "ended": printing.ended(report)}
    return _answer(request, form, context, 200)


def _answer(request: Request, form: FileForm, context: dict[str, Any], status: int) -> HttpResponse:
    # A file's text stands in the box from now on: a browser does not send the same file twice by itself.
    text = form.cleaned_data.get("text") if hasattr(form, "cleaned_data") else None
    context["text"] = text or request.POST.get("text", "")
    if text and request.FILES:
        form.data = form.data.copy()  # type: ignore[attr-defined]
        form.data["text"] = text  # type: ignore[index]
    return render(request, "desk/service_try.html", context, status=status)


def _begun(request: Request, places: tuple[str, ...]) -> dict[str, Any]:
    """The text in use of the service asked for (`?service=M04`, `&place=52` for a difference)."""
    begun: dict[str, Any] = {"day": today()}
    key = request.GET.get("service", ""), request.GET.get("place", "")
    layer = next((one for one in packaged().layers.get(key, ()) if not one.kept), None)
    if layer is not None:
        begun["text"] = Path(layer.file).read_text(encoding="utf-8")
        begun |= {"of": layer.service, "place": layer.place} if layer.place else {}
    begun["region"] = _first_county(places)
    return begun


def _first_county(places: tuple[str, ...]) -> str:
    """A place to begin with; empty where none is known."""
    rows = Organisation.objects.filter(
        level=Organisation.Level.COUNTY, active=True, region__code__startswith=places[0]
    ).order_by("region_id")
    return rows.values_list("region_id", flat=True).first() or ""


def _mistake(error: FlowError, data: dict[str, Any]) -> dict[str, Any]:
    """The line with what stands there, the cause, and what it means in plain words."""
    lines = str(data["text"]).splitlines()
    own = "/" not in error.file or bool(data["place"])
    said = lines[error.line - 1].strip()[:120] if own and 0 < error.line <= len(lines) else ""
    where = _("第 %(n)d 行") % {"n": error.line} if own else f"{error.file}:{error.line}"
    plain = explaining.plain(error.cause)
    return {"line": error.line, "said": said, "told": f"{where}：{plain} {error.cause}", "file": error.file}


def _as_file(data: dict[str, Any]) -> HttpResponse:
    return made_file(json.dumps(data, ensure_ascii=False, indent=2), f"trial-{data['service']}.json")
