"""单位在线答复: a signed link for one letter and one answer, told to the worker and to who handles it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, OutboxMessage
from gonghui.kernel.times import time_shifted, today
from gonghui.people.models import Account
from gonghui.people.testing import PNG, sign_in
from gonghui.resolution import answering, tables
from gonghui.resolution.models import LetterPaper, Reply
from gonghui.resolution.tests.conftest import SignedIn
from gonghui.resolution.tests.support import Office, letter_of, recommended

SAID = {
    "stance": "corrects",
    "text": "已于本月二十日补发全部工资。",
    "answered_by": "王经理",
    "answered_as": "人事主管",
    "promise": "on",
}


def address(office: Office, matter: Matter) -> str:
    return reverse("portal:letter_answer", args=[answering.token_of(answering.hand_out(office.handler, matter))])


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return str(answer.content.decode())


def test_the_employer_answers_once_and_everybody_concerned_hears_of_it(office: Office, at_desk: SignedIn) -> None:
    matter = office.delivered()
    desk = at_desk("handler", COUNTY)
    desk.post(reverse("desk:letter_link", args=[matter.pk]), {"verb": "hand_out"})
    shown = text(desk.get(reverse("desk:matter", args=[matter.pk])))
    found = re.search(r'/letters/answer/[^/"]+/', shown)
    assert found
    link, employer = found[0], Client()
    page = text(employer.get(link))
    # The link opens the form and nothing of the letter's contents, nor who complained.
    assert letter_of(matter).number in page
    assert "甲厂有限公司" in page
    assert "2026年7月" not in page and "王小明" not in page
    # What is missing is said beside its field, and what was typed is kept.
    wrong = text(employer.post(link, {**SAID, "text": ""}), 422)
    assert "王经理" in wrong
    file = SimpleUploadedFile("凭证.png", PNG, content_type="image/png")
    assert "已收到单位的答复" in text(employer.post(link, {**SAID, "attachments": file}))
    matter.refresh_from_db()
    letter, reply = letter_of(matter), Reply.objects.get(matter=matter)
    assert (matter.state, letter.stance, letter.in_time, letter.replied_on) == ("replied", "corrects", True, today())
    assert (reply.online, reply.answered_by, reply.text) == (True, "王经理", SAID["text"])
    assert LetterPaper.objects.get(matter=matter).kind == "reply"
    # Once.
    assert "已经答复过了" in text(employer.get(link))
    text(employer.post(link, SAID), 409)
    assert Reply.objects.count() == 1
    # The worker is told and reads it in the case; who handles it hears of it.
    notice = OutboxMessage.objects.get(topic="notice.app", matter=office.source, key__contains=":replied:")
    assert "接受，写明整改措施" in notice.payload["text"]
    owner = sign_in(Client(), Account.objects.get(pk=office.source.owner_id or 0))
    case = text(owner.get(reverse("portal:case", args=[office.source.pk])))
    assert SAID["text"] in case and "这是单位的说法" in case
    heard = OutboxMessage.objects.filter(topic="notice.staff", payload__kind="letter_answered")
    assert COUNTY in {one.payload["path"] for one in heard}
    assert "王经理（人事主管）" in text(desk.get(reverse("desk:matter", args=[matter.pk])))


def test_a_link_that_is_withdrawn_replaced_run_out_or_made_up_opens_nothing(office: Office) -> None:
    matter = office.delivered()
    first = address(office, matter)
    second = address(office, matter)
    text(Client().get(first), 404)
    text(Client().get(second))
    text(Client().get(second[:-4] + "abc/"), 404)
    # The reply's last day may fall on a holiday, and moves behind it then.
    with time_shifted(timedelta(days=70)):
        text(Client().get(second), 404)
        text(Client().post(second, SAID), 404)
    answering.withdraw(office.handler, matter)
    text(Client().get(second), 404)
    assert not Reply.objects.exists()


def test_late_answers_are_taken_and_counted_late(office: Office) -> None:
    matter = office.delivered()
    link = address(office, matter)
    with time_shifted(timedelta(days=20)):
        act(matter.pk, "lapse", answering.SYSTEM)
        assert "已收到单位的答复" in text(Client().post(link, SAID))
    assert letter_of(matter).in_time is False


def test_before_the_service_is_recorded_no_answer_is_taken(office: Office) -> None:
    matter = office.sent()
    link = address(office, matter)
    assert "还没有登记送达" in text(Client().get(link))
    assert "还没有登记送达" in text(Client().post(link, SAID), 409)
    act(matter.pk, "deliver", office.handler, {"day": today(), "received_by": "王经理"})
    assert "已收到单位的答复" in text(Client().post(link, SAID))


def test_who_does_not_write_the_letter_hands_out_no_link(office: Office) -> None:
    with pytest.raises(GuardRefused):
        answering.hand_out(office.handler, office.draft())
    matter = office.delivered()
    with pytest.raises(NotFound):
        answering.hand_out(office.house.person("handler", OTHER_COUNTY), matter)
    with pytest.raises((NotAllowed, NotFound)):
        answering.hand_out(office.house.person("agent", COUNTY), matter)


def test_an_answer_on_paper_ends_the_link(office: Office) -> None:
    matter = office.delivered()
    link = address(office, matter)
    act(matter.pk, "reply", office.handler, {"day": today(), "stance": "corrects", "text": "月底补发。"})
    text(Client().get(link), 404)


def test_an_authority_answers_that_it_takes_it_up_and_then_what_came_of_it(office: Office) -> None:
    matter = recommended(office)
    letter = letter_of(matter)
    # Five working days from the service run, as the letter says.
    assert (letter.reply_days, letter.reply_unit) == (5, "working_days")
    clock = matter.clocks.get(name="reply")
    assert clock.due_at == letter.reply_due
    link = address(office, matter)
    page = text(Client().get(link))
    assert "不予立案" in page and "立案后撤销" not in page
    assert letter.addressee in page and "办理意见" in page and "身份保密" in page
    assert "甲厂有限公司" not in page and "2026年7月" not in page
    filed = {**SAID, "stance": "filed", "text": "本局已于今日立案调查。"}
    assert "请再打开这个链接" in text(Client().post(link, filed))
    letter.refresh_from_db()
    assert (letter.stance, letter.in_time, letter.replied_on) == ("filed", True, today())
    owner = sign_in(Client(), Account.objects.get(pk=office.source.owner_id or 0))
    case = reverse("portal:case", args=[office.source.pk])
    told = text(owner.get(case))
    assert filed["text"] in told and letter.addressee in told
    # Ninety days later the result comes under the same link; that the answer was in time stays.
    with time_shifted(timedelta(days=90)):
        page = text(Client().get(link))
        assert "处理结果" in page and "决定立案" not in page
        text(Client().post(link, filed), 422)
        # What was taken up cannot be refused any more.
        assert "立案后撤销" in page and "不予立案" not in page
        text(Client().post(link, {**filed, "stance": "not_filed"}), 422)
        result = {**SAID, "stance": "handled", "text": "已责令补发并罚款二万元。"}
        assert "已收到答复，谢谢" in text(Client().post(link, result))
        text(Client().post(link, result), 409)
        letter.refresh_from_db()
        assert (letter.stance, letter.in_time) == ("handled", True)
        assert result["text"] in text(owner.get(case))
    assert list(Reply.objects.filter(matter=matter).order_by("pk").values_list("stance", flat=True)) == [
        "filed",
        "handled",
    ]


def test_a_result_is_told_only_where_one_is_open(office: Office) -> None:
    matter = recommended(office)
    link = address(office, matter)
    text(Client().post(link, {**SAID, "stance": "not_filed", "text": "不属于本局管辖。"}))
    text(Client().get(link))
    said = {"day": today(), "stance": "handled", "text": "已处理。"}
    with pytest.raises(GuardRefused, match="已经立案"):
        act(matter.pk, "report", office.handler, said)
    with pytest.raises(GuardRefused):
        answering.hand_out(office.handler, matter)


def test_a_result_on_paper_is_recorded_and_a_new_link_can_go_out_for_it(office: Office) -> None:
    matter = recommended(office)
    act(matter.pk, "reply", office.handler, {"day": today(), "stance": "filed", "text": "已立案。"})
    matter.refresh_from_db()
    link = address(office, matter)
    assert "处理结果" in text(Client().get(link))
    act(matter.pk, "report", office.handler, {"day": today(), "stance": "handled", "text": "已责令补发。"})
    text(Client().get(link), 404)
    assert letter_of(matter).stance == "handled"


def test_a_result_is_of_a_day_between_the_answer_and_today_and_no_refusal(office: Office) -> None:
    matter = recommended(office)
    with time_shifted(timedelta(days=3)):
        filed = today()
        act(matter.pk, "reply", office.handler, {"day": filed, "stance": "filed", "text": "已立案。"})
    said = {"day": filed, "stance": "dropped", "text": "情节轻微，已经改正，撤销立案。"}
    with time_shifted(timedelta(days=9)):
        for day in (filed - timedelta(days=1), today() + timedelta(days=1)):
            with pytest.raises(GuardRefused, match="告知日期要在答复立案以后、今天以前"):
                act(matter.pk, "report", office.handler, {**said, "day": day})
        with pytest.raises(InvalidData):
            act(matter.pk, "report", office.handler, {**said, "stance": "not_filed"})
        act(matter.pk, "report", office.handler, said)
    assert letter_of(matter).stance == "dropped"
    assert not next(one for one in tables.results("recommendation") if one.code == "dropped").refuses


def test_a_link_takes_the_result_of_what_was_taken_up_on_paper(office: Office) -> None:
    matter = recommended(office)
    link = address(office, matter)
    act(matter.pk, "reply", office.handler, {"day": today(), "stance": "filed", "text": "已立案。"})
    assert "处理结果" in text(Client().get(link))
    assert "已收到答复，谢谢" in text(Client().post(link, {**SAID, "stance": "handled", "text": "已责令补发。"}))
    assert letter_of(matter).stance == "handled"


def test_an_authority_that_is_silent_runs_out(office: Office) -> None:
    matter = recommended(office)
    with time_shifted(timedelta(days=20)):
        act(matter.pk, "lapse", answering.SYSTEM)
    matter.refresh_from_db()
    assert (matter.state, letter_of(matter).in_time) == ("overdue", False)
