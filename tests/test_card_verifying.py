"""核验会员证 by a merchant or a guard in Chromium: no account, airplane mode, forged and old cards, an old browser."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta

import cv2
import numpy
import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from gonghui.kernel.times import now
from gonghui.people.identity import with_check
from gonghui.services.demo_members import REGISTERED
from tests.support.fixtures import DESKTOP, PHONE, Platform
from tests.support.journey import looks_right, watch
from tests.test_jobs_journey import press, worker_signed_in
from tests.test_offline import controlled, kept, wait_until

pytestmark = pytest.mark.browser
Opener = Callable[..., Page]


@pytest.fixture(scope="module")
def cookies(browser: Browser, platform: Platform) -> StorageState:
    """A member whom a company registered, signed in and with the card claimed."""
    _name, number, phone, _days = REGISTERED[0]
    context = browser.new_context(base_url=platform.url, locale="zh-CN", service_workers="block")

    def opened(path: str, size: dict[str, int]) -> Page:
        page = context.new_page()
        page.goto(path)
        return page

    page = worker_signed_in(opened, platform, phone, "/card/")
    page.get_by_label("身份证号").fill(with_check(number))
    press(page, "认领会籍")
    found = context.storage_state()
    context.close()
    return found


@pytest.fixture
def member(open_page: Opener, cookies: StorageState) -> Page:
    return open_page("/card/", PHONE, storage_state=cookies)


def scanned(member: Page) -> str:
    """What a camera reads off the member's telephone."""
    member.goto("/card/")
    shot = member.get_by_role("img", name="会员证的二维码").screenshot()
    picture = cv2.imdecode(numpy.frombuffer(shot, numpy.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    text, _corners, _straight = cv2.QRCodeDetector().detectAndDecode(cv2.resize(picture, None, fx=3, fy=3))
    assert "/v/#GH1." in text
    return text


def forged(address: str) -> str:
    """The same card with another content under the old signature."""
    page, _hash, token = address.partition("#")
    prefix, content, signature = token.split(".")
    told = json.loads(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)))
    told[1] = "假冒工会"
    made = base64.urlsafe_b64encode(json.dumps(told, ensure_ascii=False).encode()).rstrip(b"=").decode()
    return f"{page}#{prefix}.{made}.{signature}"


def result(page: Page) -> str:
    heading = page.locator("[data-verified] h2")
    expect(heading).to_be_visible()
    expect(page.locator("[data-verified]")).not_to_contain_text("正在联网核对登记")
    return page.locator("[data-verified]").inner_text()


def open_gate(open_page: Opener, **options: object) -> Page:
    """The guard's telephone, which has the page."""
    page = open_page("/v/", PHONE, service_workers="allow", **options)
    wait_until(lambda: controlled(page) and kept(page, "/v/"))
    return page


def test_a_guard_verifies_a_card_in_airplane_mode_and_sees_through_a_forged_and_an_old_one(
    open_page: Opener, member: Page
) -> None:
    gate = open_gate(open_page)
    errors = watch(gate)
    looks_right(gate)
    address = scanned(member)

    gate.context.set_offline(True)
    gate.goto("about:blank")
    gate.goto(address)
    good = result(gate)
    assert "有效" in good and "孙**" in good and "星河建筑" in good and "在籍" in good
    assert "签名正确，由本机核对" in good and "没有联网" in good and "公钥存在这台手机上" in good
    assert "孙大建" not in good and gate.url.endswith("/v/"), "the code stays neither on the page nor in the address"
    looks_right(gate)

    gate.goto(forged(address))
    expect(gate.locator("[data-verified]")).to_contain_text("公钥不符")
    assert "假冒工会" not in result(gate)
    looks_right(gate)

    # The text beside the code, as codes were before they were addresses, pasted and sent by the keyboard.
    field = gate.get_by_label("会员码")
    field.fill(scanned_text(member))
    gate.keyboard.press("Tab")
    gate.get_by_role("button", name="核验", exact=True).focus()
    gate.keyboard.press("Enter")
    expect(gate.locator("[data-verified]")).to_contain_text("签名正确")
    expect(field).to_have_value("")
    field.fill("https://example.com/v/#GH1.a.b")
    gate.get_by_role("button", name="核验", exact=True).click()
    expect(gate.locator("[data-verified]")).to_contain_text("由别的平台签发")
    field.fill("随便什么")
    gate.get_by_role("button", name="核验", exact=True).click()
    expect(gate.locator("[data-verified]")).to_contain_text("这不是会员证的二维码")

    # Two minutes later the same code is over, and before its time it is not yet good.
    gate.clock.set_fixed_time(now() + timedelta(minutes=2))
    gate.goto(address)
    assert "二维码已过期" in result(gate)
    gate.clock.set_fixed_time(now() - timedelta(minutes=10))
    gate.goto(address)
    assert "请核对本机时间" in result(gate)
    gate.clock.set_fixed_time(now() + timedelta(days=40))
    gate.goto(address)
    assert "请联网打开本页更新一次" in result(gate)
    assert errors == []


