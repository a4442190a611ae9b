"""入会、转会、退会 in a browser: a rider joins on a phone, the union checks and approves, the card works.

The membership moves with the consent of both unions, and ends when the rider leaves.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from gonghui.people.identity import with_check
from tests.support.fixtures import Platform
from tests.support.journey import looks_right, watch
from tests.test_jobs_journey import fill, press, worker_signed_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
Opener = Callable[..., Page]
RIDER, NAME = "13800009601", "文小骑"
NUMBER = with_check("520102199503030019")


def step(desk: Page, number: str, name: str) -> None:
    """Find the matter by its number at the desk and take one step."""
    desk.goto("/desk/")
    desk.get_by_role("searchbox", name="编号、电话、单位或标题").fill(number)
    desk.get_by_role("button", name="查", exact=True).first.click()
    desk.wait_for_load_state()
    if "/matter/" not in desk.url:
        desk.get_by_role("main").get_by_role("link", name=number).first.click()
    looks_right(desk)
    desk.get_by_role("region", name="现在可以做的").get_by_role("button", name=re.compile(f"^{name}")).click()
    form = desk.get_by_role("region", name=name, exact=True)
    form.get_by_role("button", name=name, exact=True).click()
    expect(desk.get_by_text(f"“{name}”已完成")).to_be_visible()


def handed_in(page: Page) -> str:
    """The number that the page tells after an application was handed in."""
    told = page.get_by_text("已提交，编号").first
    expect(told).to_be_visible()
    found = re.search(r"编号\s*([0-9A-Z][0-9A-Z-]+)", told.inner_text())
    assert found, told.inner_text()
    return found[1]


def test_from_joining_to_leaving(open_page: Opener, sign_in: Opener, platform: Platform) -> None:
    rider = worker_signed_in(open_page, platform, RIDER, "/services/M01/")
    errors = watch(rider)
    looks_right(rider)
    rider.get_by_role("button", name="开始申请").click()
    rider.get_by_label("在平台接单", exact=True).check()
    fill(rider, {"平台或站点": "飞鸽外卖", "在哪个区县干活": "贵阳市南明区"}, picks={"做哪一类工作": "外卖骑手"})
    expect(rider.get_by_role("heading", name="会员证和会费（都可以不填）")).to_be_visible()
    looks_right(rider)
    fill(rider, {"岗位或工种": "外卖配送"}, ("自己缴",))
    looks_right(rider)
    promise = "我自愿加入工会，承认工会章程，填写的都是真的"
    consent = "我同意经办的工会用以上信息办理和管理会籍"
    fill(rider, {"姓名": NAME, "身份证号": NUMBER, "手机号": RIDER}, (promise, consent))
    looks_right(rider)
    press(rider, "提交申请")
    joining = handed_in(rider)

    checker = sign_in("handler_nm")
    step(checker, joining, "初审通过")
    step(sign_in("leader_nm"), joining, "批准入会")

    rider.goto("/card/")
    looks_right(rider)
    card = rider.get_by_role("region", name="会员证", exact=True)
    expect(card.get_by_text(NAME)).to_be_visible()
    expect(card.get_by_role("img", name="会员证的二维码")).to_be_visible()
    expect(card.get_by_text("南明区总工会")).to_be_visible()
    member_no = re.search(r"\b20\d{11}\b", card.inner_text())
    assert member_no
    rider.goto("/dues/")
    looks_right(rider)
    expect(rider.get_by_text("您的工会还没有在这里记会费")).to_be_visible()

    rider.goto("/services/T01/form/move/")
    rider.get_by_label("调动", exact=True).check()
    fill(rider, {"新的干活区县": "贵阳市云岩区"}, ("填写的都是真的",))
    press(rider, "提交申请")
    moving = handed_in(rider)
    step(checker, moving, "同意转出")
    rider.goto("/card/")
    expect(rider.get_by_role("region", name="会员证", exact=True).get_by_text("南明区总工会")).to_be_visible()
    accepter = sign_in("handler_yy")
    step(accepter, moving, "接收")
    rider.goto("/card/")
    card = rider.get_by_role("region", name="会员证", exact=True)
    expect(card.get_by_text("云岩区总工会")).to_be_visible()
    expect(card.get_by_text(member_no[0])).to_be_visible()

    rider.goto("/services/T02/form/leave/")
    fill(rider, {}, ("我自愿退出工会，知道退会后不再享受会员待遇",))
    press(rider, "提交申请")
    step(accepter, handed_in(rider), "办理退会")
    rider.goto("/card/")
    looks_right(rider)
    expect(rider.get_by_text("您的账号还没有会籍")).to_be_visible()
    assert errors == []
