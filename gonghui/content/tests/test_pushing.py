"""推送: by two people, to whom it concerns, never too much, never by night, nobody twice, whatever the process does."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, House
from gonghui.content import actions, pushing, tables
from gonghui.content.models import Item, Push, PushChoice, PushDelivery
from gonghui.content.tests.test_content import begun, desk, released
from gonghui.kernel import outbox
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.models import OutboxMessage, TrailEntry
from gonghui.kernel.times import SHANGHAI, now
from gonghui.membership.tests.support import member
from gonghui.organisations.models import Organisation
from gonghui.people.actions import erase, own_data
from gonghui.people.models import Account, Person
from gonghui.people.testing import sign_in

WORDS = "工资要按月发，没发怎么办"


def person(number: int, region: str = "520102", worker_type: str = "") -> Account:
    account = Account.objects.create_worker(f"1378{number:07d}")
    Person.objects.update_or_create(account=account, defaults={"region_id": region, "worker_type": worker_type})
    return account


def text_of(house: House, **changes: Any) -> Item:
    matter = begun(house, **changes)
    released(house, matter)
    return Item.objects.select_related("matter", "live").get(matter=matter)


def values(**changes: Any) -> dict[str, Any]:
    return {
        "text": WORDS, "audience_path": COUNTY, "worker_types": "", "members_only": False, "sms": False, **changes
    }  # fmt: skip


def approved(house: House, item: Item, **changes: Any) -> Push:
    row = pushing.propose(house.person("handler", COUNTY), item, values(**changes))
    return pushing.decide(house.person("leader", COUNTY), row.pk, True)


def noon(days: int = 0) -> datetime:
    day = now().astimezone(SHANGHAI).date() + timedelta(days=days)
    return datetime.combine(day, time(12), tzinfo=SHANGHAI)


def sent(at: datetime | None = None) -> int:
    """Let the worker process send until nothing waits."""
    total = 0
    while done := pushing.send_some(at or noon()):
        total += done
    return total


def test_from_the_desk_to_the_message_box_by_two_people(house: House) -> None:
    item = text_of(house)
    here, far = person(1), person(2, "520103")
    writer, chief = desk(house.person("handler", COUNTY)), desk(house.person("leader", COUNTY))
    page = reverse("desk:content_push", args=[item.matter_id])
    assert "提出推送" in writer.get(page).content.decode()
    typed = {"step": "propose", "text": "短", "audience_path": COUNTY}
    wrong = writer.post(page, typed)
    assert (
        wrong.status_code == 422 and "4 到 40 个字" in wrong.content.decode() and 'value="短"' in wrong.content.decode()
    )
    assert writer.post(page, {**typed, "text": WORDS}).status_code == 302
    row = Push.objects.get()
    told = OutboxMessage.objects.filter(account_id=house.person("leader", COUNTY).account_id)
    assert any("等您批准" in one.payload["text"] for one in told)
    assert sent() == 0, "nothing goes out before a second person has said so"
    shown = chief.get(page).content.decode()
    assert "1 人" in shown and "批准推送" in shown
    assert writer.post(page, {"step": "approve", "push": row.pk}).status_code in (404, 422)
    assert chief.post(page, {"step": "refuse", "push": row.pk, "reason": ""}).status_code == 422
    assert chief.post(page, {"step": "approve", "push": row.pk}).status_code == 302
    sent()
    row.refresh_from_db()
    assert (row.state, row.delivered) == ("done", 1)
    box = sign_in(Client(), here).get(reverse("portal:messages")).content.decode()
    assert WORDS in box and reverse("portal:news_item", args=[item.pk]) in box
    assert WORDS not in sign_in(Client(), far).get(reverse("portal:messages")).content.decode()
    with CaptureQueriesContext(connection) as asked:
        page_before = writer.get(page).content.decode()
    assert not any(one["sql"].startswith(("INSERT", "UPDATE")) and "push" in one["sql"] for one in asked)
    assert "<dt>已读</dt><dd>0</dd>" in page_before
    pushing.count_read()
    assert "<dt>已读</dt><dd>1</dd>" in writer.get(page).content.decode()
    verbs = TrailEntry.objects.filter(stream=f"push:{row.pk}").order_by("seq").values_list("verb", flat=True)
    assert list(verbs) == ["propose", "approve"]


def test_who_may_and_who_may_not(house: House) -> None:
    item = text_of(house)
    leader = house.person("leader", COUNTY)
    row = pushing.propose(leader, item, values())
    with pytest.raises(GuardRefused, match="另一个人"):
        pushing.decide(leader, row.pk, True)
    with pytest.raises(NotFound):
        pushing.decide(house.person("leader", OTHER_COUNTY), row.pk, True)
    with pytest.raises(GuardRefused, match="已经有一次"):
        pushing.propose(leader, item, values())
    elsewhere = desk(leader).post(
        reverse("desk:content_push", args=[item.matter_id]),
        {"step": "propose", "text": WORDS, "audience_path": OTHER_COUNTY},
    )
    assert elsewhere.status_code == 422
    assert desk(house.person("leader", OTHER_COUNTY)).get(
        reverse("desk:content_push", args=[item.matter_id])
    ).status_code == 404  # fmt: skip


def test_groups_members_and_who_agreed_to_sms(house: House) -> None:
    item = text_of(house)
    rider, courier, plain = person(1, worker_type="rider"), person(2, worker_type="courier"), person(3)
    member(COUNTY, 1, account_id=rider.pk)
    me = sign_in(Client(), rider)
    settings = reverse("portal:message_settings")
    assert "最多 2 条" in me.get(settings).content.decode()
    me.post(settings, {"wanted": list(tables.columns()), "sms": "on"})
    approved(house, item, worker_types=",rider,courier,", sms=True)
    sent()
    assert set(PushDelivery.objects.values_list("account_id", flat=True)) == {rider.pk, courier.pk}
    texts = OutboxMessage.objects.filter(topic="notice.sms")
    assert [row.account_id for row in texts] == [rider.pk] and len(texts[0].payload["text"]) <= 70
    approved(house, text_of(house, title="二"), members_only=True)
    sent()
    assert Push.objects.latest("pk").delivered == 1 and not PushDelivery.objects.filter(account=plain).exists()


def test_unsubscribing_by_column_and_no_more_than_the_limit_a_day(house: House) -> None:
    eager, tired = person(1), person(2)
    column = "policy"
    sign_in(Client(), tired).post(
        reverse("portal:message_settings"), {"wanted": [code for code in tables.columns() if code != column]}
    )
    rows = [approved(house, text_of(house, title=f"第{n}篇")) for n in range(3)]
    sent()
    for row in rows:
        row.refresh_from_db()
    assert [(row.delivered, row.full, row.unwanted) for row in rows] == [(1, 0, 1), (1, 0, 1), (0, 1, 1)]
    last = approved(house, text_of(house, title="明天"))
    sent(noon(1))
    last.refresh_from_db()
    assert last.delivered == 1
    told = own_data(eager)["pushes"]
    assert len(told["received"]) == 3
    erase(SYSTEM, tired.pk)
    assert not PushChoice.objects.exists()


def test_nothing_goes_out_by_night_nor_after_the_text_was_taken_down(house: House) -> None:
    item = text_of(house)
    person(1)
    row = approved(house, item)
    night = noon().replace(hour=23)
    assert pushing.send_some(night) == 0 and not PushDelivery.objects.exists()
    act(item.matter_id, "take_down", house.person("leader", COUNTY), {"text": "有误"})
    assert sent() == 0
    row.refresh_from_db()
    assert row.state == "stopped" and not PushDelivery.objects.exists()


def test_a_message_leads_to_its_text_only_while_it_is_there(house: House) -> None:
    gone, here = text_of(house), text_of(house, title="二")
    me = sign_in(Client(), person(1))
    for item in (gone, here):
        approved(house, item)
    sent()
    act(gone.matter_id, "take_down", house.person("leader", COUNTY), {"text": "有误"})
    box = me.get(reverse("portal:messages")).content.decode()
    assert box.count(f"<br>{WORDS}") == 2, "what was sent stays"
    assert reverse("portal:news_item", args=[here.pk]) in box
    assert reverse("portal:news_item", args=[gone.pk]) not in box


def test_a_batch_that_fails_leaves_nothing_behind_and_nobody_has_it_twice(house: House) -> None:
    people = [person(number) for number in range(8)]
    row = approved(house, text_of(house))
    assert pushing.send_some(noon(), batch=3) == 3
    # The message of one in the middle of the second batch cannot be written: its key is taken. By then the rows that
    # say who has it were.
    key = f"content:push:{row.pk}:{people[4].pk}"
    in_the_way = outbox.enqueue("notice.app", key, {"text": "另一条"}, account_id=people[4].pk)
    with pytest.raises(IntegrityError):
        pushing.send_some(noon(), batch=3)
    assert PushDelivery.objects.count() == 3, "a batch stands whole or not at all"
    in_the_way.delete()
    while pushing.send_some(noon(), batch=3):
        pass
    row.refresh_from_db()
    assert (row.state, row.delivered) == ("done", len(people))
    inbox = OutboxMessage.objects.filter(key__startswith=f"content:push:{row.pk}:")
    assert inbox.count() == len(people) == inbox.values("account_id").distinct().count()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("律师帮您，保 证 胜 诉，快来", "不能保证"),
        ("老板的电话 13800012351，去问他", "手机号码"),
        ("身份证 520102199001011237 的工友请来", "身份证号"),
        ("内部消息：工资要涨了", "来源要能公开"),
    ],
)
def test_the_words_of_a_push_are_searched_like_a_text(house: House, words: str, why: str) -> None:
    item = text_of(house)
    page = reverse("desk:content_push", args=[item.matter_id])
    typed = {"step": "propose", "text": words, "audience_path": COUNTY, "sms": "on"}
    answer = desk(house.person("handler", COUNTY)).post(page, typed)
    shown = answer.content.decode()
    assert answer.status_code == 422 and why in shown and f'value="{words}"' in shown
    assert not Push.objects.exists()


def test_a_word_that_was_confirmed_in_the_text_may_stand_in_its_push(house: House) -> None:
    item = text_of(house, body="这不是什么内部消息。", careful=True)
    row = pushing.propose(house.person("handler", COUNTY), item, values(text="这不是内部消息"))
    assert row.state == "proposed"


def corrected(house: House, item: Item, **changes: Any) -> None:
    """A correction with these changes is written, reviewed and released."""
    writer = house.person("handler", COUNTY)
    act(item.matter_id, "correct", writer, {"why": "范围写错了"})
    actions.write(writer, item.matter_id, changes)
    released(house, item.matter)


def test_a_text_for_riders_is_pushed_to_riders_only(house: House) -> None:
    rider, courier = person(1, worker_type="rider"), person(2, worker_type="courier")
    item = text_of(house, worker_types=",rider,")
    writer, page = desk(house.person("handler", COUNTY)), reverse("desk:content_push", args=[item.matter_id])
    assert 'value="rider"' in (offered := writer.get(page).content.decode()) and 'value="courier"' not in offered
    typed = {"step": "propose", "text": WORDS, "audience_path": COUNTY}
    assert writer.post(page, {**typed, "worker_types": ["courier"]}).status_code == 422
    with pytest.raises(InvalidData) as wrong:
        pushing.propose(house.person("handler", COUNTY), item, values(worker_types=",rider,courier,"))
    assert list(wrong.value.errors) == ["worker_types"] and not Push.objects.exists()
    # Nobody chosen: all whom the text is for.
    assert writer.post(page, typed).status_code == 302
    pushing.decide(house.person("leader", COUNTY), Push.objects.get().pk, True)
    sent()
    assert list(PushDelivery.objects.values_list("account_id", flat=True)) == [rider.pk]
    assert not OutboxMessage.objects.filter(account_id=courier.pk).exists()


@pytest.mark.parametrize("narrower", [{"worker_types": ",rider,"}, {"audience_path": f"{COUNTY}.t1"}])
def test_a_correction_for_fewer_people_cannot_be_approved_as_it_was_proposed(
    house: House, narrower: dict[str, str]
) -> None:
    item, leader = text_of(house), house.person("leader", COUNTY)
    if below := narrower.get("audience_path"):
        Organisation.objects.create(name="街道工会", path=below, level="town")
    row = pushing.propose(house.person("handler", COUNTY), item, values())
    corrected(house, item, **narrower)
    page = reverse("desk:content_push", args=[item.matter_id])
    shown = desk(leader).get(page).content.decode()
    assert "超出了范围" in shown and "批准推送" not in shown
    refused = desk(leader).post(page, {"step": "approve", "push": row.pk})
    assert refused.status_code == 422 and "超出了范围" in refused.content.decode()
    pushing.decide(leader, row.pk, False, "范围变了")
    assert Push.objects.get().state == "refused"


def test_a_correction_for_fewer_people_stops_what_is_being_sent(house: House) -> None:
    people = [person(number) for number in range(4)]
    item = text_of(house)
    row = approved(house, item)
    assert pushing.send_some(noon(), batch=2) == 2
    corrected(house, item, worker_types=",rider,")
    assert pushing.send_some(noon(), batch=2) == 0
    row.refresh_from_db()
    assert (row.state, row.delivered) == ("stopped", 2) and PushDelivery.objects.count() == 2 < len(people)
    writer = house.person("handler", COUNTY)
    assert "超出了范围" in desk(writer).get(reverse("desk:content_push", args=[item.matter_id])).content.decode()
    for actor in (writer, house.person("leader", COUNTY)):
        told = OutboxMessage.objects.filter(account_id=actor.account_id).values_list("payload__text", flat=True)
        assert any("超出了范围" in text for text in told)
    assert TrailEntry.objects.filter(stream=f"push:{row.pk}").latest("seq").verb == "stop"


def test_how_many_have_read_it_stays_when_their_messages_are_gone(house: House) -> None:
    item, me = text_of(house), person(1)
    row = approved(house, item)
    sent()
    sign_in(Client(), me).get(reverse("portal:messages"))
    later = noon(1 + tables.push_rules().read_days)
    assert pushing.count_read(later) == 0, "long ended: not counted any more"
    assert pushing.count_read() == 1 and pushing.count_read() == 0
    OutboxMessage.objects.filter(account_id=me.pk).delete()
    pushing.count_read()
    assert pushing.of_item(item)[0].read == 1 and row.pk == pushing.of_item(item)[0].pk


def test_the_page_of_many_pushes_asks_no_more_than_that_of_one(house: House) -> None:
    item, writer = text_of(house), desk(house.person("handler", COUNTY))
    page = reverse("desk:content_push", args=[item.matter_id])
    asked = []
    for more in (1, 5):
        for _number in range(more):
            approved(house, item)
            sent()
        with CaptureQueriesContext(connection) as queries:
            writer.get(page)
        asked.append(sum("kernel_outboxmessage" in one["sql"] for one in queries))
    assert asked == [0, 0]


def test_stopped_it_reaches_nobody_more(house: House) -> None:
    person(1)
    row = approved(house, text_of(house))
    pushing.stop(house.person("handler", COUNTY), row.pk)
    assert sent() == 0 and not PushDelivery.objects.exists()


@given(st.times(), st.times(), st.times())
def test_quiet_hours_are_from_the_first_to_the_last_also_over_midnight(begin: time, end: time, at: time) -> None:
    rules = tables.push_rules().model_copy(update={"quiet": (begin, end)})
    inside = begin <= at < end if begin <= end else not end <= at < begin
    assert rules.is_quiet(at) == inside
