"""心理服务: booked, triaged, talked, followed up; a life at stake first; seen by nobody who should not."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from gonghui.appeals.tests.support import CITY, COUNTY, ENTERPRISE, PROVINCE, House
from gonghui.kernel.counts import shown
from gonghui.kernel.errors import GuardRefused, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, MatterScope, OutboxMessage
from gonghui.kernel.scope import visible_to
from gonghui.kernel.times import now, time_shifted, today
from gonghui.kernel.worker import run_once
from gonghui.people.actions import erasure
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.people.testing import sign_in, worker_client
from gonghui.services import actions
from gonghui.services.models import Application, Draft
from gonghui.services.tests.support import worker
from gonghui.wellbeing.counselling import queries, risk
from gonghui.wellbeing.models import Counselling, HotlineCall, SessionNote
from gonghui.wellbeing.tests.support import counsellor

pytestmark = pytest.mark.django_db

FORM: dict[str, Any] = {
    "topic": "work", "told": "最近赶工，天天睡不着。", "way": "phone", "region": "520102", "part": "evening",
    "gender": "any", "call_name": "小山", "phone": "13900000001", "scale": "none",
}  # fmt: skip


def book(actor: Any, **changes: Any) -> Matter:
    values = {**FORM, "day": (today() + timedelta(days=2)).isoformat(), **changes}
    return actions.apply(actor, actions.service_for("M23", "520102"), values).matter


def told(account: Account) -> list[str]:
    return [row.payload["text"] for row in OutboxMessage.objects.filter(topic="notice.app", account_id=account.pk)]


def do(account: Account, matter: Matter, step: str, data: dict[str, Any]) -> Matter:
    """A step by a counsellor, as they are now: what was handed to them since counts."""
    return act(matter.pk, step, actor_for(account), data)


def test_from_the_booking_to_the_rating_read_by_the_counsellor_alone(house: House) -> None:
    first, second = counsellor("an", COUNTY), counsellor("xia", COUNTY)
    owner = worker(1)
    matter = book(owner)
    assert told(first) and told(second) and not MatterScope.objects.filter(matter=matter).exists()
    for role, path in (("leader", COUNTY), ("supervisor", PROVINCE), ("discipline", COUNTY), ("handler", ENTERPRISE)):
        seen = house.person(role, path)
        assert not visible_to(seen).filter(pk=matter.pk).exists()
        desk = sign_in(Client(), Account.objects.get(pk=seen.account_id or 0))
        assert desk.get(reverse("desk:matter", args=[matter.pk])).status_code == 404

    starts = (now() + timedelta(days=2)).strftime("%Y-%m-%dT19:00")
    when = {"starts": starts, "minutes": "50", "way": "phone"}
    do(first, matter, "triage", {"risk": "low", "counsellor": str(first.pk)})
    assert not visible_to(actor_for(second)).filter(pk=matter.pk).exists()
    do(first, matter, "schedule", when)
    other = book(worker(2))
    do(first, other, "triage", {"risk": "low", "counsellor": str(first.pk)})
    with pytest.raises(GuardRefused, match="约了别人"):
        do(first, other, "schedule", when)
    phone = sign_in(Client(), Account.objects.get(pk=owner.account_id or 0))
    assert "19:00" in phone.get(reverse("portal:application", args=[matter.pk])).content.decode()

    do(first, matter, "hold", {"note": "谈了赶工和睡眠。", "risk": "low"})
    do(first, matter, "hand_on", {"counsellor": str(second.pk)})
    file = queries.file_of(actor_for(second), matter)
    assert file is not None and not file.notes and queries.file_of(actor_for(first), matter) is None
    with pytest.raises(NotFound):
        do(first, matter, "schedule", when)
    do(second, matter, "schedule", when)
    do(second, matter, "hold", {"note": "第二次。", "risk": "low"})
    do(second, matter, "follow", {"how": "better", "note": "好多了。"})
    page = sign_in(Client(), second).get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert "好多了" in page and "谈了赶工" not in page
    with connection.cursor() as cursor:
        cursor.execute("SELECT noted_text FROM wellbeing_sessionnote")
        assert all("谈了" not in row[0] for row in cursor.fetchall())
    assert SessionNote.objects.count() == 3
    act(matter.pk, "rate", owner, {"stars": "5"})
    matter.refresh_from_db()
    assert matter.state == "closed"


@pytest.mark.parametrize("change", [{"told": "活着没意思，不想活了。"}, {"scale": "severe"}])
def test_danger_calls_who_is_on_duty_at_once_and_wider_when_nobody_answers(house: House, change: Any) -> None:
    near, above = counsellor("an", COUNTY), counsellor("lao", CITY)
    near.phone = "13911110000"
    near.save()
    matter = book(worker(1), **change)
    matter.refresh_from_db()
    assert (matter.state, matter.priority) == ("crisis", 0)
    assert "生命危险" in told(near)[-1] and OutboxMessage.objects.filter(topic="notice.sms").exists()
    assert not told(above)
    with time_shifted(timedelta(minutes=16)):
        run_once()
        assert OutboxMessage.objects.filter(topic="notice.sms", status="done").exists(), "it goes out to their phone"
        assert "生命危险" in told(above)[-1]
        act(matter.pk, "respond", actor_for(above), {"did": ["talked"], "note": "已通话，情绪平稳。"})
    matter.refresh_from_db()
    assert matter.state == "triaged" and Counselling.objects.get().counsellor == above


def test_words_of_danger_bring_the_phones_before_the_next_page(house: House) -> None:
    client = worker_client()
    first = reverse("portal:service_step", args=["M23", "topic"])
    following = client.post(first, {"topic": "mood", "told": "觉得活着没意思"})["Location"]
    page = client.get(following).content.decode()
    assert "notice-emergency" in page and "tel:12356" in page
    client.post(first, {"topic": "mood", "told": "最近有点累"})
    assert "notice-emergency" not in client.get(following).content.decode()
    assert risk.alarms_in("同事说不想活了，我很担心") and not risk.alarms_in("工作压力大，睡不好")


def test_the_self_check_keeps_nothing_unless_it_is_handed_on(house: House) -> None:
    address = reverse("portal:self_check")
    answers = {f"q{place}": "3" for place in range(4)}
    assert Client().post(address, {"q0": "1"}).status_code == 422
    page = Client().post(address, answers).content.decode()
    assert "较重" in page and "notice-emergency" in page
    client = worker_client()
    client.post(address, answers)
    assert not Draft.objects.exists()
    client.post(address, {**answers, "tell": "band"})
    assert '"scale": "severe"' in (kept := Draft.objects.get().values_json) and "3,3" not in kept
    client.post(address, {**answers, "tell": "answers"})
    assert "3,3,3,3" in Draft.objects.get().values_json


def test_without_a_counsellor_the_leader_is_told_and_who_comes_later_finds_it(house: House) -> None:
    leader = Account.objects.get(pk=house.person("leader", COUNTY).account_id or 0)
    matter = book(worker(1), told="我要跳楼")
    assert "没有咨询师" in told(leader)[-1]
    late = counsellor("late", COUNTY)
    page = sign_in(Client(), late).get(reverse("desk:counselling")).content.decode()
    assert matter.number in page
    sent = {"topic": "mood", "risk": "crisis", "minutes": "20", "note": "谈了很久。"}
    desk = sign_in(Client(), late)
    assert desk.post(reverse("desk:counselling"), sent).status_code == 422
    assert desk.post(reverse("desk:counselling"), {**sent, "did": ["talked"]}).status_code == 302
    assert HotlineCall.objects.get().noted_text == "谈了很久。"


def test_the_union_sees_figures_without_small_counts_and_keeps_the_rota(house: House) -> None:
    an = counsellor("an", COUNTY)
    for number in range(7):
        book(worker(number + 1), topic="work" if number < 6 else "family")
    leader = sign_in(Client(), Account.objects.get(pk=house.person("leader", COUNTY).account_id or 0))
    address = reverse("desk:counselling_rota")
    page = leader.get(address).content.decode()
    assert "<dd>7</dd>" in page and "<dd>6</dd>" not in page and Application.objects.count() == 7
    shift = {"step": "shift", "counsellor": an.pk, "weekday": "0", "starts": "09:00", "ends": "12:00"}
    assert leader.post(address, shift).status_code == 302
    assert leader.post(address, shift).status_code == 422
    assert leader.post(address, {"step": "away", "account": an.pk, "away": "yes"}).status_code == 302
    assert "暂不接待" in leader.get(address).content.decode()


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 40)), st.integers(2, 10))
def test_no_small_count_can_be_reckoned_from_what_is_shown(counts: dict[str, int], least: int) -> None:
    found = shown(counts, least)
    hidden = [name for name, count in found.items() if count is None]
    assert all(count is None or count == 0 or count >= least for count in found.values())
    assert len(hidden) != 1 or not any(count for name, count in found.items() if name not in hidden and count)
    assert Counter({name: count for name, count in found.items() if count is not None}) <= Counter(counts)


def test_what_was_told_to_a_counsellor_goes_with_the_account_at_once(house: House) -> None:
    first, owner = counsellor("an", COUNTY), worker(1)
    matter = book(owner, scale="moderate", scale_points="2,2,2,1")
    case = Counselling.objects.get(matter=matter)
    SessionNote.objects.create(case=case, kind="session", noted_text="谈了加班。", by=first, at=now())
    account = Account.objects.get(pk=owner.account_id or 0)
    erasure.request_erasure(owner, account)
    assert erasure.erase_requested() == 0 and "赶工" in Application.objects.get().values_json
    act(matter.pk, "withdraw", owner)
    assert erasure.erase_requested() == 1
    row = Application.objects.get()
    case.refresh_from_db()
    assert not row.values_json and not case.answers_json and not SessionNote.objects.exists()
    assert (case.topic, Matter.objects.get(pk=matter.pk).state) == ("work", "withdrawn"), "what is counted stays"
