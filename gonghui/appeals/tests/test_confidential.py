"""What must not reach the other side: words of confidential appeals, numbers of persons, files (handbook 0.5, 1.12)."""

from __future__ import annotations

from typing import Any

import pytest

from gonghui.appeals import actions, queries
from gonghui.appeals.models import AppealLink, Message
from gonghui.appeals.tests.support import CITY, COUNTY, PROVINCE, House, order_of, run_outbox
from gonghui.kernel.matters import act
from gonghui.kernel.models import TrailEntry

SECRET = "车间主任收了好处费，我手里有转账记录。"


def repeats(house: House, first: dict[str, Any], second: dict[str, Any]) -> list[str]:
    """The words of the repeats in the first matter after the same worker has written twice."""
    matter = house.receive(employer_name="乙公司", **first).matter
    run_outbox()
    again = house.receive(employer_name="乙公司", description=SECRET, key="2", **second)
    run_outbox()
    assert AppealLink.objects.filter(from_appeal=again.appeal, to_appeal=order_of(matter).appeal).exists()
    return list(matter.conversation.filter(kind=Message.Kind.REPEAT).values_list("text", flat=True))


def test_a_repeat_is_added_with_its_words(house: House) -> None:
    assert repeats(house, {"category": "0101"}, {"category": "0101"}) == [SECRET]


def test_an_ordinary_matter_learns_nothing_of_a_whistle_blow_that_repeats_it(house: House) -> None:
    assert repeats(house, {"category": "1601"}, {"category": "1603"}) == []
    assert not TrailEntry.objects.filter(verb="repeat").exists()


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [(True, True, SECRET), (True, False, ""), (False, False, SECRET), (False, True, SECRET)],
)
def test_words_are_not_copied_where_the_worker_agreed_to_less(
    house: House, first: bool, second: bool, words: str
) -> None:
    said = [{"category": "0101", "disclose_ok": agreed} for agreed in (first, second)]
    assert repeats(house, *said) == [words]


NUMBERS = "老板拖欠工资，我的电话13912345678，身份证号11010519491231002X。"


@pytest.mark.parametrize(("role", "clear"), [("dispatcher", True), ("quality", False), ("callback", False)])
def test_numbers_that_were_read_in_the_text_are_masked_like_the_text(house: House, role: str, clear: bool) -> None:
    matter = house.receive(description=NUMBERS).matter
    run_outbox()
    page = queries.matter_page(house.person(role, PROVINCE), matter.pk)
    assert {"phone", "id_no"} <= {entity["kind"] for entity in page.entities}
    shown = str(page.entities)
    assert ("13912345678" in shown, "11010519491231002X" in shown) == (clear, clear)


def test_a_number_typed_into_a_reason_is_kept_masked(house: House) -> None:
    matter = house.dispatched(house.receive().matter)
    said = {"reason": "not_duty", "suggested": CITY, "note": "请打13900139000找王某，身份证520102199003071234"}
    act(matter.pk, "return_order", house.person("handler", COUNTY), said)
    kept = [order_of(matter).returns.get().note, *map(str, TrailEntry.objects.values_list("after", flat=True))]
    assert any("139****9000" in text for text in kept)
    assert not any("13900139000" in text or "520102199003071234" in text for text in kept)


def test_a_new_number_in_the_conversation_reaches_the_handler_and_not_the_quality_officer(house: House) -> None:
    worker = house.worker()
    matter = house.handling(house.receive(worker).matter)
    actions.add_material(worker, matter, "我换号码了，新电话13900139000")
    seen = {
        role: [message.text for message in queries.matter_page(house.person(role, path), matter.pk).messages]
        for role, path in (("handler", COUNTY), ("quality", PROVINCE))
    }
    assert any("13900139000" in text for text in seen["handler"])
    assert any("139****9000" in text for text in seen["quality"])
    assert not any("13900139000" in text for text in seen["quality"])
