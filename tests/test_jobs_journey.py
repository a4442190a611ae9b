"""就业服务 in a browser: an employer posts, the union publishes, a worker applies, is invited, hired and at work."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from gonghui.kernel.times import now, today
from tests.support.fixtures import Platform
from tests.support.journey import PHONE, looks_right, watch

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
Opener = Callable[..., Page]
BOSS, SEEKER = "13800009401", "13800009402"
TITLE = "蓝天路面点师傅"
CODE = "91520102780000009B"


def press(where: Page | Locator, name: str) -> None:
    where.get_by_role("button", name=name, exact=True).click()
    (where if isinstance(where, Page) else where.page).wait_for_load_state()


def worker_signed_in(open_page: Opener, platform: Platform, phone: str, path: str) -> Page:
    """A page on a phone, signed in by the code that the worker process sends."""
    page = open_page(f"/accounts/sign-in/?next={path}", PHONE)
    page.get_by_role("textbox", name="手机号码").fill(phone)
    page.get_by_role("checkbox", name="我同意").check()
    press(page, "获取验证码")
    sent = platform.folder / "outbox" / "sms.jsonl"
    for _look in range(60):
        lines = sent.read_text(encoding="utf-8").splitlines() if sent.is_file() else []
        found = [re.search(r"\d{6}", row["text"]) for row in map(json.loads, lines) if row["to"] == phone]
        if found and found[-1]:
            page.get_by_label("验证码").fill(found[-1][0])
            break
        page.wait_for_timeout(250)
    press(page, "登录")
    return page


def fill(page: Page, texts: dict[str, str], choices: tuple[str, ...] = (), picks: dict[str, str] | None = None) -> None:
    for label, value in texts.items():
        page.get_by_label(label).fill(value)
    for label, value in (picks or {}).items():
        page.get_by_label(label).select_option(label=value)
    for label in choices:
        page.get_by_label(label, exact=True).check()
    press(page, "下一步")


def opened(page: Page, title: str) -> None:
    page.locator("details > summary", has_text=title).first.click()


def test_a_job_from_the_posting_to_the_first_day(open_page: Opener, sign_in: Opener, platform: Platform) -> None:
    closes = (today() + timedelta(days=20)).isoformat()
    boss = worker_signed_in(open_page, platform, BOSS, "/jobs/employer/")
    errors = watch(boss)
    boss.get_by_role("button", name="发布岗位").click()
    fill(boss, {"单位全称": "蓝天面食有限公司", "统一社会信用代码": CODE}, ("单位的人事或负责人",))
    fill(
        boss,
        {
            "岗位名称": TITLE, "招几个人": "1", "工资最低多少元": "4500", "工资最高多少元": "6000",
            "工作时间": "6:00—14:00，每周休一天半", "做什么、有什么要求": "和面、做包子，会发面。不收任何费用。",
        },
        ("全日制（签劳动合同）", "按月", "缴", "白班", "包吃"),
        {"工种": "餐饮"},
    )  # fmt: skip
    fill(boss, {"在哪个区县上班": "贵阳市南明区", "上班地址": "蓝天路 1 号", "招到哪天为止": closes})
    fill(
        boss,
        {"联系人": "钱经理", "联系电话": BOSS},
        ("我受单位委托招人，岗位和工资是真的，不向求职者收任何费用",),
    )
    press(boss, "提交申请")
    expect(boss.get_by_text("已提交，编号")).to_be_visible()

    desk = sign_in("handler_nm")
    desk.goto("/desk/jobs/")
    looks_right(desk)
    desk.get_by_role("link", name=re.compile(TITLE)).first.click()
    expect(desk.get_by_role("heading", name="防骗检查")).to_be_visible()
    desk.get_by_role("region", name="现在可以做的").get_by_role("button", name=re.compile("^审核通过，公布")).click()
    step = desk.get_by_role("region", name="审核通过，公布", exact=True)
    step.get_by_role("button", name="审核通过，公布", exact=True).click()
    expect(desk.get_by_text("“审核通过，公布”已完成")).to_be_visible()

    worker = worker_signed_in(open_page, platform, SEEKER, "/jobs/?region=")
    errors_too = watch(worker)
    worker.get_by_label("想找什么工作").fill("做包子")
    press(worker, "找")
    looks_right(worker)
    worker.get_by_role("link", name=TITLE).click()
    job = worker.url
    looks_right(worker)
    worker.get_by_role("button", name="投递", exact=True).click()
    worker.get_by_role("button", name="去登记").click()
    wish = {"想做什么工作": "做面点", "住在哪个区县": "贵阳市南明区", "每月工资最少要多少元": "4000"}
    fill(worker, {**wish, "哪天可以上班": today().isoformat()}, ("本市",))
    fill(worker, {"还会什么、干过什么": "会做包子馒头"})
    fill(worker, {"姓名": "周小花", "年龄": "51", "手机号": SEEKER})
    promise = "同意工会为帮我找工作使用以上信息；填写的都是真的"
    fill(worker, {}, ("单位约我面试时", promise))
    press(worker, "提交申请")
    worker.goto(job)
    worker.get_by_role("button", name="投递", exact=True).click()
    press(worker, "确定投递")
    applied = worker.url

    boss.goto("/jobs/employer/")
    boss.get_by_role("link", name=TITLE).click()
    looks_right(boss)
    boss.get_by_role("link", name=re.compile("求职者")).click()
    expect(boss.get_by_text("会做包子馒头")).to_be_visible()
    expect(boss.get_by_text("周小花")).to_have_count(0)
    opened(boss, "约面试")
    boss.get_by_label("面试时间").fill((now() + timedelta(days=1)).strftime("%Y-%m-%dT10:00"))
    boss.get_by_label("面试地点").fill("蓝天路 1 号")
    press(boss, "约面试")
    expect(boss.get_by_role("heading", name="周小花")).to_be_visible()
    looks_right(boss)
    opened(boss, "录用")
    boss.get_by_label("到岗日期").fill(today().isoformat())
    boss.get_by_label("工资、试用期和要带的材料").fill("5000 元，试用期一个月，带健康证。")
    press(boss.locator("details", has=boss.get_by_label("到岗日期")), "录用")

    worker.goto(applied)
    expect(worker.get_by_text("带健康证")).to_be_visible()
    looks_right(worker)
    press(worker, "我到岗了")
    expect(worker.get_by_text("祝工作顺利")).to_be_visible()
    assert errors + errors_too == []
