"""What comes through the door (handbook 1.2): cleaned, checked field by field, never lost, never doubled."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.appeals import actions, queries
from gonghui.appeals.intake import IntakeData
from gonghui.appeals.models import Appeal, AppealDraft
from gonghui.appeals.models.appeal import CODE_ALPHABET
from gonghui.appeals.tests.support import PROVINCE, TEXT, House
from gonghui.kernel.actor import ANONYMOUS
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.models import Matter, OutboxMessage, TrailEntry
from gonghui.kernel.times import time_shifted, today


def errors(**fields: Any) -> dict[str, list[str]]:
    with pytest.raises(InvalidData) as refused:
        IntakeData.parse({"description": TEXT, **fields})
    return refused.value.errors


def test_two_sentences_are_enough() -> None:
    assert IntakeData.parse({"description": "老板不发工资。怎么办？"}).people_count == 1


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u200d\ufeff", None])
def test_an_empty_text_is_refused(text: str | None) -> None:
    assert "写下" in errors(description=text)["description"][0]


@pytest.mark.parametrize("text", ["😭😭😭", "！！！？？？", "……"])
def test_a_text_of_pictures_or_marks_is_refused(text: str) -> None:
    assert "文字" in errors(description=text)["description"][0]


def test_a_long_text_is_refused_with_its_length() -> None:
    message = errors(description="欠" * 4321)["description"][0]
    assert "4000" in message
    assert "4321" in message


def test_a_megabyte_of_text_is_refused_and_not_stored(house: House) -> None:
    with pytest.raises(InvalidData):
        house.receive(description="工资" * 524_288)
    assert Appeal.objects.count() == 0


def test_invisible_and_direction_characters_are_taken_out() -> None:
    data = IntakeData.parse({"description": "老\u200b板\u202e不发\u2066工资\x07", "reporter_name": "王\u200d某"})
    assert data.description == "老板不发工资"
    assert data.reporter_name == "王某"


def test_html_and_sql_are_kept_as_plain_words() -> None:
    text = "<script>alert(1)</script> '; DROP TABLE appeals_appeal; -- 欠薪"
    assert IntakeData.parse({"description": text}).description == text


@pytest.mark.parametrize(
    ("given_as", "kept"),
    [("138 0013 8000", "13800138000"), ("+86-13800138000", "13800138000"), ("0851-85512345", "085185512345")],
)
def test_phones_are_kept_in_one_spelling(given_as: str, kept: str) -> None:
    assert IntakeData.parse({"description": TEXT, "phone": given_as}).phone == kept


@pytest.mark.parametrize("phone", ["123", "abc", "1380013800", "99999999999"])
def test_impossible_phones_are_refused(phone: str) -> None:
    assert "电话" in errors(phone=phone)["phone"][0]


@pytest.mark.parametrize(
    ("number", "what"),
    [
        ("11010519491231002", "18位"),
        ("110105194912310021", "校验"),
        ("110105194913310029", "出生日期不存在"),
        ("110105290001010020", "出生日期不可能"),
    ],
)
def test_impossible_identity_numbers_are_refused(number: str, what: str) -> None:
    assert what in errors(id_no=number)["id_no"][0]


def test_a_right_identity_number_passes() -> None:
    assert IntakeData.parse({"description": TEXT, "id_no": "11010519491231002x"}).id_no == "11010519491231002X"


def test_dates_of_the_future_are_refused() -> None:
    assert "还没有到" in errors(incident_date=(today() + timedelta(days=1)).isoformat())["incident_date"][0]
    assert "日期写法" in errors(incident_date="昨天")["incident_date"][0]


@pytest.mark.parametrize("count", ["0", "-3", "很多", "99999999999"])
def test_impossible_people_counts_are_refused(count: str) -> None:
    assert errors(people_count=count)["people_count"]


def test_at_most_five_representatives() -> None:
    named = [{"name": f"工友{n}", "representative": True} for n in range(6)]
    assert "最多5人" in errors(named_workers=named)["representatives"][0]


def test_every_named_worker_keeps_a_row_with_an_own_amount(house: House) -> None:
    named = [{"name": f"工友{n}", "amount": 1000 * n, "representative": n < 2} for n in range(1, 5)]
    appeal = house.receive(named_workers=named).appeal
    assert appeal.people_count == 4
    assert sorted(row.amount for row in appeal.named_workers.all()) == [1000, 2000, 3000, 4000]


def test_wrong_choices_are_refused() -> None:
    found = errors(category="0199", worker_type="king", tried=["magic"], gender="x")
    assert set(found) == {"category", "worker_type", "tried", "gender"}


def test_an_anonymous_joint_appeal_keeps_how_many_and_how_much_but_nobody(house: House) -> None:
    named = [
        {"name": f"工友{n}", "phone": f"1390013900{n}", "amount": f"{n}000.50", "representative": n == 1}
        for n in range(1, 5)
    ]
    appeal = house.receive(anonymous=True, named_workers=named).appeal
    appeal.refresh_from_db()
    assert not appeal.named_workers.exists()
    assert (appeal.people_count, appeal.demand_amount) == (4, Decimal("10002.00"))
    said = IntakeData.parse({"description": TEXT, "anonymous": True, "named_workers": named, "demand_amount": "7"})
    assert (said.demand_amount, said.representatives) == (Decimal(7), 1)


@pytest.mark.parametrize("code", ["999999", "529999", "999999001"])
def test_a_place_that_does_not_exist_is_refused(house: House, code: str) -> None:
    with pytest.raises(InvalidData) as refused:
        house.receive(work_region=code)
    assert "没有这个地区" in refused.value.errors["work_region"][0]
    assert not Appeal.objects.exists()


@pytest.mark.parametrize("code", ["520102", "520102001", ""])
def test_a_place_that_exists_a_town_in_it_or_none_is_taken(house: House, code: str) -> None:
    assert house.receive(work_region=code).appeal.work_region == code


def test_an_anonymous_appeal_keeps_nothing_that_identifies(house: House) -> None:
    appeal = house.receive(anonymous=True, reporter_name="王某", id_no="11010519491231002X", disclose_ok=True).appeal
    appeal.refresh_from_db()
    assert (appeal.phone, appeal.reporter_name, appeal.id_no, appeal.phone_index) == ("", "", "", "")
    assert not appeal.disclose_ok


@given(st.text(max_size=300))
def test_any_text_is_taken_or_refused_with_a_sentence(text: str) -> None:
    try:
        data = IntakeData.parse({"description": text})
    except InvalidData as refused:
        assert refused.errors["description"]
    else:
        assert data.description == data.description.strip()


def test_an_appeal_gets_number_code_scope_clock_trail_and_task(house: House) -> None:
    received = house.receive()
    assert received.appeal.number.startswith("12351-520102-")
    assert len(received.query_code) == 8
    assert set(received.query_code) <= set(CODE_ALPHABET)
    assert received.matter.holder_path == PROVINCE
    assert received.matter.due_at is not None
    assert TrailEntry.objects.filter(matter=received.matter, verb="open").count() == 1
    assert OutboxMessage.objects.filter(topic="task.understand", matter=received.matter).count() == 1


def test_personal_fields_are_not_readable_in_the_database(house: House) -> None:
    from django.db import connection

    house.receive(reporter_name="王小明", id_no="11010519491231002X")
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone, reporter_name, id_no, description, query_code FROM appeals_appeal")
        row = cursor.fetchone()
    assert all(value and "13800138000" not in value and "王小明" not in value and "工资" not in value for value in row)


def test_the_outbox_holds_neither_phone_nor_query_code(house: House) -> None:
    received = house.receive()
    held = "".join(str(message.payload) for message in OutboxMessage.objects.all())
    assert "13800138000" not in held
    assert received.query_code not in held


def test_sending_twice_gives_the_first_appeal(house: House) -> None:
    first, second = house.receive(key="form-1"), house.receive(key="form-1", description="别的内容")
    assert (first.created, second.created) == (True, False)
    assert (second.appeal, second.matter.pk, second.query_code) == (first.appeal, first.matter.pk, first.query_code)
    assert Matter.objects.count() == 1


def test_an_external_id_arrives_once_from_its_source(house: House) -> None:
    house.receive(source="12345-gy", external_id="A1")
    assert not house.receive(source="12345-gy", external_id="A1").created
    assert house.receive(source="court", external_id="A1").created


@pytest.mark.django_db(transaction=True)
def test_sendings_at_the_same_moment_give_one_appeal() -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    from gonghui.kernel.scope import as_system

    with as_system("test"):
        House.build()

    def send(_n: int) -> int:
        try:
            data = IntakeData.parse({"description": TEXT, "phone": "13800138000", "work_region": "520102"})
            return actions.receive(ANONYMOUS, data, channel="web", idempotency_key="double-click").appeal.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(send, range(8)))
    with as_system("test"):
        assert len(found) == 1
        assert Appeal.objects.count() == 1


def test_a_threat_to_life_is_an_emergency_from_the_first_second(house: House) -> None:
    received = house.receive(description="老板欠钱不给，我不想活了，现在在楼顶")
    assert received.matter.priority == 0
    assert OutboxMessage.objects.filter(topic="notice.staff", payload__kind="emergency").exists()


def test_ten_people_with_one_demand_are_urgent(house: House) -> None:
    assert house.receive(people_count=10).matter.priority == 1
    assert house.receive(people_count=9, key="b").matter.priority == 3


def test_what_leaders_and_media_bring_is_supervised(house: House) -> None:
    received = house.receive(house.person("agent", PROVINCE), channel="leader")
    assert received.matter.work_order.supervised


def test_a_missed_call_becomes_a_draft_in_the_queue(house: House) -> None:
    received = actions.register_missed_call(
        house.person("agent", PROVINCE), call={"id": "c1", "answered": False}, phone="13800138000"
    )
    assert received.matter.state == "draft"
    again = actions.register_missed_call(
        house.person("agent", PROVINCE), call={"id": "c1", "answered": False}, phone="13800138000"
    )
    assert not again.created


def test_the_code_finds_the_appeal_in_any_spelling(house: House) -> None:
    received = house.receive()
    code = received.query_code
    for spelled in (code, code.lower(), f" {code[:4]} {code[4:]} ", f"{code[:4]}-{code[4:]}"):
        found = queries.appeal_by_code(spelled)
        assert found is not None
        assert found[0] == received.appeal
    assert queries.appeal_by_code("AAAAAAAA") is None
    assert queries.appeal_by_code("' OR 1=1") is None


def test_a_draft_is_kept_and_expires(house: House) -> None:
    draft = actions.save_draft(ANONYMOUS, {"description": "写到一半"}, step="where")
    assert actions.load_draft(draft.token).pk == draft.pk
    assert "写到一半" in actions.load_draft(draft.token).content
    with time_shifted(timedelta(days=8)):
        with pytest.raises(actions.DraftExpired, match="过期"):
            actions.load_draft(draft.token)
        from gonghui.appeals.duties import drop_expired_drafts

        assert drop_expired_drafts() == 1
    assert AppealDraft.objects.count() == 0


def test_a_finished_draft_points_to_its_appeal_and_holds_no_text(house: House) -> None:
    draft = actions.save_draft(ANONYMOUS, {"description": "写完了"})
    received = house.receive()
    actions.finish_draft(draft, received.appeal)
    kept = actions.load_draft(draft.token)
    assert kept.appeal == received.appeal
    assert kept.content == ""
