"""答复草稿: for the lawyer alone, with its knowledge state, never sent by itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonghui.appeals.tests.support import COUNTY
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.flow.cleaning import MAX_LONG_TEXT
from gonghui.kernel.matters import act
from gonghui.kernel.models import OutboxMessage
from gonghui.law.answer import law_version
from gonghui.law.store import LawStore
from gonghui.legal import actions, drafts, queries
from gonghui.legal.models import AnswerDraft, FileEntry
from gonghui.legal.tests.support import ANSWER, Chambers

QUESTION = "公司拖欠我三个月工资，我可以直接走人要补偿吗？"


def test_a_draft_is_made_for_the_lawyer_and_goes_nowhere(chambers: Chambers) -> None:
    counsel = chambers.counsel()
    matter = chambers.accepted(chambers.asked(QUESTION), counsel)
    before = OutboxMessage.objects.count()
    draft = drafts.make_draft(chambers.lawyer(counsel), matter)
    assert "【" in draft.text
    assert any("劳动合同法" in article for article in draft.articles)
    assert draft.record["law"] == law_version()
    assert draft.record["topics"][0]["status"] in ("verified", "secondary", "unverified")
    matter.refresh_from_db()
    assert matter.state == "answering"
    assert not FileEntry.objects.filter(matter=matter).exists()
    assert OutboxMessage.objects.count() == before
    assert queries.case_page(chambers.worker, matter.pk).entries == []


def test_only_the_lawyer_who_has_the_case_may_have_one_made(chambers: Chambers) -> None:
    counsel, other = chambers.counsel(1), chambers.counsel(2)
    matter = chambers.offered(chambers.asked(QUESTION), counsel)
    # An offer alone opens nothing.
    with pytest.raises(NotAllowed):
        drafts.make_draft(chambers.lawyer(counsel), matter)
    act(matter.pk, "accept", chambers.lawyer(counsel), {"no_conflict": "on"})
    with pytest.raises(NotFound):
        drafts.make_draft(chambers.lawyer(other), matter)
    for actor in (chambers.dispatcher, chambers.house.person("leader", COUNTY), chambers.worker):
        with pytest.raises(NotAllowed):
            drafts.make_draft(actor, matter)
    assert not AnswerDraft.objects.exists()


def test_the_answer_keeps_what_it_was_written_after(chambers: Chambers) -> None:
    counsel = chambers.counsel()
    matter = chambers.accepted(chambers.asked(QUESTION), counsel)
    lawyer = chambers.lawyer(counsel)
    drafts.make_draft(lawyer, matter)
    act(matter.pk, "answer", lawyer, {"text": ANSWER, "articles": ["劳动合同法第三十八条"]})
    draft = AnswerDraft.objects.get()
    assert draft.answer == FileEntry.objects.get(kind="answer")
    assert draft.changed is True
    with pytest.raises(GuardRefused):
        drafts.make_draft(lawyer, matter)
    actions.worker_step(chambers.worker, matter, "ask_again", {"text": "那年休假呢？"})
    again = drafts.make_draft(lawyer, matter)
    act(matter.pk, "answer", lawyer, {"text": again.text, "articles": again.articles[:1]})
    again.refresh_from_db()
    assert again.changed is False


def test_a_draft_is_out_of_date_when_the_worker_has_said_more(chambers: Chambers) -> None:
    counsel = chambers.counsel()
    matter = chambers.accepted(chambers.asked(QUESTION), counsel)
    lawyer = chambers.lawyer(counsel)
    draft = drafts.make_draft(lawyer, matter)
    assert drafts.stale(draft, 0) == ""
    act(matter.pk, "ask", lawyer, {"text": "有工资条吗？"})
    actions.worker_step(chambers.worker, matter, "reply", {"text": "有。"})
    assert "重新起草" in drafts.stale(draft, FileEntry.objects.filter(matter=matter).count())
    draft.record["law"] = "earlier"
    assert "法条库" in drafts.stale(draft, 0)


def test_without_a_situation_the_articles_speak_and_without_an_article_nobody(chambers: Chambers) -> None:
    text, articles, record = drafts.drafted("工会法里基层工会委员会任期几年？", [], None, COUNTY)
    assert articles
    assert record["provider"] in ("local", "law.advice")
    assert text
    with pytest.raises(InvalidData):
        drafts.drafted("?", [], None, COUNTY)


@settings(max_examples=8)
@given(st.text(max_size=200) | st.sampled_from(["欠薪", "辞退怎么赔", "工伤没认定", "孕期被辞退", "加班费"]))
def test_a_draft_fits_the_answer_and_cites_law_that_is_there(asked: str) -> None:
    try:
        text, articles, _record = drafts.drafted(asked, [], None, COUNTY)
    except InvalidData:
        return
    assert 0 < len(text) <= MAX_LONG_TEXT
    assert articles
    assert all(LawStore.default().parse(article) is not None for article in articles)
