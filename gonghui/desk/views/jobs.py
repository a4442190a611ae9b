"""就业服务 at the desk: postings to check, reported ones, people to help; the list of blocked employers; figures."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.jobs import blocked, desk_queries, fairs, figures
from gonghui.jobs.blocked import COLUMNS, KEEPERS
from gonghui.jobs.desk_queries import COUNTERS, HANDS
from gonghui.jobs.models import BlockedEmployer
from gonghui.kernel.errors import KernelError, NotFound
from gonghui.kernel.flow.step_forms import add_refusal
from gonghui.kernel.sheets import ImportFileError
from gonghui.kernel.times import today
from gonghui.people.decorators import role_required
from gonghui.people.http import Request

# The fairs that the page lists: those of the last and the coming weeks.
AROUND = timedelta(days=60)
FILE_BYTES, SHOWN_MOST = 2 * 1024 * 1024, 200
READERS = tuple(dict.fromkeys((*HANDS, *COUNTERS)))


@role_required(*READERS)
@never_cache
@require_GET
def home(request: Request) -> HttpResponse:
    """What waits: postings to check with what is doubtful, reported ones, people to recommend jobs to."""
    works = request.actor.has_role(*HANDS)
    context = {
        "works": works,
        "counts": request.actor.has_role(*COUNTERS),
        "keeps": request.actor.has_role(*KEEPERS),
        "queue": desk_queries.queue(request.actor) if works else [],
        "seekers": desk_queries.waiting(request.actor) if works else [],
        "asked": desk_queries.unanswered(request.actor) if works else [],
        "open": desk_queries.open_postings(request.actor),
        "fairs": fairs.counts(request.actor.paths_as(*HANDS), today() - AROUND, today() + AROUND) if works else [],
    }
    return render(request, "desk/jobs.html", context)


class BlockedForm(forms.Form):
    uscc = forms.CharField(label=gettext_lazy("统一社会信用代码"), max_length=30)
    employer = forms.CharField(label=gettext_lazy("单位名称"), max_length=120)
    source = forms.CharField(
        label=gettext_lazy("来源"), max_length=200, help_text=gettext_lazy("例如：省人社厅拖欠农民工工资失信名单第3批")
    )
    listed_on = forms.CharField(label=gettext_lazy("列入日期"), widget=forms.DateInput(attrs={"type": "date"}))


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("名单文件（.xlsx 或 .csv）"),
        help_text=gettext_lazy("第一行写列名：统一社会信用代码、单位名称、来源、列入日期、移出日期。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )


@role_required(*KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def blocked_page(request: Request) -> HttpResponse:
    """Employers that may not post: enter one, bring in a file, take one off from a day."""
    verb = request.POST.get("verb", "")
    form = BlockedForm(request.POST if verb == "enter" else None)
    upload = FileForm(request.POST, request.FILES) if verb == "file" else FileForm()
    status, rejected = 200, []
    if request.method == "POST":
        status = 422
        try:
            if verb == "enter" and form.is_valid():
                _row, _done, paused = blocked.enter(request.actor, blocked.read(form.cleaned_data))
                messages.success(request, _paused(_("已登记。"), paused))
                return redirect("desk:blocked_employers")
            if verb == "remove":
                chosen, day = request.POST.get("blocked", ""), _day(request.POST.get("removed_on", ""))
                blocked.remove(request.actor, int(chosen) if chosen.isdigit() else 0, day or today())
                messages.success(request, _("已移出。"))
                return redirect("desk:blocked_employers")
            if verb == "file" and upload.is_valid():
                report = _take(request, upload.cleaned_data["file"])
                if not report.rejected:
                    said = _("新增 %(added)d，更改 %(changed)d，没有变化 %(same)d。") % {
                        "added": report.added, "changed": report.changed, "same": report.same,
                    }  # fmt: skip
                    messages.success(request, _paused(said, report.paused))
                    return redirect("desk:blocked_employers")
                rejected = report.rejected[:50]
        except NotFound as error:
            raise Http404 from error
        except ImportFileError as error:
            upload.add_error("file", str(error))
        except KernelError as error:
            add_refusal(form, error)
    rows = BlockedEmployer.objects.order_by("-listed_on", "-pk")[:SHOWN_MOST]
    context = {
        "form": form, "upload": upload, "rows": rows, "rejected": rejected, "today": today(), "columns": list(COLUMNS)
    }  # fmt: skip
    return render(request, "desk/blocked_employers.html", context, status=status)


def _paused(said: str, paused: int) -> str:
    more = _("这些单位正在招的 %(n)d 个岗位已暂停展示。") % {"n": paused} if paused else ""
    return f"{said}{more}"


def _take(request: Request, file: Any) -> blocked.Report:
    suffix = Path(str(file.name)).suffix.lower()
    if file.size > FILE_BYTES:
        raise ImportFileError(_("文件太大，请分成几个文件。"), "too_large")
    with tempfile.NamedTemporaryFile(suffix=suffix if suffix in blocked.READERS else ".none") as kept:
        for piece in file.chunks():
            kept.write(piece)
        kept.flush()
        return blocked.import_file(kept.name, request.actor)


def _day(raw: str) -> date | None:
    try:
        return parse_date(raw)
    except ValueError:
        return None


@role_required(*COUNTERS)
@never_cache
@require_GET
def figures_page(request: Request) -> HttpResponse:
    """岗位数、投递、录用、到岗、90天稳岗, by group, trade, campaign and month."""
    usual_since, usual_until = figures.default_period()
    since = _day(request.GET.get("since", "")) or usual_since
    until = _day(request.GET.get("until", "")) or usual_until
    found = figures.figures(request.actor, min(since, until), until, COUNTERS)
    way = found.all
    steps = [
        (_("投递"), way.applied), (_("面试"), way.interviews), (_("录用"), way.hired), (_("到岗"), way.arrived),
        (_("稳岗90天"), way.stayed90),
    ]  # fmt: skip
    charts = {
        "categories": {"labels": [str(label) for label, _n in steps], "values": [n for _label, n in steps]},
        "months": {"labels": [row[0] for row in found.by_month], "values": [row[2] for row in found.by_month]},
    }
    held = fairs.counts(request.actor.paths_as(*COUNTERS), min(since, until), until)
    context = {"figures": found, "steps": steps, "charts": charts, "fairs": held}
    return render(request, "desk/job_figures.html", context)
