"""The app without a network, in Chromium: what is kept to read, and what is written meanwhile and sent later."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.fixtures import PHONE

pytestmark = pytest.mark.browser
TEXT = "南明区工地的老板拖欠我三个月工资，一共一万五千元。"


def drafts(page: Page) -> int:
    """How many drafts lie on the phone."""
    count = page.evaluate(
        """() => new Promise((resolve) => {
            const opened = indexedDB.open("gonghui", 1);
            opened.onupgradeneeded = () => { opened.transaction.abort(); resolve(0); };
            opened.onsuccess = () => {
                const all = opened.result.transaction("drafts").objectStore("drafts").getAll();
                all.onsuccess = () => { opened.result.close(); resolve(all.result.length); };
            };
        })"""
    )
    return int(count)


def wait_until(holds: Callable[[], bool]) -> None:
    """Asked from here: our content policy lets no page evaluate a text of its own again and again."""
    ends = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < ends, "it does not come to pass"
        time.sleep(0.05)


def wait_for_drafts(page: Page, number: int) -> None:
    wait_until(lambda: drafts(page) == number)


def test_a_worker_reads_and_writes_without_a_network_and_sends_it_later(open_page: Callable[..., Page]) -> None:
    page = open_page("/", size=PHONE, service_workers="allow")
    wait_until(lambda: bool(page.evaluate("navigator.serviceWorker.controller !== null")))
    page.goto("/services/M04/")
    title = page.locator("h1").inner_text()
    count = "caches.open('pages-1').then((pages) => pages.keys()).then((keys) => keys.length)"
    wait_until(lambda: int(page.evaluate(count)) >= 2)

    page.context.set_offline(True)
    page.goto("/services/M04/")
    expect(page.locator("h1")).to_have_text(title)
    expect(page.locator("[data-no-network]")).to_be_visible()
    page.goto("/offline/M04/")
    page.get_by_label("平台或公司").fill("蓝天外卖")
    page.get_by_label("平台或公司").blur()
    wait_for_drafts(page, 1)

    # What is nobody else's to read is not kept: the page for no network comes, with a place to write.
    page.goto("/my/")
    expect(page.get_by_role("heading", name="现在没有网络")).to_be_visible()
    expect(page.locator("[data-kept-list] a").first).to_be_visible()
    page.locator("textarea[name=description]").fill(TEXT)
    page.get_by_role("button", name="存下来").click()
    expect(page.get_by_text("没有网络，已加密存在这台手机上")).to_be_visible()
    wait_for_drafts(page, 2)

    page.context.set_offline(False)
    page.goto("/help/")
    expect(page.get_by_text("没有网络时写的还没送出")).to_be_visible()
    page.get_by_role("link", name="接着说我的事").click()
    page.get_by_role("button", name="填进来").click()
    expect(page.locator("textarea[name=description]")).to_have_value(TEXT)
    page.get_by_role("button", name="下一步").click()
    page.wait_for_url("**/ask/*/*/")
    page.wait_for_load_state()
    page.get_by_role("button", name="删掉").click()
    wait_for_drafts(page, 0)
