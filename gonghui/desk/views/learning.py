"""课程 at the desk: write, review and publish them; the record of a session; targets with their lights."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.desk.views.offers import ROLES, own_offer
from gonghui.kernel.errors import InvalidData, KernelError, NotAllowed, NotFound
from gonghui.kernel.flow.step_forms import add_refusal
from gonghui.kernel.times import today
from gonghui.learning import counting, courses, recording, study
from gonghui.learning.courses import READERS, WRITERS
from gonghui.learning.models import Course, Lesson, Question
from gonghui.organisations.models import Organisation
from gonghui.people.decorators import role_required
from gonghui.people.http import Request, download

KINDS = (("lecture", gettext_lazy("大思政课")), ("skill", gettext_lazy("技能课程")))
SPEAKERS = (
    ("", gettext_lazy("请选择")),
    ("model", gettext_lazy("劳模")),
    ("craftsman", gettext_lazy("工匠")),
    ("young", gettext_lazy("青年职工")),
    ("expert", gettext_lazy("专家")),
    ("teacher", gettext_lazy("教师")),
)
VERBS = {
    "send": gettext_lazy("送审"),
    "publish": gettext_lazy("审核通过，发布"),
    "send_back": gettext_lazy("退回修改"),
    "withdraw": gettext_lazy("下架"),
    "rework": gettext_lazy("重新修改"),
}
TARGET_ROLES = ("leader", "dispatcher", "handler", "supervisor", "analyst")
SESSIONS_MOST = 60


class CourseForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("类型"), choices=KINDS, widget=forms.RadioSelect)
    title = forms.CharField(label=gettext_lazy("名称"), max_length=80)
    series = forms.CharField(label=gettext_lazy("系列或工种"), max_length=60, required=False)
    level = forms.CharField(label=gettext_lazy("级别"), max_length=30, required=False)
    about = forms.CharField(
        label=gettext_lazy("讲什么、学到什么"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )
    speaker = forms.CharField(label=gettext_lazy("主讲人"), max_length=40, required=False)
    speaker_kind = forms.ChoiceField(label=gettext_lazy("主讲人身份"), choices=SPEAKERS, required=False)
    hours = forms.DecimalField(
        label=gettext_lazy("学时"), min_value=0.5, max_value=999, max_digits=5, decimal_places=1, initial=1
    )


class LessonForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("标题"), max_length=80)
    minutes = forms.IntegerField(label=gettext_lazy("时长（分钟）"), min_value=1, max_value=600)
    body = forms.CharField(
        label=gettext_lazy("正文"),
        max_length=20000,
        required=False,
        help_text=gettext_lazy("空一行分段。有视频的，也请放上文字稿。"),
        widget=forms.Textarea(attrs={"rows": 12}),
    )
    video = forms.FileField(
        label=gettext_lazy("视频（MP4 或 WebM）"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "video/mp4,video/webm"}),
    )


class QuestionForm(forms.Form):
    stem = forms.CharField(label=gettext_lazy("题目"), max_length=300)
    choices = forms.CharField(
        label=gettext_lazy("选项"),
        max_length=1000,
        help_text=gettext_lazy("一行一个，最多八个。"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    right = forms.RegexField(
        label=gettext_lazy("对的是第几个"),
        regex=r"^\s*[1-8](\s*[,，、 ]\s*[1-8])*\s*$",
        max_length=30,
        help_text=gettext_lazy("例如 1；多选写 1,3。"),
    )
    why = forms.CharField(label=gettext_lazy("讲解"), max_length=300, required=False)

    def values(self) -> dict[str, Any]:
        """As `courses.save_question` takes them."""
        data = dict(self.cleaned_data)
        data["right"] = [int(one) - 1 for one in data["right"] if one.isdigit()]
        data["choices"] = data["choices"].splitlines()[:8]
        return data


@role_required(*READERS)
@never_cache
@require_GET
def home(request: Request) -> HttpResponse:
    """The courses of one's own unions."""
    rows = courses.own(request.actor).order_by("kind", "title")
    return render(request, "desk/courses.html", {"rows": rows, "may_write": request.actor.has_role(*WRITERS)})


def _own(request: Request, course_id: int, *roles: str) -> Course:
    found = courses.own(request.actor, *roles).filter(pk=course_id).first()
    if found is None:
        raise Http404
    return found


@role_required(*WRITERS)
@never_cache
@require_http_methods(["GET", "POST"])
def edit(request: Request, course_id: int = 0) -> HttpResponse:
    """Enter a course, or change a draft."""
    if course_id:
        course = _own(request, course_id, *WRITERS)
    else:
        course = Course(organisation=Organisation.objects.get(path=request.actor.paths_as(*WRITERS)[0]), kind="lecture")
    initial = {name: getattr(course, name) for name in courses.FIELDS}
    form = CourseForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                saved = courses.save(request.actor, course, form.cleaned_data)
                messages.success(request, _("已保存。"))
                return redirect("desk:course", saved.pk)
            except KernelError as error:
                add_refusal(form, error)
    return render(request, "desk/course_edit.html", {"form": form, "course": course, "what": "course"}, status=status)


