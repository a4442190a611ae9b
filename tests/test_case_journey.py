"""One case from a worker's first words to its end, by everybody who has a hand in it, in a real browser.

The worker has a phone; the others sit at the desk. Each page they meet is looked at by axe-core and must not scroll
sideways; nobody's page may log an error.
"""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, expect

from tests.support.journey import Colleague, Opener, Worker, looks_right, press, reload_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
STORY = (
    "我在贵阳市南明区一家饭店当服务员，老板拖欠我们五个人三个月工资，一共四万五千元。"
    "找过老板三次，他说没钱，现在电话也不接了。"
)
ANSWERS = {"单位叫什么名字？": "老王饭店", "您希望怎样解决？": "补发三个月工资"}
GOOD = {"联系您": "联系了", "解决了吗": "部分解决", "结果满意": "满意", "态度满意": "满意"}
# The same questions as the callback agent reads them out.
BAD = {"是否联系您": "是", "是否解决": "未解决", "对结果": "不满意", "对态度": "基本满意"}
BETTER = {"是否联系您": "是", "是否解决": "已解决", "对结果": "满意", "对态度": "满意"}
POINTS = {
    "受理规范": 14, "分类准确": 10, "派单准确": 15, "时限": 15, "联系职工": 9, "事实与依据": 17, "文书": 9, "回访": 5,
}  # fmt: skip


def picture() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(data, "PNG")
    return data.getvalue()


def handled(open_page: Opener, sign_in: Opener, phone: str) -> tuple[Worker, Colleague, Colleague]:
    """A case from the worker's first words to a reviewed result: (worker, dispatcher, handler)."""
    worker = Worker(open_page)
    worker.lodge(STORY, ANSWERS, phone)

    dispatcher = Colleague(sign_in, "dispatcher1")
    page = dispatcher.find(worker.number)
    proposal = page.get_by_role("region", name="智能建议与人工决定")
    reload_until(page, proposal.get_by_role("cell", name=re.compile("拖欠工资")))
    dispatcher.do("研判", lambda form: dispatcher.pick(form, 紧急程度="紧急"))
    # The proposal stays beside what the dispatcher decided otherwise.
    expect(proposal.get_by_role("row", name=re.compile("紧急程度.*紧急"))).to_be_visible()
    dispatcher.do("派单")
    worker.sees("南明区总工会")

    handler = Colleague(sign_in, "handler_nm")
    page = handler.page
    page.get_by_role("link", name=re.compile("待签收")).click()
    looks_right(page)
    handler.find(worker.number)
    handler.do("签收")
    handler.do("开始办理")
    contact(handler)
    ask(worker, handler)
    finish(handler, "老板先付一个月工资，其余两个月写了还款计划。")
    review(dispatcher)
    return worker, dispatcher, handler


def contact(handler: Colleague) -> None:
    def talked(form: Locator) -> None:
        handler.pick(form, 联系上了="是")
        form.get_by_label("要点").fill("职工说欠条在老板娘手里。")

    handler.do("记录联系", talked)


def ask(worker: Worker, handler: Colleague) -> None:
    """The handler asks; the worker answers with a photo, adds something and asks for speed; the handler sees it all."""
    page = handler.page
    page.get_by_text("问职工", exact=True).click()
    page.get_by_label("问题（会发给职工）").fill("请拍一张工资欠条，写明每个月欠多少。")
    press(page, "发给职工")
    expect(page.get_by_text("问题已发给职工。")).to_be_visible()

    worker.sees("请拍一张工资欠条，写明每个月欠多少。", "正在办理")
    question = worker.page.get_by_role("region", name="承办单位问您")
    question.get_by_label("您的回答").fill("六月、七月、八月各三千元。")
    paper = FilePayload(name="工资欠条.png", mimeType="image/png", buffer=picture())
    question.get_by_label(re.compile("照片")).set_input_files(paper)
    press(question, "发送回答")
    expect(worker.page.get_by_text("回答已送达。")).to_be_visible()
    material = worker.opened("补充材料")
    material.get_by_label("想补充的话").fill("同事李姐也愿意作证。")
    press(material, "提交")
    press(worker.opened("请求加快办理"), "请求加快")
    expect(worker.page.get_by_text("已提醒承办单位加快办理。")).to_be_visible()

    page.reload()
    for text in ("六月、七月、八月各三千元。", "同事李姐也愿意作证。", "工资欠条.png", "请求加快"):
        expect(page.get_by_text(text).first).to_be_visible()


