"""大思政课 and 技能课程 in a real browser: a worker on a phone, the union at its desk."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.support.fixtures import Platform
from tests.support.journey import looks_right, watch

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PHONE = {"width": 360, "height": 740}
Opener = Callable[..., Page]


def signed_in(open_page: Opener, platform: Platform, phone: str) -> Page:
    """A worker who signs in with the code sent to their telephone."""
    page = open_page("/accounts/sign-in/", PHONE)
    page.locator("main input[type=tel], main input[name=phone]").first.fill(phone)
    page.locator("input[name=consent]").check()
    page.locator("main form button[type=submit]").first.click()
    page.locator("input[name=code]").fill(code_for(platform, phone))
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


def code_for(platform: Platform, phone: str) -> str:
    outbox = platform.folder / "outbox" / "sms.jsonl"
    for _try in range(900):
        if outbox.is_file():
            for line in reversed(outbox.read_text(encoding="utf-8").splitlines()):
                letter = json.loads(line)
                if letter["to"] == phone and (found := re.search(r"\d{6}", letter["text"])):
                    return found[0]
        time.sleep(0.1)
    raise AssertionError("no code was sent")


def submit(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()
    page.wait_for_load_state()


def test_a_lecture_from_the_desk_to_the_hours(open_page: Opener, sign_in: Opener, platform: Platform) -> None:
    desk = sign_in("leader_nm")
    errors = watch(desk)
    desk.goto("/desk/offers/new/M08/")
    starts = datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(minutes=20)
    desk.locator("input[name=title]").fill("劳模进项目部")
    desk.locator("input[name=starts]").fill(f"{starts:%Y-%m-%dT%H:%M}")
    desk.locator("input[name=ends]").fill(f"{starts + timedelta(hours=2):%Y-%m-%dT%H:%M}")
    desk.locator("input[name=place]").fill("项目部会议室")
    desk.locator("select[name=data_course]").select_option(index=1)
    desk.get_by_label("现场", exact=True).check()
    looks_right(desk)
    submit(desk, "保存")
    submit(desk, "发布")
    at_desk = desk.url
    number = re.search(r"/offers/(\d+)/", at_desk)
    assert number

    phone = signed_in(open_page, platform, "13612340001")
    errors_phone = watch(phone)
    phone.goto("/services/M08/")
    looks_right(phone)
    phone.get_by_role("link", name="劳模进项目部").click()
    looks_right(phone)
    phone.get_by_role("button", name="报名", exact=True).click()
    expect(phone.locator("input[name=offer]:checked")).to_have_count(1)
    submit(phone, "下一步")
    phone.locator("input[name=name]").fill("韩小雪")
    phone.locator("input[name=phone]").fill("13612340001")
    submit(phone, "下一步")
    phone.locator("main form button[type=submit]").first.click()
    expect(phone.get_by_text("已报上，请按时参加")).to_be_visible()
    looks_right(phone)

    desk.goto(f"{at_desk}door/")
    looks_right(desk)
    phone.locator("input#door-code").fill(desk.locator(".big-code").inner_text())
    submit(phone, "签到")
    expect(phone.get_by_text("离开前再扫一次签退").first).to_be_visible()
    desk.goto(at_desk)
    desk.locator("input[name=seat]").check()
    looks_right(desk)
    submit(desk, "选中的登记到场")
    phone.reload()
    phone.get_by_role("button", name="课程、测验和提问").click()
    phone.get_by_role("button", name="做测验").click()
    for question, choice in enumerate(("车间的操作卡", "为了找到没有焊好的原因")):
        phone.locator("fieldset").nth(question).get_by_label(choice).check()
    looks_right(phone)
    submit(phone, "交卷")
    expect(phone.get_by_text("已记 2.0 学时")).to_be_visible()
    looks_right(phone)
    phone.get_by_role("link", name="看证书").click()
    expect(phone.get_by_text("韩小雪")).to_be_visible()
    anybody = open_page(phone.url, PHONE)
    expect(anybody.get_by_text("有效")).to_be_visible()
    expect(anybody.get_by_text("韩小雪")).to_have_count(0)
    desk.goto("/desk/lectures/targets/")
    expect(desk.get_by_text("到今天应有").first).to_be_visible()
    looks_right(desk)
    assert errors + errors_phone == []


def test_an_open_course_from_the_first_lesson_to_the_certificate(
    open_page: Opener, sign_in: Opener, platform: Platform
) -> None:
    phone = signed_in(open_page, platform, "13612340002")
    errors = watch(phone)
    phone.goto("/services/M09/")
    looks_right(phone)
    phone.get_by_role("link", name="网上公开课").first.click()
    phone.get_by_role("link", name="安全生产第一课").click()
    phone.get_by_role("button", name="报名", exact=True).click()
    phone.locator("input[name=name]").fill("唐小满")
    submit(phone, "下一步")
    phone.locator("main form button[type=submit]").first.click()
    phone.get_by_role("button", name="课程、测验和提问").click()
    looks_right(phone)
    learn = phone.url
    phone.get_by_role("link", name="您的权利").click()
    expect(phone.get_by_text("有权拒绝违章指挥")).to_be_visible()
    looks_right(phone)
    submit(phone, "我学完了")
    expect(phone.get_by_text("还要再学")).to_be_visible()
    matter = re.search(r"/learn/(\d+)/", learn)
    assert matter
    desk = sign_in("handler_nm")
    desk.goto(f"/desk/matter/{matter[1]}/do/enter_learned/")
    desk.locator("input[name=note]").fill("签到表")
    desk.locator("main form:has(input[name=note]) button[type=submit]").first.click()
    expect(desk.get_by_text("“登记线下学完”已完成。")).to_be_visible()
    phone.goto(learn)
    phone.get_by_role("button", name="做测验").click()
    for question, choice in enumerate(("停止作业并撤离", "打 119 和 120")):
        phone.locator("fieldset").nth(question).get_by_label(choice).check()
    submit(phone, "交卷")
    expect(phone.get_by_text("100 分").first).to_be_visible()
    phone.goto("/certificates/")
    expect(phone.get_by_text("安全生产第一课")).to_be_visible()
    looks_right(phone)
    assert errors == []
