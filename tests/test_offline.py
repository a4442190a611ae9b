"""The app without a network, in Chromium: what is kept to read, and what is written meanwhile and sent later."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from gonghui.people.identity import with_check
from tests.support.fixtures import PHONE, Platform
from tests.support.journey import looks_right, watch
from tests.test_jobs_journey import press, worker_signed_in

pytestmark = pytest.mark.browser
TEXT = "南明区工地的老板拖欠我三个月工资，一共一万五千元。"


def drafts(page: Page, store: str = "drafts") -> int:
    """How many drafts (or `files`) lie on the phone."""
    count = page.evaluate(
        """(store) => new Promise((resolve) => {
            const opened = indexedDB.open("gonghui");
            opened.onupgradeneeded = () => { opened.transaction.abort(); resolve(0); };
            opened.onsuccess = () => {
                const all = opened.result.transaction(store).objectStore(store).getAll();
                all.onsuccess = () => { opened.result.close(); resolve(all.result.length); };
            };
        })""",
        store,
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


def picture(name: str) -> FilePayload:
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(content, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": content.getvalue()}


def controlled(page: Page) -> bool:
    return bool(page.evaluate("navigator.serviceWorker.controller !== null"))


def kept(page: Page, path: str) -> bool:
    asked = "async (path) => Boolean(await (await caches.open('pages-1')).match(path, {ignoreVary: true}))"
    return bool(page.evaluate(asked, path))


def test_a_worker_reads_and_writes_without_a_network_and_sends_it_later(open_page: Callable[..., Page]) -> None:
    page = open_page("/", size=PHONE, service_workers="allow")
    wait_until(lambda: controlled(page) and kept(page, "/"))
    # Who sees what everybody sees gets the ways in from the phone at once; the same for all, it holds nobody's data.
    page.goto("/")
    assert page.evaluate("'kept' in document.body.dataset")
    expect(page.locator("[data-no-network]")).to_be_hidden()
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
    page.locator("#content .notice").get_by_role("link", name="说说我的事").click()
    page.get_by_role("button", name="填进来").click()
    expect(page.locator("textarea[name=description]")).to_have_value(TEXT)
    page.get_by_role("button", name="下一步").click()
    page.wait_for_url("**/ask/*/*/")
    page.wait_for_load_state()
    # The page that followed has the text: the phone dropped it. The form waits still, by its name.
    wait_for_drafts(page, 1)
    expect(page.locator("#content .notice").get_by_role("link", name=title)).to_be_visible()
    page.get_by_role("button", name="从手机上删掉").click()
    wait_for_drafts(page, 0)


def test_rows_files_and_a_session_are_chosen_without_a_network_and_sent_whole(
    open_page: Callable[..., Page], platform: Platform
) -> None:
    def opened(path: str, size: dict[str, int]) -> Page:
        return open_page(path, size, service_workers="allow")

    page = worker_signed_in(opened, platform, "13800009631", "/services/W02/")
    errors = watch(page)
    page.wait_for_url("**/services/W02/")
    wait_until(lambda: controlled(page) and kept(page, "/offline/W02/"))
    for path in ("/", "/", "/services/M26/"):
        # Never to who is signed in.
        page.goto(path)
        expect(page.get_by_role("button", name="退出")).to_be_visible()
    wait_until(lambda: kept(page, "/offline/M26/"))

    # Files: what the phone can tell is told at once; the rest lies there, through a restart of the page.
    page.context.set_offline(True)
    page.goto("/services/W02/form/what/")
    expect(page.get_by_role("heading", name="投诉普惠商家")).to_be_visible()
    page.get_by_label("哪家商家").fill("演示商店")
    photos = page.get_by_label("照片、小票")
    text: FilePayload = {"name": "账.txt", "mimeType": "text/plain", "buffer": b"1"}
    photos.set_input_files([picture("小票.png"), text])
    expect(page.get_by_role("alert").filter(has_text="账.txt")).to_contain_text("没有放进来")
    broken: FilePayload = {"name": "坏的.png", "mimeType": "image/png", "buffer": b"no picture"}
    photos.set_input_files(broken)
    wait_until(lambda: drafts(page, "files") == 2)
    looks_right(page)
    page.reload()
    expect(page.get_by_label("哪家商家")).to_have_value("演示商店")
    expect(page.locator("[data-chosen] li")).to_have_count(2)
    press(page, "存下来并送出")
    expect(page.locator("[data-send-state]")).to_contain_text("没有网络，还没送出")

    # Rows and a session: added, taken out, and there again; numbers of identity are not kept.
    page.goto("/services/M26/form/class/")
    expect(page.get_by_text("没有网络时选的只是意向")).to_be_visible()
    page.locator("input[name=offer]").first.check()
    page.locator("input[name=name]").fill("王小明")
    page.locator("input[name=id_no]").fill(with_check("52010219900307001"))
    for name in ("奶奶", "姑姑"):
        if name == "姑姑":
            page.get_by_role("button", name="再加一行").click()
        page.locator("fieldset.card").last.get_by_label("姓名").fill(name)
    page.get_by_role("button", name="去掉这一行").first.click()
    expect(page.locator("fieldset.card > legend")).to_have_text(["第 1 行"])
    looks_right(page)
    wait_for_drafts(page, 2)
    page.wait_for_timeout(600)
    page.reload()
    expect(page.locator("input[name=offer]").first).to_be_checked()
    expect(page.locator("fieldset.card:visible").get_by_label("姓名")).to_have_value("姑姑")
    expect(page.locator("input[name=id_no]")).to_have_value("")

    # The line is back: a refusal stands beside its field with all that was typed; mended, the phone's copy goes.
    page.context.set_offline(False)
    page.goto("/my/")
    page.get_by_role("link", name="投诉普惠商家").click()
    expect(page.locator("[data-chosen] li")).to_have_count(2)
    press(page, "存下来并送出")
    wrong = page.locator(".field-wrong").filter(has_text="照片、小票")
    expect(wrong.locator(".field-error").first).to_contain_text("坏的.png")
    expect(wrong.get_by_text("已上传：小票.png")).to_be_visible()
    expect(page.get_by_label("哪家商家")).to_have_value("演示商店")
    looks_right(page)
    page.get_by_label("在哪个区县").fill("贵阳市南明区")
    page.get_by_label("先涨价再打折").check()
    page.get_by_label("经过").fill("标价先涨再打折。")
    page.get_by_label("联系电话").fill("13800009631")
    press(page, "存下来并送出")
    page.wait_for_url("**/services/W02/check/")
    expect(page.get_by_text("小票.png")).to_be_visible()
    wait_for_drafts(page, 1)
    assert drafts(page, "files") == 0
    press(page, "提交申请")
    expect(page.get_by_text("已提交，编号")).to_be_visible()

    # A draft is its account's: locked to who is not signed in, gone when another one is, or its owner signs out.
    page.context.clear_cookies()
    page.goto("/offline/M26/")
    expect(page.get_by_text("登录后才能打开")).to_be_visible()
    expect(page.locator("input[name=name]")).to_have_value("")
    wait_for_drafts(page, 1)

    def same(path: str, size: dict[str, int]) -> Page:
        page.goto(path)
        return page

    worker_signed_in(same, platform, "13800009632", "/offline/W02/")
    wait_for_drafts(page, 0)
    page.get_by_label("哪家商家").fill("另一家商店")
    wait_for_drafts(page, 1)
    with page.expect_navigation():
        page.get_by_role("button", name="退出").click()
    page.goto("/offline/W02/")
    expect(page.get_by_label("哪家商家")).to_have_value("")
    assert drafts(page) == 0 and errors == []


def test_files_of_an_appeal_are_chosen_without_a_network_and_go_with_its_last_page(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("/", size=PHONE, service_workers="allow")
    errors = watch(page)
    wait_until(lambda: controlled(page) and kept(page, "/"))
    page.context.set_offline(True)
    page.goto("/my/")
    expect(page.get_by_role("heading", name="现在没有网络")).to_be_visible()
    page.locator("textarea[name=description]").fill(TEXT)
    chooser = page.locator("input[name=files]")
    text: FilePayload = {"name": "账.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"}
    chooser.set_input_files([picture("工资条.png"), picture("聊天.png"), text])
    expect(page.get_by_role("alert").filter(has_text="账.exe")).to_contain_text("没有放进来")
    expect(page.locator("[data-chosen] li")).to_have_count(2)
    looks_right(page)
    wait_until(lambda: drafts(page, "files") == 2)
    # Through a restart of the page; one is thought better of.
    page.reload()
    expect(page.locator("textarea[name=description]")).to_have_value(TEXT)
    page.get_by_role("button", name="去掉 聊天.png").click()
    wait_until(lambda: drafts(page, "files") == 1)

    page.context.set_offline(False)
    page.goto("/ask/")
    expect(page.get_by_text("最后一页会自动放进来一起送")).to_be_visible()
    page.get_by_role("button", name="填进来").click()
    page.get_by_role("button", name="下一步").click()
    page.wait_for_url("**/ask/*/*/")
    # The text has arrived; the files wait for the last page, and no other page offers the draft meanwhile.
    while not page.url.endswith("/check/"):
        expect(page.get_by_text("没有网络时写的还没送出")).to_have_count(0)
        if page.get_by_label("匿名").count():
            page.get_by_label("匿名").first.check()
        page.get_by_role("button", name="下一步").click()
        page.wait_for_load_state()
    expect(page.get_by_text("没有网络时选好的文件已经放进来了")).to_be_visible()
    expect(page.locator("[data-chosen] li")).to_contain_text(["工资条.png"])
    looks_right(page)

    # Refused for want of the consent: the file is there again, and on the phone until it has arrived.
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_text("需要您同意").first).to_be_visible()
    expect(page.locator("[data-chosen] li")).to_contain_text(["工资条.png"])
    assert drafts(page, "files") == 1
    page.get_by_label("我同意工会为办理这件事").check()
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_role("heading", name="已收到您的诉求")).to_be_visible()
    wait_for_drafts(page, 0)
    assert drafts(page, "files") == 0
    page.get_by_role("button", name="看进度、补充材料").click()
    expect(page.get_by_text("工资条.png").first).to_be_visible()
    assert errors == []
