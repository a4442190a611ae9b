"""一函两书: who may issue what, acceptance, review, number, service, reply, verification, escalation."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from gonghui.appeals.models import Appeal
from gonghui.appeals.tests.support import CITY, COUNTY, ENTERPRISE, OTHER_COUNTY, PROVINCE
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.matters import act, allowed, clock_of
from gonghui.kernel.models import Matter, OutboxMessage
from gonghui.kernel.scope import visible_to
from gonghui.kernel.times import time_shifted, today
from gonghui.law.documents import text
from gonghui.organisations.models import Organisation
from gonghui.resolution import letters, paper, queries, tables
from gonghui.resolution.letters import Content
from gonghui.resolution.models import Committee, Inquiry, Letter, Member, Service
from gonghui.resolution.tests.conftest import SignedIn
from gonghui.resolution.tests.support import SAYS, Office, letter_of


def refusal(matter: Matter, name: str, actor: Any) -> str:
    offer = next(offer for offer in allowed(matter, actor) if offer.name == name)
    return "".join(offer.refused)


def test_a_reminder_from_the_draft_to_the_money(office: Office) -> None:
    matter = office.delivered()
    letter = letter_of(matter)
    assert letter.number == f"南工监提〔{today().year}〕1号"
    assert (letter.signer, letter.clues) == (
        office.chair.name,
        [Appeal.objects.get(orders__matter=office.source).number],
    )
    told = OutboxMessage.objects.get(topic="notice.app", matter=office.source, key__contains=":delivered:")
    assert "送达工会劳动法律监督提示函" in told.payload["text"]
    act(matter.pk, "reply", office.handler, {"day": today(), "stance": "corrects", "text": "月底补发。"})
    act(matter.pk, "verify", office.handler, office.inquiry(corrected="yes", recovered="9000.50"))
    with pytest.raises(GuardRefused, match="送达回证"):
        act(matter.pk, "close", office.chair)
    office.receipt(matter)
    matter = act(matter.pk, "close", office.chair)
    assert (matter.state, matter.is_open) == ("closed", False)
    assert letter_of(matter).recovered == Decimal("9000.50")


def test_numbers_run_by_union_kind_and_year(office: Office) -> None:
    office.committee(OTHER_COUNTY, "云")
    first, second = office.signed(), office.signed()
    opinion = office.signed("opinion")
    assert [letter_of(one).number.partition("〕")[2] for one in (first, second, opinion)] == ["1号", "2号", "1号"]
    assert letter_of(opinion).number.startswith("南工监意〔")
    matter = office.to_sign()
    with time_shifted(timedelta(days=366)):
        later = letter_of(act(matter.pk, "sign", office.chair))
    assert later.number == f"南工监提〔{(today() + timedelta(days=366)).year}〕1号"


def test_a_union_without_a_committee_has_the_higher_one_issue_it(office: Office) -> None:
    committee = office.committees[COUNTY]
    committee.active = False
    committee.save()
    with pytest.raises(GuardRefused, match="没有登记劳动法律监督委员会"):
        office.draft()
    office.committee(CITY, "筑")
    matter = office.draft()
    assert matter.holder_path == CITY
    # Who asked for it drafts it with them; the city reviews and signs.
    act(matter.pk, "submit", office.handler)
    with pytest.raises(NotAllowed):
        act(matter.pk, "pass_review", office.reviewer)
    act(matter.pk, "pass_review", office.house.person("supervisor", CITY))
    with pytest.raises(NotAllowed):
        act(matter.pk, "sign", office.chair)
    matter = act(matter.pk, "sign", office.house.person("leader", CITY))
    assert letter_of(matter).number.startswith("筑工监提")


def test_only_the_chair_signs_an_opinion_and_says_so_to_others(office: Office) -> None:
    matter = office.to_sign("opinion")
    other = office.house.person("leader", COUNTY, 2)
    assert "由工会主席、工会副主席签发" in refusal(matter, "sign", other)
    with pytest.raises(GuardRefused, match="您不是登记的"):
        act(matter.pk, "sign", other)
    assert letter_of(act(matter.pk, "sign", office.chair)).signer == "李主席"
    # A reminder may be signed by any head of handling.
    assert act(office.to_sign("reminder").pk, "sign", other).state == "signed"


def test_drafter_reviewer_and_signer_are_three_people(office: Office) -> None:
    matter = office.draft()
    act(matter.pk, "submit", office.handler)
    with pytest.raises(GuardRefused, match="另一位同事"):
        act(matter.pk, "pass_review", office.handler)
    act(matter.pk, "pass_review", office.chair)
    with pytest.raises(GuardRefused, match="另一位同事"):
        act(matter.pk, "sign", office.chair)
    assert act(matter.pk, "sign", office.house.person("leader", COUNTY, 2)).state == "signed"


def test_a_recommendation_only_follows_an_opinion(office: Office) -> None:
    with pytest.raises(GuardRefused, match="意见书被拒绝"):
        office.draft("recommendation")


def test_an_opinion_needs_an_inquiry_of_two_supervisors(office: Office) -> None:
    matter = office.draft("opinion")
    assert "调查以后" in refusal(matter, "submit", office.handler)
    one = office.supervisors()[:1]
    with pytest.raises(GuardRefused, match="两名以上"):
        act(matter.pk, "investigate", office.handler, office.inquiry(supervisors=one))
    with pytest.raises(GuardRefused, match="两名以上"):
        act(matter.pk, "investigate", office.handler, office.inquiry(supervisors=one * 2))
    with pytest.raises(GuardRefused, match="出示监督员证"):
        act(matter.pk, "investigate", office.handler, office.inquiry(shown=""))
    with pytest.raises(GuardRefused, match="晚于今天"):
        act(matter.pk, "investigate", office.handler, office.inquiry(day=today() + timedelta(days=1)))
    act(matter.pk, "investigate", office.handler, office.inquiry(refused="on", text="门卫不让进。"))
    inquiry = Inquiry.objects.get(matter=matter)
    assert inquiry.refused
    assert [person["certificate"] for person in inquiry.supervisors] == ["南-0", "南-1"]
    assert act(matter.pk, "submit", office.handler).state == "legal_review"
    assert "监督员南0（证号南-0）、监督员南1（证号南-1）" in text("union_opinion", paper.fields_of(letter_of(matter)))


def test_an_expired_certificate_does_not_count(office: Office) -> None:
    Member.objects.filter(certificate_no="南-1").update(valid_until=today() - timedelta(days=1))
    matter = office.draft("opinion")
    assert "不到两名" in refusal(matter, "investigate", office.handler)
    with pytest.raises(InvalidData):
        act(matter.pk, "investigate", office.handler, office.inquiry())


def test_out_of_scope_it_is_refused_in_writing(office: Office) -> None:
    matter = office.draft(scope=[])
    clock = clock_of(matter, "acceptance")
    assert clock is not None
    assert (clock.unit, clock.amount) == ("working_days", 5)
    assert "还没有受理" in refusal(matter, "submit", office.handler)
    said = {"ground": "out_of_scope", "told_by": "app", "text": "属于合同货款纠纷。"}
    with pytest.raises(GuardRefused, match="没有登记别处已经受理"):
        act(matter.pk, "refuse", office.chair, {**said, "ground": "elsewhere"})
    matter = act(matter.pk, "refuse", office.chair, said)
    assert matter.state == "not_accepted"
    notice = letter_of(matter).notice_text
    assert "不属于工会劳动法律监督的范围" in notice
    assert "属于合同货款纠纷" in notice
    told = OutboxMessage.objects.get(topic="notice.app", matter=office.source, payload__text__startswith="不予受理通知")
    assert told.account_id == office.house.worker().account_id


def test_what_was_accepted_elsewhere_is_not_taken_up_until_that_is_corrected(office: Office) -> None:
    matter = office.draft(elsewhere=True)
    with pytest.raises(GuardRefused, match="已经受理的，不予受理"):
        act(matter.pk, "accept", office.handler)
    letters.write(office.handler, matter, Content(elsewhere=False))
    matter = act(matter.pk, "accept", office.handler)
    assert clock_of(matter, "acceptance") is None
    with pytest.raises(GuardRefused, match="不能再不予受理"):
        act(matter.pk, "refuse", office.chair, {"ground": "elsewhere", "told_by": "post", "text": "x"})
    letters.write(office.handler, matter, Content(elsewhere=True))
    matter.refresh_from_db()
    again = clock_of(matter, "acceptance")
    assert again is not None
    assert again.started_at == matter.opened_at
    assert act(
        matter.pk, "refuse", office.chair, {"ground": "elsewhere", "told_by": "post", "text": "仲裁委"}
    ).state == ("not_accepted")


def test_the_letter_must_not_tell_who_complained(office: Office) -> None:
    matter = office.draft(findings="王小明反映七月没有发工资。")
    assert "正文里有职工的姓名" in refusal(matter, "submit", office.handler)
    letters.write(office.handler, matter, Content(findings="职工反映七月没有发工资，电话 138 0013 8000。"))
    with pytest.raises(GuardRefused, match="电话"):
        act(matter.pk, "submit", office.handler)
    Appeal.objects.filter(orders__matter=office.source).update(disclose_ok=True)
    assert act(matter.pk, "submit", office.handler).state == "legal_review"


def test_an_incomplete_letter_says_what_is_missing_and_shows_blanks(office: Office) -> None:
    matter = office.draft(asks="", contact="")
    assert "还缺：提示、意见或者建议的内容、联系人" in refusal(matter, "submit", office.handler)
    printed = text("union_reminder", paper.fields_of(letter_of(matter)))
    assert "联系人：＿" in printed
    assert "15日内书面答复" in printed
    letters.write(office.handler, matter, Content(asks="支付工资人民币＿＿＿＿元。", contact="权益部"))
    assert "还有空着的地方" in refusal(matter, "submit", office.handler)
    letters.write(office.handler, matter, Content(reply_days=10, reply_unit="working_days"))
    assert "10个工作日内书面答复" in text("union_reminder", paper.fields_of(letter_of(matter)))


def test_the_paper_is_chinese_whatever_language_its_drafter_reads(office: Office) -> None:
    letter = letter_of(office.draft())
    with translation.override("en"):
        assert letter.get_reply_unit_display() == "days"
        assert "15日内书面答复" in text("union_reminder", paper.fields_of(letter))


def test_the_text_is_fixed_once_it_is_under_review(office: Office) -> None:
    matter = office.draft()
    act(matter.pk, "submit", office.handler)
    with pytest.raises(GuardRefused, match="只有拟稿时"):
        letters.write(office.handler, matter, Content(asks="另一项"))
    act(matter.pk, "return_draft", office.reviewer, {"reason": "要求写具体"})
    assert letters.write(office.handler, matter, Content(asks="另一项")).asks == "另一项"


@pytest.mark.parametrize(
    ("sent", "served", "wrong"),
    [
        ({"method": "direct"}, {}, "由两人进行"),
        ({"method": "electronic"}, {}, "运单号或者电子地址"),
        ({"method": "post", "tracking": "EMS1"}, {}, "请写签收人"),
        ({"method": "left", "two": True}, {"received_by": "张三"}, "拒收经过"),
        ({"method": "left", "two": True}, {"note": "拒收，社区干部见证"}, ""),
        ({"method": "direct", "two": True}, {"received_by": "王经理"}, ""),
    ],
)
def test_service_is_recorded_as_its_receipt_says(
    office: Office, sent: dict[str, Any], served: dict[str, Any], wrong: str
) -> None:
    matter = office.signed()
    people = office.supervisors() if sent.pop("two", False) else []

    def serve() -> Matter:
        act(matter.pk, "send", office.handler, {**sent, "day": today(), "supervisors": people})
        return act(matter.pk, "deliver", office.handler, {"day": today(), **served})

    if wrong:
        with pytest.raises(GuardRefused, match=wrong):
            serve()
    else:
        assert serve().state == "delivered"


def test_what_was_not_served_is_sent_again(office: Office) -> None:
    matter = office.sent()
    act(matter.pk, "undelivered", office.handler, {"reason": "查无此人"})
    people = office.supervisors()
    act(matter.pk, "send", office.handler, {"method": "direct", "day": today(), "supervisors": people})
    with pytest.raises(GuardRefused, match="发出以后"):
        early = today() - timedelta(days=1)
        act(matter.pk, "deliver", office.handler, {"day": early, "received_by": "王经理"})
    matter = act(matter.pk, "deliver", office.handler, {"day": today(), "received_by": "王经理"})
    assert [(one.failed, bool(one.delivered_on)) for one in Service.objects.filter(matter=matter).order_by("pk")] == [
        (True, False),
        (False, True),
    ]


def test_an_answer_that_keeps_the_limit_is_no_ground(office: Office) -> None:
    matter = office.delivered()
    act(matter.pk, "reply", office.handler, {"day": today(), "stance": "corrects", "text": "已补发。"})
    matter.refresh_from_db()
    assert "不能升级" in refusal(matter, "escalate", office.handler)
    act(matter.pk, "verify", office.handler, office.inquiry(corrected="no"))
    with pytest.raises(GuardRefused, match="和这个理由不符"):
        act(matter.pk, "escalate", office.handler, {"ground": "refused"})
    assert act(matter.pk, "escalate", office.handler, {"ground": "not_corrected"}).state == "escalated"


def test_from_the_reminder_to_the_recommendation_and_on(office: Office) -> None:
    """The chain keeps clue, facts and asks; each next letter says what the one before came to."""
    refuses = {"day": today(), "stance": "refuses", "text": "不予整改。"}
    reminder = office.delivered()
    act(reminder.pk, "reply", office.handler, refuses)
    act(reminder.pk, "escalate", office.handler, {"ground": "refused", "text": "态度明确"})
    opinion = Letter.objects.get(previous__matter=reminder)
    assert (opinion.kind, opinion.matter.state, opinion.clues) == ("opinion", "draft", letter_of(reminder).clues)
    assert letter_of(reminder).number in opinion.findings
    assert "拒绝接受" in opinion.findings
    letters.write(office.handler, opinion.matter, Content(rectify_by=today() + timedelta(days=20)))
    office.delivered("opinion", opinion.matter)
    act(opinion.matter_id, "reply", office.handler, refuses)
    act(opinion.matter_id, "escalate", office.handler, {"ground": "refused"})
    last = Letter.objects.get(previous=opinion)
    assert (last.kind, last.addressee) == ("recommendation", "南明区人力资源和社会保障局")
    opinion.refresh_from_db()
    office.delivered("recommendation", last.matter)
    last.refresh_from_db()
    printed = text("union_suggestion", paper.fields_of(last))
    assert f"《工会劳动法律监督意见书》（文号：{opinion.number}），该单位拒绝接受。" in printed
    assert printed.count(opinion.number) == 2
    assert "南明区人力资源和社会保障局：" in printed
    act(last.matter_id, "reply", office.handler, {**refuses, "stance": "not_filed"})
    with pytest.raises(GuardRefused, match="去向"):
        act(last.matter_id, "escalate", office.handler, {"ground": "refused"})
    said = {"ground": "refused", "onward": "procuratorate"}
    assert act(last.matter_id, "escalate", office.handler, said).state == "escalated"
    page = queries.letter_page(office.handler, last.matter_id)
    assert [letter.kind for letter, opens in page.chain if opens] == ["reminder", "opinion", "recommendation"]


def test_the_recommendation_goes_up_to_a_local_general_union(office: Office) -> None:
    """An enterprise's own union with a committee writes to its employer; to the authority the county does."""
    office.committee(ENTERPRISE, "甲", supervisors=2)
    house = office.house
    matter = house.receive(house.worker("13700001111"), phone="13700001111", disclose_ok=True).matter
    matter = house.handling(house.triaged(matter), ENTERPRISE)
    handler = house.person("handler", ENTERPRISE)
    said = Content(**SAYS, rectify_by=today() + timedelta(days=9))
    opinion = letters.start(handler, matter, "opinion", said)
    assert opinion.holder_path == ENTERPRISE
    assert tables.kind("recommendation").levels == ("national", "province", "city", "county")
    people = office.supervisors(ENTERPRISE)
    act(opinion.pk, "investigate", handler, office.inquiry(supervisors=people))
    act(opinion.pk, "submit", handler)
    act(opinion.pk, "pass_review", house.person("supervisor", ENTERPRISE))
    act(opinion.pk, "sign", house.person("leader", ENTERPRISE))
    act(opinion.pk, "send", handler, {"method": "post", "day": today(), "tracking": "1"})
    act(opinion.pk, "deliver", handler, {"day": today(), "received_by": "王经理"})
    act(opinion.pk, "reply", handler, {"day": today(), "stance": "improper", "text": "不认可。"})
    act(opinion.pk, "escalate", handler, {"ground": "refused"})
    assert Letter.objects.get(previous__matter=opinion).matter.holder_path == COUNTY