def finish(handler: Colleague, reply: str) -> None:
    def result(form: Locator) -> None:
        form.get_by_label("查明的事实").fill("店里账本和欠条一致，欠五人三个月工资共45000元。")
        form.get_by_role("group", name="依据").get_by_role("checkbox").first.check()
        form.get_by_label("办理结果").select_option(label="已解决-部分")
        form.get_by_label("给职工的答复").fill(reply)
        form.get_by_label("追回金额（元）").fill("15000")
        form.get_by_label("文书材料已归档").check()

    handler.do("提交结果", result)


def review(dispatcher: Colleague) -> None:
    dispatcher.page.reload()
    dispatcher.do("审核通过")


def call_back(callback: Colleague, worker: Worker, answers: dict[str, str], opinion: str) -> None:
    page = callback.page
    page.get_by_role("navigation", name="工作台").get_by_role("link", name="回访").click()
    looks_right(page)
    page.get_by_role("row", name=worker.order).get_by_role("link").click()
    looks_right(page)
    form = page.locator("form", has=page.get_by_role("button", name="记录回访"))
    callback.pick(form, **answers)
    form.get_by_label("5. 意见建议").fill(opinion)
    press(form, "记录回访")


def score(quality: Colleague, worker: Worker) -> None:
    page = quality.page
    page.get_by_role("navigation", name="工作台").get_by_role("link", name="质检").click()
    row = page.get_by_role("row", name=worker.order)
    reload_until(page, row)
    looks_right(page)
    row.get_by_role("link").click()
    for item, points in POINTS.items():
        page.get_by_label(re.compile(rf"^{item}（")).fill(str(points))
    expect(page.locator("#score-total")).to_have_text(str(sum(POINTS.values())))
    looks_right(page)
    press(page, "提交评分")
    expect(page.get_by_text("质检已记录。")).to_be_visible()


def test_a_case_goes_through_all_hands_and_the_worker_rates_it(open_page: Opener, sign_in: Opener) -> None:
    worker, dispatcher, handler = handled(open_page, sign_in, "13900010001")
    worker.sees("已有结果，请您评价", "老板先付一个月工资，其余两个月写了还款计划。")
    worker.rate(GOOD, "谢谢工会的同志。")
    quality = Colleague(sign_in, "quality1")
    score(quality, worker)
    worker.sees("已结案", "老板先付一个月工资")
    for person in (worker, dispatcher, handler, quality):
        assert person.errors == []


def test_a_dissatisfied_worker_is_asked_back_and_the_province_supervises(open_page: Opener, sign_in: Opener) -> None:
    worker, dispatcher, handler = handled(open_page, sign_in, "13900010002")
    callback = Colleague(sign_in, "callback1")
    call_back(callback, worker, BAD, "只给了一个月，别的没有说法。")
    worker.sees("正在重新办理")

    supervisor = Colleague(sign_in, "supervisor1")
    supervisor.find(worker.number)

    def urge(form: Locator) -> None:
        supervisor.pick(form, 方式="督办")
        form.get_by_label("内容").fill("请本周内与老板当面核实，报告进展。")

    supervisor.do("催办 / 督办", urge)
    supervisor.page.get_by_role("navigation", name="工作台").get_by_role("link", name="督办与异议").click()
    looks_right(supervisor.page)
    expect(supervisor.page.get_by_role("row", name=worker.order).first).to_be_visible()

    handler.find(worker.number)
    expect(handler.page.get_by_text("请本周内与老板当面核实，报告进展。").first).to_be_visible()
    handler.do("接手重办")
    contact(handler)
    finish(handler, "三个月工资已经全部补发。")
    review(dispatcher)
    call_back(callback, worker, BETTER, "都拿到了。")
    quality = Colleague(sign_in, "quality1")
    score(quality, worker)
    worker.sees("已结案", "三个月工资已经全部补发。")
    for person in (worker, dispatcher, handler, callback, supervisor, quality):
        assert person.errors == []
