"""演示: supervision letters in every part of their life, made through the same steps as in earnest, at past moments.

Safe to repeat: where a committee has letters already nothing is done.
"""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from PIL import Image

from gonghui.appeals import actions as appeals
from gonghui.appeals.demo import Staff, let_clocks_run
from gonghui.appeals.intake import IntakeData
from gonghui.appeals.understanding import understand_appeal
from gonghui.kernel import clocks
from gonghui.kernel.actor import Actor
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import now, time_shifted, today
from gonghui.organisations.models import Employer, Organisation
from gonghui.people.models import Account
from gonghui.resolution import letters
from gonghui.resolution.letters import Content
from gonghui.resolution.models import Committee, Letter, Member

# A city and two of its counties; ×, chair, supervisors.
PLACES = (
    ("cn.52.5201", "筑", ("郑建国", "何秋萍")),
    ("cn.52.5201.520102", "南", ("罗晓峰", "田雨桐")),
    ("cn.52.5201.520103", "云", ("吴承志", "杨立秋")),
)
ISSUERS = ("cn.52.5201.520102", "cn.52.5201.520103")
# How far each letter goes; the days before today on which it was begun.
WAYS = (
    ("closed", "reminder", 44), ("opinion", "reminder", 46), ("overdue", "reminder", 28), ("draft", "reminder", 1),
    ("replied", "opinion", 30), ("delivered", "reminder", 12), ("to_sign", "opinion", 4), ("sent", "reminder", 6),
    ("legal_review", "reminder", 2), ("not_accepted", "reminder", 20), ("recommendation", "opinion", 52),
)  # fmt: skip
# Days before today on which the appeals came in that the letters rest on.
APPEALS = (22, 54)
SAYS = Content(
    scope=["wages", "hours"],
    amount=Decimal("86400.00"),
    findings="2026年7月至9月，未足额支付职工工资，合计86400元。\n休息日安排工作，没有补休，也没有支付加班工资。",
    breaches="《劳动法》第五十条\n《劳动合同法》第三十条第一款",
    asks="在整改期限前补发拖欠的工资86400元。\n核对2026年7月以来的考勤，依法支付加班工资，把发放记录送我会。",
    attachments="职工提供的考勤记录和银行流水（已隐去姓名）",
    contact="工会权益保障部",
    phone="0851-12351",
)


def load_demo() -> int:
    """How many letters were made; 0 when there are some already or the demonstration's organisations are missing."""
    if Letter.objects.exists() or Organisation.objects.filter(path__in=ISSUERS).count() != len(ISSUERS):
        return 0
    staff = Staff()
    for place in PLACES:
        _committee(staff, *place)
    with transaction.atomic():
        sources: dict[tuple[str, int], Matter] = {}
        for number, way in enumerate(WAYS):
            _Story(staff, ISSUERS[number % len(ISSUERS)], sources).tell(number, *way)
        let_clocks_run()
    return Letter.objects.count()


def _committee(staff: Staff, path: str, code: str, supervisors: tuple[str, ...]) -> None:
    organisation = Organisation.objects.get(path=path)
    committee, _made = Committee.objects.get_or_create(
        organisation=organisation, defaults={"code": code, "since": date(2021, 6, 1)}
    )
    chair = staff.at("leader", path)
    account = Account.objects.get(pk=chair.account_id or 0)
    Member.objects.get_or_create(
        committee=committee, post=Member.Post.CHAIR, defaults={"name": str(account), "account": account}
    )
    for number, name in enumerate(supervisors, 1):
        Member.objects.get_or_create(
            committee=committee,
            certificate_no=f"{code}监{number:03d}",
            defaults={"name": name, "post": Member.Post.SUPERVISOR, "valid_until": date(today().year + 3, 12, 31)},
        )


