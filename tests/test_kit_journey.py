"""暖新礼包 in a browser: from a rider's first tap on the phone to the kit handed over at the station by its code; what
stands in the way is said with what helps, the stock goes down, and nobody gets a second one."""

from __future__ import annotations

import re

import pytest
import segno
from playwright.sync_api import Page, expect

from gonghui.kernel.calendar import months_later
from gonghui.kernel.tests.support import xlsx
from gonghui.kernel.times import today
from gonghui.people.identity import with_check
from tests.support.fixtures import Platform
from tests.support.journey import PHONE, looks_right, reload_until, watch
from tests.test_jobs_journey import Opener, fill, press, worker_signed_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
RIDER, SECOND = "13800009501", "13800009502"
ID_NO = with_check("520102199607080110")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SINCE = f"{months_later(today(), -2)}"
WHO = {"姓名": "罗送餐", "身份证号": ID_NO, "手机号": RIDER}


def shelf(desk: Page) -> tuple[int, int, int]:
    """Promised, handed over and left of the county's kits, as the desk reads it."""
    desk.goto("/desk/services/")
    row = desk.locator("tbody tr", has_text="南明区").filter(has_text="M04").first
    _service, _item, _union, _total, *numbers = row.locator("td").all_inner_texts()
    return int(numbers[0]), int(numbers[1]), int(numbers[2])


def done(desk: Page, step: str, texts: dict[str, str] | None = None) -> None:
    """Take a step on the matter's page, with its panel opened first and filled in."""
    desk.get_by_role("region", name="现在可以做的").get_by_role("button", name=re.compile(f"^{step}")).click()
    panel = desk.get_by_role("region", name=step, exact=True)
    for label, text in (texts or {}).items():
        panel.get_by_label(label).fill(text)
    panel.get_by_role("button", name=step, exact=True).click()
    expect(desk.get_by_text(f"“{step}”已完成")).to_be_visible()


def register(desk: Page) -> None:
    """The rider's union brings them into the register of members, from a file."""
    head = ("姓名", "身份证号", "手机号", "入会日期")
    desk.goto("/desk/members/import/")
    desk.get_by_label("Excel 文件").set_input_files(
        {"name": "members.xlsx", "mimeType": XLSX, "buffer": xlsx(head, ("罗送餐", ID_NO, RIDER, SINCE))}
    )
    press(desk, "登记")
    expect(desk.get_by_text("已登记 1 人")).to_be_visible()