@role_required(*READERS)
@never_cache
@require_http_methods(["GET", "POST"])
def page(request: Request, course_id: int) -> HttpResponse:
    """One course: its lessons and questions; send it for review, publish it, take it off."""
    course = _own(request, course_id)
    note, error_text, status = request.POST.get("note", ""), "", 200
    if request.method == "POST":
        verb = request.POST.get("verb", "")
        try:
            if verb == "remove_lesson":
                courses.remove(request.actor, course, _part(course.lessons, request.POST.get("part", "")))
            elif verb == "remove_question":
                courses.remove(request.actor, course, _part(course.questions, request.POST.get("part", "")))
            elif verb in courses.VERBS:
                courses.turn(request.actor, course, verb, note)
            else:
                raise Http404
            messages.success(request, _("已完成。"))
            return redirect("desk:course", course.pk)
        except InvalidData as error:
            status, error_text = 422, error.errors["note"][0]
        except NotAllowed as error:
            raise Http404 from error
        except KernelError as error:
            status, error_text = 409, str(error)
    may_write = course.organisation.path in request.actor.paths_as(*WRITERS)
    verbs = [
        (verb, VERBS[verb])
        for verb, (froms, _to, roles) in courses.VERBS.items()
        if course.status in froms and course.organisation.path in request.actor.paths_as(*roles)
    ]
    context = {
        "course": course,
        "figures": study.figures(course),
        "lessons": course.lessons.order_by("place"),
        "questions": course.questions.order_by("pk"),
        "may_write": may_write and course.status == Course.Status.DRAFT,
        "verbs": verbs,
        "lacking": courses.lacking(course) if course.status == Course.Status.DRAFT else [],
        "note": note,
        "error": error_text,
    }
    return render(request, "desk/course.html", context, status=status)


def _part(rows: Any, number: str) -> Any:
    found = rows.filter(pk=int(number)).first() if number.isdigit() and len(number) < 16 else None
    if found is None:
        raise Http404
    return found


