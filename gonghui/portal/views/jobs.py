"""找工作: the list of jobs, one job, applying, one's own applications, the one tap after thirty and ninety days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.jobs import applying, fairs, matching, posting_rules, postings, seekers, tables
from gonghui.jobs.models import Posting
from gonghui.kernel.errors import GuardRefused, InvalidData, KernelError, NotFound
from gonghui.kernel.flow import flow_of
from gonghui.kernel.flow.step_forms import add_kernel_errors, step_form, submitted
from gonghui.kernel.matters import act, state_text
from gonghui.kernel.models import Matter
from gonghui.kernel.times import today
from gonghui.organisations.models import Region
from gonghui.people.http import Request
from gonghui.portal import limits
from gonghui.portal.beside import beside
from gonghui.portal.views.offers import own_seat
from gonghui.services import offers
from gonghui.services.catalogue import catalogue
from gonghui.services.facts import profile_of
from gonghui.services.queries import Own

PAYS = (3000, 4000, 5000, 6000, 8000, 10000)
# The worker's own steps, in the words of their page.
DONE: dict[str, Any] = {
    "arrive": gettext_lazy("已记下，祝工作顺利。30天后我们会问问您。"),
    "still_30": gettext_lazy("谢谢，祝工作顺利。"),
    "still_90": gettext_lazy("谢谢，祝工作顺利。"),
    "leave": gettext_lazy("已记下。要再找工作，或者被欠薪、被辞退，工会都可以帮您。"),
    "give_up": gettext_lazy("已告诉单位。"),
}


def to_sign_in(request: Request, wanted: str = "") -> HttpResponse:
    return redirect_to_login(wanted or request.get_full_path(), login_url=resolve_url("people:worker_sign_in"))


@dataclass(frozen=True)
class Shown:
    """A posting as pages show it."""

    posting: Posting
    pay: str
    shift: str
    form: str
    board: str
    trade: str
    campaign: str

    @classmethod
    def of(cls, posting: Posting) -> Shown:
        word = postings.word_for
        campaign = tables.campaigns().get(posting.campaign)
        return cls(
            posting, postings.pay_words(posting), word("shift", posting.shift), word("form", posting.form),
            word("board", posting.board), str(tables.trades()[posting.trade]), str(campaign) if campaign else "",
        )  # fmt: skip


@beside("M07", "J01")
def links(request: Request, page: Own) -> list[tuple[str, dict[str, Any]]]:
    """From a registration to the jobs that fit, from a posting to who applied."""
    return [("portal/beside/job_links.html", {"seeks": page.service.id == seekers.SERVICE})]


def _pairs(field: str) -> list[tuple[str, str]]:
    return [(choice.code, str(choice)) for choice in catalogue().services[postings.SERVICE].field(field).choices]


@require_GET
def index(request: Request) -> HttpResponse:
    """Open jobs: in one's own words, and by place, pay, trade, shift, insurance."""
    codes = postings.regions_with_jobs()
    person = profile_of(request.actor) if request.actor.kind == "worker" else None
    home = f"{person.region_id[:4]}00" if person is not None and person.region_id else ""
    asked = request.GET
    region = asked.get("region", home)
    pay = asked.get("pay", "")
    trades, shifts = _pairs("trade"), _pairs("shift")
    chosen = postings.Asked(
        q=asked.get("q", "").strip()[:60],
        region=region if region in codes else "",
        trade=asked.get("trade", "") if asked.get("trade", "") in dict(trades) else "",
        shift=asked.get("shift", "") if asked.get("shift", "") in dict(shifts) else "",
        pay=int(pay) if pay in {str(row) for row in PAYS} else 0,
        insured=asked.get("insured") == "1",
        campaign=asked.get("campaign", "") if asked.get("campaign", "") in tables.campaigns() else "",
    )
    rows = [Shown.of(row) for row in postings.listed(chosen)]
    context = {
        "asked": chosen,
        "narrowed": any((chosen.trade, chosen.shift, chosen.pay, chosen.insured, chosen.campaign)),
        "rows": rows,
        "most": len(rows) == tables.numbers().list_most,
        "regions": Region.objects.filter(pk__in=codes).order_by("pk"),
        "trades": trades,
        "shifts": shifts,
        "pays": PAYS,
        "campaigns": [(code, str(row)) for code, row in tables.campaigns().items()],
        "seeker": seekers.own(request.actor),
        "fairs": [(row, offers.when(row)) for row in fairs.coming(chosen.region, 3)],
    }
    return render(request, "portal/jobs.html", context)


