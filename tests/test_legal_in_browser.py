"""法律服务 (M05) in a browser: a worker reads their rights, tells what happened, asks a lawyer and reads the answer."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.support.fixtures import Platform
from tests.support.journey import Colleague, Opener, Worker, looks_right, press, reload_until
from tests.test_jobs_journey import worker_signed_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
PHONE_NUMBER = "13800009601"
STORY = "我在贵阳市南明区一家饭店当服务员，老板拖欠我三个月工资，一共一万五千元，没有签劳动合同。"
ANSWERS = {"单位叫什么名字？": "老王饭店", "您希望怎样解决？": "补发三个月工资"}
QUESTION = "没有签合同，仲裁的时候拿什么证明我在那里上班？"
ANSWER = "工资转账、考勤、工作服、同事的证言都可以证明。请先把微信记录和转账截图保存好。"


def test_a_worker_asks_a_lawyer_and_reads_the_answer(open_page: Opener, sign_in: Opener, platform: Platform) -> None:
    worker = Worker(open_page)
    worker.page = page = worker_signed_in(open_page, platform, PHONE_NUMBER, "/services/M05/")
    expect(page.get_by_role("heading", name="我占不占理？能拿多少？")).to_be_visible()
    looks_right(page)
    page.goto("/")
    worker.lodge(STORY, ANSWERS, PHONE_NUMBER)

    dispatcher = Colleague(sign_in, "dispatcher1")
    proposal = dispatcher.find(worker.number).get_by_role("region", name="智能建议与人工决定")
    reload_until(dispatcher.page, proposal.get_by_role("cell", name=re.compile("拖欠工资")))
    dispatcher.do("研判", lambda form: dispatcher.pick(form, 紧急程度="紧急"))
    dispatcher.do("派单")

    page.goto("/my/")
    page.get_by_role("listitem").filter(has_text=worker.number).get_by_role("link").click()
    looks_right(page)
    page.get_by_role("button", name="问律师").first.click()
    page.get_by_label("想问的事").fill(QUESTION)
    looks_right(page)
    press(page, "提交")
    expect(page.get_by_text(QUESTION)).to_be_visible()
    found = re.search(r"FZ-\d{8}-\d{5}", page.locator("main").inner_text())
    assert found

    dispatcher.find(found.group())
    expect(dispatcher.page.get_by_text(QUESTION)).to_have_count(0)
    dispatcher.do("派给律师", lambda form: form.get_by_role("radio", name=re.compile("小罗")).check())

    lawyer = Colleague(sign_in, "lawyer_nm")
    lawyer.find(found.group())
    expect(lawyer.page.get_by_text(QUESTION)).to_have_count(0)
    lawyer.do("接受并声明无利益冲突", lambda form: form.get_by_role("checkbox").check())
    expect(lawyer.page.get_by_text(QUESTION).first).to_be_visible()

    def answer(form: Locator) -> None:
        form.locator("textarea[name=text]").fill(ANSWER)
        form.get_by_role("checkbox", name=re.compile("劳动合同")).first.check()

    lawyer.do("答复", answer)

    page.reload()
    expect(page.get_by_text(ANSWER)).to_be_visible()
    looks_right(page)
    part = worker.opened("评价")
    part.get_by_label("非常满意", exact=True).check()
    press(part, "评价")
    expect(page.get_by_text("谢谢您的评价。")).to_be_visible()
    assert worker.errors + dispatcher.errors + lawyer.errors == []