def test_what_is_sent_twice_is_one_letter(office: Office) -> None:
    said = Content(scope=["wages"])
    first = letters.start(office.handler, office.source, "reminder", said, key="k")
    assert letters.start(office.handler, office.source, "reminder", said, key="k") == first
    assert Letter.objects.count() == 1


def test_the_authority_is_that_of_the_unions_own_level(office: Office) -> None:
    def names(path: str) -> tuple[str, ...]:
        return letters.authorities(Organisation.objects.get(path=path))

    assert names(PROVINCE)[:3] == ("贵州省人力资源和社会保障厅", "贵州省住房和城乡建设厅", "贵州省卫生健康委员会")
    assert names(CITY)[0] == "贵阳市人力资源和社会保障局"
    assert names("cn")[0] == "人力资源和社会保障部"


def test_other_unions_neither_see_nor_touch_it(office: Office) -> None:
    office.committee(OTHER_COUNTY, "云")
    matter = office.delivered()
    office.receipt(matter)
    stranger = office.house.person("handler", OTHER_COUNTY)
    uploaded = matter.letter_papers.get()
    for ask in (
        lambda: letters.start(stranger, office.source, "reminder"),
        lambda: letters.write(stranger, matter, Content(asks="x")),
        lambda: letters.add_papers(stranger, matter, "reply", []),
        lambda: queries.letter_page(stranger, matter.pk),
        lambda: queries.open_paper(stranger, uploaded.pk),
        lambda: act(matter.pk, "reply", stranger, {"day": today(), "stance": "corrects", "text": "x"}),
    ):
        with pytest.raises((NotFound, InvalidData)):
            ask()
    assert not visible_to(stranger).filter(pk=matter.pk).exists()
    assert queries.letters(stranger, queries.Filters())[0] == []
    assert queries.letters(office.house.person("supervisor", PROVINCE), queries.Filters())[0]
    figures = queries.statistics(stranger, today() - timedelta(days=1), today(), COUNTY)
    assert (figures["path"], figures["issued"]) == (OTHER_COUNTY, 0)