class _Story:
    """One letter, step by step."""

    def __init__(self, staff: Staff, path: str, appeals: dict[tuple[str, int], Matter]) -> None:
        self.staff, self.path, self.appeals = staff, path, appeals
        self.handler, self.leader = staff.at("handler", path), staff.at("leader", path)
        self.reviewer = staff.at("supervisor", path)
        found = Member.objects.filter(committee__organisation__path=path, post=Member.Post.SUPERVISOR)
        self.supervisors = [str(pk) for pk in found.values_list("pk", flat=True)]

    def tell(self, number: int, way: str, kind: str, ago: int) -> None:
        source = self._appeal(ago)
        self.at = -timedelta(days=ago)
        content = SAYS
        if way == "not_accepted":
            content = Content(scope=[], elsewhere=True, contact=SAYS.contact)
        rectify = today() - timedelta(days=ago) + timedelta(days=30)
        content = Content(**{**vars(content), "rectify_by": rectify, "people": None})
        with time_shifted(self.at):
            matter = letters.start(self.handler, source, kind, content, key=f"demo:{number}")
        if way == "not_accepted":
            text = "劳动争议仲裁委员会已于上月受理同一争议。"
            self._do(matter, "refuse", self.leader, 1, ground="elsewhere", told_by="post", text=text)
            return
        self._go(matter, way, kind)

    def _do(self, matter: Matter, name: str, actor: Actor, days: float, **data: Any) -> Matter:
        self.at += timedelta(days=days)
        with time_shifted(self.at):
            spoken = {"day": today().isoformat(), **data}
            return act(matter.pk, name, actor, spoken)

    def _inquiry(self, matter: Matter, name: str, days: float, **data: Any) -> Matter:
        said = {"supervisors": self.supervisors, "shown": "on", "ways": ["interview", "read"], **data}
        return self._do(matter, name, self.handler, days, **said)

    def _go(self, matter: Matter, way: str, kind: str) -> None:
        if way == "draft":
            return
        if kind == "opinion":
            text = "到单位查阅工资表和考勤，情况属实。"
            self._inquiry(matter, "investigate", 1, text=text)
        self._do(matter, "submit", self.handler, 0.2)
        if way == "legal_review":
            return
        self._do(matter, "pass_review", self.reviewer, 1, reason="事实、依据清楚")
        if way == "to_sign":
            return
        self._do(matter, "sign", self.leader, 0.5)
        self._do(matter, "send", self.handler, 0.3, method="post", tracking="EMS 1029384756")
        if way == "sent":
            return
        self._do(matter, "deliver", self.handler, 2, received_by="王经理", received_as="人事经理")
        self._upload(matter)
        if way == "delivered":
            return
        if way in ("overdue", "opinion", "recommendation"):
            self._late(matter, way)
            return
        self._do(matter, "reply", self.handler, 9, stance="corrects", text="已列出补发清单，月底前发放完毕。")
        if way == "replied":
            return
        said = {"corrected": "yes", "recovered": "86400", "text": "查看银行发放记录，工资已补发。"}
        self._inquiry(matter, "verify", 12, **said)
        self._do(matter, "close", self.leader, 1)

    def _late(self, matter: Matter, way: str) -> None:
        """No answer: the clock itself turns the letter overdue; then, where the story goes on, the next letter."""
        letter = Letter.objects.get(matter=matter)
        assert letter.reply_due is not None
        due = letter.reply_due + timedelta(minutes=5)
        if due > now():
            return
        self.at = due - now()
        with time_shifted(self.at):
            # A clock performs one thing a round: yellow, the reminder, then the end.
            while clocks.run_due(500):
                continue
        if way == "overdue":
            return
        matter.refresh_from_db()
        self._do(matter, "escalate", self.handler, 2, ground="late", text="两次电话催促，单位仍未答复。")

    def _upload(self, matter: Matter) -> None:
        buffer = io.BytesIO()
        Image.new("RGB", (40, 56), (250, 250, 245)).save(buffer, "PNG")
        with time_shifted(self.at):
            letters.add_papers(self.handler, matter, "receipt", [ContentFile(buffer.getvalue(), "送达回证.png")])

    def _appeal(self, ago: int) -> Matter:
        """The appeal that the letter comes from: one taken in lately, one earlier, each for several letters."""
        days = next(one for one in APPEALS if one > ago)
        if (self.path, days) in self.appeals:
            return self.appeals[self.path, days]
        region = self.path.rpartition(".")[2]
        employer = Employer.objects.filter(region_id=region, merged_into=None).order_by("pk")[APPEALS.index(days)]
        said = {
            "description": f"我们在{employer.name}上班，工资没有发够，休息日加班也没有加班费，找过公司{days}次。",
            "phone": f"1360012{days:04d}",
            "work_region": region,
            "employer_name": employer.name,
            "people_count": APPEALS.index(days) + 3,
            "consent": True,
        }
        province = ".".join(self.path.split(".")[:2])
        with time_shifted(-timedelta(days=days)):
            received = appeals.receive(
                self.staff.at("agent", province),
                IntakeData.parse(said),
                channel="phone",
                idempotency_key=f"demo:letter:{self.path}:{days}",
            )
            understand_appeal(received.appeal)
            dispatcher = self.staff.at("dispatcher", province)
            matter = appeals.decide_triage(
                dispatcher, received.matter, category="0101", urgency="P3", nature="dispute", difficulty="ordinary"
            )
            self.appeals[self.path, days] = appeals.dispatch(dispatcher, matter, self.path, reason="按管辖派单")
            return self.appeals[self.path, days]
