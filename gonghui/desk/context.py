"""The desk's navigation, from the roles of the person who looks."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gonghui.appeals.queries import MANAGERS
from gonghui.dues.queries import READERS as DUES_READERS
from gonghui.exchange.partners import KEEPERS as PARTNER_KEEPERS
from gonghui.exchange.partners import keeps as keeps_partners
from gonghui.jobs.desk_queries import COUNTERS as JOB_COUNTERS
from gonghui.jobs.desk_queries import HANDS as JOB_HANDS
from gonghui.kernel.actor import Actor
from gonghui.knowledge.actions import EDITORS
from gonghui.membership.queries import KEEPERS as REGISTRARS
from gonghui.membership.queries import VERIFIERS
from gonghui.organisations.offices import KEEPERS
from gonghui.people.http import Request
from gonghui.people.roles import ROLES
from gonghui.services.trial.authors import AUTHORS

# Roles that count, administer or score read no cases (handbook 1.12: identity is not theirs to see); the others do.
CASE_ROLES = tuple(role for role in ROLES if role not in ("analyst", "admin", "knowledge", "expert", "treasurer"))
JOB_READERS = tuple(dict.fromkeys((*JOB_HANDS, *JOB_COUNTERS)))
# (address, label, roles that see it; empty: every staff member)
ITEMS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("desk:home", _("工作台"), ()),
    ("desk:worklist", _("待办事项"), CASE_ROLES),
    ("desk:register", _("登记来电来访"), ("agent", "dispatcher", "supervisor")),
    ("desk:field", _("走访登记"), ("agent", "dispatcher", "supervisor", "handler", "leader")),
    ("desk:callbacks", _("回访"), ("callback", "supervisor")),
    ("desk:quality", _("质检"), ("quality", "supervisor")),
    ("desk:supervision", _("督办与异议"), ("dispatcher", "supervisor", "leader")),
    ("desk:alerts", _("风险预警"), ("dispatcher", "supervisor", "leader", "analyst")),
    ("desk:overview", _("统计总览"), ("supervisor", "analyst", "leader", "dispatcher", "auditor")),
    ("desk:legal", _("法务云"), ("lawyer", "dispatcher", "handler", "supervisor", "leader")),
    ("desk:services", _("服务"), ("handler", "dispatcher", "leader", "supervisor")),
    ("desk:jobs", _("就业服务"), JOB_READERS),
    ("desk:offers", _("报名活动"), ("handler", "dispatcher", "leader")),
    ("desk:courses", _("课程"), ("handler", "dispatcher", "leader", "supervisor")),
    ("desk:lecture_targets", _("大思政课目标"), ("handler", "dispatcher", "leader", "supervisor", "analyst")),
    ("desk:members", _("会员"), REGISTRARS),
    ("desk:dues", _("会费与经费"), DUES_READERS),
    ("desk:card_check", _("核验会员证"), VERIFIERS),
    ("desk:venues", _("阵地"), ("handler", "dispatcher", "leader")),
    ("desk:benefits", _("普惠"), ("handler", "dispatcher", "leader", "supervisor", "auditor")),
    ("desk:library", _("书屋与社团"), ("handler", "dispatcher", "leader")),
    ("desk:meeting", _("联谊举报"), ("handler", "dispatcher", "leader")),
    ("desk:counselling", _("心理服务"), ("counsellor",)),
    ("desk:counselling_rota", _("心理服务排班"), ("leader", "dispatcher", "supervisor", "analyst")),
    ("desk:aid", _("帮扶"), ("handler", "dispatcher", "leader", "supervisor")),
    ("desk:craft", _("劳模工匠"), ("handler", "dispatcher", "leader", "supervisor")),
    ("desk:review", _("专家评分"), ("expert",)),
    ("desk:grants", _("资金与发放"), ("leader", "handler", "supervisor", "auditor")),
    ("desk:voice", _("民主管理"), ("handler", "dispatcher", "leader", "supervisor", "analyst")),
    ("desk:letters", _("监督文书"), ("handler", "dispatcher", "supervisor", "leader", "auditor")),
    ("desk:content", _("内容"), ("handler", "dispatcher", "leader", "supervisor")),
    ("desk:knowledge", _("知识维护"), EDITORS),
    ("desk:service_catalogue", _("服务目录"), AUTHORS),
    ("desk:employers", _("用人单位"), ("agent", "dispatcher", "supervisor", "admin")),
    ("desk:offices", _("办事机构"), KEEPERS),
    ("desk:exchange", _("目录交换"), PARTNER_KEEPERS),
    ("desk:calendar", _("工作日历"), ("admin", "supervisor")),
    ("desk:dead_letters", _("发送失败"), ("admin", "supervisor")),
    ("desk:usage", _("智脑用量"), MANAGERS),
    ("people:staff", _("人员"), ("admin",)),
    ("signon:apps", _("单点登录"), ("admin",)),
    ("desk:flows", _("流程"), ()),
)


def reads_cases(actor: Actor) -> bool:
    return actor.has_role(*CASE_ROLES)


def nav(request: Request) -> dict[str, Any]:
    """`desk_nav`: what this person can use, with the present page marked. Empty for everybody but staff."""
    actor = getattr(request, "actor", None)
    if actor is None or actor.kind != "staff":
        return {}
    here = request.path
    items = []
    for name, label, roles in ITEMS:
        if (roles and not actor.has_role(*roles)) or (name == "desk:exchange" and not keeps_partners(actor)):
            continue
        url = reverse(name)
        items.append(
            {"url": url, "label": label, "current": here == url or (name != "desk:home" and here.startswith(url))}
        )
    return {"desk_nav": items, "reads_cases": reads_cases(actor)}
