"""No address shows, or lets anybody touch, what belongs to another organisation: the whole URL map, for every role.

The world has an organisation with cases in several states and everything that hangs on them. Each role of another
organisation, a worker, a visitor and other programs ask every address for them. A new route is in the walk by itself;
a new parameter has to be added to `World.known`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gonghui.api.actions import create_token
from gonghui.api.models import WebhookEndpoint
from gonghui.api.rules import scopes
from gonghui.appeals import actions
from gonghui.appeals.actions.handling import REVEALABLE
from gonghui.appeals.models import AppealLink, MassAlert, SupervisionLetter, WorkOrder
from gonghui.appeals.tests.conftest import house, own_files
from gonghui.appeals.tests.support import COUNTY, ENTERPRISE, OTHER_COUNTY, PROVINCE, House, order_of
from gonghui.kernel.actor import Actor
from gonghui.kernel.flow import all_flows, get_flow
from gonghui.kernel.models import Matter, OutboxMessage, TrailEntry
from gonghui.kernel.times import now
from gonghui.law.store import LawStore
from gonghui.legal import actions as legal
from gonghui.people.models import Account, DutyAssignment
from gonghui.people.roles import ROLES
from gonghui.people.testing import sign_in, staff_account, worker_client
from gonghui.portal.tests.support import PNG
from tests.support.walk import Answer, Route, Visitor, routes, undone

__all__ = ["house", "own_files"]
pytestmark = pytest.mark.django_db

PHONE, BACKUP, ID_NO = "13912349417", "13712349418", "11010519491231002X"
# What no stranger may read, by what it is. Each is found nowhere else in the project.
MARKERS = {
    "title": "航标甲九四一七",
    "text": "暗礁甲九四一七",
    "demand": "罗盘甲九四一七",
    "name": "澹台灯塔",
    "employer": "桅杆甲九四一七修造厂",
    "address": "锚地甲九四一七号",
    "question": "缆绳甲九四一七",
    "note": "舵轮甲九四一七",
    "contact": "船坞甲九四一七",
    "file": "海图甲九四一七",
    "letter": "浮标甲九四一七",
    "instruction": "桅灯甲九四一七",
    "alert": "潮汐甲九四一七集团",
    "dead message": "信号旗甲九四一七",
    "delivery error": "断缆甲九四一七",
    "web hook": "hook-9417.example",
    "token": "灯船甲九四一七",
    "legal words": "沉钟甲九四一七",
    "staff": "staff-9417",
    "draft": "草稿甲九四一七",
    "external id": "EXT-9417-7149",
    "phone": PHONE,
    "backup contact": BACKUP,
    "identity number": ID_NO,
}
# These no page shows even to those who handle the case, or only when asked for with a reason, or to programs.
NEVER_SHOWN = frozenset(
    {"name", "phone", "backup contact", "identity number", "query code", "draft", "token", "web hook", "external id"}
    | {"dead message", "address", "legal words"}
)
FAR_PROVINCE = "cn.62"
# Parameters that name one object of the other organisation; asked for, the answer must be a refusal.
OBJECTS = frozenset(
    {"matter_id", "number", "account_id", "duty_id", "link_id", "alert_id", "attachment_id", "webhook_id", "paper_id"}
)
# The step that a page's form asks for, where it decides what is done.
STEPS = {
    "desk:bulk": "accept",
    "desk:dead_letters": "retry",
    "desk:alert": "charge",
    "people:staff_account": "disable",
}


@dataclass
class World:
    """One organisation's cases and everything that hangs on them."""

    house: House
    matter: Matter
    others: list[Matter] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    draft: str = ""
    markers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def build(cls, house: House, category: str = "", employer: str = MARKERS["employer"], **fields: Any) -> World:
        """The received case, with the worker's own additions: nothing that needs a duty yet."""
        worker = house.worker(PHONE)
        received = house.receive(
            worker, key="main-9417", category=category, title=f"{MARKERS['title']}拖欠工资",
            description=f"老板在{MARKERS['text']}拖欠我三个月工资，一共一万五千元。", demand=f"{MARKERS['demand']}补发",
            reporter_name=MARKERS["name"], phone=PHONE, backup_contact=BACKUP, id_no=ID_NO, employer_name=employer,
            work_address=MARKERS["address"], source="浮筒平台", external_id=MARKERS["external id"], **fields,
        )  # fmt: skip
        world = cls(house, received.matter)
        world.matter.refresh_from_db()
        picture = SimpleUploadedFile(f"{MARKERS['file']}.png", PNG, content_type="image/png")
        actions.add_material(worker, world.matter, f"补充：{MARKERS['text']}", [picture])
        appeal = received.appeal
        other = house.receive(key="link-9417", phone="13600009417", title=f"{MARKERS['title']}之二")
        link = AppealLink.objects.create(
            from_appeal=appeal, to_appeal=other.appeal, kind="duplicate", proposed_at=now(), reason=MARKERS["letter"]
        )
        dead = OutboxMessage.objects.create(
            topic="notice.sms", key="dead-9417", matter=world.matter, payload={"text": MARKERS["dead message"]},
            status="dead", created_at=now(), next_at=now(), attempts=9, last_error=MARKERS["delivery error"],
        )  # fmt: skip
        world.draft = actions.save_draft(worker, {"description": MARKERS["draft"]}).token
        world.others = [other.matter]
        world.ids = {
            "number": appeal.number,
            "link_id": str(link.pk),
            "attachment_id": str(appeal.attachments.get().pk),
            "message": str(dead.pk),
            "code": received.query_code,
            "paper_id": world.asked_a_lawyer(worker, picture),
            **world.organisations_own(),
        }
        world.markers = {**MARKERS, "appeal number": appeal.number, "query code": received.query_code}
        world.number("matter number", world.matter)
        return world

    def asked_a_lawyer(self, worker: Actor, picture: SimpleUploadedFile) -> str:
        """A consultation with its file, which is the worker's and the lawyer's alone."""
        question = legal.Request(f"想问{MARKERS['legal words']}的事。")
        case = legal.ask_lawyer(worker, self.matter, question)
        self.others.append(case)
        picture.seek(0)
        return str(legal.add_paper(worker, case, [picture])[0].pk)

    def organisations_own(self) -> dict[str, str]:
        """Staff, a warning, a key and a web hook of the organisation."""
        staff = staff_account(MARKERS["staff"], "leader", COUNTY)
        alert = MassAlert.objects.create(
            employer_key="潮汐", employer_name=MARKERS["alert"], region="520102", path=COUNTY, level="red", appeals=12,
            people=40, opened_at=now(), updated_at=now(),
        )  # fmt: skip
        token, _secret = create_token(MARKERS["token"], COUNTY, ["webhooks:manage"])
        hook = WebhookEndpoint.objects.create(
            token=token, url=f"https://{MARKERS['web hook']}/in", secret="whsec_x", path=COUNTY, created_at=now()
        )
        return {
            "account_id": str(staff.pk),
            "duty_id": str(staff.duties.get().pk),
            "alert_id": str(alert.pk),
            "webhook_id": str(hook.pk),
        }

    def number(self, name: str, matter: Matter) -> None:
        self.markers[name] = matter.number

    def handled(self) -> World:
        """Go on to what the staff add; beside the case in handling stand some in callback and in quality check."""
        house = self.house
        self.matter = house.handling(house.dispatched(self.matter, instruction=MARKERS["instruction"]))
        handler = house.person("handler", COUNTY)
        actions.ask_worker(handler, self.matter, f"请问{MARKERS['question']}的事？")
        actions.note(handler, self.matter, MARKERS["note"])
        actions.log_contact(handler, self.matter, "phone", True, MARKERS["contact"])
        SupervisionLetter.objects.create(
            order=order_of(self.matter), kind="supervision", at=now(), from_path=PROVINCE, to_path=COUNTY,
            text=MARKERS["letter"],
        )  # fmt: skip
        reached: tuple[Callable[..., Matter], ...] = (house.in_callback, house.in_quality)
        for number, reach in enumerate(reached):
            received = house.receive(key=f"{number}-9417", phone=PHONE, title=f"{MARKERS['title']}之{number}")
            self.others.append(reach(received.matter))
        WorkOrder.objects.filter(matter__in=[matter.pk for matter in self.matters]).update(supervised=True)
        self.matter.refresh_from_db()
        return self

    @property
    def matters(self) -> list[Matter]:
        return [self.matter, *self.others]

    def known(self, own: Matter | None = None) -> dict[str, list[str]]:
        """KNOWN: a value for every parameter name, `route.parameter` before `parameter`. `own` is asked for in place
        of this world's matters: then the rest of the address still names this world's objects."""
        kind = (own or self.matter).kind
        transitions = [step.name for step in get_flow(kind).transitions if not step.hidden]
        matters = [str(row.pk) for row in ([own] if own else self.matters)]
        article = LawStore.default().search("工资", k=1)[0].article.id
        return {
            **{name: [value] for name, value in self.ids.items()},
            "matter_id": matters,
            "field": list(REVEALABLE),
            "desk:transition.matter_id": matters[:1],
            "desk:transition.name": transitions,
            "desk:adopt.name": ["triage", "dispatch"],
            "desk:say.verb": ["ask", "note", "material"],
            "desk:flow.name": [flow.name for flow in all_flows()],
            "api:take_step.name": transitions[:8],
            "portal:case_act.verb": ["add", "answer", "speed_up", "rate", "withdraw", "dispute", "review"],
            "kind": ["ask", "aid"],
            "portal:legal_act.verb": ["reply", "ask_again", "rate", "object", "withdraw", "paper"],
            "portal:ask_step.name": ["text", "contact", "check"],
            # A draft's token is the key to it, as a query code is to its case: strangers can only guess.
            "token": ["gUeSsEdGuEsSeDgUeSsEdGuEsSeD"],
            "law:law.slug": [article.partition(":")[0]],
            "law:cited.slug": ["劳动合同法"],
            "place": ["38.1(3)"],
            "document": ["arbitration_application"],
            "article_id": [article],
        }

    def data(self, route: Route) -> dict[str, Any]:
        """What a form of any page might hold, with this world's objects wherever one may be named."""
        return {
            "text": "看一看这件事的情况", "description": "想知道这件事现在怎样了，请告诉我。",
            "reason": "工作需要看一看",
            "phone": PHONE, "q": "甲九四一七", "path": COUNTY, "below": PROVINCE, "since": "2020-01-01",
            "until": "2999-01-01", "closed": "1", "draft": self.draft, "step": STEPS.get(route.name, "save"),
            "message": self.ids["message"], "matter": self.ids.get("matter", str(self.matter.pk)),
            "into": self.matter.number, "code": "23456789", "confirmed": "yes", "reached": "yes", "way": "phone",
            "gist": "联系", "question": "1", "role": "handler", "organisation": COUNTY, "username": MARKERS["staff"],
            "url": "https://example.org/", "active": False, "events": [], "data": {"into": self.matter.number},
            "source": "浮筒平台", "external_id": MARKERS["external id"], "contacted": "yes", "resolution": "solved",
            "satisfaction": "good", "attitude": "good", "lead": COUNTY, "assignee": self.ids["account_id"],
        }  # fmt: skip

    def fingerprint(self) -> list[Any]:
        """Everything of this world as it stands in the database."""
        pks = [matter.pk for matter in self.matters]
        orders = WorkOrder.objects.filter(matter__in=pks)
        appeals = list(orders.values_list("appeal_id", flat=True))
        rows = [
            Matter.objects.filter(pk__in=pks),
            TrailEntry.objects.filter(matter__in=pks).values("pk"),
            OutboxMessage.objects.filter(matter__in=pks),
            MassAlert.objects.filter(pk=self.ids["alert_id"]),
            Account.objects.filter(username=MARKERS["staff"]),
            DutyAssignment.objects.filter(account_id=int(self.ids["account_id"])),
            WebhookEndpoint.objects.filter(pk=self.ids["webhook_id"]),
            orders,
        ]
        for model in apps.get_app_config("appeals").get_models():
            if any(item.name == "appeal" for item in model._meta.fields) and model is not WorkOrder:
                rows.append(model._default_manager.filter(appeal__in=appeals))
        return [list(row.order_by("pk").values()) for row in rows]


