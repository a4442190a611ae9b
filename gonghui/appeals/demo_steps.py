"""The way one demonstration appeal takes: as far as its age allows, with returns, delays, ratings that vary."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from gonghui.appeals import actions, categories, tables
from gonghui.appeals.models import Appeal, Triage, WorkOrder
from gonghui.appeals.rules.common import organisation
from gonghui.kernel.errors import KernelError
from gonghui.kernel.matters import act, clock_of
from gonghui.kernel.models import Matter
from gonghui.kernel.times import now as present
from gonghui.kernel.times import time_shifted
from gonghui.law.answer import relevant_articles
from gonghui.organisations.queries import organisation_for_region

if TYPE_CHECKING:
    from gonghui.appeals.demo import Staff

RATINGS = ("very_good", "very_good", "good", "good", "good", "fair", "poor")
FINDINGS = "已与职工和单位分别核实：职工反映的时间、金额与工资记录一致，单位承认没有按时支付。"
REPLIES = {
    "solved": "经工会协调，单位已全部履行，款项已到账。",
    "partly": "经工会协调，单位先行支付一部分，其余写明分期，工会跟踪到付清。",
    "explained_accepted": "已说明适用的规定和可走的途径，您表示理解。",
    "to_arbitration": "已帮助您整理证据并指引向劳动人事争议仲裁委员会申请仲裁，工会指派律师提供法律援助。",
    "to_inspection": "已转劳动保障监察机构立案查处，工会继续跟踪。",
}


ACCEPTED = {"decision": "accepted", "text": "您的信访事项已受理，由本单位办理。"}


class Walker:
    """Moves one matter through its flow at past moments; stops when its time has come or a condition refuses."""

    def __init__(self, staff: Staff, dice: random.Random) -> None:
        self.staff, self.dice = staff, dice
        self.at: datetime = present()
        self.cited: list[str] = []

    def walk(self, matter: Matter, appeal: Appeal, at: datetime) -> None:
        self.at = at
        self.province = ".".join(matter.holder_path.split(".")[:2])
        try:
            self._way(matter, appeal)
        except KernelError:
            # A condition of the flow forbids the next step: the order stays where it is, as in life.
            return

    def _cited(self, appeal: Appeal, category: str) -> list[str]:
        """Articles a handler might cite, looked up once for each appeal."""
        if not self.cited:
            hits = relevant_articles(appeal.description, [category] if category else ())
            self.cited = [f"{hit.article.law}{hit.article.article}" for hit in hits][:3] or ["劳动合同法第三十条"]
        return self.cited

    def _later(self, hours: float) -> bool:
        """Let some hours pass; False when that would lie in the future."""
        self.at += timedelta(hours=hours * self.dice.uniform(0.5, 1.5))
        return self.at < present()

    def _act(self, matter: Matter, name: str, role: str, path: str, data: dict[str, Any] | None = None) -> Matter:
        with time_shifted(self.at - present()):
            return act(matter.pk, name, self.staff.at(role, path), data or {})

    def _way(self, matter: Matter, appeal: Appeal) -> None:
        dice, province = self.dice, self.province
        triage = appeal.triages.order_by("-at").first()
        if triage is None or not self._later(1.5):
            return
        if matter.restricted:
            return
        if triage.nature == "consult" and matter.priority > 0 and dice.random() < 0.6:
            self._answer(matter, appeal, triage)
            return
        matter = self._triage(matter, appeal, triage)
        if triage.routing_rule in ("legal_exclusion", "not_union") and matter.priority > 0:
            data = {"reason": "legal" if triage.routing_rule == "legal_exclusion" else "not_union"}
            data["reply"] = triage.proposal.get("routing", {}).get("reason") or "请按告知的途径办理。"
            self._act(matter, "terminate", "dispatcher", province, data)
            return
        if dice.random() < 0.04 or not self._later(2.5):
            return
        lead = self._lead(matter, appeal, triage)
        self._act(matter, "dispatch", "dispatcher", province, {"lead": lead, "reason": "按管辖派单"})
        if dice.random() < 0.05 or not self._later(5):
            return
        if dice.random() < 0.06:
            self._return(matter, lead)
            return
        self._act(matter, "accept", "handler", lead)
        if dice.random() < 0.05 or not self._later(4):
            return
        matter = self._act(matter, "start", "handler", lead)
        self._handle(matter, appeal, lead)

    def _answer(self, matter: Matter, appeal: Appeal, triage: Triage) -> None:
        data = {
            "category": matter.category or (triage.category if categories.known(triage.category) else "9903"),
            "answer": "根据下列规定答复如下，具体情况可来电继续咨询。",
            "legal_basis": self._cited(appeal, matter.category),
            "accepted": "on",
            "ai_answered": "on" if self.dice.random() < 0.3 else "",
        }
        matter = self._act(matter, "answer_directly", "agent", self.province, data)
        if self._later(16):
            self._quality(matter)

    def _triage(self, matter: Matter, appeal: Appeal, triage: Triage) -> Matter:
        code = matter.category or triage.category
        changed = self.dice.random() < 0.12
        if changed or not categories.known(code):
            code = self.dice.choice(["0101", "0303", "0501", "0104", "0201"])
        data = {
            "category": code,
            "urgency": f"P{min(matter.priority, 3)}",
            "nature": triage.nature or "dispute",
            "difficulty": triage.difficulty or "ordinary",
            "worker_type": appeal.worker_type or triage.worker_type,
            "petition": "on" if self.dice.random() < 0.05 else "",
            "reason": "与职工核实后更正" if changed else "",
        }
        return self._act(matter, "triage", "dispatcher", self.province, data)

    def _lead(self, matter: Matter, appeal: Appeal, triage: Triage) -> str:
        """As proposed where that lies below the province; else the county of the work place."""
        proposed = triage.lead_path
        if proposed.startswith(self.province) and organisation(proposed):
            return proposed
        county = organisation_for_region(appeal.work_region)
        return county.path if county and county.path.startswith(self.province) else self.province

    def _return(self, matter: Matter, lead: str) -> None:
        data = {"reason": "not_region", "suggested": ".".join(lead.split(".")[:3]), "note": "用人单位注册在外区"}
        if not organisation(data["suggested"]):
            data["suggested"] = self.province
        self._act(matter, "return_order", "handler", lead, data)

    def _handle(self, matter: Matter, appeal: Appeal, lead: str) -> None:
        dice = self.dice
        if dice.random() < 0.9:
            data = {"way": "phone", "reached": "yes", "gist": "已与职工通话，核对诉求和材料。"}
            self._act(matter, "log_contact", "handler", lead, data)
        if matter.data.get("petition") and self._later(20):
            self._act(matter, "petition_tell", "handler", lead, ACCEPTED)
        if dice.random() < 0.06:
            data = {"reason": "legal_result", "note": "等待仲裁裁决"}
            self._act(matter, "request_suspension", "handler", lead, data)
            self._act(matter, "approve_suspension", "leader", lead)
            return
        clock = clock_of(matter, "result")
        if clock is not None and dice.random() < 0.08 and self.at < clock.due_at:
            extension: dict[str, Any] = {
                "new_due": clock.due_at + timedelta(hours=20),
                "reason": "单位负责人出差，约定下周面谈",
            }
            self._act(matter, "request_extension", "handler", lead, extension)
            self._act(matter, "approve_extension", "leader", lead)
        # One in eight takes far longer than it may: the overdue ones of the overview.
        if not self._later(24 * (dice.uniform(8, 40) if dice.random() < 0.12 else dice.uniform(0.5, 5))):
            return
        self._submit(matter, appeal, lead)
        for returned in range(2):
            if dice.random() < 0.08 or not self._later(8):
                return
            self._act(matter, "pass_review", "supervisor", self.province)
            if dice.random() < 0.1 or not self._later(20):
                return
            matter = self._callback(matter)
            if matter.state != "reopened" or returned:
                break
            if not self._later(10):
                return
            self._act(matter, "take_up", "handler", lead)
            if not self._later(40):
                return
            self._submit(matter, appeal, lead)
        if matter.state == "quality" and self._later(16):
            self._quality(matter)

    def _submit(self, matter: Matter, appeal: Appeal, lead: str) -> None:
        dice = self.dice
        data: dict[str, Any] = {"way": "phone", "reached": "yes", "gist": "告知办理结果，职工表示知悉。"}
        self._act(matter, "log_contact", "handler", lead, data)
        code = dice.choice(["solved", "solved", "partly", "explained_accepted", "to_arbitration", "to_inspection"])
        item = tables.item(tables.handling().result_codes, code)
        data = {
            "findings": FINDINGS,
            "legal_basis": self._cited(appeal, matter.category),
            "result_code": code,
            "result_text": REPLIES[code],
            "money_recovered": str(dice.randrange(8, 400) * 100) if item and item.money else "",
            "union_actions": [dice.choice(["negotiation", "mediation", "letter", "legal_aid"])],
            "documents_attached": "on",
        }
        self._act(matter, "submit", "handler", lead, data)

    def _callback(self, matter: Matter) -> Matter:
        dice = self.dice
        agent = self.staff.at("callback", self.province)
        if dice.random() < 0.06:
            for _day in range(3):
                with time_shifted(self.at - present()):
                    matter = actions.record_callback(agent, matter, False)
                if not self._later(24):
                    return matter
                self.at += timedelta(hours=12)
            return matter
        rating = dice.choice(RATINGS)
        order = WorkOrder.objects.get(matter=matter)
        solved = "solved" if order.result_code == "solved" else "partly"
        answers = {
            "way": "phone",
            "contacted": True,
            "resolution": solved if rating != "poor" else "unsolved",
            "satisfaction": rating,
            "attitude": dice.choice(RATINGS[:5]),
            "reasonable": dice.random() < 0.7,
        }
        with time_shifted(self.at - present()):
            return actions.record_callback(agent, matter, True, answers)

    def _quality(self, matter: Matter) -> None:
        from gonghui.appeals.sampling import sample

        order = WorkOrder.objects.select_related("appeal").get(matter=matter)
        if not sample(order, matter)[0]:
            from gonghui.kernel.actor import SYSTEM

            with time_shifted(self.at - present()):
                act(matter.pk, "skip_quality", SYSTEM, {"reason": "not sampled"})
            return
        marks = {
            item.code: max(0, int(item.max or 0) - self.dice.choice([0, 0, 0, 1, 2])) for item in tables.quality().items
        }
        with time_shifted(self.at - present()):
            actions.record_quality(self.staff.at("quality", self.province), matter, marks)