def scanned_text(member: Page) -> str:
    member.goto("/card/")
    member.get_by_text("对方扫不了码、没有网络").click()
    return member.locator(".token").inner_text()


def test_with_a_network_the_register_says_what_was_stopped_a_moment_ago_and_the_member_sees_the_look(
    open_page: Opener, member: Page
) -> None:
    gate = open_page("/v/", DESKTOP)
    looks_right(gate)
    address = scanned(member)
    gate.goto(address)
    good = result(gate)
    assert "联网查过：登记里现在有效" in good and "签名正确" in good
    looks_right(gate)
    member.goto("/card/")
    expect(member.get_by_text("核验网页（没有登录的人）").first).to_be_visible()

    address = scanned(member)
    member.get_by_text("手机丢了、怕别人冒用").click()
    press(member, "挂失")
    gate.goto(address)
    assert "不能使用" in result(gate) and "已挂失" in result(gate)
    press(member, "恢复使用")
    gate.goto(forged(address))
    assert "签名不对" in result(gate)


@pytest.mark.parametrize("script", [True, False])
def test_a_browser_that_cannot_verify_says_so_and_asks_the_register(
    open_page: Opener, member: Page, script: bool
) -> None:
    gate = open_page("/v/", PHONE, java_script_enabled=script)
    if script:
        address = scanned(member)
        gate.context.set_offline(True)
        gate.evaluate(f"crypto.subtle.importKey = null; location.hash = '{address.partition('#')[2]}'")
        assert "没有 Ed25519" in result(gate) and "还没有核验" in result(gate)
        gate.context.set_offline(False)
        gate.get_by_role("button", name="联网核验").click()
        expect(gate.locator("[data-verified]")).to_contain_text("登记里现在有效")
        expect(gate.locator("[data-verified]")).to_contain_text("由登记核对")
    else:
        gate.get_by_label("会员码").fill(scanned(member))
        gate.get_by_role("button", name="核验", exact=True).click()
        expect(gate.locator("[data-verified]")).to_contain_text("登记里现在有效")
    expect(gate.locator("[data-verified]")).to_contain_text("孙**")


def test_the_camera_scans_where_the_browser_can(open_page: Opener, member: Page) -> None:
    gate = open_page("/v/", PHONE)
    scan = gate.get_by_role("button", name="用摄像头扫")
    can = gate.evaluate("'BarcodeDetector' in window && Boolean(navigator.mediaDevices)")
    assert scan.is_visible() is can
    # A browser with a camera and a detector, which reads the code at once.
    gate.add_init_script(
        "window.BarcodeDetector = class { async detect() { return [{ rawValue: window.name }]; } };"
        "navigator.mediaDevices.getUserMedia = async () => document.createElement('canvas').captureStream();"
        "HTMLMediaElement.prototype.play = async () => undefined;"
    )
    gate.evaluate(f"window.name = '{scanned(member)}'")
    gate.reload()
    gate.get_by_role("button", name="用摄像头扫").click()
    assert "有效" in result(gate) and "孙**" in result(gate)