def test_a_partner_body_sees_that_it_moves_and_no_more(office: Office, at_desk: SignedIn) -> None:
    matter = office.delivered()
    partner = office.house.person("partner", COUNTY)
    assert visible_to(partner).filter(pk=matter.pk).exists()
    with pytest.raises(NotFound):
        queries.letter_page(partner, matter.pk)
    page = at_desk("partner", COUNTY).get(reverse("desk:matter", args=[matter.pk]))
    assert page.status_code == 200
    assert "甲厂" not in page.content.decode()
    assert queries.letters(partner, queries.Filters())[0] == []
    both = office.house.also(partner, "handler", OTHER_COUNTY)
    assert queries.letters(both, queries.Filters(path=COUNTY))[0] == []


def test_who_only_counts_writes_nothing(office: Office) -> None:
    matter = office.draft()
    with pytest.raises(NotAllowed):
        letters.write(office.house.person("auditor", COUNTY), matter, Content(asks="x"))
    with pytest.raises(NotAllowed):
        letters.start(office.house.person("auditor", COUNTY), office.source, "reminder")


def test_a_restricted_appeal_gives_no_letter(office: Office) -> None:
    assert letters.may_start(office.handler, office.source)
    office.source.restricted = True
    assert not letters.may_start(office.handler, office.source)


