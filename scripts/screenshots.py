"""Pictures of the pages as each role sees them, at phone and desk size: `make screenshots` writes docs/screenshots/.

python -m scripts.screenshots [--to FOLDER] [--only NAME …]

The demonstration's made appeals are shown, never the shared messages, which must not be published. Accessibility is
looked at on the way: the exit status is 1 when axe finds a serious fault or a page does not answer with 200.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from scripts import services
from tests.support.axe import axe
from tests.support.fixtures import CHROMIUM_ARGUMENTS, DEMO_PASSWORD
from tests.support.processes import LiveProcess, run_command

WIDTHS = {360: 740, 1280: 900}
# A longer page is cut: the picture is for a document, not for a wall.
TALLEST = 2200
COLOURS = 128
WORKER_PHONE = "13800012351"
TEXT = "我在南明区一家建筑公司干活，老板拖欠我们班组 12 个人三个月工资，一共八万多元，多次去要都不给。"


@dataclass(frozen=True)
class Shot:
    """One picture: who looks (empty: a worker without an account), where, and what to do there first."""

    name: str
    account: str
    path: str
    first: Callable[[Page], None] | None = None
    dark: bool = False


def write_appeal(page: Page) -> None:
    page.locator("textarea[name=description]").first.fill(TEXT)
    page.locator("main form:has(textarea) button[type=submit]").first.click()
    page.wait_for_load_state("networkidle")


def first_matter(page: Page) -> None:
    page.locator("a[href*='/desk/matter/']").first.click()
    page.wait_for_load_state("networkidle")


def first_flow(page: Page) -> None:
    page.locator("main a[href*='/desk/flows/']").first.click()
    page.wait_for_selector("svg")


SHOTS = (
    Shot("home", "", "/"),
    Shot("home-dark", "", "/", dark=True),
    Shot("search", "", "/search/?q=gongshang"),
    Shot("search-dark", "", "/search/?q=gongshang", dark=True),
    Shot("service", "", "/services/M04/"),
    Shot("service-dark", "", "/services/M04/", dark=True),
    Shot("my", WORKER_PHONE, "/my/"),
    Shot("my-dark", WORKER_PHONE, "/my/", dark=True),
    Shot("ask", "", "/ask/", write_appeal),
    Shot("track", "", "/track/"),
    Shot("help", "", "/help/"),
    Shot("law", "", "/law/?q=拖欠工资"),
    Shot("staff-sign-in", "", "/accounts/staff/sign-in/"),
    Shot("agent-desk", "agent1", "/desk/"),
    Shot("agent-register", "agent1", "/desk/register/"),
    Shot("dispatcher-worklist", "dispatcher1", "/desk/worklist/"),
    Shot("handler-matter", "handler_nm", "/desk/worklist/", first_matter),
    Shot("callback-list", "callback1", "/desk/callbacks/"),
    Shot("quality-list", "quality1", "/desk/quality/"),
    Shot("supervisor-overview", "supervisor1", "/desk/overview/"),
    Shot("supervisor-alerts", "supervisor1", "/desk/alerts/"),
    Shot("flow", "supervisor1", "/desk/flows/", first_flow),
    Shot("admin-staff", "admin1", "/accounts/admin/"),
)


def worker_sign_in(page: Page, folder: Path) -> None:
    """By the code that the demonstration's worker gets: it lies where messages are sent to."""
    page.goto("/accounts/sign-in/")
    page.locator("input[name=phone]").fill(WORKER_PHONE)
    page.locator("input[name=consent]").check()
    page.locator("form:has(input[name=phone]) button[type=submit]").click()
    page.wait_for_url("**/code/")
    run_command("worker", "--once", folder=folder)
    sent = "".join(path.read_text("utf-8") for path in sorted((folder / "outbox").glob("sms*")))
    page.locator("input[name=code]").fill(re.findall(r"(?<!\d)\d{6}(?!\d)", sent)[-1])
    page.locator("form:has(input[name=code]) button[type=submit]").click()
    page.wait_for_url("**/my/")


def sign_in(page: Page, account: str) -> None:
    page.goto("/accounts/staff/sign-in/")
    page.locator("input[name=username]").fill(account)
    page.locator("input[name=password]").fill(DEMO_PASSWORD)
    page.locator("form:has(input[name=password]) button[type=submit]").click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def take(browser: Browser, url: str, shot: Shot, width: int, folder: Path, data: Path) -> list[str]:
    """Save one picture; return what is wrong with the page."""
    context = browser.new_context(
        base_url=url, viewport={"width": width, "height": WIDTHS[width]}, locale="zh-CN", timezone_id="Asia/Shanghai",
        color_scheme="dark" if shot.dark else "light", service_workers="block",
    )  # fmt: skip
    try:
        page = context.new_page()
        page.set_default_timeout(10_000)
        if shot.account == WORKER_PHONE:
            worker_sign_in(page, data)
        elif shot.account:
            sign_in(page, shot.account)
        answer = page.goto(shot.path, wait_until="networkidle")
        status = answer.status if answer else 0
        if status != 200:
            return [f"{shot.name}: {shot.path} answers {status}"]
        if shot.first:
            shot.first(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        faults = [f"{shot.name} at {width}: {fault}" for fault in axe(page)]
        if wide > 1:
            faults.append(f"{shot.name} at {width}: the page is {wide} px wider than the window")
        whole = Image.open(BytesIO(page.screenshot(full_page=True)))
        picture = whole.crop((0, 0, whole.width, min(whole.height, TALLEST)))
        picture.convert("RGB").quantize(COLOURS).save(folder / f"{shot.name}-{width}.png", optimize=True)
        return faults
    except PlaywrightError as error:
        return [f"{shot.name} at {width}: {error.message.splitlines()[0]}"]
    finally:
        context.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=Path(__file__).resolve().parents[1] / "docs" / "screenshots")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME")
    options = parser.parse_args()
    shots = [shot for shot in SHOTS if not options.only or shot.name in options.only]
    options.to.mkdir(parents=True, exist_ok=True)
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="gonghui-shots-") as name:
        folder = Path(name)
        settings = {"GONGHUI_SHARED": str(folder / "none"), "GONGHUI_INTAKE_RATE": "1000/h"}
        run_command("demo", folder=folder, environment=settings)
        web = LiveProcess("serve", folder, **settings)
        try:
            web.start()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=services.chromium(), args=CHROMIUM_ARGUMENTS)
                for shot in shots:
                    for width in WIDTHS:
                        found = take(browser, web.url, shot, width, options.to, folder)
                        print(f"{'✘' if found else '✔'} {shot.name} {width}", flush=True)
                        faults += found
                browser.close()
        finally:
            web.stop()
    print("\n".join(faults) or f"{len(shots) * len(WIDTHS)} pictures in {options.to}, no serious fault")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
