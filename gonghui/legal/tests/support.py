"""Builders: counsels on the rota, and cases on their way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Any

from gonghui.appeals.tests.support import COUNTY, House
from gonghui.kernel.actor import Actor
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.legal import actions
from gonghui.legal.eligibility import Facts
from gonghui.legal.models import Counsel, CounselShift
from gonghui.organisations.models import Organisation
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.people.testing import PNG as PNG

QUESTION = "老板说没有签合同就不给加班费，对吗？"
ANSWER = "不对。没有书面合同，事实劳动关系也受保护，加班费应当支付。"
MIGRANT = Facts(matter="wages", migrant=True, proof=True, has_agent=False)


@dataclass
class Chambers:
    """`house` is the appeals room's; `source` an appeal handled at COUNTY, of the worker with the account."""

    house: House
    source: Matter

    @classmethod
    def build(cls) -> Chambers:
        house = House.build()
        source = house.receive(house.worker(), employer_name="甲厂有限公司", reporter_name="王小明").matter
        return cls(house, house.handling(source))

    @property
    def worker(self) -> Actor:
        return self.house.worker()

    @property
    def dispatcher(self) -> Actor:
        return self.house.person("dispatcher", COUNTY)

    def counsel(self, which: int = 1, path: str = COUNTY, *, always: bool = True, **fields: Any) -> Counsel:
        """A lawyer of a firm of their own, on duty at any hour unless `always` is false."""
        actor = self.house.person("lawyer", path, which)
        counsel, made = Counsel.objects.get_or_create(
            account_id=actor.account_id or 0,
            defaults={
                "organisation": Organisation.objects.get(path=path),
                "firm_name": f"{path}第{which}律师事务所",
                **fields,
            },
        )
        if made and always:
            CounselShift.objects.bulk_create(
                CounselShift(counsel=counsel, weekday=day, starts=time(0), ends=time(23, 59, 59)) for day in range(7)
            )
        return counsel

    def lawyer(self, counsel: Counsel) -> Actor:
        """The counsel at their next visit: what was assigned meanwhile counts from then on."""
        return actor_for(Account.objects.get(pk=counsel.account_id))

    def asked(self, question: str = QUESTION, **more: Any) -> Matter:
        return actions.ask_lawyer(self.worker, self.source, actions.Request(question, **more))

    def offered(self, matter: Matter, counsel: Counsel) -> Matter:
        return act(matter.pk, "assign", self.dispatcher, {"counsel": str(counsel.pk)})

    def accepted(self, matter: Matter, counsel: Counsel) -> Matter:
        self.offered(matter, counsel)
        return act(matter.pk, "accept", self.lawyer(counsel), {"no_conflict": "on"})

    def answered(self, matter: Matter, counsel: Counsel) -> Matter:
        self.accepted(matter, counsel)
        said = {"text": ANSWER, "articles": ["劳动合同法第三十一条"]}
        return act(matter.pk, "answer", self.lawyer(counsel), said)

    def applied(self, facts: Facts = MIGRANT, **more: Any) -> Matter:
        return actions.apply_for_aid(self.worker, self.source, actions.Request("请帮我仲裁。", **more), facts)

    def granted(self, matter: Matter, **fields: Any) -> Matter:
        act(matter.pk, "check", self.house.person("handler", COUNTY), {"grant": "yes", **fields})
        return act(matter.pk, "grant", self.house.person("leader", COUNTY), {"text": "同意"})

    def acting(self, matter: Matter, counsel: Counsel) -> Matter:
        return self.accepted(self.granted(matter), counsel)


RESULT = {
    "outcome": "awarded",
    "claimed": "15000",
    "recovered": "12000.50",
    "text": "仲裁裁决支付工资。",
    "papers_in": "on",
}
BEFORE_THE_LAW, IN_FORCE = date(2021, 12, 31), date(2026, 6, 1)