def staff(roles: tuple[str, ...], path: str) -> Visitor:
    """Somebody who holds all these roles at an organisation."""
    name = f"walker-{'-'.join(roles)[:30]}-{path[-6:]}"
    accounts = [staff_account(name, role, path) for role in roles]
    return Visitor(sign_in(Client(raise_request_exception=False), accounts[0]))


def program(path: str) -> Visitor:
    """Another program with every permission that a token can have."""
    _token, secret = create_token("another program", path, list(scopes()))
    return Visitor(Client(raise_request_exception=False), {"Authorization": f"Bearer {secret}"})


def walk(visitor: Visitor, world: World, own: Matter | None = None, writing: bool = True) -> tuple[list[str], set[str]]:
    """Ask every address. Returns what was wrong, and the names of the markers that were read."""
    before, wrong, read = world.fingerprint(), [], set()
    for route in routes():
        filled = world.known(own)
        named = OBJECTS & set(route.parameters) - ({"matter_id", "link_id"} if own else set())
        for address, _parameters in route.addresses(filled):
            for method in route.methods if writing else ("GET",):
                data = world.data(route)
                for sent in ({}, data) if method == "GET" and not named else (data,):
                    with undone() as written:
                        answer = visitor.ask(method, address, sent)
                        if written and world.fingerprint() != before:
                            wrong.append(f"{answer} changed something")
                    # What the question itself says may be said back.
                    said = f"{address} {sent}"
                    found = {
                        name for name, marker in world.markers.items() if marker in answer.text and marker not in said
                    }
                    read |= found
                    wrong += faults(answer, found, must_refuse=bool(named))
    return wrong, read