def _public(request: Request, posting_id: int) -> Posting:
    try:
        return postings.public(posting_id)
    except NotFound as error:
        raise Http404 from error


@never_cache
@require_GET
def page(request: Request, posting_id: int) -> HttpResponse:
    """One job, and how it fits who is signed in."""
    posting = _public(request, posting_id)
    seeker = seekers.own(request.actor)
    fit = None
    if seeker is not None:
        like = float(matching.meaning(bytes(seeker.vector), [bytes(posting.vector)])[0])
        fit = matching.fit(seeker, posting, like, today())
    mine = [row for row in applying.own_list(request.actor) if row.posting.pk == posting.pk and row.row.live]
    context = {
        "job": Shown.of(posting),
        "posting": posting,
        "fit": fit,
        "seeker": seeker,
        "mine": mine[0] if mine else None,
        "own": posting.account_id is not None and posting.account_id == request.actor.account_id,
        "days": postings.days_left(posting, today()),
    }
    return render(request, "portal/job.html", context)


@never_cache
@require_GET
def fair(request: Request, offer_id: int) -> HttpResponse:
    """A job fair: when and where, and the jobs that employers bring."""
    try:
        row = fairs.fair(offer_id)
    except NotFound as error:
        raise Http404 from error
    service = catalogue().services[fairs.SERVICE]
    context = {
        "fair": row,
        "when": offers.when(row),
        "seats": offers.seats_words(service, row),
        "open": offers.open_one(service, row.pk) is not None,
        "own": own_seat(request, row),
        "booths": [(booth, Shown.of(booth.posting)) for booth in fairs.brought(row)],
        "service": service,
    }
    return render(request, "portal/job_fair.html", context)


class ApplyForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("想对单位说的话"),
        required=False,
        max_length=applying.WORDS_MOST,
        help_text=gettext_lazy("可以不写。例如：干过三年，下周就能上班。"),
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": applying.WORDS_MOST}),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def apply(request: Request, posting_id: int) -> HttpResponse:
    """投递: what the employer will read is shown first."""
    posting = _public(request, posting_id)
    if request.actor.kind != "worker":
        return to_sign_in(request)
    seeker = seekers.own(request.actor)
    form = ApplyForm(request.POST or None)
    reasons: list[str] = []
    status = 200
    if request.method == "POST" and seeker is not None:
        status = 422
        if not limits.allowed(request, "job_apply", tables.numbers().rates.applications):
            reasons, status = [_("提交得太频繁了，请过一会儿再试。")], 429
        elif form.is_valid():
            try:
                made = applying.apply(request.actor, posting.pk, form.cleaned_data["words"])
                messages.success(request, _("已投递，编号 %(number)s。") % {"number": made.matter.number})
                return redirect("portal:job_application", made.matter_id)
            except GuardRefused as error:
                reasons, status = error.reasons, 409
            except KernelError as error:
                reasons, status = [str(error)], 409
    context = {
        "job": Shown.of(posting),
        "posting": posting,
        "seeker": seeker,
        "skills": seekers.skill_words(seeker) if seeker else (),
        "form": form,
        "reasons": reasons,
    }
    return render(request, "portal/job_apply.html", context, status=status)


