"""走访登记 where there is no network: a cadre's phone keeps what workers say and hands it in later."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.axe import axe
from tests.support.fixtures import PHONE
from tests.support.sites import wait_until

pytestmark = pytest.mark.browser
# Is a record of that name on the device?
KEPT = (
    "(name) => new Promise((done) => { const open = indexedDB.open('gonghui-field'); open.onsuccess = () => {"
    "const one = open.result.transaction('records').objectStore('records').count(name);"
    "one.onsuccess = () => { open.result.close(); done(one.result > 0); }; }; })"
)
SAID = "工地上十二个人两个月没有发工资，项目经理说等甲方付款。"


def test_what_is_written_without_a_network_arrives_when_there_is_one(sign_in: Callable[..., Page]) -> None:
    page = sign_in("handler_nm", PHONE, service_workers="allow")
    page.goto("/desk/field/")
    expect(page.locator("#field[data-ready]")).to_be_attached()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")

    page.context.set_offline(True)
    # The page itself opens without a network, and what was being written is still there.
    page.get_by_label("诉求内容").fill(SAID)
    wait_until(lambda: page.evaluate(KEPT, "current"))
    page.reload()
    expect(page.get_by_label("诉求内容")).to_have_value(SAID)
    page.get_by_label("工作地").fill("贵阳市南明区")
    page.get_by_label("涉及人数").fill("12")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator("#field-state")).to_contain_text("没有网络")
    expect(page.get_by_role("listitem").filter(has_text=SAID[:10])).to_be_visible()
    # On the device it cannot be read from outside the page.
    kept = page.evaluate(
        "new Promise((done) => { const open = indexedDB.open('gonghui-field'); open.onsuccess = () => {"
        "const all = open.result.transaction('records').objectStore('records').getAll();"
        "all.onsuccess = () => done(all.result.map((row) => new TextDecoder().decode(row.data)).join()); }; })"
    )
    assert kept and SAID[:6] not in kept

    page.context.set_offline(False)
    sent = re.compile(r"已上传：12351-520102-\d{8}-\d{5}（查询码 \w{8}）")
    expect(page.locator("#field-state")).to_contain_text(sent)
    expect(page.get_by_text("没有等待上传的登记。")).to_be_visible()
    assert axe(page) == []


def test_an_empty_record_is_named_beside_its_field(sign_in: Callable[..., Page]) -> None:
    page = sign_in("handler_nm", PHONE)
    page.goto("/desk/field/")
    page.get_by_label("工作地").fill("贵阳市南明区")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_text("请写下职工说的事。")).to_be_visible()
    expect(page.get_by_label("工作地")).to_have_value("贵阳市南明区")
