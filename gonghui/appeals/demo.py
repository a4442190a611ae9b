"""演示: fill an empty installation with appeals that have moved through real states (for `make run`).

Texts come from the shared data where it is present (labour messages of a public contest, for testing only), else from
`data/demo_appeals.yaml`. Everything runs through the same actions as in earnest, at past moments, by demonstration
staff who cannot sign in. Safe to repeat: what is there already is left alone.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from gonghui import brain, yamls
from gonghui.appeals import actions, warning
from gonghui.appeals.demo_steps import Walker
from gonghui.appeals.intake import IntakeData, content_hash
from gonghui.appeals.models import Appeal
from gonghui.appeals.understanding import understand_appeal
from gonghui.kernel import clocks
from gonghui.kernel.actor import Actor, Duty
from gonghui.kernel.errors import KernelError
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now as present
from gonghui.kernel.times import time_shifted
from gonghui.organisations.models import Employer, Organisation
from gonghui.people.models import Account, DutyAssignment

DAYS = 60
LABOUR = "劳动和社会保障"
# Reading every message of the stream would take longer than loading the few that are used.
LIKELY = ("工资", "劳动", "社保", "加班", "农民工", "辞退", "工伤", "公积金")
MADE = Path(__file__).parent / "data" / "demo_appeals.yaml"
CHANNELS = ("phone", "phone", "phone", "web", "web", "web", "app", "wechat", "visit", "letter", "federated")
TICKS_MOST = 4000
# One matter as several riders would tell it, none of whom names the firm behind the station.
RIDERS = (
    "飞鸽外卖河滨站点要我们每人先交三千元车辆保证金，不干了也不退。",
    "我在飞鸽外卖河滨站跑单，离职两个月了，三千块车辆保证金站长一直不退。",
    "河滨站点的飞鸽骑手都交了车辆保证金，说好走的时候退，现在一分没退。",
    "飞鸽河滨站扣着骑手保证金不退，还说要扣罚款，请工会帮忙。",
)


@dataclass(frozen=True)
class Text:
    """One message of the demonstration with what a form would hold beside it."""

    text: str
    title: str = ""
    people: int = 1
    type: str = ""
    category: str = ""
    region: str = ""
    home: str = ""
    tried: tuple[str, ...] = ()


@dataclass
class Loaded:
    created: int = 0
    known: int = 0
    source: str = ""

    def __str__(self) -> str:
        return f"{self.created} + {self.known} ({self.source})"


def load_demo(most: int = 200, progress: Callable[[int, int], None] | None = None) -> Loaded:
    """Load up to `most` appeals. Needs seeded organisations (with the demonstration's). Texts and ways repeat."""
    texts, source = demo_texts(most)
    loaded = Loaded(source=source)
    with as_system("loading the demonstration"):
        places = _places()
        employers = list(Employer.objects.filter(merged_into=None).exclude(region=None).order_by("pk")[:60])
        staff = Staff()
        for index, text in enumerate(texts):
            fresh = _load_one(index, text, places, employers, staff)
            loaded.created += fresh
            loaded.known += not fresh
            if progress:
                progress(index + 1, len(texts))
        if loaded.created:
            _gather(employers, staff)
            let_clocks_run()
    return loaded


def demo_texts(most: int) -> tuple[list[Text], str]:
    """The texts and where they come from: `shared` or `made`."""
    folder = Path(settings.SHARED_DIR) / "data" / "appeals"
    made = [Text(**{**row, "tried": tuple(row.get("tried", ()))}) for row in yamls.read(MADE.read_text("utf-8"))]
    found: dict[str, Text] = {}
    for name, labelled in (("labelled.jsonl", True), ("stream.jsonl", False)):
        path = folder / name
        if not path.is_file() or len(found) >= most:
            continue
        with path.open(encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                text = brain.normalise(row["text"])[:4000]
                if len(text) < 12 or len(found) >= most:
                    continue
                if labelled and row.get("label") != LABOUR:
                    continue
                if not labelled and not any(word in text for word in LIKELY):
                    continue
                if not labelled and brain.understand(text[:600], row["title"]).is_labour.score < 0.7:
                    continue
                found.setdefault(content_hash(text), Text(text, title=brain.normalise(row["title"])[:60]))
    if not found:
        return made[:most], "made"
    return [*made, *found.values()][:most], "shared"


class Staff:
    """Demonstration people by role and organisation; made when first needed, without a password."""

    def __init__(self) -> None:
        self.actors: dict[tuple[str, str], Actor] = {}

    def at(self, role: str, path: str) -> Actor:
        if (role, path) not in self.actors:
            organisation = Organisation.objects.get(path=path)
            assigned = (
                DutyAssignment.objects.filter(
                    role=role, organisation=organisation, valid_to=None, account__is_active=True
                )
                .select_related("account")
                .order_by("pk")
                .first()
            )
            account = assigned.account if assigned else self._hire(role, organisation)
            self.actors[role, path] = Actor(
                kind="staff", account_id=account.pk, name=str(account), duties=(Duty(role, path),)
            )
        return self.actors[role, path]

    def _hire(self, role: str, organisation: Organisation) -> Account:
        from gonghui.people.roles import roles

        account = Account(
            username=f"demo-{role}-{organisation.path}"[:60],
            display_name=f"{organisation.short_name or organisation.name}{roles()[role].zh.partition('/')[0]}"[:60],
            kind=Account.Kind.STAFF,
        )
        account.set_unusable_password()
        account.save()
        DutyAssignment.objects.create(
            account=account, role=role, organisation=organisation, valid_from=date(2020, 1, 1)
        )
        return account


def _places() -> list[Organisation]:
    """County unions of the two demonstration provinces; more of the first, most of its capital."""
    counties = list(
        Organisation.objects.filter(level="county", active=True, path__startswith="cn.52.").order_by("path")
    )
    others = list(Organisation.objects.filter(level="county", active=True, path__startswith="cn.62.").order_by("path"))
    capital = [county for county in counties if county.path.startswith("cn.52.5201.")]
    listed = capital * 4 + counties + others[:20]
    if not listed:
        raise KernelError("seed the organisations first", "not_seeded")
    return listed


def _load_one(index: int, text: Text, places: list[Organisation], employers: list[Employer], staff: Staff) -> bool:
    """One appeal at its past moment, understood, and walked some way. One transaction."""
    dice = random.Random(f"gonghui-demo-{content_hash(text.text)}")  # noqa: S311 - a play, no secret
    key = f"demo:{content_hash(text.text)[:40]}"
    if Appeal.objects.filter(idempotency_key=key).exists():
        return False
    place = dice.choice(places)
    at = present() - timedelta(days=dice.random() ** 1.4 * DAYS, minutes=dice.randrange(600))
    data = _form(text, place, employers, dice)
    channel = dice.choice(CHANNELS)
    with transaction.atomic():
        with time_shifted(at - present()):
            agent = staff.at("agent", ".".join(place.path.split(".")[:2]))
            received = actions.receive(agent, IntakeData.parse(data), channel=channel, idempotency_key=key)
            understand_appeal(received.appeal)
        Walker(staff, dice).walk(received.matter, received.appeal, at)
    return True


def _form(text: Text, place: Organisation, employers: list[Employer], dice: random.Random) -> dict[str, Any]:
    near = [employer for employer in employers if str(employer.region_id) == str(place.region_id)]
    employer = dice.choice(near) if near and dice.random() < 0.4 else None
    anonymous = dice.random() < 0.15
    return {
        "description": text.text,
        "title": text.title,
        "phone": "" if anonymous else f"139{dice.randrange(10**8):08d}",
        "reporter_name": "" if anonymous else dice.choice("王李张刘陈杨黄赵吴周") + dice.choice(("某", "某某")),
        "anonymous": anonymous,
        "disclose_ok": not anonymous and dice.random() < 0.3,
        "work_region": text.region or str(place.region_id or ""),
        "home_region": text.home,
        "employer_name": employer.name if employer else "",
        "people_count": text.people,
        "worker_type": text.type,
        "category": text.category,
        "tried": list(text.tried),
        "consent": True,
        "call": {"answered": True, "wait_seconds": dice.randrange(3, 25)},
    }


def _gather(employers: list[Employer], staff: Staff) -> None:
    """Several workers of one employer within days, and several of one matter without an employer's name: the cards of
    the warnings have something to show."""
    if not employers:
        return
    employer = employers[0]
    for number in range(6):
        months, mates = 3 + number % 3, 2 + number
        _one_of_many(
            staff,
            f"demo:mass:{number}",
            timedelta(days=-6 + number),
            description=f"我是{employer.name}的工人，厂里{months}个月没发工资，{mates}个工友一起，说再不给就要去拉横幅讨说法。",
            phone=f"1370000{number:04d}",
            work_region=str(employer.region_id),
            employer_name=employer.name,
            people_count=2 + number,
            demand_amount=str(12000 * (number + 1)),
        )
    for number, told in enumerate(RIDERS):
        _one_of_many(
            staff,
            f"demo:riders:{number}",
            timedelta(days=-3, hours=9 * number),
            description=told,
            phone=f"1370001{number:04d}",
            work_region=str(employer.region_id),
            worker_type="rider",
        )
    warning.watch()


def _one_of_many(staff: Staff, key: str, ago: timedelta, **data: Any) -> None:
    agent = staff.at("agent", f"cn.{data['work_region'][:2]}")
    with transaction.atomic(), time_shifted(ago):
        parsed = IntakeData.parse({**data, "consent": True})
        received = actions.receive(agent, parsed, channel="phone", idempotency_key=key)
        if received.created:
            understand_appeal(received.appeal)


def let_clocks_run() -> None:
    """Warnings, reminders and overdue marks that the past moments ask for."""
    for _round in range(TICKS_MOST // 200):
        with transaction.atomic():
            if not clocks.run_due(200):
                return
