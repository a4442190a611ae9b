"""People at their pages in a real browser: a worker on a phone, staff at the desk. They go by what they read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from tests.support.axe import axe

PHONE = {"width": 360, "height": 740}
NUMBER = re.compile(r"12351-\d{6}-\d{8}-\d{5}")
# How often a page is asked again for what the worker process does meanwhile.
LOOKS = 60
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


def press(where: Page | Locator, name: str) -> None:
    """Click the button of this name, and look at the page that comes."""
    page = where if isinstance(where, Page) else where.page
    where.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state()
    looks_right(page)


def reload_until(page: Page, there: Locator) -> None:
    """Ask for the page again until something is there that another process brings."""
    for _look in range(LOOKS):
        if there.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(there.first).to_be_visible()


class Worker:
    """A worker with a phone, who follows a case by its query code."""

    def __init__(self, open_page: Opener) -> None:
        self.page = open_page("/", PHONE)
        self.errors = watch(self.page)
        self.number = self.code = ""

    def lodge(self, text: str, answers: dict[str, str], phone: str) -> None:
        """Write, answer what is asked, submit; keep number and query code. `answers` by the question's label."""
        page = self.page
        looks_right(page)
        page.get_by_label("写下您遇到的事").fill(text)
        press(page, "下一步")
        while page.get_by_role("heading", name="检查并提交").count() == 0:
            question = page.get_by_role("heading", level=1).inner_text()
            if question == "怎样联系您？":
                page.get_by_label("留下手机号，工会的同志会联系我").check()
                page.get_by_label("手机号码").fill(phone)
                page.get_by_label("怎么称呼您").fill("周建国")
            elif question in answers:
                page.get_by_label(question).fill(answers[question])
            press(page, "下一步")
            assert page.get_by_role("heading", level=1).inner_text() != question, page.locator("main").inner_text()
        for answer in answers.values():
            expect(page.get_by_text(answer)).to_be_visible()
        page.get_by_label("我同意工会为办理这件事使用我填写的信息").check()
        press(page, "提交")
        expect(page.get_by_role("heading", name="已收到您的诉求")).to_be_visible()
        self.code = page.locator("#query-code").inner_text()
        found = NUMBER.search(page.locator("main").inner_text())
        assert found
        self.number = found.group()

    @property
    def order(self) -> re.Pattern[str]:
        """How the work order is numbered in the desk's lists: the same region, day and serial as the appeal."""
        _hotline, region, day, serial = self.number.split("-")
        return re.compile(rf"GD-\w-{day}-{region}{serial}")

    def look(self) -> Page:
        """Look the case up by its code, as days later."""
        self.page.get_by_role("navigation").get_by_role("link", name="查进度").click()
        self.page.get_by_role("textbox", name="查询码").fill(self.code)
        press(self.page, "查询")
        expect(self.page.get_by_text(self.number).first).to_be_visible()
        return self.page

    def sees(self, *texts: str) -> None:
        page = self.look()
        for text in texts:
            expect(page.get_by_text(text).first).to_be_visible()

    def opened(self, title: str) -> Locator:
        """One of the folded things the worker can do, opened."""
        part = self.page.locator("details", has=self.page.get_by_text(title, exact=True))
        if part.get_attribute("open") is None:
            part.get_by_text(title, exact=True).click()
        return part

    def rate(self, answers: dict[str, str], opinion: str) -> None:
        part = self.opened("评价结果")
        for question, answer in answers.items():
            part.get_by_role("group", name=question).get_by_label(answer, exact=True).check()
        part.get_by_label("还想说的").fill(opinion)
        press(part, "提交评价")
        expect(self.page.get_by_text("谢谢您的评价。")).to_be_visible()


class Colleague:
    """A member of staff at the desk."""

    def __init__(self, sign_in: Opener, account: str) -> None:
        self.page = sign_in(account)
        self.errors = watch(self.page)

    def find(self, number: str) -> Page:
        """Open the case by its number, from wherever one is."""
        search = self.page.get_by_role("search", name="查事项")
        search.get_by_role("searchbox").fill(number)
        press(search, "查")
        expect(self.page).to_have_url(re.compile(r"/desk/matter/\d+/"))
        return self.page

    def do(self, step: str, fill: Callable[[Locator], Any] | None = None) -> None:
        """Take a step of the flow: open its form, fill it in, send it."""
        page = self.page
        # A slash would end the pattern within the browser's selector.
        named = re.compile(rf"^{step.replace('/', '.')}( \w)?$")
        page.get_by_role("region", name="现在可以做的").get_by_role("button", name=named).click()
        form = page.get_by_role("region", name=step, exact=True)
        expect(form).to_be_visible()
        if fill:
            fill(form)
        looks_right(page)
        form.get_by_role("button", name=step, exact=True).click()
        expect(page.get_by_text(f"“{step}”已完成。")).to_be_visible()
        looks_right(page)

    def pick(self, form: Locator, **answers: str) -> None:
        """Radio buttons by the legend above them."""
        for question, answer in answers.items():
            form.get_by_role("group", name=question).get_by_label(answer, exact=True).check()
