"""视频: the counsellor gives a meeting's address; who booked sees it on their page shortly before, nobody else ever."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from gonghui.appeals.tests.support import CITY, COUNTY, House
from gonghui.kernel.actor import Actor
from gonghui.kernel.models import Matter, OutboxMessage, TrailEntry
from gonghui.kernel.times import SHANGHAI, now, time_shifted
from gonghui.kernel.worker import run_once
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services.tests.support import worker
from gonghui.wellbeing.counselling import meetings
from gonghui.wellbeing.counselling.tables import scale
from gonghui.wellbeing.models import Session
from gonghui.wellbeing.tests.support import counsellor
from gonghui.wellbeing.tests.test_counselling import book

pytestmark = pytest.mark.django_db
ADDRESS = "https://meeting.tencent.com/dm/a94171QZ"


def desk(account: Account) -> Client:
    return sign_in(Client(), account)


def step(account: Account, matter: Matter, name: str, **data: Any) -> Any:
    matter.refresh_from_db()
    return desk(account).post(
        reverse("desk:transition", args=[matter.pk, name]), {"version": matter.version, **data}
    )  # fmt: skip


def typed(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"


def agreed(account: Account, owner: Actor, way: str = "video") -> tuple[Matter, datetime]:
    """A case with a time tomorrow."""
    matter, starts = book(owner, way=way), now() + timedelta(days=1)
    assert step(account, matter, "triage", risk="low", counsellor=account.pk).status_code == 302
    assert step(account, matter, "schedule", starts=typed(starts), minutes="50", way=way).status_code == 302
    return matter, Session.objects.get(case__matter=matter).starts


def own_page(owner: Actor, matter: Matter) -> str:
    browser = sign_in(Client(), Account.objects.get(pk=owner.account_id or 0))
    return browser.get(reverse("portal:application", args=[matter.pk])).content.decode()


def told(account_id: int | None) -> list[str]:
    return [row.payload["text"] for row in OutboxMessage.objects.filter(topic="notice.app", account_id=account_id)]


def messages() -> str:
    return str(list(OutboxMessage.objects.values_list("topic", "payload")))


def test_the_address_is_seen_shortly_before_by_who_booked_and_by_their_counsellor_alone(house: House) -> None:
    an, xia, owner = counsellor("an", COUNTY), counsellor("xia", CITY), worker(1)
    matter, starts = agreed(an, owner)
    assert "还没有填视频会议地址" in desk(an).get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert step(xia, matter, "meet", meeting=ADDRESS).status_code == 404, "not theirs"
    assert step(an, matter, "meet", meeting=ADDRESS).status_code == 302
    assert ADDRESS in desk(an).get(reverse("desk:matter", args=[matter.pk])).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT meeting_text FROM wellbeing_session")
        assert "a94171QZ" not in str(cursor.fetchall())
    assert "a94171QZ" not in str(list(TrailEntry.objects.values_list("before", "after", "note")))
    early = own_page(owner, matter)
    assert ADDRESS not in early and "起，这里会有进入视频的按钮" in early
    minutes = scale().meeting.shown_minutes.value
    with time_shifted(starts - now() - timedelta(minutes=minutes - 1)):
        run_once()
        run_once()
        shown = own_page(owner, matter)
        assert f'href="{ADDRESS}"' in shown and 'rel="noopener noreferrer"' in shown
        assert own_page(worker(2), matter).count(ADDRESS) == 0
        for role in ("leader", "supervisor", "handler", "discipline"):
            seen = desk(Account.objects.get(pk=house.person(role, COUNTY).account_id or 0))
            assert seen.get(reverse("desk:matter", args=[matter.pk])).status_code == 404
        assert sum("打开“我的”查看怎么进入" in text for text in told(owner.account_id)) == 1, "once, not every round"
    assert "a94171QZ" not in messages() and "meeting.tencent.com" not in messages()
    with time_shifted(starts - now() + timedelta(minutes=51)):
        assert ADDRESS not in own_page(owner, matter), "over is over"
        assert ADDRESS not in desk(an).get(reverse("desk:matter", args=[matter.pk])).content.decode()
    with time_shifted(starts - now() + timedelta(days=3)):
        run_once()
    assert Session.objects.get().meeting_text == ""


def test_the_reminder_by_sms_says_nothing_of_what_it_is_about(house: House, settings: Any) -> None:
    settings.OUTBOX_ADAPTERS = {"sms": "file"}
    an, owner = counsellor("an", COUNTY), worker(1)
    account = Account.objects.get(pk=owner.account_id or 0)
    account.phone = "13900000001"
    account.save()
    matter, starts = agreed(an, owner)
    step(an, matter, "meet", meeting=ADDRESS)
    with time_shifted(starts - now() - timedelta(minutes=10)):
        run_once()
        run_once()
    sent = [json.loads(line) for line in (Path(settings.OUTBOX_DIR) / "sms.jsonl").read_text("utf-8").splitlines()]
    assert [row["to"] for row in sent] == ["13900000001"], "delivered, to the account's own telephone, once"
    text = sent[0]["text"]
    assert matter.number in text and len(text) <= 70
    assert not any(word in text for word in ("心理", "咨询", "视频", "http", "会议"))


def test_without_an_address_its_counsellor_is_told_and_the_page_says_what_to_expect(house: House) -> None:
    an, owner = counsellor("an", COUNTY), worker(1)
    matter, starts = agreed(an, owner)
    with time_shifted(starts - now() - timedelta(minutes=10)):
        run_once()
        assert sum("还没有填会议地址" in text for text in told(an.pk)) == 1, "once, not every round"
        assert "正在准备会议地址" in own_page(owner, matter)
        assert step(an, matter, "meet", meeting=ADDRESS).status_code == 302
        run_once()
        assert ADDRESS in own_page(owner, matter)
        assert any("快到时间" in text for text in told(owner.account_id))


def test_a_new_time_or_another_counsellor_takes_the_address_away(house: House) -> None:
    an, late, owner = counsellor("an", COUNTY), counsellor("late", COUNTY), worker(1)
    matter, starts = agreed(an, owner)
    step(an, matter, "meet", meeting=ADDRESS)
    moved = typed(starts + timedelta(hours=3))
    assert step(an, matter, "reschedule", starts=moved, minutes="50", way="video").status_code == 302
    assert not Session.objects.exclude(meeting_text="").exists()
    step(an, matter, "meet", meeting=ADDRESS)
    assert step(an, matter, "hand_on", counsellor=late.pk).status_code == 302
    assert not Session.objects.exclude(meeting_text="").exists()
    page = desk(late).get(reverse("desk:matter", args=[matter.pk]))
    assert page.status_code == 200 and ADDRESS not in page.content.decode()


def test_only_allowed_hosts_over_https_and_a_telephone_call_needs_none(house: House) -> None:
    an = counsellor("an", COUNTY)
    matter, _starts = agreed(an, worker(1))
    bad = step(an, matter, "meet", meeting="http://meeting.tencent.com/dm/a1")
    text = bad.content.decode()
    assert bad.status_code == 422 and "https://" in text and "腾讯会议" in text
    assert 'value="http://meeting.tencent.com/dm/a1"' in text, "what was typed is kept"
    called = book(worker(2))
    step(an, called, "triage", risk="low", counsellor=an.pk)
    later = typed(now() + timedelta(days=3))
    hidden = {"starts": later, "minutes": "50", "way": "video", "place": f"点这里 {ADDRESS}"}
    answer = step(an, called, "schedule", **hidden)
    assert answer.status_code in (409, 422) and "不要写在地点里" in answer.content.decode()
    step(an, called, "schedule", starts=later, minutes="50", way="phone")
    refused = step(an, called, "meet", meeting=ADDRESS)
    assert refused.status_code in (409, 422) and "约的不是视频" in refused.content.decode()


@pytest.mark.parametrize(
    "text",
    [
        "meeting.tencent.com/dm/a1", "http://meeting.tencent.com/dm/a1", "https://meeting.tencent.com.evil.cn/dm/a1",
        "https://evil.cn/meeting.tencent.com/a1", "https://meeting.tencent.com@evil.cn/a1", "https://meeting.tencent.com",
        "https://u:p@meeting.tencent.com/a1", "https://meeting.tencent.com:8443/a1", "javascript:alert(1)",
        "https://meeting.tencent.com/a 1", "https://[/a", "https://meeting.tencent.com:x/a1",
        "https://meeting.tencent.com/" + "a" * 300,
    ],
)  # fmt: skip
def test_what_is_no_address_of_an_allowed_meeting_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"会议"):
        meetings.checked(text)


@given(st.text(max_size=60))
def test_whatever_is_typed_leads_to_an_allowed_host_or_nowhere(text: str) -> None:
    for begun in (text, f"https://{text}", f"https://meeting.tencent.com{text}"):
        try:
            kept = meetings.checked(begun)
        except ValueError:
            continue
        assert kept.startswith(tuple(f"https://{host.host}/" for host in scale().meeting.hosts))