@role_required(*WRITERS)
@never_cache
@require_http_methods(["GET", "POST"])
def lesson(request: Request, course_id: int, lesson_id: int = 0) -> HttpResponse:
    """Write a lesson: a text, a video, or both."""
    course = _own(request, course_id, *WRITERS)
    row = _part(course.lessons, str(lesson_id)) if lesson_id else Lesson(course=course)
    initial = {name: getattr(row, name) for name in ("title", "body", "minutes")}
    data, sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = LessonForm(data, sent, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            values = dict(form.cleaned_data)
            try:
                courses.save_lesson(request.actor, course, row, values, values.pop("video"))
                messages.success(request, _("已保存。"))
                return redirect("desk:course", course.pk)
            except KernelError as error:
                add_refusal(form, error)
    context = {"form": form, "course": course, "what": "lesson", "row": row}
    return render(request, "desk/course_edit.html", context, status=status)


@role_required(*WRITERS)
@never_cache
@require_http_methods(["GET", "POST"])
def question(request: Request, course_id: int, question_id: int = 0) -> HttpResponse:
    """Write a question of the quiz."""
    course = _own(request, course_id, *WRITERS)
    row = _part(course.questions, str(question_id)) if question_id else Question(course=course, choices=[], right=[])
    initial = {
        "stem": row.stem,
        "choices": "\n".join(row.choices),
        "right": ",".join(str(place + 1) for place in row.right),
        "why": row.why,
    }
    form = QuestionForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                courses.save_question(request.actor, course, row, form.values())
                messages.success(request, _("已保存。"))
                return redirect("desk:course", course.pk)
            except KernelError as error:
                add_refusal(form, error)
    context = {"form": form, "course": course, "what": "question", "row": row}
    return render(request, "desk/course_edit.html", context, status=status)


class RecordForm(forms.Form):
    others = forms.IntegerField(
        label=gettext_lazy("没有报名、在签到表上的人数"), min_value=0, max_value=100_000, initial=0
    )
    summary = forms.CharField(
        label=gettext_lazy("情况记录"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    photo = forms.FileField(
        label=gettext_lazy("现场照片"), required=False, widget=forms.FileInput(attrs={"accept": "image/*"})
    )
    sheet = forms.FileField(
        label=gettext_lazy("签到表（照片或 PDF）"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*,application/pdf"}),
    )


@role_required(*ROLES)
@never_cache
@require_http_methods(["GET", "POST"])
def record(request: Request, offer_id: int) -> HttpResponse:
    """The record of a session: how many came, photo and sign sheet; what was asked."""
    _service, offer = own_offer(request, offer_id)
    row = recording.of_offer(offer)
    initial = {"others": row.others, "summary": row.summary} if row is not None else {}
    verb = request.POST.get("verb", "")
    data, sent = (request.POST, request.FILES) if verb == "record" else (None, None)
    form = RecordForm(data, sent, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if verb == "say":
                number = request.POST.get("question", "")
                recording.say(
                    request.actor, offer, int(number) if number.isdigit() else 0, request.POST.get("said", "")
                )
                messages.success(request, _("已答复。"))
                return redirect("desk:lecture_record", offer.pk)
            if verb != "record":
                raise Http404
            if form.is_valid():
                told = form.cleaned_data
                recording.keep(
                    request.actor, offer, others=told["others"], summary=told["summary"],
                    photos=[told["photo"]] if told["photo"] else [], sheets=[told["sheet"]] if told["sheet"] else [],
                )  # fmt: skip
                messages.success(request, _("已保存。"))
                return redirect("desk:lecture_record", offer.pk)
        except NotFound as error:
            raise Http404 from error
        except KernelError as error:
            messages.error(request, "；".join(error.texts))
    context = {
        "offer": offer,
        "course": study.course_of_offer(offer),
        "form": form,
        "evidence": list(row.evidence.order_by("kind", "pk")) if row is not None else [],
        "asked": recording.asked(offer),
    }
    return render(request, "desk/lecture_record.html", context, status=status)


@role_required(*ROLES)
@require_GET
def evidence(request: Request, offer_id: int, evidence_id: int) -> HttpResponse:
    """A photo or sign sheet, always as a download."""
    _service, offer = own_offer(request, offer_id)
    try:
        row, content = recording.open_evidence(evidence_id, [offer.pk])
    except NotFound as error:
        raise Http404 from error
    return download(content, row.original_name, row.mime)


class TargetForm(forms.Form):
    union = forms.ChoiceField(label=gettext_lazy("工会"))
    year = forms.IntegerField(label=gettext_lazy("年份"), min_value=2000, max_value=2100)
    quarter = forms.ChoiceField(
        label=gettext_lazy("时段"),
        choices=(
            ("0", gettext_lazy("全年")), ("1", gettext_lazy("一季度")), ("2", gettext_lazy("二季度")),
            ("3", gettext_lazy("三季度")), ("4", gettext_lazy("四季度")),
        ),
    )  # fmt: skip
    sessions = forms.IntegerField(label=gettext_lazy("场次"), min_value=1, max_value=1_000_000)
    people = forms.IntegerField(label=gettext_lazy("人次"), min_value=1, max_value=100_000_000)

    def __init__(self, data: Any, *, unions: list[Organisation], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        place: Any = self.fields["union"]
        place.choices = [(str(union.pk), union.name) for union in unions]


@role_required(*TARGET_ROLES)
@never_cache
@require_http_methods(["GET", "POST"])
def targets(request: Request) -> HttpResponse:
    """场次 and 人次 of the year against their targets; which sessions do not count yet, and why."""
    paths = request.actor.paths_as(*TARGET_ROLES)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdigit() and len(asked) == 4 else today().year
    setters = request.actor.paths_as(*counting.SETTERS)
    unions = list(_unions(setters))
    form = TargetForm(request.POST or None, unions=unions, initial={"year": year})
    status = 200
    if request.method == "POST":
        if not setters:
            raise Http404
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            union = next(one for one in unions if str(one.pk) == data["union"])
            counting.set_target(
                request.actor, union, data["year"], int(data["quarter"]), data["sessions"], data["people"]
            )
            messages.success(request, _("已保存。"))
            return redirect("desk:lecture_targets")
    since, until = counting.period(year, 0)
    found = [one for path in paths for one in counting.sessions(path, since, until)][:SESSIONS_MOST]
    context = {
        "year": year,
        "standings": counting.standings(paths, year),
        "sessions": found,
        "counted": sum(one.counts for one in found),
        "people": sum(one.present for one in found if one.counts),
        "form": form if setters else None,
    }
    return render(request, "desk/lecture_targets.html", context, status=status)


def _unions(paths: tuple[str, ...]) -> list[Organisation]:
    """One's own unions and those right below them."""
    found: dict[int, Organisation] = {}
    for path in paths:
        depth = path.count(".")
        rows = Organisation.objects.filter(path__startswith=f"{path}.", active=True) | Organisation.objects.filter(
            path=path
        )
        found.update({row.pk: row for row in rows.order_by("path")[:400] if row.path.count(".") <= depth + 1})
    return list(found.values())
