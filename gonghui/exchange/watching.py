"""What `gonghui check` says of the exchange."""

from __future__ import annotations

from django.utils.translation import gettext as _

from gonghui.exchange.models import Partner
from gonghui.exchange.trouble import said
from gonghui.kernel import health


@health.also("exchange")
def check() -> health.Check:
    """A partner that gives no right catalogue is a warning: our own services go on."""
    rows = Partner.objects.filter(state__in=[Partner.State.ACTIVE, Partner.State.PROPOSED])
    active = sum(row.state == Partner.State.ACTIVE for row in rows)
    wrong = [row for row in rows if row.problem]
    waiting = sum(bool(row.wanted) for row in Partner.objects.exclude(state=Partner.State.REMOVED))
    detail = _("正在交换目录的单位 %(active)d 个，等待第二个人确认的 %(waiting)d 个。") % {
        "active": active,
        "waiting": waiting,
    }
    untold = [row for row in rows if row.figures_problem]
    told = [f"{row}：{said(row.problem)}" for row in wrong] + [f"{row}：{said('figures')}" for row in untold]
    if told:
        hint = _("请在工作台的“目录交换”页面查看原因和办法。")
        return health.Check("exchange", False, f"{detail} {'；'.join(told[:3])}", hint, warning=True)
    return health.Check("exchange", True, detail)