def test_figures_by_organisation_and_period(office: Office) -> None:
    office.sent()
    answered = office.delivered()
    act(answered.pk, "reply", office.handler, {"day": today(), "stance": "corrects", "text": "已改。"})
    act(answered.pk, "verify", office.handler, office.inquiry(corrected="yes", recovered="1200"))
    late = office.delivered("opinion")
    with time_shifted(timedelta(days=60)):
        supervisor = office.house.person("supervisor", CITY)
        found = queries.statistics(supervisor, today() - timedelta(days=90), today())
        shares = {one.code: (int(one.numerator), one.denominator) for one in found["measures"]}
        assert (found["issued"], found["recovered"]) == (3, Decimal("1200.00"))
        # The answer of the third is due by then, though nobody has let its clock run.
        assert shares == {"delivered": (2, 3), "in_time": (1, 2), "rectified": (1, 1)}
        assert [(row["path"], row["issued"]) for row in found["by_organisation"]] == [(COUNTY, 3)]
        assert queries.statistics(supervisor, today() - timedelta(days=5), today())["issued"] == 0
    assert late.state == "delivered"


def test_the_register_is_kept_where_the_duty_is(office: Office) -> None:
    here = Organisation.objects.get(path=COUNTY)
    there = Organisation.objects.get(path=OTHER_COUNTY)
    with pytest.raises(NotAllowed):
        letters.keep_committee(office.chair, there, "云", today())
    with pytest.raises(NotAllowed):
        letters.keep_committee(office.handler, here, "南", today())
    with pytest.raises(InvalidData) as wrong:
        letters.keep_committee(office.chair, here, "", today())
    assert "code" in wrong.value.errors
    committee = letters.keep_committee(office.chair, here, "明", today())
    assert Committee.objects.get().code == "明"
    with pytest.raises(InvalidData) as wrong:
        letters.add_member(office.chair, committee, name="赵", post="supervisor")
    assert "certificate_no" in wrong.value.errors
    with pytest.raises(InvalidData) as wrong:
        letters.add_member(office.chair, committee, name="赵", post="supervisor", certificate_no="南-0")
    assert "已经登记过" in wrong.value.errors["certificate_no"][0]
    with pytest.raises(InvalidData) as wrong:
        letters.add_member(office.chair, committee, name="钱", post="vice_chair", username="nobody")
    assert "username" in wrong.value.errors
    member = letters.add_member(office.chair, committee, name="赵", post="supervisor", certificate_no="南-9")
    letters.drop_member(office.chair, member)
    matter = office.draft("opinion")
    with pytest.raises(InvalidData):
        people = [*office.supervisors()[:1], str(member.pk)]
        act(matter.pk, "investigate", office.handler, office.inquiry(supervisors=people))


def test_nothing_is_done_with_another_rooms_matter(office: Office) -> None:
    with pytest.raises(NotFound):
        letters.write(office.handler, office.source, Content(asks="x"))
    with pytest.raises(NotFound):
        queries.letter_page(office.handler, office.source.pk)
