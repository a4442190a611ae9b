"""What was read on a photo or PDF, for those who may open the file."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from gonghui.appeals.papers import reading_for
from gonghui.kernel.errors import NotFound
from gonghui.kernel.language import in_english
from gonghui.people.decorators import staff_required
from gonghui.people.http import Request

KINDS = {
    "wage_slip": _("工资条"),
    "contract": _("劳动合同"),
    "dismissal": _("解除或终止通知"),
    "iou": _("欠条"),
    "bank_statement": _("银行流水"),
    "attendance": _("考勤记录"),
    "other": _("其他材料"),
}
FIELDS = {
    "employer": _("单位"),
    "worker": _("姓名"),
    "month": _("月份"),
    "basic": _("基本工资"),
    "overtime": _("加班费"),
    "bonus": _("奖金、绩效"),
    "allowance": _("津贴、补贴"),
    "gross": _("应发"),
    "pension": _("养老保险"),
    "medical": _("医疗保险"),
    "unemployment": _("失业保险"),
    "social": _("社会保险"),
    "housing": _("公积金"),
    "tax": _("个人所得税"),
    "deduction": _("扣款"),
    "deducted": _("扣款合计"),
    "net": _("实发"),
    "start": _("合同开始"),
    "end": _("合同结束"),
    "trial": _("试用期（月）"),
    "pay": _("月工资"),
    "post": _("岗位"),
    "place": _("工作地点"),
    "signed": _("签订日期"),
}


@staff_required
@never_cache
@require_GET
def paper(request: Request, attachment_id: int) -> HttpResponse:
    """Kind, facts with how sure, sums that do not agree, all text."""
    try:
        reading = reading_for(request.actor, attachment_id)
    except NotFound as missing:
        raise Http404 from missing
    found = reading.paper or {}
    english = in_english()
    context = {
        "reading": reading,
        "kind": KINDS.get(found.get("kind", ""), ""),
        "facts": [
            {
                "label": FIELDS.get(fact["field"], fact["field"]),
                "printed": fact["label"],
                "value": _("无固定期限") if fact["value"] == "open" else fact["value"],
                "sure": fact["sure"],
                "share": round(fact["confidence"] * 100),
            }
            for fact in found.get("facts", [])
        ],
        "problems": [problem["en" if english else "zh"] for problem in found.get("problems", [])],
        "text": found.get("text", []),
        "advice": reading.advice.get("en" if english else "zh", ""),
    }
    return render(request, "desk/paper.html", context)
