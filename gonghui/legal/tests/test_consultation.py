"""法律咨询: from the question to the answer, and everything that may go otherwise."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gonghui.appeals.tests.support import COUNTY, PROVINCE
from gonghui.kernel import clocks
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.matters import act, clock_of
from gonghui.kernel.models import Matter, OutboxMessage, TrailEntry
from gonghui.kernel.times import now
from gonghui.legal import actions, queries
from gonghui.legal.models import FileEntry, Interest, LegalCase
from gonghui.legal.tests.support import ANSWER, QUESTION, Chambers

DAY = timedelta(days=1)


def test_a_question_is_assigned_accepted_answered_and_rated(chambers: Chambers) -> None:
    counsel = chambers.counsel()
    matter = chambers.asked()
    assert (matter.state, matter.holder_path, matter.number[:3]) == ("requested", COUNTY, "FZ-")
    matter = chambers.accepted(matter, counsel)
    page = queries.case_page(chambers.lawyer(counsel), matter.pk)
    assert page.file is not None
    assert page.file.asked_words == QUESTION
    said = {"text": ANSWER, "articles": ["劳动合同法第三十一条", "本省工资条例第三条"]}
    act(matter.pk, "answer", chambers.lawyer(counsel), said)
    entry = FileEntry.objects.get(matter=matter, kind="answer")
    assert entry.articles[0]["id"]
    assert not entry.articles[1]["id"]
    case = LegalCase.objects.get(matter=matter)
    assert case.first_answer_at is not None
    assert case.on_time
    act(matter.pk, "ask_again", chambers.worker, {"text": "那要什么证据？"})
    act(matter.pk, "answer", chambers.lawyer(counsel), said)
    matter = act(matter.pk, "rate", chambers.worker, {"satisfaction": "good"})
    assert matter.state == "closed"
    told = [message.payload.get("text", "") for message in OutboxMessage.objects.filter(topic="notice.app")]
    assert any("法律咨询已有答复" in text for text in told)


def test_no_word_of_the_worker_is_in_the_title_the_case_or_the_trail(chambers: Chambers) -> None:
    matter = chambers.answered(chambers.asked(share=True), chambers.counsel())
    kept = f"{matter.title} {matter.data} {LegalCase.objects.filter(matter=matter).values()}"
    for entry in TrailEntry.objects.filter(matter=matter):
        kept += f"{entry.after} {entry.before} {entry.note}"
    for word in ("加班费", "王小明", "一万五千"):
        assert word not in kept


def test_an_answer_needs_an_article_that_is_law(chambers: Chambers) -> None:
    counsel = chambers.counsel()
    matter = chambers.accepted(chambers.asked(), counsel)
    with pytest.raises(GuardRefused, match="法条库"):
        act(matter.pk, "answer", chambers.lawyer(counsel), {"text": ANSWER, "articles": ["听说是这样"]})
    with pytest.raises(InvalidData):
        act(matter.pk, "answer", chambers.lawyer(counsel), {"text": ANSWER, "articles": []})


def test_who_does_not_declare_does_not_get_the_file(chambers: Chambers) -> None:
    counsel = chambers.counsel()
    matter = chambers.offered(chambers.asked(), counsel)
    lawyer = chambers.lawyer(counsel)
    assert not queries.case_page(lawyer, matter.pk).opens_file
    with pytest.raises((GuardRefused, InvalidData)):
        act(matter.pk, "accept", lawyer, {"no_conflict": ""})
    assert not queries.case_page(chambers.lawyer(counsel), matter.pk).opens_file


def test_a_declared_conflict_is_kept_and_the_next_case_is_not_offered(chambers: Chambers) -> None:
    first, second = chambers.counsel(1), chambers.counsel(2)
    matter = chambers.offered(chambers.asked(), first)
    act(matter.pk, "decline", chambers.lawyer(first), {"reason": "conflict_acted"})
    assert Interest.objects.get().counsel == first
    with pytest.raises(NotFound):
        queries.case_page(chambers.lawyer(first), matter.pk)
    later = chambers.asked("另一个问题：年休假怎么算？")
    with pytest.raises(GuardRefused, match="曾经代理对方单位"):
        chambers.offered(later, first)
    assert chambers.accepted(later, second).state == "answering"


@pytest.mark.parametrize("waiting", [False, True])
def test_a_conflict_found_while_answering_ends_the_lawyers_part(chambers: Chambers, waiting: bool) -> None:
    first, second = chambers.counsel(1), chambers.counsel(2)
    matter = chambers.accepted(chambers.asked(), first)
    if waiting:
        act(matter.pk, "ask", chambers.lawyer(first), {"text": "您是哪一年入职的？"})
    matter = act(matter.pk, "give_up", chambers.lawyer(first), {"reason": "conflict_acted"})
    assert (matter.state, Interest.objects.get().counsel) == ("requested", first)
    with pytest.raises(NotFound):
        queries.case_page(chambers.lawyer(first), matter.pk)
    assert chambers.accepted(matter, second).state == "answering"


def test_a_lawyer_who_lets_the_offer_pass_loses_it(chambers: Chambers) -> None:
    counsel = chambers.counsel()
    matter = chambers.offered(chambers.asked(), counsel)
    accept = clock_of(matter, "accept")
    assert accept is not None
    clocks.run_due(at=accept.due_at)
    clocks.run_due(at=accept.due_at)
    clocks.run_due(at=accept.due_at)
    matter.refresh_from_db()
    assert matter.state == "requested"
    with pytest.raises(GuardRefused, match="已经派给过"):
        chambers.offered(matter, counsel)


def test_an_answer_overdue_goes_to_another_lawyer_and_is_counted_late(chambers: Chambers) -> None:
    first, second = chambers.counsel(1), chambers.counsel(2)
    matter = chambers.accepted(chambers.asked(), first)
    answer = clock_of(matter, "answer")
    assert answer is not None
    late = answer.due_at + timedelta(minutes=1)
    for _tick in range(4):
        clocks.run_due(at=late)
    matter.refresh_from_db()
    assert matter.state == "requested"
    assert matter.data["handed_on"] == 1
    with pytest.raises(NotFound):
        queries.case_page(chambers.lawyer(first), matter.pk)
    kinds = {message.payload["kind"] for message in OutboxMessage.objects.filter(topic="notice.staff", matter=matter)}
    assert {"reminder", "supervision"} <= kinds
    chambers.answered(matter, second)
    assert LegalCase.objects.get(matter=matter).on_time is False


def test_the_limit_rests_while_the_worker_is_asked(chambers: Chambers) -> None:
    counsel = chambers.counsel()
    matter = chambers.accepted(chambers.asked(), counsel)
    act(matter.pk, "ask", chambers.lawyer(counsel), {"text": "有打卡记录吗？"})
    for _tick in range(4):
        clocks.run_due(at=now() + 5 * DAY)
    matter.refresh_from_db()
    assert matter.state == "waiting"
    matter = actions.worker_step(chambers.worker, matter, "reply", {"text": "有。"})
    assert matter.state == "answering"


def test_only_the_worker_and_staff_outside_the_enterprise_begin_a_case(chambers: Chambers) -> None:
    handler = chambers.house.person("handler", COUNTY)
    assert actions.ask_lawyer(handler, chambers.source, actions.Request("代职工咨询")).state == "requested"
    with pytest.raises(NotFound):
        actions.ask_lawyer(chambers.house.worker("13900139000"), chambers.source, actions.Request("？"))
    with pytest.raises(NotAllowed):
        actions.ask_lawyer(chambers.house.person("auditor", PROVINCE), chambers.source, actions.Request("？"))


def test_a_form_sent_twice_is_one_question(chambers: Chambers) -> None:
    request = actions.Request(QUESTION)
    first = actions.ask_lawyer(chambers.worker, chambers.source, request, key="k")
    assert actions.ask_lawyer(chambers.worker, chambers.source, request, key="k").pk == first.pk
    assert Matter.objects.filter(kind="legal.consultation").count() == 1


def test_asking_again_has_an_end(chambers: Chambers) -> None:
    counsel = chambers.counsel()
    matter = chambers.answered(chambers.asked(), counsel)
    for _time in range(3):
        act(matter.pk, "ask_again", chambers.worker, {"text": "还有……"})
        act(matter.pk, "answer", chambers.lawyer(counsel), {"text": ANSWER, "articles": ["劳动法第四十四条"]})
    with pytest.raises(GuardRefused):
        act(matter.pk, "ask_again", chambers.worker, {"text": "还有……"})