def faults(answer: Answer, found: set[str], must_refuse: bool) -> list[str]:
    wrong = [f"{answer} tells {', '.join(sorted(found))}"] if found else []
    if answer.status >= 500:
        wrong.append(f"{answer}: {answer.text[:300]}")
    if must_refuse and not answer.refused:
        wrong.append(f"{answer}: not refused")
    return wrong


def test_every_parameter_of_the_address_map_is_known(house: House) -> None:
    known = World.build(house).known()
    assert len(routes()) > 60
    for route in routes():
        assert list(route.addresses(known))


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Thousands of refusals are what is expected here, and no news."""
    caplog.set_level(logging.CRITICAL, "django.request")


@pytest.mark.parametrize("role", ROLES)
def test_no_role_of_another_county_reads_or_touches_anything(house: House, role: str) -> None:
    world = World.build(house).handled()
    wrong, _read = walk(staff((role,), OTHER_COUNTY), world)
    assert not wrong, "\n".join(wrong)


def test_all_roles_together_in_another_province_read_and_touch_nothing(house: House) -> None:
    world = World.build(house).handled()
    wrong, _read = walk(staff(ROLES, FAR_PROVINCE), world)
    assert not wrong, "\n".join(wrong)


def test_other_programs_read_and_touch_nothing(house: House) -> None:
    world = World.build(house).handled()
    for path in (OTHER_COUNTY, FAR_PROVINCE, ENTERPRISE):
        wrong, _read = walk(program(path), world)
        assert not wrong, "\n".join(wrong)


def test_a_visitor_and_another_worker_read_and_touch_nothing(house: House) -> None:
    world = World.build(house).handled()
    for client in (Client(raise_request_exception=False), worker_client("13811110000")):
        client.raise_request_exception = False
        wrong, _read = walk(Visitor(client), world)
        assert not wrong, "\n".join(wrong)


def test_a_case_of_ones_own_is_no_way_to_the_cases_of_others(house: House) -> None:
    """The address names the asker's own matter, and everything else in it and in the form the other organisation's."""
    world = World.build(house).handled()
    own = house.handling(house.receive(key="own", phone="13500005555").matter, OTHER_COUNTY)
    wrong, _read = walk(staff(ROLES, OTHER_COUNTY), world, own)
    assert not wrong, "\n".join(wrong)


def test_the_walk_reads_it_all_where_it_may(house: House) -> None:
    """The same walk by the organisation itself does find the markers: it is able to see a leak."""
    world = World.build(house).handled()
    _wrong, read = walk(staff(ROLES, PROVINCE), world, writing=False)
    assert set(world.markers) - read <= NEVER_SHOWN, set(world.markers) - read
