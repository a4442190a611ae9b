"""Journeys through several rooms in a real browser: the worker on a phone, agent, dispatcher, handler, supervisor.

Every page met is looked at by axe-core, must not scroll sideways, and must log no error (a refused script or style
shows there).
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.support.axe import axe

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
PHONE = {"width": 360, "height": 740}
TEXT = "我在贵阳市南明区一家饭店上班，老板拖欠我们五个人三个月工资，一共四万五千元，打电话也不接。"
Opener = Callable[..., Page]


def watch(page: Page) -> list[str]:
    """Errors the page logs from now on; refusals of a form (4xx) are answers, not errors."""
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            errors.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return errors


def looks_right(page: Page) -> None:
    """No serious accessibility fault, nothing to scroll sideways."""
    assert axe(page) == [], page.url
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide, f"{page.url} scrolls sideways"


def go_on(page: Page) -> None:
    """The first form that is not the search."""
    page.locator("main form:not(.search-form) button[type=submit]").first.click()
    page.wait_for_load_state()


def lodge(page: Page, text: str) -> tuple[str, str]:
    """Write, answer what is asked, submit: (number, query code)."""
    page.locator("textarea[name=description]").fill(text)
    looks_right(page)
    go_on(page)
    for _question in range(10):
        looks_right(page)
        if page.locator("input[name=consent]").count():
            page.locator("input[name=consent]").check()
            page.locator("main form[enctype] button[type=submit]").first.click()
            page.wait_for_load_state()
            break
        if page.locator("input[name=how]").count():
            page.locator("input[name=how][value=anonymous]").check()
        go_on(page)
    expect(page.locator("#query-code")).to_be_visible()
    looks_right(page)
    code = page.locator("#query-code").inner_text().strip()
    number = re.search(r"12351-\d{6}-\d{8}-\d{5}", page.content())
    assert number
    return number.group(0), code


def test_a_worker_on_a_phone_lodges_follows_and_adds(open_page: Opener) -> None:
    page = open_page("/", PHONE)
    errors = watch(page)
    number, code = lodge(page, TEXT)
    assert re.fullmatch(r"[A-Z0-9]{8}", code)
    later = open_page("/track/", PHONE)
    errors_later = watch(later)
    later.locator("input[name=code]").fill(code.lower())
    go_on(later)
    expect(later.get_by_text(number).first).to_be_visible()
    looks_right(later)
    later.locator("details:has(textarea#text-add) summary, summary:has-text('补充材料')").first.click()
    later.locator("form[action$='/add/'] textarea").fill("补充：老板姓王，店在新华路。")
    later.locator("form[action$='/add/'] button[type=submit]").click()
    expect(later.get_by_text("补充：老板姓王").first).to_be_visible()
    assert errors + errors_later == []


def test_a_threat_to_life_shows_help_at_once_and_does_not_block(open_page: Opener) -> None:
    page = open_page("/ask/", PHONE)
    page.locator("textarea[name=description]").fill("老板不给工资，我不想活了，现在就在楼顶要跳楼。")
    go_on(page)
    expect(page.locator("a[href='tel:120']").first).to_be_visible()
    expect(page.locator("main form:not(.search-form) button[type=submit]").first).to_be_enabled()
    looks_right(page)


def test_an_agent_registers_a_call(sign_in: Opener) -> None:
    page = sign_in("agent1")
    errors = watch(page)
    page.goto("/desk/register/")
    looks_right(page)
    page.locator("textarea[name=description]").fill(TEXT)
    page.locator("input[name=phone]:visible").last.fill("13800001111")
    page.locator("form:has(textarea[name=description]) .form-buttons button[type=submit]").first.click()
    page.wait_for_load_state()
    expect(page.get_by_text(re.compile(r"12351-\d{6}-\d{8}-\d{5}")).first).to_be_visible()
    looks_right(page)
    assert errors == []


@pytest.mark.parametrize(
    ("user", "paths"),
    [
        ("handler_nm", ["/desk/", "/desk/worklist/", "/desk/flows/"]),
        ("callback1", ["/desk/", "/desk/callbacks/"]),
        ("quality1", ["/desk/", "/desk/quality/"]),
        ("admin1", ["/desk/", "/accounts/admin/", "/desk/dead-letters/", "/desk/calendar/"]),
        ("supervisor1", ["/desk/overview/", "/desk/alerts/", "/desk/employers/", "/accounts/sessions/"]),
    ],
)
@pytest.mark.parametrize("size", [PHONE, {"width": 1280, "height": 900}], ids=["phone", "desktop"])
def test_every_role_finds_pages_that_can_be_used(
    sign_in: Opener, user: str, paths: list[str], size: dict[str, int]
) -> None:
    page = sign_in(user, size)
    errors = watch(page)
    for path in paths:
        response = page.goto(path)
        assert response
        assert response.status == 200, path
        looks_right(page)
    assert errors == []


def test_a_supervisor_works_the_list_by_keyboard(sign_in: Opener) -> None:
    page = sign_in("supervisor1")
    errors = watch(page)
    page.goto("/desk/worklist/")
    page.locator("body").click(position={"x": 2, "y": 2})
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/desk/matter/\d+/"))
    looks_right(page)
    page.locator("a[href*='/trail/']").first.click()
    page.wait_for_url(re.compile("/trail/"))
    expect(page.get_by_text("散列链完整").first).to_be_visible()
    looks_right(page)
    assert errors == []


def test_a_county_handler_takes_a_case_and_contacts_the_worker(sign_in: Opener) -> None:
    page = sign_in("handler_nm")
    page.goto("/desk/worklist/?state=dispatched")
    link = page.locator("a[href*='/desk/matter/']").first
    if not link.count():
        page.goto("/desk/worklist/?state=accepted")
        link = page.locator("a[href*='/desk/matter/']").first
    link.click()
    page.wait_for_url(re.compile(r"/desk/matter/\d+/"))
    looks_right(page)
    page.locator("a[href$='/do/log_contact/']").first.click()
    looks_right(page)
    page.locator("main form.step-form button[type=submit], main form button[type=submit]").first.click()
    # Nothing was filled in: the errors stand beside the fields.
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    looks_right(page)


def test_a_paper_is_downloaded_in_both_forms_one_after_the_other(open_page: Opener) -> None:
    """The guard against a second tap must not swallow the other button: the page stays when a file comes."""
    page = open_page("/rights/", PHONE)
    page.locator("main textarea").first.fill("公司口头辞退我，还欠我两个月工资。")
    go_on(page)
    page.locator("main button", has_text="劳动仲裁申请书").first.click()
    page.wait_for_load_state()
    page.locator("main button[value=preview]").click()
    page.wait_for_load_state()
    looks_right(page)
    for kind, ending in (("word", ".docx"), ("pdf", ".pdf"), ("word", ".docx")):
        with page.expect_download() as waiting:
            page.locator(f"main button[value={kind}]").click()
        assert waiting.value.suggested_filename == f"劳动仲裁申请书{ending}"


def test_what_is_longest_in_english_fits_a_phone(sign_in: Callable[..., Page]) -> None:
    page = sign_in("leader_nm", PHONE)
    page.locator("header button", has_text="English").click()
    page.wait_for_load_state()
    letters = ("/desk/letters/", "/desk/letters/committees/", "/desk/letters/figures/", "/desk/legal/rota/")
    front = ("/", "/services/", "/law/?q=wages", "/law/劳动法-2018-12-29/", "/places/stations/", "/rights/")
    for address in (*letters, *front, "/desk/", "/desk/worklist/"):
        page.goto(address)
        looks_right(page)
    # A list of cases is read on a phone without moving it sideways either.
    assert page.evaluate("[...document.querySelectorAll('.table-scroll')].every(e => e.scrollWidth <= e.clientWidth)")
    matter = page.locator(".worklist a[href*='/desk/matter/']").first.get_attribute("href")
    page.goto(f"{matter}rights/")
    looks_right(page)
    # The language is kept with the account, and others sign in with it.
    page.locator("header button", has_text="中文").click()
    page.wait_for_load_state()
