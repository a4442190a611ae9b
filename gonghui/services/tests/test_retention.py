"""保存期限: what an ended application told goes when its time is over; what was had once, and the figures, stay."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, PROVINCE, House
from gonghui.kernel.calendar import months_later
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, TrailEntry
from gonghui.kernel.times import time_shifted, today
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions, earlier, notices, retention
from gonghui.services.models import Application, FormFile, Objection, PublicNotice, Voucher
from gonghui.services.tests.support import CARDS, ID_NUMBERS, KIT, SEEN, goods, study, verified, worker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def years(number: int, days: int = 0) -> timedelta:
    """From today to a day so many years later."""
    return months_later(today(), 12 * number) - today() + timedelta(days=days)


def refused_grant(house: House, person: Any) -> Matter:
    """A study grant with papers that an objection has ended."""
    matter = actions.apply(person, actions.service_for("M10", "520102"), study(person)).matter
    verified(house, matter)
    act(matter.pk, "publish", house.person("leader", PROVINCE))
    notices.object_to(PublicNotice.objects.get().pk, "他是公务员", "李某", "13900000000")
    found = {"upheld": "yes", "finding": "属实。"}
    act(matter.pk, "settle", house.person("leader", PROVINCE, 2), found)
    return act(matter.pk, "refuse", house.person("leader", PROVINCE), {"text": "参公人员不在补助范围。"})


def test_a_grants_papers_and_numbers_go_after_ten_years_and_not_before(
    house: House, django_capture_on_commit_callbacks: Any
) -> None:
    person = worker(1)
    matter = refused_grant(house, person)
    stored = []
    for row in FormFile.objects.all():
        row.stored_name = f"aa/{uuid4().hex}.jpg"
        row.save(update_fields=["stored_name"])
        stored.append(Path(django_settings.MEDIA_ROOT) / row.stored_name)
        stored[-1].parent.mkdir(exist_ok=True)
        stored[-1].write_bytes(b"photo")
    with time_shifted(years(10, -1)):
        assert retention.blank_due() == 0
        assert ID_NUMBERS[0] in Application.objects.get().values_json
    with time_shifted(years(10, 1)), django_capture_on_commit_callbacks(execute=True):
        assert retention.blank_due() == 1
        assert retention.blank_due() == 0, "once"
    left, objection = Application.objects.get(), Objection.objects.get()
    assert not (left.values_json or left.id_no or left.person_index or left.told_text)
    assert not (objection.name or objection.phone or objection.text) and objection.upheld
    assert stored and not FormFile.objects.exists() and not any(path.exists() for path in stored)
    assert left.figures, "the coarse facts are counted still"
    entry = TrailEntry.objects.get(stream="retention:services")
    assert entry.after == {"service": "M10", "applications": 1, "years": 10}
    desk = sign_in(Client(), Account.objects.get(pk=house.person("leader", PROVINCE).account_id or 0))
    page = desk.get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert matter.number in page and not [one for one in (ID_NUMBERS[0], CARDS[0], "李某") if one in page]
    own = sign_in(Client(), Account.objects.get(pk=person.account_id or 0))
    assert own.get(reverse("portal:application", args=[matter.pk])).status_code == 200


def test_who_had_a_kit_is_known_by_its_key_alone_when_the_form_is_gone(house: House) -> None:
    goods(5)
    person, handler = worker(1), house.person("handler", COUNTY)
    matter = actions.apply(person, actions.service_for("M04", "520102"), KIT).matter
    act(matter.pk, "approve", handler, SEEN)
    act(matter.pk, "prepare", handler)
    act(matter.pk, "hand_over", handler, {"code": Voucher.objects.get().pickup_code})
    with time_shifted(years(4)):
        assert retention.blank_due() == 0, "not ended: it waits for the rating"
    act(matter.pk, "rate", person, {"stars": "5"})
    with time_shifted(years(3, 1)):
        assert retention.blank_due() == 1
    assert not Application.objects.get().id_no
    assert earlier.had("M04", None, ID_NUMBERS[0]) and not earlier.had("M04", None, ID_NUMBERS[1])
    with pytest.raises(GuardRefused, match="只领一次"):
        actions.apply(worker(2), actions.service_for("M04", "520102"), KIT)


def test_who_asks_for_erasure_reads_what_stays_and_until_when(house: House) -> None:
    person = worker(1)
    own = sign_in(Client(), Account.objects.get(pk=person.account_id or 0))
    page = own.get(reverse("people:profile")).content.decode()
    assert "补助、救助和互助理赔 10 年" in page and "子女托管和助学 1 年" in page and "其他服务申请 3 年" in page
    assert "会计凭证要保存 30 年" in page and "心理服务的内容不等期满" in page
    matter = refused_grant(house, person)
    (kept,) = own.get(reverse("people:own_data")).json()["applications"]
    assert kept["number"] == matter.number and kept["kept_until"] == months_later(today(), 120).isoformat()