class ReportForm(forms.Form):
    reason = forms.ChoiceField(label=gettext_lazy("哪里不对"), widget=forms.RadioSelect)
    report_text = forms.CharField(
        label=gettext_lazy("具体情况"),
        required=False,
        max_length=postings.REPORT_MOST,
        help_text=gettext_lazy("例如：面试时要交500元服装费。"),
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": postings.REPORT_MOST}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["reason"]
        field.choices = [(code, str(row)) for code, row in tables.reasons().items()]


@never_cache
@require_http_methods(["GET", "POST"])
def report(request: Request, posting_id: int) -> HttpResponse:
    """举报岗位; what belongs to 12351 as well leads there."""
    posting = _public(request, posting_id)
    if request.actor.kind != "worker":
        return to_sign_in(request)
    form = ReportForm(request.POST or None)
    status, hotline, sent = 200, False, False
    if request.method == "POST":
        status = 422
        if not limits.allowed(request, "job_report", tables.numbers().rates.reports):
            status = 429
            form.add_error(None, _("提交得太频繁了，请过一会儿再试。"))
        elif form.is_valid():
            said = form.cleaned_data
            try:
                postings.report(request.actor, posting.pk, said["reason"], said["report_text"])
                status, sent, hotline = 200, True, tables.reasons()[said["reason"]].hotline
            except GuardRefused as error:
                status = 409
                form.add_error(None, error.reasons[0])
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
    context = {"job": Shown.of(posting), "posting": posting, "form": form, "sent": sent, "hotline": hotline}
    return render(request, "portal/job_report.html", context, status=status)


@never_cache
@require_GET
def mine(request: Request) -> HttpResponse:
    """我的求职: what waits for an answer, jobs that fit, applications."""
    if request.actor.kind != "worker":
        return to_sign_in(request)
    seeker = seekers.own(request.actor)
    context: dict[str, Any] = {"seeker": seeker, "applications": applying.own_list(request.actor)}
    if seeker is not None:
        context |= {
            "state": state_text(seeker.matter, for_worker=True),
            "fits": [(Shown.of(row), fit) for row, fit in seekers.jobs_for(seeker)],
            "recommended": [Shown.of(row) for row in posting_rules.recommended(seeker)],
            "invitations": [Shown.of(row) for row in seekers.invitations_for(seeker)],
        }
    return render(request, "portal/my_jobs.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def application(request: Request, matter_id: int) -> HttpResponse:
    """An application of one's own: where it stands, what the employer said, one's own steps."""
    try:
        found = applying.own_page(request.actor, matter_id)
    except NotFound as error:
        if request.actor.kind == "anonymous":
            return to_sign_in(request)
        raise Http404 from error
    steps = {step.name: step for step in found.steps}
    status, error_text = 200, ""
    bound: dict[str, forms.Form] = {}
    if request.method == "POST":
        name = request.POST.get("step", "")
        if name not in steps:
            error_text, status = _("现在不能进行这一步，请刷新页面。"), 409
        else:
            try:
                act(matter_id, name, request.actor, submitted(steps[name], request.POST))
                messages.success(request, DONE[name])
                return redirect("portal:job_application", matter_id)
            except InvalidData as error:
                status, bound[name] = 422, step_form(steps[name], found.matter, request.actor, request.POST)
                add_kernel_errors(bound[name], error.errors)
            except KernelError as error:
                error_text, status = str(error), 409
    context = {
        "page": found,
        "job": Shown.of(found.posting),
        "contact": found.row.revealed and found.matter.state in ("interview", "hired", "arrived"),
        "why": _why(found.row.why, found.matter),
        "steps": [
            (step, bound.get(name) or step_form(step, found.matter, request.actor)) for name, step in steps.items()
        ],
        "error": error_text,
    }
    return render(request, "portal/job_application.html", context, status=status)


def _why(code: str, matter: Matter) -> str:
    step = flow_of(matter).by_name["turn_down" if matter.state == "not_hired" else "leave"]
    return next((str(choice) for spec in step.fields for choice in spec.choices if choice.code == code), "")


@never_cache
@require_http_methods(["GET", "POST"])
def tap(request: Request, token: str) -> HttpResponse:
    """What a link in a message opens: one question, answered with one tap and without signing in."""
    if request.method == "POST":
        if not limits.allowed(request, "job_tap", tables.numbers().rates.applications):
            return render(request, "portal/job_tap.html", {"page": None}, status=429)
        name = request.POST.get("step", "")
        try:
            done = applying.answer_tap(token, name, request.POST.dict())
            return render(request, "portal/job_tap.html", {"page": done, "said": DONE[name], "left": name == "leave"})
        except NotFound as error:
            raise Http404 from error
        except KernelError as error:
            return render(request, "portal/job_tap.html", {"page": None, "error": str(error)}, status=409)
    try:
        found = applying.by_tap(token) if limits.allowed(request, "job_tap", "240/h") else None
    except GuardRefused as error:
        return render(request, "portal/job_tap.html", {"page": None, "error": error.reasons[0]}, status=410)
    if found is None:
        raise Http404
    return render(request, "portal/job_tap.html", {"page": found})
