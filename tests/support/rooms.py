"""The services that are rooms of their own (M02, M05, M06, M18, M19, M20): from the worker's first tap to the result at
the desk, through the pages. `@room("M02")` — `f(visit)` goes on from the page that the service opens.

Short walks of the usual way; what else may happen the rooms' own tests say.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from PIL import Image

from gonghui.appeals.models import WorkOrder
from gonghui.appeals.tests.support import COUNTY, PROVINCE, RESULT, House
from gonghui.kernel.models import Matter
from gonghui.kernel.times import now, time_shifted, today
from gonghui.legal.models import LegalCase
from gonghui.legal.tests.support import ANSWER, QUESTION, Chambers
from gonghui.membership.models import CardPhoto, Membership
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.portal.tests.support import lodge
from gonghui.venues import visits
from gonghui.venues.models import Booking, Fault
from gonghui.venues.tests.support import slot, venue
from tests.support.filling import picture


@dataclass
class Visit:
    """The worker with their telephone at the page that the service opened (`first`), and everybody at the desk."""

    house: House
    account: Account
    phone: Client
    first: str

    def desk(self, role: str, path: str = COUNTY, which: int = 1) -> Client:
        return sign_in(Client(), Account.objects.get(pk=self.house.person(role, path, which).account_id or 0))

    def seen(self, address: str) -> str:
        """What the worker reads there."""
        return said(self.phone.get(address))

    def step(self, matter: Matter, name: str, client: Client, **told: Any) -> None:
        """One step at the desk, by the form of its page."""
        matter.refresh_from_db()
        address = reverse("desk:transition", args=[matter.pk, name])
        assert client.get(address).status_code == 200, f"{name} is not offered"
        answer = client.post(address, {"version": matter.version, **told})
        assert answer.status_code == 302, said(answer, answer.status_code)[:3000]
        matter.refresh_from_db()


Walk = Callable[[Visit], None]
ROOMS: dict[str, Walk] = {}


def room(service: str) -> Callable[[Walk], Walk]:
    def keep(walk: Walk) -> Walk:
        ROOMS[service] = walk
        return walk

    return keep


def said(answer: Any, status: int = 200) -> str:
    text = answer.content.decode()
    assert answer.status_code == status, text[:2000]
    return str(text)


@room("M02")
def card(visit: Visit) -> None:
    """A photo is sent in and accepted, the card is shown and scanned, lost and found."""
    address = reverse("portal:card")
    assert visit.first == address and "<svg" in visit.seen(address)
    row = Membership.objects.get(account=visit.account)
    portrait = io.BytesIO()
    Image.new("RGB", (600, 800), "white").save(portrait, "PNG")
    for content, status in ((b"no picture", 422), (portrait.getvalue(), 302)):
        sent = {"step": "photo", "photo": picture("me.png", content), "consent": "on"}
        assert visit.phone.post(address, sent).status_code == status
    keeper, member = visit.desk("handler"), reverse("desk:member", args=[row.pk])
    assert keeper.post(member, {"photo": CardPhoto.objects.get().pk, "accepted": "yes"}).status_code == 302
    assert CardPhoto.objects.get().state == "accepted"
    token = visit.phone.get(address).context["token"]
    checked = said(keeper.post(reverse("desk:card_check"), {"token": token}))
    assert "有效" in checked and str(row.organisation) in checked and row.name not in checked
    assert keeper.post(reverse("desk:card_check"), {"token": f"{token[:-4]}AAAA"}).status_code == 422
    visit.phone.post(address, {"step": "lose"})
    assert "已挂失" in said(keeper.post(reverse("desk:card_check"), {"token": token}))
    visit.phone.post(address, {"step": "found"})
    assert "<svg" in visit.seen(address)


@room("M05")
def legal_service(visit: Visit) -> None:
    """The law's answer at once; from one's own case a lawyer is asked, assigned, answers and is rated."""
    assert visit.first == reverse("portal:rights")
    assert said(visit.phone.post(visit.first, {"text": "  "}), 422)
    assert "拖欠工资" in said(visit.phone.post(visit.first, {"text": "老板拖欠我三个月工资一万八，一直不给"}))
    own = visit.house.receive(actor_for(visit.account), employer_name="甲厂有限公司", reporter_name="王小明").matter
    chambers = Chambers(visit.house, visit.house.handling(own))
    counsel = chambers.counsel()
    begin = reverse("portal:legal_start", args=[own.pk, "ask"])
    key = re.search(r'name="key" value="([0-9a-f]+)"', visit.seen(begin))
    assert key is not None
    asked = {"key": key[1], "question": QUESTION, "language": "zh", "share": "on"}
    assert said(visit.phone.post(begin, {**asked, "question": ""}), 422)
    assert visit.phone.post(begin, asked).status_code == 302
    matter = LegalCase.objects.get().matter
    visit.step(matter, "assign", visit.desk("dispatcher"), counsel=counsel.pk)
    lawyer = visit.desk("lawyer")
    assert QUESTION not in said(lawyer.get(reverse("desk:matter", args=[matter.pk]))), "not before they declared"
    visit.step(matter, "accept", lawyer, no_conflict="on")
    assert QUESTION in said(lawyer.get(reverse("desk:matter", args=[matter.pk])))
    visit.step(matter, "answer", lawyer, text=ANSWER, articles=["劳动合同法第三十一条"])
    assert ANSWER in visit.seen(reverse("portal:legal", args=[matter.pk]))
    rating = reverse("portal:legal_act", args=[matter.pk, "rate"])
    assert visit.phone.post(rating, {"satisfaction": "very_good"}).status_code == 302
    matter.refresh_from_db()
    assert matter.state == "closed"


@room("M06")
def appeal(visit: Visit) -> None:
    """Told, dispatched, handled, reviewed; the worker reads the result and rates it."""
    assert visit.first == reverse("portal:ask")
    assert said(visit.phone.post(visit.first, {"description": ""}), 422)
    told = lodge(visit.phone)
    matter = WorkOrder.objects.get(appeal=told).matter
    dispatcher, handler = visit.desk("dispatcher", PROVINCE), visit.desk("handler")
    triage = {"category": "0101", "urgency": f"P{matter.priority}", "nature": "dispute", "difficulty": "ordinary"}
    visit.step(matter, "triage", dispatcher, **triage, reason="试派")
    visit.step(matter, "dispatch", dispatcher, lead=COUNTY, reason="试派")
    for name in ("accept", "start"):
        visit.step(matter, name, handler)
    visit.step(matter, "log_contact", handler, way="phone", reached="yes", gist="说明了办理方向")
    visit.step(matter, "submit", handler, **{**RESULT, "legal_basis": ["劳动合同法第三十条"]})
    visit.step(matter, "pass_review", visit.desk("supervisor", PROVINCE))
    own = reverse("portal:case", args=[matter.pk])
    assert str(RESULT["result_text"]) in visit.seen(own)
    rating = {"contacted": "yes", "resolution": "solved", "satisfaction": "good", "attitude": "good"}
    assert visit.phone.post(reverse("portal:case_act", args=[matter.pk, "rate"]), rating).status_code == 302
    matter.refresh_from_db()
    assert matter.state == "quality"


@room("M18")
def station(visit: Visit) -> None:
    """Found, checked in by the code at the door, rated; what is broken is reported, repaired and confirmed."""
    place = venue()
    assert place.name in visit.seen(visit.first)
    here = reverse("portal:venue_here", args=[place.pk, visits.code_of(place)])
    assert visit.phone.get(reverse("portal:venue_here", args=[place.pk, "0" * 20])).status_code == 404
    ticket = visit.phone.post(here).context["ticket"]
    rate = reverse("portal:venue_rate", args=[place.pk])
    assert visit.phone.post(rate, {"visit": ticket, "stars": "9"}).status_code == 422
    assert visit.phone.post(rate, {"visit": ticket, "stars": "4"}).status_code == 302
    report = reverse("portal:venue_fault", args=[place.pk])
    assert visit.phone.post(report, {"text": ""}).status_code == 422
    assert visit.phone.post(report, {"text": "微波炉坏了"}).status_code == 302
    matter, handler = Fault.objects.get().matter, visit.desk("handler")
    visit.step(matter, "assign", handler, repairer="物业张师傅")
    visit.step(matter, "repair", handler, text="换了保险管")
    own = reverse("portal:fault", args=[matter.pk])
    assert "换了保险管" in visit.seen(own)
    visit.phone.post(own, {"step": "confirm"})
    matter.refresh_from_db()
    assert matter.state == "closed"
    page = said(handler.get(reverse("desk:venue", args=[place.pk])))
    assert "<dd>1</dd>" in page and "4.0 / 5 (1)" in page


@room("M19")
def hall(visit: Visit) -> None:
    """Booked for so many people, let in at the door by the ticket's code, once."""
    place = venue(kind="hall", name="文化宫")
    row = slot(place, starts=now() + timedelta(hours=26))
    assert place.name in visit.seen(visit.first)
    address = reverse("portal:slot", args=[row.pk])
    assert visit.phone.post(address, {"people": "5"}).status_code == 422
    ticket = said(visit.phone.post(address, {"people": "3"}, follow=True))
    booking = Booking.objects.get()
    assert booking.entry_code[:4] in ticket and place.name in visit.seen(reverse("portal:my"))
    door = reverse("desk:venues")
    assert visit.desk("handler").post(door, {"code": "00000000"}).status_code == 422
    with time_shifted(row.starts - now()):
        handler = visit.desk("handler")
        assert handler.post(door, {"code": booking.entry_code}).status_code == 302
        assert handler.post(door, {"code": booking.entry_code}).status_code == 422, "a ticket is used once"
    booking.refresh_from_db()
    assert booking.state == "used"


@room("M20")
def nursing_room(visit: Visit) -> None:
    """Entered by the code without a name, rated; cleaned at the desk, and the next one reads when."""
    place = venue(kind="nursing", name="小屋")
    assert place.name in visit.seen(visit.first)
    page = visit.phone.post(reverse("portal:venue_here", args=[place.pk, visits.code_of(place)]))
    rating = {"visit": page.context["ticket"], "stars": "5"}
    assert visit.phone.post(reverse("portal:venue_rate", args=[place.pk]), rating).status_code == 302
    assert place.visits.get().account_id is None, "of who was there nothing is kept"
    handler, own = visit.desk("handler"), reverse("desk:venue", args=[place.pk])
    handler.post(own, {"verb": "hygiene", "what": "disinfected"})
    assert "消毒" in said(handler.get(own)) and "5.0 / 5 (1)" in said(handler.get(own))
    shown = visit.seen(reverse("portal:venue", args=[place.pk]))
    assert "消毒" in shown and f"{today():%Y-}" in shown
