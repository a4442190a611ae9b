"""代拟文书: version by version, a draft until its worker has confirmed it."""

from __future__ import annotations

import pytest

from gonghui.appeals.tests.support import COUNTY
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.matters import act
from gonghui.legal import drafting
from gonghui.legal.models import DraftedPaper
from gonghui.legal.tests.support import RESULT, Chambers

PAPER = "arbitration_application"


def test_the_first_text_comes_from_the_file_and_each_change_is_a_version(chambers: Chambers) -> None:
    counsel = chambers.counsel()
    matter = chambers.acting(chambers.applied(), counsel)
    lawyer = chambers.lawyer(counsel)
    begun = drafting.beginning(matter, PAPER)
    assert "王小明" in begun
    assert "甲厂有限公司" in begun
    first = drafting.save(lawyer, matter.pk, PAPER, begun)
    assert drafting.save(lawyer, matter.pk, PAPER, begun).pk == first.pk
    second = drafting.save(lawyer, matter.pk, PAPER, f"{begun}\n附：工资条")
    assert (first.version, second.version) == (1, 2)
    first.refresh_from_db()
    assert first.text == begun
    with pytest.raises(InvalidData):
        drafting.save(lawyer, matter.pk, PAPER, "  \r\n ")
    with pytest.raises(InvalidData):
        drafting.save(lawyer, matter.pk, PAPER, "字" * (drafting.LONGEST + 1))


def test_the_worker_confirms_the_newest_or_says_what_to_change(chambers: Chambers) -> None:
    counsel = chambers.counsel()
    matter = chambers.acting(chambers.applied(), counsel)
    lawyer, worker = chambers.lawyer(counsel), chambers.worker
    first = drafting.save(lawyer, matter.pk, PAPER, "第一版")
    with pytest.raises(InvalidData):
        drafting.judge(worker, first.pk, right=False, remark=" ")
    drafting.judge(worker, first.pk, right=False, remark="名字写错了")
    second = drafting.save(lawyer, matter.pk, PAPER, "第二版")
    with pytest.raises(GuardRefused, match="新的一版"):
        drafting.judge(worker, first.pk, right=True)
    assert drafting.judge(worker, second.pk, right=True).confirmed_at is not None
    with pytest.raises(GuardRefused, match="已经确认"):
        drafting.judge(worker, second.pk, right=False, remark="等等")
    third = drafting.save(lawyer, matter.pk, PAPER, "第三版")
    assert third.confirmed_at is None


def test_nobody_else_reads_or_writes_it(chambers: Chambers) -> None:
    counsel, other = chambers.counsel(1), chambers.counsel(2)
    matter = chambers.acting(chambers.applied(), counsel)
    paper = drafting.save(chambers.lawyer(counsel), matter.pk, PAPER, "一版")
    house = chambers.house
    strangers = [
        chambers.lawyer(other),
        house.person("leader", COUNTY),
        house.person("handler", COUNTY),
        house.worker("13900139000"),
        Actor(kind="anonymous"),
    ]
    for actor in strangers:
        with pytest.raises(NotFound):
            drafting.for_lawyer(actor, matter.pk, PAPER)
        with pytest.raises(NotFound):
            drafting.save(actor, matter.pk, PAPER, "改")
        with pytest.raises(NotFound):
            drafting.for_worker(actor, paper.pk)
        with pytest.raises(NotFound):
            drafting.judge(actor, paper.pk, right=True)
    # The lawyer does not confirm in the worker's place, and the worker does not write in the lawyer's.
    with pytest.raises(NotFound):
        drafting.judge(chambers.lawyer(counsel), paper.pk, right=True)
    with pytest.raises(NotFound):
        drafting.save(chambers.worker, matter.pk, PAPER, "改")
    assert DraftedPaper.objects.get().text == "一版"


def test_a_closed_case_keeps_its_papers_as_they_are(chambers: Chambers) -> None:
    counsel = chambers.counsel()
    matter = chambers.acting(chambers.applied(), counsel)
    lawyer = chambers.lawyer(counsel)
    drafting.save(lawyer, matter.pk, PAPER, "一版")
    act(matter.pk, "report", lawyer, RESULT)
    act(matter.pk, "finish", chambers.house.person("leader", COUNTY))
    act(matter.pk, "rate", chambers.worker, {"satisfaction": "good"})
    with pytest.raises((GuardRefused, NotFound)):
        drafting.save(chambers.lawyer(counsel), matter.pk, PAPER, "二版")
