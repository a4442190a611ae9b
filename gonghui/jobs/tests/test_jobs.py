"""就业服务 from the employer's posting to ninety days at work, through the pages; and what stands in the way."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import CITY, COUNTY, OTHER_COUNTY, House
from gonghui.jobs import applying, fairs, seekers
from gonghui.jobs.models import BlockedEmployer, JobApplication, Posting, PostingReport, Seeker
from gonghui.jobs.tests.support import CODES, JOB, WISH, post, published, register
from gonghui.kernel import outbox
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.errors import GuardRefused, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.times import now, time_shifted, today
from gonghui.kernel.worker import run_once
from gonghui.people.actions.erasure import erase
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions
from gonghui.services.tests.support import offer

pytestmark = pytest.mark.django_db


def sms_sent(settings: Any) -> list[dict[str, Any]]:
    path = Path(settings.OUTBOX_DIR) / "sms.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def phone_of(actor: Actor) -> Client:
    return sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content.decode()[:3000]
    return str(answer.content.decode())


def fill(client: Client, service: str, values: dict[str, Any]) -> Any:
    """Through all pages of a form as a person sends them: every page takes what it asks for."""
    address = reverse("portal:service_step", args=[service, "employer" if service == "J01" else "wish"])
    sent = {name: ("on" if value is True else value) for name, value in values.items() if value is not False}
    for place, row in enumerate(sent.pop("certificates", []) if service == "M07" else []):
        sent |= {f"certificates-{place}-{name}": value for name, value in row.items()}
    for _page in range(6):
        answer = client.post(address, sent)
        assert answer.status_code == 302, re.findall(r"field-error[^<]*<[^>]*>([^<]*)", answer.content.decode())
        address = answer["Location"]
        if address.endswith("/check/"):
            break
    done = client.post(address)
    assert done.status_code == 302, done.content.decode()[:3000]
    return done["Location"]


def test_from_the_posting_to_ninety_days_at_work(house: House, settings: Any) -> None:
    boss, worker = house.worker("13800138011"), house.worker("13800138012")
    employer, phone = phone_of(boss), phone_of(worker)
    desk = sign_in(Client(), Account.objects.get(pk=house.person("handler", COUNTY).account_id or 0))

    # The employer posts; the union sees what to check and publishes.
    fill(employer, "J01", {**JOB, "closes": (today() + timedelta(days=30)).isoformat()})
    posting = Posting.objects.get()
    assert posting.matter.holder_path == COUNTY and not posting.open
    assert text(phone.get(reverse("portal:job", args=[posting.pk])), 404)
    queue = text(desk.get(reverse("desk:jobs")))
    assert "包装工" in queue and "第一次为这家单位发布" in queue
    seen = text(desk.get(reverse("desk:matter", args=[posting.matter_id])))
    assert "防骗检查" in seen and {row["code"] for row in posting.checks} == {"first"}
    answer = desk.post(
        reverse("desk:transition", args=[posting.matter_id, "publish"]), {"version": posting.matter.version}
    )
    posting.refresh_from_db()
    assert answer.status_code == 302 and posting.open

    # The worker finds it in lay words, registers once and applies.
    found = text(phone.get(reverse("portal:jobs"), {"q": "进厂打螺丝", "region": ""}))
    assert "包装工" in found and "4200–5600" in found
    assert "去登记" in text(phone.get(reverse("portal:job_apply", args=[posting.pk])))
    fill(phone, "M07", {**WISH, "start": today().isoformat()})
    assert "为什么适合您" in text(phone.get(reverse("portal:job", args=[posting.pk])))
    mine = text(phone.get(reverse("portal:my_jobs")))
    assert "工资在您要的范围" in mine and "同一个区县" in mine
    answer = phone.post(reverse("portal:job_apply", args=[posting.pk]), {"words": "下周能上班"})
    row = JobApplication.objects.get()
    assert answer["Location"] == reverse("portal:job_application", args=[row.matter_id])
    own = phone.get(reverse("people:own_data")).json()["jobs"]
    assert (
        own["applications"][0]["opening_words"] == "下周能上班" and own["registrations"][0]["seeker_name"] == "王小明"
    )
    assert employer.get(reverse("people:own_data")).json()["jobs"]["applications"] == []

    # The employer reads what the worker shares: name and phone only with the invitation, the groups never.
    page = reverse("portal:employer_applicant", args=[row.matter_id])
    shown = text(employer.get(page))
    assert "下周能上班" in shown and "健康证" in shown
    for secret in ("王小明", "13800138000", "农民工", "困难"):
        assert secret not in shown
    wrong = text(employer.post(page, {"step": "invite", "at": "2020-01-01T09:00", "place": "河滨路"}), 409)
    assert "在现在以后" in wrong and 'value="河滨路"' in wrong
    at = (now() + timedelta(days=2)).strftime("%Y-%m-%dT10:00")
    assert employer.post(page, {"step": "invite", "at": at, "place": "河滨路 9 号"}).status_code == 302
    assert "王小明" in text(employer.get(page))
    assert "赵敏" in text(phone.get(reverse("portal:job_application", args=[row.matter_id])))
    start = today() + timedelta(days=1)
    hired = {"step": "hire", "start": start.isoformat(), "text": "4800 元，试用期一个月"}
    assert employer.post(page, hired).status_code == 302
    message = OutboxMessage.objects.filter(topic="notice.app", payload__secret="jobs.tap").latest("pk")
    # The link stands in what its receiver reads, and not where staff who look after messages see it.
    words = outbox.text_of(message)
    assert len(words) <= 70 + 20 and "/j/" not in str(message.payload)

    # One tap in the message, without signing in, on the day; the registration ends with it.
    link = re.search(r"/j/\w+/", words)
    assert link and link[0] in text(phone.get(reverse("portal:messages")))
    with time_shifted(timedelta(days=1)):
        assert "我到岗了" in text(Client().get(link[0]))
        assert "祝工作顺利" in text(Client().post(link[0], {"step": "arrive"}))
        assert text(Client().get(link[0]), 404)
    assert link[0] not in (said := outbox.text_of(message)) and "已经答复" in said
    row.refresh_from_db()
    posting.refresh_from_db()
    assert (row.matter.state, posting.hired, Seeker.objects.get().active) == ("arrived", 1, False)

    # After thirty days, and after ninety, the worker is asked.
    for days, step, state in ((32, "still_30", "settled"), (92, "still_90", "stable")):
        with time_shifted(timedelta(days=days)):
            run_once()
            asked = OutboxMessage.objects.filter(payload__text__icontains="还在干吗").latest("pk")
            link = re.search(r"/j/\w+/", outbox.text_of(asked))
            assert link and "/j/" not in str(asked.payload) and "还在干" in text(Client().get(link[0]))
            # The same question went out by SMS, to the worker's own phone, in one message.
            sent = sms_sent(settings)[-1]
            assert link[0] in sent["text"] and sent["to"] == "13800138012" and len(sent["text"]) <= 70
            assert link[0][3:-1] not in str(OutboxMessage.objects.get(topic="notice.job_sms", key=sent["key"]).payload)
            with time_shifted(timedelta(days=16)):
                assert "已经过期" in text(Client().get(link[0]), 410)
            forged = f"/j/{link[0][3:13]}{'2' * 6}/"
            assert text(Client().get(forged), 404) and text(Client().get(f"/j/{link[0][3:13]}/"), 404)
            text(Client().post(link[0], {"step": step}))
        row.refresh_from_db()
        assert row.matter.state == state
    assert (row.day30, row.day90) == ("works", "works")

    # The union counts it, by group.
    counter = sign_in(Client(), Account.objects.get(pk=house.person("supervisor", COUNTY).account_id or 0))
    figures = text(counter.get(reverse("desk:job_figures")))
    assert "春风行动" in figures
    assert re.search(r"农民工</th>(?:<td[^>]*>1</td>){4}<td[^>]*>1 <small>/ 1", figures)


def test_a_doubtful_posting_needs_a_finding_and_a_refusal_has_reasons(house: House) -> None:
    boss, handler = house.worker("13800138011"), house.person("handler", COUNTY)
    bad = post(boss, text="男性优先，18-35岁，入职交500元服装费，加微信 abc12345", insured="no")
    assert {"fee", "sex", "age", "contact", "insurance"} <= {row["code"] for row in bad.checks}
    with pytest.raises(GuardRefused, match="严重疑点"):
        act(bad.matter_id, "publish", handler, {})
    act(bad.matter_id, "refuse", handler, {"text": "收服装费违反劳动合同法第九条。"})
    page = text(phone_of(boss).get(reverse("portal:employer_posting", args=[bad.pk])))
    assert "收服装费" in page and "《就业促进法》第二十七条" in page
    # Sent back it is mended in the same form, and looked over anew.
    other = post(boss, text="限女，形象好")
    act(other.matter_id, "send_back", handler, {"text": "请去掉性别。"})
    answer = phone_of(boss).post(reverse("portal:employer_posting", args=[other.pk]), {"verb": "change"})
    draft = actions.draft_for(boss, actions.service_for("J01"))
    assert answer.status_code == 302 and draft is not None
    values = actions.load(actions.service_for("J01"), draft.values_json)
    actions.complete(boss, draft, {**values, "text": "站柜台，会教。"})
    other.refresh_from_db()
    assert other.matter.state == "applied" and "sex" not in {row["code"] for row in other.checks}


def test_wage_defaulters_do_not_post_and_their_open_jobs_pause(house: House) -> None:
    boss, handler, keeper = house.worker("1"), house.person("handler", COUNTY), house.person("leader", COUNTY)
    posting = published(boss, handler)
    desk = sign_in(Client(), Account.objects.get(pk=keeper.account_id or 0))
    page = reverse("desk:blocked_employers")
    entry = {"verb": "enter", "uscc": CODES[0], "employer": "星河食品", "source": "省人社厅第3批", "listed_on": "x"}
    assert "日期写法不对" in text(desk.post(page, entry), 422)
    assert "1 个岗位已暂停" in text(desk.post(page, {**entry, "listed_on": "2026-01-05"}, follow=True))
    posting.refresh_from_db()
    assert posting.matter.state == "paused" and not posting.open
    # The employer is told of the list, and of no report; as long as it stands there nobody puts the job back.
    told = OutboxMessage.objects.filter(topic="notice.app", account_id=boss.account_id).latest("pk").payload["text"]
    assert "名单" in told and "举报" not in told and len(told) <= 70
    own = reverse("portal:employer_posting", args=[posting.pk])
    shown = text(phone_of(boss).get(own))
    assert "省人社厅第3批" in shown and "有人举报" not in shown
    with pytest.raises(GuardRefused, match="移出以前不能发布岗位"):
        act(posting.matter_id, "resume", handler, {"note": "单位说已经付清"})
    with pytest.raises(GuardRefused, match=r"省人社厅第3批.*2026-01-05"):
        post(boss)
    file = "统一社会信用代码,单位名称,来源,列入日期,移出日期\n{},乙,市名单,2026-02-01,\n{},丙,市名单,{},\n"
    for day, said in (("二月", "第 3 行"), ("2026-02-01", "新增 2")):
        content = file.format(CODES[1], CODES[2], day).encode()
        sent = {"verb": "file", "file": SimpleUploadedFile("名单.csv", content)}
        assert said in text(desk.post(page, sent, follow=True), 422 if day == "二月" else 200)
    blocked = BlockedEmployer.objects.get(uscc=CODES[0])
    assert f'name="blocked" value="{blocked.pk}"' in text(desk.get(page))
    assert "已移出" in text(desk.post(page, {"verb": "remove", "blocked": blocked.pk}, follow=True))
    act(posting.matter_id, "resume", handler, {"note": "已经移出名单"})
    posting.refresh_from_db()
    assert posting.open and "省人社厅第3批" not in text(phone_of(boss).get(own))
    seen = phone_of(house.worker("2")).get(page)
    assert seen.status_code in (302, 403)


def test_reports_of_several_people_take_a_job_off_until_it_was_looked_into(house: House) -> None:
    handler = house.person("handler", COUNTY)
    posting = published(house.worker("13800138011"), handler)
    applicant = house.worker("13800138020")
    register(applicant)
    row = applying.apply(applicant, posting.pk)
    page = reverse("portal:job_report", args=[posting.pk])
    for number in range(3):
        phone = phone_of(house.worker(f"1380013803{number}"))
        said = text(phone.post(page, {"reason": "fee", "report_text": "面试要交钱"}))
        assert "12351" in said
        if number == 0:
            assert "已经举报过" in text(phone.post(page, {"reason": "fee"}), 409)
            assert PostingReport.objects.count() == 1
    posting.refresh_from_db()
    assert posting.matter.state == "paused" and text(phone.get(reverse("portal:job", args=[posting.pk])), 404)
    desk = sign_in(Client(), Account.objects.get(pk=handler.account_id or 0))
    assert "3 人举报" in text(desk.get(reverse("desk:jobs")))
    act(posting.matter_id, "remove", handler, {"text": "面试收费属实。"})
    assert set(PostingReport.objects.values_list("upheld", flat=True)) == {True}
    assert OutboxMessage.objects.filter(account_id=row.account_id, payload__text__icontains="违规被工会下线").exists()
    assert OutboxMessage.objects.filter(payload__text__icontains="已核实下线").count() == 3


def test_who_sees_what(house: House) -> None:
    boss, other, worker = house.worker("13800138011"), house.worker("13800138014"), house.worker("13800138012")
    posting = published(boss, house.person("handler", COUNTY))
    seeker = register(worker)
    hidden = register(house.worker("13800138013"), findable=False, post="普工")
    # Found without name, and only with consent; the invitation tells the worker.
    page = reverse("portal:employer_posting", args=[posting.pk])
    shown = text(phone_of(boss).get(page))
    assert "进厂做普工" in shown and "王小明" not in shown
    assert [row.seeker_id for row in seekers.candidates(posting)] == [seeker.pk]
    assert phone_of(boss).post(page, {"verb": "invite", "seeker": str(seeker.pk)}).status_code == 302
    assert phone_of(boss).post(page, {"verb": "invite", "seeker": str(hidden.pk)}).status_code == 404
    assert "单位请您投递" in text(phone_of(worker).get(reverse("portal:my_jobs")))
    row = applying.apply(worker, posting.pk)
    assert row.invited
    with pytest.raises(GuardRefused, match="已经投过"):
        applying.apply(worker, posting.pk)
    # Neither another employer's account nor another worker nor another county's union reaches it.
    for client in (phone_of(other), phone_of(house.worker("13800138013"))):
        text(client.get(page), 404)
        text(client.get(reverse("portal:employer_applicant", args=[row.matter_id])), 404)
        text(client.get(reverse("portal:job_application", args=[row.matter_id])), 404)
    with pytest.raises(NotFound):
        applying.step(other, row.matter_id, "turn_down", {"why": "other"})
    elsewhere = sign_in(Client(), Account.objects.get(pk=house.person("handler", OTHER_COUNTY).account_id or 0))
    text(elsewhere.get(reverse("desk:matter", args=[row.matter_id])), 404)
    # The union sees how it goes, masked.
    desk = sign_in(Client(), Account.objects.get(pk=house.person("handler", COUNTY).account_id or 0))
    seen = text(desk.get(reverse("desk:matter", args=[row.matter_id])))
    assert "农民工" in seen and "王小明" not in seen and "13800138000" not in seen
    # Turned down with a reason the worker reads; then one may apply anew.
    applying.step(boss, row.matter_id, "turn_down", {"why": "skills", "text": "要会开叉车。"})
    said = text(phone_of(worker).get(reverse("portal:job_application", args=[row.matter_id])))
    assert "技能或证书不符" in said and "要会开叉车" in said
    applying.apply(worker, posting.pk)


def test_an_employer_that_does_not_answer_leaves_nobody_waiting_and_hires_no_more_than_it_has(house: House) -> None:
    boss, handler = house.worker("13800138011"), house.person("handler", COUNTY)
    posting = published(boss, handler, number=1)
    rows = []
    for number in range(3):
        worker = house.worker(f"1380013804{number}")
        register(worker, age=30 + number)
        rows.append(applying.apply(worker, posting.pk))
    start = (today() + timedelta(days=1)).isoformat()
    applying.step(boss, rows[0].matter_id, "hire", {"start": start, "text": "好"})
    with pytest.raises(GuardRefused, match="已经录满"):
        applying.step(boss, rows[1].matter_id, "hire", {"start": start, "text": "好"})
    act(rows[0].matter_id, "give_up", house.worker("13800138040"))
    applying.step(boss, rows[1].matter_id, "hire", {"start": start, "text": "好"})
    with time_shifted(timedelta(days=25)):
        run_once()
    states = [JobApplication.objects.get(pk=row.pk).matter.state for row in rows]
    assert states == ["declined", "not_there", "unanswered"]
    posting.refresh_from_db()
    assert posting.hired == 0
    with time_shifted(timedelta(days=40)):
        run_once()
    posting.refresh_from_db()
    assert posting.matter.state == "closed" and not posting.open


def test_who_is_at_work_has_an_entry_as_not_there_corrected(house: House) -> None:
    """By the worker or the union, for some days; the place is taken again and the follow-up goes on."""
    boss, handler = house.worker("13800138011"), house.person("handler", COUNTY)
    posting = published(boss, handler, number=2)
    rows = []
    for number in range(2):
        worker = house.worker(f"1380013805{number}")
        register(worker, age=30 + number)
        rows.append(applying.apply(worker, posting.pk))
    start = (today() + timedelta(days=20)).isoformat()
    for row in rows:
        applying.step(boss, row.matter_id, "hire", {"start": start, "text": "好"})
        applying.step(boss, row.matter_id, "not_arrived", {})
    posting.refresh_from_db()
    assert posting.hired == 0
    worker = house.worker("13800138050")
    told = OutboxMessage.objects.filter(account_id=worker.account_id, payload__text__icontains="登记为没有到岗").get()
    assert "更正" in told.payload["text"] and len(told.payload["text"]) <= 70

    # Entered before the agreed day: it can be corrected after that day, by the worker and at the desk.
    page = reverse("portal:job_application", args=[rows[0].matter_id])
    with time_shifted(timedelta(days=25)):
        run_once()
        shown = text(phone_of(worker).get(page))
        assert "登记为没有到岗" in shown and "我到岗了" in shown
        assert phone_of(worker).post(page, {"step": "arrive"}).status_code == 302
        desk = sign_in(Client(), Account.objects.get(pk=handler.account_id or 0))
        assert "我到岗了" in text(desk.get(reverse("desk:matter", args=[rows[1].matter_id])))
        act(rows[1].matter_id, "arrive", handler)
        posting.refresh_from_db()
        assert posting.hired == 2
        register(worker)
        with pytest.raises(GuardRefused, match="已经投过"):
            applying.apply(worker, posting.pk)
        register(third := house.worker("13800138052"), age=40)
        late = applying.apply(third, posting.pk)
        with pytest.raises(GuardRefused, match="已经录满"):
            applying.step(boss, late.matter_id, "hire", {"start": today().isoformat(), "text": "好"})
    with time_shifted(timedelta(days=56)):
        run_once()
    rows[0].refresh_from_db()
    assert rows[0].matter.state == "check30" and rows[0].matter.is_open

    # Not for ever, and not beside another application for the same job.
    other = published(boss, handler, title="搬运工", trade="storage", text="搬箱子。")
    first = applying.apply(worker, other.pk)
    applying.step(boss, first.matter_id, "hire", {"start": today().isoformat(), "text": "好"})
    applying.step(boss, first.matter_id, "not_arrived", {})
    again = applying.apply(worker, other.pk)
    with pytest.raises(GuardRefused, match="又投递过一次"):
        act(first.matter_id, "arrive", worker)
    act(again.matter_id, "give_up", worker)
    with time_shifted(timedelta(days=38)):
        shown = text(phone_of(worker).get(reverse("portal:job_application", args=[first.matter_id])))
        assert "我到岗了" not in shown
        with pytest.raises(GuardRefused, match="已经过了"):
            act(first.matter_id, "arrive", worker)


def test_an_interview_takes_place_before_its_answer_is_due_and_can_be_moved(house: House) -> None:
    boss, worker = house.worker("13800138011"), house.worker("13800138012")
    posting = published(boss, house.person("handler", COUNTY))
    register(worker)
    row = applying.apply(worker, posting.pk)
    page = reverse("portal:employer_applicant", args=[row.matter_id])

    def invite(days: int, place: str, status: int = 302) -> str:
        at = (now() + timedelta(days=days)).strftime("%Y-%m-%dT10:00")
        answer = phone_of(boss).post(page, {"step": "invite", "at": at, "place": place})
        assert answer.status_code == status, answer.content.decode()[:3000]
        return str(answer.content.decode())

    def told() -> list[str]:
        rows = OutboxMessage.objects.filter(topic="notice.app", account_id=worker.account_id).order_by("pk")
        return [row.payload["text"] for row in rows if "面试" in row.payload["text"]]

    assert "60 天以内" in invite(70, "河滨路 9 号", 409)
    invite(45, "河滨路 9 号")
    reminded = OutboxMessage.objects.filter(account_id=boss.account_id, payload__text__icontains="等您答复")
    with time_shifted(timedelta(days=40)):
        run_once()
        row.matter.refresh_from_db()
        assert row.matter.state == "interview" and not reminded.exists()
        # Moved by three days: the worker is told, and reads the new place.
        invite(8, "新厂区二楼")
        assert "约您面试" in told()[0] and "改了面试时间或地点" in told()[-1] and len(told()[-1]) <= 70
        assert "新厂区二楼" in text(phone_of(worker).get(reverse("portal:job_application", args=[row.matter_id])))
    with time_shifted(timedelta(days=61)):
        run_once()
        row.matter.refresh_from_db()
        assert row.matter.state == "interview" and reminded.exists()
    # Fifteen working days after it took place, holidays on the way allowed for.
    with time_shifted(timedelta(days=85)):
        run_once()
    row.matter.refresh_from_db()
    assert row.matter.state == "unanswered"


def test_the_union_recommends_and_who_is_too_young_is_refused(house: House) -> None:
    handler, worker = house.person("handler", COUNTY), house.worker("13800138012")
    posting = published(house.worker("13800138011"), handler)
    with pytest.raises(GuardRefused, match="须年满16周岁"):
        register(worker, age=15)
    seeker = register(worker)
    desk = sign_in(Client(), Account.objects.get(pk=handler.account_id or 0))
    assert "困难职工" in text(desk.get(reverse("desk:jobs")))
    assert "包装工" in text(desk.get(reverse("desk:matter", args=[seeker.matter_id])))
    form = text(desk.get(reverse("desk:transition", args=[seeker.matter_id, "recommend"])))
    assert "星河食品" in form
    with pytest.raises(GuardRefused, match="请选一个岗位"):
        act(seeker.matter_id, "recommend", handler, {})
    act(seeker.matter_id, "recommend", handler, {"posting": str(posting.pk), "text": "离您近"})
    assert "工会推荐" in text(phone_of(worker).get(reverse("portal:my_jobs")))
    page = reverse("portal:application", args=[seeker.matter_id])
    assert "离您近" in text(phone_of(worker).get(page))
    assert phone_of(worker).post(page, {"step": "renew"}).status_code == 302
    assert phone_of(worker).post(page, {"step": "found_work"}).status_code == 302
    seeker.refresh_from_db()
    assert seeker.matter.state == "placed" and not seeker.active
    register(worker)


def test_who_still_looks_says_so_before_anything_was_recommended_too(house: House) -> None:
    worker = house.worker("13800138012")
    seeker = register(worker)
    page = reverse("portal:application", args=[seeker.matter_id])
    with time_shifted(timedelta(days=75)):
        run_once()
        asked = OutboxMessage.objects.filter(account_id=worker.account_id, payload__text__icontains="还在找").get()
        assert seeker.matter.number in asked.payload["text"]
        assert "还在找" in text(phone_of(worker).get(page))
        assert phone_of(worker).post(page, {"step": "renew"}).status_code == 302
    # The recommendation is as late as it was: saying so sets only the registration anew.
    clocks = dict(seeker.matter.clocks.filter(status="running").values_list("name", "due_at"))
    assert clocks["recommend"] < now() + timedelta(days=30) and clocks["fresh"] > now() + timedelta(days=160)
    with time_shifted(timedelta(days=120)):
        run_once()
    seeker.matter.refresh_from_db()
    assert seeker.matter.state == "applied"
    with time_shifted(timedelta(days=170)):
        run_once()
    seeker.matter.refresh_from_db()
    assert seeker.matter.state == "lapsed"


def test_a_fair_from_the_booth_to_the_figures(house: House) -> None:
    handler, boss = house.person("handler", COUNTY), house.worker("13800138011")
    first, second = published(boss, handler), published(boss, handler, title="搬运工", trade="storage", text="搬箱子。")
    fair = offer("J02", COUNTY, data={"campaign": "spring", "booths": "1"}, hours=72)
    page = reverse("portal:employer_posting", args=[first.pk])
    assert "带这个岗位参加" in text(phone_of(boss).get(page))
    for posting in (first, second):
        address = reverse("portal:employer_posting", args=[posting.pk])
        assert phone_of(boss).post(address, {"verb": "fair", "fair": fair.pk}).status_code == 302
    # One employer has one booth for all it brings; there is none left for another.
    other = published(house.worker("13800138015"), handler, employer="另一家", uscc=CODES[1], text="擦玻璃。")
    with pytest.raises(GuardRefused, match="展位已经满了"):
        fairs.bring(house.worker("13800138015"), other.pk, fair.pk)
    with pytest.raises(GuardRefused, match="已经报了"):
        fairs.bring(boss, first.pk, fair.pk)

    worker = house.worker("13800138012")
    shown = text(phone_of(worker).get(reverse("portal:job_fair", args=[fair.pk])))
    assert "包装工" in shown and "展位 01" in shown
    assert "近期招聘会" in text(phone_of(worker).get(reverse("portal:jobs")))
    values = {"offer": fair.pk, "name": "王小明", "phone": "13800138012", "groups": ["migrant"]}
    signed = actions.apply(worker, actions.service_for("J02"), values).matter
    register(worker)
    assert applying.apply(worker, second.pk).fair is None
    with time_shifted(timedelta(hours=72, minutes=10)):
        act(signed.pk, "mark_present", handler)
        row = applying.apply(worker, first.pk)
        assert row.fair == fair
        applying.step(boss, row.matter_id, "hire", {"start": today(), "text": "好"})
        act(row.matter_id, "arrive", worker)
        # Ten minutes into it, its first day may be yesterday.
        counted = fairs.counts((CITY,), today() - timedelta(days=1), today())[0]
        found = (counted.employers, counted.postings, counted.places, counted.signed_up, counted.came)
        assert found == (1, 2, 4, 1, 1)
        assert (counted.applied, counted.intents, counted.arrived) == (1, 1, 1)
        assert ("农民工", 1, 1, 1) in counted.groups
        counter = sign_in(Client(), Account.objects.get(pk=house.person("supervisor", COUNTY).account_id or 0))
        assert "达成意向" in text(counter.get(reverse("desk:job_figures")))


def test_who_has_the_account_erased_leaves_counts_and_no_name(house: House) -> None:
    worker = house.worker("13800138012")
    posting = published(house.worker("13800138011"), house.person("handler", COUNTY))
    register(worker)
    row = applying.apply(worker, posting.pk, "我住得近")
    act(row.matter_id, "give_up", worker)
    erase(SYSTEM, worker.account_id or 0)
    row.refresh_from_db()
    seeker = Seeker.objects.get()
    assert (row.opening_words, seeker.seeker_name, seeker.seeker_phone, seeker.findable) == ("", "", "", False)
    assert row.groups == ["migrant", "hardship"]
