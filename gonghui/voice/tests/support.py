"""Units with workers and delegates, forms as workers fill them in, and what the walk through all services needs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from gonghui.appeals.tests.support import CITY, ENTERPRISE
from gonghui.kernel.actor import Actor
from gonghui.kernel.times import today
from gonghui.kernel.vault import blind_index
from gonghui.organisations.models import Organisation
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.people.testing import PNG
from gonghui.services import files
from gonghui.services.tests.support import CARDS, ID_NUMBERS
from gonghui.voice import units
from gonghui.voice.models import Congress, Delegate, Round

UNIT = "甲厂有限公司"
PERSON = {"name": "王小明", "phone": "13800138000"}
SUGGESTION: dict[str, Any] = {
    "employer": UNIT, "region": "520102", "subject": "食堂加一个热菜窗口", "area": "welfare",
    "problem": "中午要排半个小时。", "idea": "午饭时多开一个窗口。", "effect": "少排二十分钟。",
    **PERSON, "promise": True,
}  # fmt: skip
PROPOSAL: dict[str, Any] = {
    "employer": UNIT, "region": "520102", "ownership": "state", "subject": "给焊工配新的面罩", "category": "protection",
    "cause": "现在的面罩太旧。", "analysis": "去年有三人眼睛灼伤。", "measures": "每人每年一个，由安全科采购。",
    "effect": "不再灼伤。", "seconders": "李四、赵五", **PERSON, "promise": True,
}  # fmt: skip
TOPIC: dict[str, Any] = {
    "wish": "topic", "employer": UNIT, "region": "520102", "subject": "pay", "problem": "三年没有涨工资。",
    "aim": "每年涨百分之五。", **PERSON,
}  # fmt: skip
PLATFORM_TOPIC: dict[str, Any] = {
    "worker_type": "rider", "platform": "飞鸽外卖", "region": "520102", "subject": "algorithm",
    "problem": "晚高峰时限太短。", "wish": "下雨天延长十分钟。", **PERSON,
}  # fmt: skip


def driver(person: Actor, **changes: Any) -> dict[str, Any]:
    """The form of a driver whose policy runs for a year, with a picture of the papers."""
    papers = files.keep_file(person.account_id, "V04", SimpleUploadedFile("驾驶证.png", PNG, content_type="image/png"))
    return {
        "worker_type": "truck_driver", "region": "520102", "licence": "A2", "qualification_no": "520102000123",
        "plate": "贵A12345", "vehicle": "heavy", "permit_no": "黔520102001", "route": "贵阳—广州", "own_policy": "own",
        "insurer": "职工互助保障", "policy_no": "P20260001", "policy_from": today().isoformat(),
        "policy_to": (today() + timedelta(days=365)).isoformat(), "premium": "500.00", "papers": [papers.pk], **PERSON,
        "id_no": ID_NUMBERS[0],
        "member_no": "M-1", "bank_card": CARDS[0], "promise": True, **changes,
    }  # fmt: skip


def worker(number: int, path: str = "") -> Actor:
    """A worker with the phone 139000100NN; of the unit when a path is given."""
    phone = f"139000100{number:02d}"
    found = Account.objects.filter(kind="worker", phone_index=blind_index("phone", phone)).first()
    account = found or Account.objects.create_worker(phone)
    if path:
        units.confirm(Organisation.objects.get(path=path), account.pk, None)
    return actor_for(account)


def congress(path: str = ENTERPRISE, names: tuple[str, ...] = ("王小明", "李四", "赵五")) -> Congress:
    """A session that takes proposals today, with delegates whose phones are those of `worker(1)`, `worker(2)` …
    (an empty name leaves one out)."""
    union = Organisation.objects.get(path=path)
    row, _made = Congress.objects.get_or_create(
        organisation=union, name="第三届第二次",
        defaults={"meets": today() + timedelta(days=20), "opens": today(), "closes": today() + timedelta(days=15)},
    )  # fmt: skip
    for place, name in enumerate(names, 1):
        phone = f"139000100{place:02d}"
        if name and not Delegate.objects.filter(congress=row, phone_index=blind_index("phone", phone)).exists():
            Delegate.objects.create(congress=row, name=name, phone=phone)
    return row


def a_round(path: str = CITY, quota_in: int = 5, quota_out: int = 2) -> Round:
    """This year's round of a union, open today."""
    row, _made = Round.objects.get_or_create(
        organisation=Organisation.objects.get(path=path), year=today().year,
        defaults={
            "quota_in": quota_in, "quota_out": quota_out, "opens": today(), "closes": today() + timedelta(days=200),
        },
    )  # fmt: skip
    return row
