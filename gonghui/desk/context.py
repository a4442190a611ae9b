"""The desk's navigation, from the roles of the person who looks."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gonghui.aid.mutual.register import KEEPERS as COVER_KEEPERS
from gonghui.aid.trips import GIVERS
from gonghui.appeals.queries import MANAGERS
from gonghui.dues.queries import READERS as DUES_READERS
from gonghui.exchange.partners import KEEPERS as PARTNER_KEEPERS
from gonghui.exchange.sums import READERS as FIGURE_READERS
from gonghui.jobs.desk_queries import COUNTERS as JOB_COUNTERS
from gonghui.jobs.desk_queries import HANDS as JOB_HANDS
from gonghui.kernel.actor import Actor
from gonghui.knowledge.actions import EDITORS
from gonghui.membership.queries import KEEPERS as REGISTRARS
from gonghui.membership.queries import VERIFIERS
from gonghui.organisations.offices import KEEPERS
from gonghui.people.http import Request
from gonghui.people.roles import ROLES
from gonghui.services.paid import READERS as PAYMENT_READERS
from gonghui.services.trial.authors import AUTHORS
from gonghui.wellbeing.benefits.settling import READERS as SETTLEMENT_READERS

# Roles that count, administer or score read no cases (handbook 1.12: identity is not theirs to see); the others do.
CASE_ROLES = tuple(
    role for role in ROLES if role not in ("analyst", "admin", "knowledge", "expert", "treasurer", "station")
)
JOB_READERS = tuple(dict.fromkeys((*JOB_HANDS, *JOB_COUNTERS)))


class Item(NamedTuple):
    """A page of the navigation. `roles` see it, none: every staff member; `top`: only at the top union here."""

    name: str
    label: Any
    roles: tuple[str, ...] = ()
    top: bool = False

    def seen_by(self, actor: Actor) -> bool:
        if self.top:
            return settings.ORGANISATION in actor.paths_as(*self.roles)
        return not self.roles or actor.has_role(*self.roles)


ITEMS = (
    Item("desk:home", _("工作台")),
    Item("desk:worklist", _("待办事项"), CASE_ROLES),
    Item("desk:register", _("登记来电来访"), ("agent", "dispatcher", "supervisor")),
    Item("desk:field", _("走访登记"), ("agent", "dispatcher", "supervisor", "handler", "leader")),
    Item("desk:callbacks", _("回访"), ("callback", "supervisor")),
    Item("desk:quality", _("质检"), ("quality", "supervisor")),
    Item("desk:supervision", _("督办与异议"), ("dispatcher", "supervisor", "leader")),
    Item("desk:alerts", _("风险预警"), ("dispatcher", "supervisor", "leader", "analyst")),
    Item("desk:overview", _("统计总览"), ("supervisor", "analyst", "leader", "dispatcher", "auditor")),
    Item("desk:legal", _("法务云"), ("lawyer", "dispatcher", "handler", "supervisor", "leader")),
    Item("desk:services", _("服务"), ("handler", "dispatcher", "leader", "supervisor")),
    Item("desk:hand_over", _("凭码交付"), ("station",)),
    Item("desk:jobs", _("就业服务"), JOB_READERS),
    Item("desk:offers", _("报名活动"), ("handler", "dispatcher", "leader")),
    Item("desk:courses", _("课程"), ("handler", "dispatcher", "leader", "supervisor")),
    Item("desk:lecture_targets", _("大思政课目标"), ("handler", "dispatcher", "leader", "supervisor", "analyst")),
    Item("desk:members", _("会员"), REGISTRARS),
    Item("desk:dues", _("会费与经费"), DUES_READERS),
    Item("desk:card_check", _("核验会员证"), VERIFIERS),
    Item("desk:venues", _("阵地"), ("handler", "dispatcher", "leader")),
    Item("desk:benefits", _("普惠"), SETTLEMENT_READERS),
    Item("desk:library", _("书屋与社团"), ("handler", "dispatcher", "leader")),
    Item("desk:meeting", _("联谊举报"), ("handler", "dispatcher", "leader")),
    Item("desk:counselling", _("心理服务"), ("counsellor",)),
    Item("desk:counselling_rota", _("心理服务排班"), ("leader", "dispatcher", "supervisor", "analyst")),
    Item("desk:aid", _("帮扶"), ("handler", "dispatcher", "leader", "supervisor", "treasurer")),
    Item("desk:craft", _("劳模工匠"), ("handler", "dispatcher", "leader", "supervisor")),
    Item("desk:review", _("专家评分"), ("expert",)),
    Item("desk:grants", _("资金与发放"), (*PAYMENT_READERS, "handler")),
    Item("desk:voice", _("民主管理"), ("handler", "dispatcher", "leader", "supervisor", "analyst")),
    Item("desk:letters", _("监督文书"), ("handler", "dispatcher", "supervisor", "leader", "auditor")),
    Item("desk:content", _("内容"), ("handler", "dispatcher", "leader", "supervisor")),
    Item("desk:knowledge", _("知识维护"), EDITORS),
    Item("desk:service_catalogue", _("服务目录"), AUTHORS),
    Item("desk:employers", _("用人单位"), ("agent", "dispatcher", "supervisor", "admin")),
    Item("desk:offices", _("办事机构"), KEEPERS),
    Item("desk:exchange", _("目录交换"), PARTNER_KEEPERS, top=True),
    Item("desk:exchange_figures", _("各地每日统计"), FIGURE_READERS, top=True),
    Item("desk:calendar", _("工作日历"), ("admin", "supervisor")),
    Item("desk:dead_letters", _("发送失败"), ("admin", "supervisor")),
    Item("desk:usage", _("智脑用量"), MANAGERS),
    Item("people:staff", _("人员"), ("admin",)),
    Item("signon:apps", _("单点登录"), ("admin",)),
    Item("desk:flows", _("流程")),
)


def reads_cases(actor: Actor) -> bool:
    return actor.has_role(*CASE_ROLES)


def nav(request: Request) -> dict[str, Any]:
    """`desk_nav`: what this person can use, with the present page marked; `desk_opens`: the names of those pages, for
    links from one to another. Empty for everybody but staff."""
    actor = getattr(request, "actor", None)
    if actor is None or actor.kind != "staff":
        return {}
    here = request.path
    items = []
    for item in ITEMS:
        if not item.seen_by(actor):
            continue
        url = reverse(item.name)
        current = here == url or (item.name != "desk:home" and here.startswith(url))
        items.append({"url": url, "label": item.label, "current": current})
    return {
        "desk_nav": items,
        "desk_opens": [item.name for item in ITEMS if item.seen_by(actor)],
        "reads_cases": reads_cases(actor),
        "gives_care": actor.has_role(*GIVERS),
        "keeps_covers": actor.has_role(*COVER_KEEPERS),
    }