def test_a_kit_from_the_first_tap_to_the_hand_over(open_page: Opener, sign_in: Opener, platform: Platform) -> None:
    desk = sign_in("handler_nm")
    before = shelf(desk)

    stranger = open_page("/services/", PHONE)
    stranger.get_by_role("searchbox").first.fill("外卖小哥领头盔雨衣")
    stranger.keyboard.press("Enter")
    stranger.get_by_role("main").get_by_role("link", name="暖新礼包").first.click()
    expect(stranger.get_by_text("需要先入会")).to_be_visible()
    expect(stranger.get_by_text("申请前要用手机号登录")).to_be_visible()
    looks_right(stranger)

    worker = worker_signed_in(open_page, platform, RIDER, "/services/M04/")
    errors = watch(worker)
    conditions = worker.get_by_role("region", name="谁可以办")
    expect(conditions.get_by_role("link", name="入会转会")).to_be_visible()
    worker.get_by_role("button", name="开始申请").click()
    looks_right(worker)
    fill(worker, {"平台或公司": "飞鸽外卖", "在哪个区县干活": "贵阳市南明区"}, (), {"做哪一类工作": "外卖骑手"})
    fill(worker, WHO, ("还不是",))
    expect(worker.get_by_text("请先入会（免费）").first).to_be_visible()
    expect(worker.get_by_label("姓名")).to_have_value("罗送餐")
    looks_right(worker)

    # The way that the refusal names is open; having joined, the worker goes on where the form was left.
    worker.goto("/services/M04/")
    worker.get_by_role("region", name="谁可以办").get_by_role("link", name="入会转会").click()
    expect(worker.get_by_role("button", name="开始申请")).to_be_visible()
    worker.goto("/services/M04/")
    worker.get_by_role("button", name="接着填").click()
    expect(worker.get_by_label("平台或公司")).to_have_value("飞鸽外卖")
    press(worker, "下一步")
    worker.get_by_label("是", exact=True).check()
    fill(worker, {**WHO, "入会几个月了": "13"})
    fill(worker, {}, ("到领取点自取", "L", "我没有在别处领过暖新礼包，填写的都是真的"))
    press(worker, "提交申请")
    expect(worker.get_by_role("alert")).to_contain_text("入会12个月内")
    looks_right(worker)
    assert shelf(desk) == before, "who is refused takes nothing from the shelf"

    worker.get_by_role("link", name="修改 您的身份").click()
    fill(worker, {"入会几个月了": "2"})
    press(worker, "下一步")
    press(worker, "提交申请")
    expect(worker.get_by_text("已提交，编号")).to_be_visible()
    looks_right(worker)
    application = worker.url
    assert shelf(desk) == (before[0] + 1, before[1], before[2] - 1)

    number = re.search(r"M04-[\d-]+\d", worker.get_by_role("main").inner_text())
    assert number
    desk.goto(f"/desk/worklist/?q={number.group()}")
    address = (
        desk.locator("tr", has_text=number.group()).locator("a[href*='/desk/matter/']").first.get_attribute("href")
    )
    assert address
    desk.goto(address)
    looks_right(desk)
    # What the worker typed is told as that; the register has nothing of them, and so nothing is approved.
    expect(desk.get_by_text("会籍登记：登记里没有")).to_be_visible()
    expect(desk.locator(".conditions li", has_text="入会12个月内").get_by_text("本人填写")).to_be_visible()
    desk.get_by_role("region", name="现在可以做的").get_by_role("button", name=re.compile("^核验通过")).click()
    desk.get_by_role("region", name="核验通过", exact=True).get_by_role("button", name="核验通过", exact=True).click()
    expect(desk.get_by_text("会员登记里查不到这个人的会籍").first).to_be_visible()
    looks_right(desk)
    register(desk)
    desk.goto(address)
    expect(desk.get_by_text(f"南明区总工会，{SINCE} 入会")).to_be_visible()
    done(desk, "核验通过")
    done(desk, "备好，通知领取")

    worker.goto(application)
    reload_until(worker, worker.locator(".big-code"))
    looks_right(worker)
    code = "".join(worker.locator(".big-code").first.inner_text().split())
    assert re.fullmatch(r"\d{8}", code)
    drawn = worker.locator(".qr svg path").first.get_attribute("d")
    assert drawn and drawn in segno.make(code, error="m").svg_inline(scale=6, border=2), "the QR code says the same"

    desk.goto("/desk/services/")
    desk.get_by_label("领取码").fill("00000000")
    press(desk.get_by_role("region", name="凭码交付"), "查")
    expect(desk.get_by_label("领取码")).to_have_attribute("aria-invalid", "true")
    desk.get_by_label("领取码").fill(f"{code[:4]} {code[4:]}")
    press(desk.get_by_role("region", name="凭码交付"), "查")
    looks_right(desk)
    desk.get_by_role("textbox", name="领取码").fill(code)
    desk.get_by_role("button", name="核对领取码，交付", exact=True).click()
    expect(desk.get_by_text("已完成").first).to_be_visible()
    assert shelf(desk) == (before[0], before[1] + 1, before[2] - 1)

    worker.goto(application)
    expect(worker.get_by_text("已领取，请您评价").first).to_be_visible()

    # Not a second time: it is said before one begins, and another account makes no other person of somebody.
    worker.goto("/services/M04/")
    conditions = worker.get_by_role("region", name="谁可以办")
    expect(conditions.locator("li", has_text="每人只领一次").get_by_text("不符合")).to_be_visible()
    expect(worker.get_by_role("button", name="开始申请")).to_have_count(0)
    again = worker_signed_in(open_page, platform, SECOND, "/services/M04/")
    again.get_by_role("button", name="开始申请").click()
    fill(again, {"平台或公司": "捷运快递", "在哪个区县干活": "贵阳市南明区"}, (), {"做哪一类工作": "快递员"})
    again.get_by_label("是", exact=True).check()
    fill(again, {**WHO, "手机号": SECOND, "入会几个月了": "1"})
    fill(again, {}, ("到领取点自取", "M", "我没有在别处领过暖新礼包，填写的都是真的"))
    press(again, "提交申请")
    expect(again.get_by_role("alert")).to_contain_text("只领一次")
    looks_right(again)
    assert shelf(desk) == (before[0], before[1] + 1, before[2] - 1)
    assert errors == []
