"""Demonstration accounts. Never in production."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.errors import KernelError
from gonghui.organisations.models import Organisation
from gonghui.people.actions.accounts import grant_duty
from gonghui.people.models import Account
from gonghui.people.roles import roles

PASSWORD = "gonghui-demo-12351"  # noqa: S105 - printed for everybody who tries the demonstration
WORKER, WORKER_PHONE = "w-demo", "13800012351"
GUIYANG = "cn.52.5201"
ACCOUNTS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("agent1", "话务员小陈", (("agent", "cn.52"),)),
    ("dispatcher1", "派单员小李", (("dispatcher", "cn.52"),)),
    ("dispatcher_gy", "贵阳派单员", (("dispatcher", GUIYANG),)),
    ("leader_gy", "贵阳承办领导", (("leader", GUIYANG),)),
    ("handler_gy", "贵阳承办人", (("handler", GUIYANG),)),
    ("handler_gz", "省承办人", (("handler", "cn.52"),)),
    ("leader_gz", "省承办领导", (("leader", "cn.52"),)),
    ("handler_nm", "南明区承办人", (("handler", f"{GUIYANG}.520102"),)),
    ("leader_nm", "南明区承办领导", (("leader", f"{GUIYANG}.520102"),)),
    ("handler_yy", "云岩区承办人", (("handler", f"{GUIYANG}.520103"),)),
    ("leader_yy", "云岩区承办领导", (("leader", f"{GUIYANG}.520103"),)),
    ("handler_hx", "花溪区承办人", (("handler", f"{GUIYANG}.520111"),)),
    ("leader_hx", "花溪区承办领导", (("leader", f"{GUIYANG}.520111"),)),
    ("callback1", "回访员小周", (("callback", "cn.52"),)),
    ("quality1", "质检员小吴", (("quality", "cn.52"),)),
    ("supervisor1", "省督办员", (("supervisor", "cn.52"),)),
    ("supervisor_gy", "贵阳督办员", (("supervisor", GUIYANG),)),
    ("lawyer_gy", "贵阳工会律师", (("lawyer", GUIYANG),)),
    ("lawyer_nm", "南明区律师小罗", (("lawyer", f"{GUIYANG}.520102"),)),
    ("volunteer_nm", "南明区志愿者小杨", (("lawyer", f"{GUIYANG}.520102"),)),
    ("counsellor_nm", "南明区咨询师小安", (("counsellor", f"{GUIYANG}.520102"),)),
    ("counsellor_gy", "贵阳咨询师老夏", (("counsellor", GUIYANG),)),
    ("lawyer_yy", "云岩区律师小蒋", (("lawyer", f"{GUIYANG}.520103"),)),
    ("lawyer_gs", "城关区律师小马", (("lawyer", "cn.62.6201.620102"),)),
    ("knowledge1", "全总知识员小何", (("knowledge", "cn"),)),
    ("knowledge2", "全总知识员小孙", (("knowledge", "cn"),)),
    ("knowledge_gz", "省知识员小田", (("knowledge", "cn.52"),)),
    ("analyst1", "全总分析员", (("analyst", "cn"),)),
    ("admin1", "省管理员", (("admin", "cn.52"),)),
    ("auditor1", "审计员", (("auditor", "cn.52"),)),
    ("discipline1", "纪检专办", (("discipline", "cn.52"),)),
    ("handler_e001", "星河建筑工会干部", (("handler", f"{GUIYANG}.520102.e001"),)),
    ("treasurer_e001", "星河建筑工会财务", (("treasurer", f"{GUIYANG}.520102.e001"),)),
    ("treasurer_nm", "南明区工会财务", (("treasurer", f"{GUIYANG}.520102"),)),
    ("station_yy", "喷水池驿站管理员", (("station", f"{GUIYANG}.520103"),)),
    ("treasurer_gy", "贵阳市总财务", (("treasurer", GUIYANG),)),
    ("treasurer_gz", "省总工会财务", (("treasurer", "cn.52"),)),
    ("expert1", "评审专家老秦", (("expert", "cn.52"),)),
    ("expert_nm", "南明区评审专家老岳", (("expert", f"{GUIYANG}.520102"),)),
    ("handler_gs", "城关区承办人", (("handler", "cn.62.6201.620102"),)),
)


@dataclass(frozen=True)
class DemoAccount:
    username: str
    password: str
    role: str
    organisation: str


@transaction.atomic
def seed_demo() -> list[DemoAccount]:
    """Create the demonstration's accounts; safe to repeat. KernelError in production."""
    if settings.PRODUCTION:
        raise KernelError("demonstration accounts are not for production")
    shown = []
    names = dict(
        Organisation.objects.filter(path__in={path for _u, _n, duties in ACCOUNTS for _r, path in duties}).values_list(
            "path", "name"
        )
    )
    for username, display_name, duties in ACCOUNTS:
        account = Account.objects.filter(username=username).first()
        if account is None:
            account = Account.objects.create_staff(username, PASSWORD, display_name=display_name)
            for role, path in duties:
                grant_duty(SYSTEM, account, role, Organisation.objects.get(path=path))
        for role, path in duties:
            shown.append(DemoAccount(username, PASSWORD, roles()[role].zh, names.get(path, path)))
    if not Account.objects.filter(kind=Account.Kind.WORKER, username=WORKER).exists():
        worker = Account(username=WORKER, kind=Account.Kind.WORKER, phone=WORKER_PHONE, display_name="演示职工")
        worker.set_unusable_password()
        worker.save()
    shown.append(DemoAccount(WORKER_PHONE, "短信验证码（印在终端）", "职工", "—"))
    return shown
