"""Papers drafted on a case (起草文书): the union's letters and the worker's papers, prefilled from the case.

Who the worker is stays a blank until the officer asks for it with a reason, which the trail keeps.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gonghui import brain
from gonghui.appeals import actions, queries
from gonghui.appeals.queries.page import MatterPage
from gonghui.brain.gazetteer import Gazetteer
from gonghui.desk.views.matter import seen
from gonghui.kernel.errors import InvalidData, KernelError, NotFound
from gonghui.kernel.models import Matter
from gonghui.law.advice.page import page
from gonghui.law.advice.plan import Plan
from gonghui.law.documents import Employer, Fields, Person, from_plan, sources
from gonghui.law.documents.page import paper_page
from gonghui.law.topics import topics
from gonghui.people.decorators import staff_required
from gonghui.people.http import Request

PERSONAL = {"reporter_name": "name", "id_no": "id_number", "phone": "phone"}


@staff_required
@never_cache
@require_http_methods(["GET", "POST"])
def draft(request: Request, matter_id: int, document: str) -> HttpResponse:
    """One paper on one case. `go=reveal` with a `reason` puts the worker's personal fields into the form."""
    if document not in sources() or sources()[document].by == "record":
        raise Http404
    matter = seen(request, matter_id)
    case = queries.matter_page(request.actor, matter.pk)
    if case.limited or not case.description:
        raise PermissionDenied
    library, source = topics(), sources()[document]
    plan = plan_of(case, request.POST if request.method == "POST" else request.GET)
    reveals = [name for name in PERSONAL if name in case.revealable] if source.by == "worker" else []
    context: dict[str, Any] = {"matter": matter, "reveals": reveals}
    person, status = Person(), 200
    if request.POST.get("go") == "reveal" and reveals:
        try:
            person = _revealed(request, matter, reveals)
        except NotFound as error:
            raise Http404 from error
        except InvalidData as error:
            status, context["reason_errors"] = 422, error.texts
        except KernelError as error:
            status, context["reason_errors"] = 403, [str(error)]
    story = brain.mask_personal(case.description) if source.by == "worker" else ""
    base = from_plan(plan, person=person, employer=_employer(case), region=_county(case), story=story)
    if source.by == "union":
        base = _letter(base, case)
    response = paper_page(
        request, document, base, template="desk/draft.html", context=context, kept=("topic", "sure", *library.facts)
    )
    response.status_code = status if status != 200 else response.status_code
    return response


def plan_of(case: MatterPage, posted: QueryDict) -> Plan:
    """The law's answer to the case, with the situations and facts that were posted beside the intake's."""
    library = topics()
    told = {name: value for name, value in posted.items() if name in library.facts and isinstance(value, str)}
    plan: Plan = page(
        case.description,
        {**known_facts(case), **told},
        title=case.appeal.title,
        codes=[code for code in posted.getlist("topic") if code in library.topics][:3],
        on=case.appeal.incident_date,
        region=case.appeal.work_region or None,
    ).context["plan"]
    return plan


def offered(names: tuple[str, ...]) -> list[str]:
    """All papers, those that the answer names first, then the union's letters."""
    every = {name: source for name, source in sources().items() if source.by != "record"}
    first = [name for name in names if name in every]
    letters = [name for name, source in every.items() if source.by == "union"]
    return list(dict.fromkeys([*first, *letters, *every]))


def _revealed(request: Request, matter: Matter, names: list[str]) -> Person:
    """Each field by itself goes into the trail with the reason, as one look at a time does."""
    reason = request.POST.get("reason", "")
    return Person.model_validate(
        {PERSONAL[name]: actions.reveal(request.actor, matter, name, reason) for name in names}
    )


def known_facts(case: MatterPage) -> dict[str, str]:
    """What the intake asked, by fact name; said in words it counts less."""
    appeal = case.appeal
    raw: dict[str, date | Decimal | str | None] = {
        "started_on": appeal.employed_from,
        "ended_on": appeal.employed_to,
        "average_wage": appeal.avg_wage,
        "employed": None if appeal.still_employed is None else "yes" if appeal.still_employed else "no",
        "contract_state": {"yes": "signed", "no": "never"}.get(appeal.contract_signed),
    }
    return {name: str(value) for name, value in raw.items() if value is not None}


def _employer(case: MatterPage) -> Employer:
    """The employer as registered, or as the worker named it."""
    appeal = case.appeal
    party = next((one for one in case.parties if one.role == "employer"), None)
    known = appeal.employer or (party.employer if party is not None else None)
    if known is not None:
        return Employer(name=known.name, uscc=known.uscc, address=known.address)
    if party is not None:
        return Employer(name=party.name, uscc=party.uscc)
    return Employer(name=appeal.employer_name)


def _county(case: MatterPage) -> str:
    code = case.appeal.work_region[:6]
    return Gazetteer.default().full_name(code) if len(code) == 6 and not code.endswith("00") else ""


def _letter(base: Fields, case: MatterPage) -> Fields:
    """Number of the appeal instead of a name, the union that holds the case, how many workers it is about."""
    holder = case.organisations.get(case.matter.holder_path, "")
    letter = base.letter.model_copy(
        update={
            "clue": _("12351 诉求 %(number)s") % {"number": case.appeal.number},
            "union": holder,
            "people": case.appeal.people_count,
        }
    )
    return base.model_copy(update={"letter": letter, "story": ()})
