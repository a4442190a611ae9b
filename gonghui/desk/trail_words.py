"""The trail in words a person reads: steps by their names, clocks by their titles, roles as people call them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gonghui.kernel.flow import flow_of
from gonghui.kernel.models import Matter, TrailEntry
from gonghui.kernel.veiling import shown
from gonghui.people.roles import roles

# What is in the trail without being a step of a flow.
OTHER_VERBS = {
    "open": gettext_lazy("收到"),
    "understood": gettext_lazy("智脑已读"),
    "material": gettext_lazy("补充材料"),
    "ask": gettext_lazy("问职工"),
    "answer": gettext_lazy("职工回答"),
    "note": gettext_lazy("内部备注"),
    "speed_up": gettext_lazy("请求加快"),
    "link": gettext_lazy("关联"),
    "confirm_link": gettext_lazy("确认关联"),
    "ask_brain": gettext_lazy("请智脑代拟"),
    "judge_brain": gettext_lazy("核对智脑代拟"),
    "reject_link": gettext_lazy("否认关联"),
    "unmask": gettext_lazy("查看个人信息"),
    "correct_place": gettext_lazy("职工更正了地点、单位或初审的工会"),
    "open_file": gettext_lazy("查看材料"),
    "repeat": gettext_lazy("再次诉求"),
    "keep_answer": gettext_lazy("留存权益解答"),
    "file_paper": gettext_lazy("案卷加材料"),
    "draft_answer": gettext_lazy("起草答复"),
    "write_paper": gettext_lazy("代拟文书"),
    "confirm_paper": gettext_lazy("职工核对文书：可以用"),
    "remark_paper": gettext_lazy("职工核对文书：要改"),
    "write_letter": gettext_lazy("修改正文"),
    "letter_paper": gettext_lazy("上传文书材料"),
    "talk": gettext_lazy("企业、工匠和工会往来"),
    "add_judge": gettext_lazy("登记裁判"),
    "enter_paper": gettext_lazy("录入理论成绩"),
    "enter_sheet": gettext_lazy("录入评分表"),
    "change_sheet": gettext_lazy("更改评分表"),
    "absent": gettext_lazy("登记未到"),
    "give_sheet": gettext_lazy("另请裁判"),
    "take_back_sheets": gettext_lazy("收回没有交的评分表"),
    "reopen_sheet": gettext_lazy("退回评分表"),
    "hand_in_sheet": gettext_lazy("裁判交表"),
    "declare_fair": gettext_lazy("裁判承诺回避"),
    "recuse": gettext_lazy("申请回避"),
}


# What a clock did by itself.
CLOCK_WORDS = {
    "warn": gettext_lazy("已用七成，亮黄灯"),
    "appeals.remind": gettext_lazy("已用八成，自动催办"),
    "appeals.overdue": gettext_lazy("超期，自动督办"),
    "appeals.notify_higher": gettext_lazy("严重超期，通知上级工会"),
    "appeals.notify_leader": gettext_lazy("严重超期，通知领导"),
    "appeals.review_suspension": gettext_lazy("挂起定期复查"),
    "appeals.remind_worker": gettext_lazy("提醒职工"),
    "legal.remind": gettext_lazy("已用八成，自动催办"),
    "legal.answer_overdue": gettext_lazy("超期未答复，换一位律师"),
    "legal.contact_overdue": gettext_lazy("逾时未联系，换一位律师"),
    "craft.not_answered": gettext_lazy("逾期未接单，邀请下一位"),
    "staff.remind": gettext_lazy("已用八成，自动催办"),
    "staff.overdue": gettext_lazy("超期，自动督办"),
    "staff.notify_higher": gettext_lazy("严重超期，通知上级工会"),
    "transition:lapse": gettext_lazy("到期未答复，转为逾期"),
    "transition:take_back": gettext_lazy("到期未接受，收回重派"),
    "transition:go_on": gettext_lazy("未等到回复，继续办理"),
    "transition:auto_accept": gettext_lazy("到期，自动签收"),
    "transition:auto_take_up": gettext_lazy("到期，自动接手"),
    "transition:auto_resume": gettext_lazy("到期，自动恢复"),
}


def trail_rows(matter: Matter, most: int = 200) -> list[dict[str, Any]]:
    """The newest entries of a matter's trail, newest first, as `{entry, label, state, role}`."""
    return entry_rows(matter, shown(matter, TrailEntry.objects.filter(matter=matter).order_by("-pk")[:most]))


def entry_rows(matter: Matter, entries: Iterable[TrailEntry]) -> list[dict[str, Any]]:
    flow = flow_of(matter)
    labels = {transition.name: transition.label for transition in flow.transitions}
    rows = []
    for entry in entries:
        kind, _dot, clock = entry.verb.partition(".")
        label = labels.get(entry.verb, "")
        if kind == "clock" and clock.split(".")[0] in flow.clocks:
            done = str(CLOCK_WORDS.get(str(entry.after.get("do", "")), _("时限到点")))
            label = f"{flow.clocks[clock.split('.')[0]].title}：{done}"
        label = label or str(OTHER_VERBS.get(entry.verb, ""))
        after = flow.states.get(str(entry.after.get("state", "")))
        role = roles().get(entry.role)
        rows.append(
            {
                "entry": entry,
                "label": label or entry.verb,
                "state": after.label if after else "",
                "role": role.label if role else "",
            }
        )
    return rows
