"""Builders: committees with their members, and letters on their way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from gonghui.appeals.tests.support import COUNTY, House
from gonghui.kernel.actor import Actor
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import today
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account
from gonghui.people.testing import PNG as PNG
from gonghui.resolution import letters
from gonghui.resolution.letters import Content
from gonghui.resolution.models import Committee, Letter, Member

SAYS: dict[str, Any] = {
    "scope": ["wages"],
    "employer_name": "甲厂有限公司",
    "people": 3,
    "findings": "2026年7月未足额支付三名职工工资。",
    "breaches": "《劳动法》第五十条",
    "asks": "补发2026年7月的工资。",
    "contact": "权益部",
    "phone": "0851-1234567",
}


@dataclass
class Office:
    """`house` is the appeals room's; `source` an appeal handled at COUNTY; a committee with a chair and supervisors."""

    house: House
    source: Matter
    committees: dict[str, Committee] = field(default_factory=dict)

    @classmethod
    def build(cls) -> Office:
        house = House.build()
        source = house.receive(house.worker(), employer_name="甲厂有限公司", reporter_name="王小明").matter
        office = cls(house, house.handling(source))
        office.committee()
        return office

    def committee(self, path: str = COUNTY, code: str = "南", supervisors: int = 2, chair: bool = True) -> Committee:
        organisation = Organisation.objects.get(path=path)
        made = Committee.objects.create(organisation=organisation, code=code, since=date(2021, 1, 1))
        if chair:
            account = Account.objects.get(pk=self.house.person("leader", path).account_id or 0)
            Member.objects.create(committee=made, account=account, name="李主席", post="chair")
        for number in range(supervisors):
            Member.objects.create(
                committee=made, name=f"监督员{code}{number}", post="supervisor", certificate_no=f"{code}-{number}"
            )
        self.committees[path] = made
        return made

    @property
    def handler(self) -> Actor:
        return self.house.person("handler", COUNTY)

    @property
    def reviewer(self) -> Actor:
        return self.house.person("supervisor", COUNTY)

    @property
    def chair(self) -> Actor:
        return self.house.person("leader", COUNTY)

    def supervisors(self, path: str = COUNTY) -> list[str]:
        found = Member.objects.filter(committee__organisation__path=path, post="supervisor").order_by("pk")
        return [str(pk) for pk in found.values_list("pk", flat=True)]

    def inquiry(self, **more: Any) -> dict[str, Any]:
        """What the forms of an inquiry and a verification hold."""
        said = {"day": today(), "supervisors": self.supervisors(), "shown": "on", "ways": ["read"], "text": "属实。"}
        return {**said, **more}

    # Each brings a letter to the state of its name by the usual people.
    def draft(self, kind: str = "reminder", **more: Any) -> Matter:
        said = {**SAYS, "rectify_by": today() + timedelta(days=30), **more}
        return letters.start(self.handler, self.source, kind, Content(**said))

    def to_sign(self, kind: str = "reminder", matter: Matter | None = None, **more: Any) -> Matter:
        matter = matter or self.draft(kind, **more)
        if kind == "opinion":
            act(matter.pk, "investigate", self.handler, self.inquiry())
        act(matter.pk, "submit", self.handler)
        return act(matter.pk, "pass_review", self.reviewer, {"reason": "可以"})

    def signed(self, kind: str = "reminder", matter: Matter | None = None, **more: Any) -> Matter:
        return act(self.to_sign(kind, matter, **more).pk, "sign", self.chair)

    def sent(self, kind: str = "reminder", matter: Matter | None = None, **more: Any) -> Matter:
        said = {"method": "post", "day": today(), "tracking": "EMS1"}
        return act(self.signed(kind, matter, **more).pk, "send", self.handler, said)

    def delivered(self, kind: str = "reminder", matter: Matter | None = None, **more: Any) -> Matter:
        said = {"day": today(), "received_by": "王经理"}
        return act(self.sent(kind, matter, **more).pk, "deliver", self.handler, said)

    def receipt(self, matter: Matter) -> None:
        file = SimpleUploadedFile("回证.png", PNG, content_type="image/png")
        letters.add_papers(self.handler, matter, "receipt", [file])


def letter_of(matter: Matter) -> Letter:
    return Letter.objects.get(matter=matter)


def recommended(office: Office) -> Matter:
    """A recommendation served on the labour authority, after a reminder and an opinion were refused."""
    refuses = {"day": today(), "stance": "refuses", "text": "不予整改。"}
    matter = office.delivered()
    for kind in ("opinion", "recommendation"):
        act(matter.pk, "reply", office.handler, refuses)
        act(matter.pk, "escalate", office.handler, {"ground": "refused"})
        matter = Letter.objects.get(previous__matter=matter).matter
        if kind == "opinion":
            letters.write(office.handler, matter, Content(rectify_by=today() + timedelta(days=20)))
        matter = office.delivered(kind, matter)
    return matter
