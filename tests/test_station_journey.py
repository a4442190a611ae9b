"""暖新礼包 at a station in a browser: a rider chooses where and in which size, the county prepares it, the station's
keeper hands it over by the code on a phone; and how a place is cared for at the desk."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from gonghui.people.identity import with_check
from tests.support.fixtures import Platform
from tests.support.journey import PHONE, looks_right, reload_until, watch
from tests.test_jobs_journey import Opener, fill, press, worker_signed_in
from tests.test_kit_journey import done

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
RIDER = "13800009511"
WHO = {"姓名": "罗小站", "身份证号": with_check("520103199607080110"), "手机号": RIDER}


def test_a_kit_is_fetched_from_the_keeper_of_the_chosen_station(
    open_page: Opener, sign_in: Opener, platform: Platform
) -> None:
    worker = worker_signed_in(open_page, platform, RIDER, "/services/M04/")
    errors = watch(worker)
    worker.get_by_role("button", name="开始申请").click()
    fill(worker, {"平台或公司": "飞鸽外卖", "在哪个区县干活": "贵阳市云岩区"}, (), {"做哪一类工作": "外卖骑手"})
    worker.get_by_label("是", exact=True).check()
    fill(worker, {**WHO, "入会几个月了": "2"})
    point = worker.get_by_role("radio", name=re.compile("喷水池工会驿站"))
    expect(point).to_be_hidden()
    worker.get_by_label("到领取点自取").check()
    expect(point).to_be_visible()
    looks_right(worker)
    point.check()
    fill(worker, {}, ("XL", "我没有在别处领过暖新礼包，填写的都是真的"))
    press(worker, "提交申请")
    expect(worker.get_by_text("已提交，编号")).to_be_visible()
    application = worker.url

    number = re.search(r"M04-[\d-]+\d", worker.get_by_role("main").inner_text())
    assert number
    desk = sign_in("handler_yy")
    desk.goto(f"/desk/worklist/?q={number.group()}")
    desk.locator("tr", has_text=number.group()).locator("a[href*='/desk/matter/']").first.click()
    done(desk, "核验通过", {"登记里查不到会籍": "看了本人的会员证"})
    done(desk, "备好，通知领取")
    worker.goto(application)
    reload_until(worker, worker.locator(".big-code"))
    expect(worker.get_by_text("喷水池工会驿站").first).to_be_visible()
    code = "".join(worker.locator(".big-code").first.inner_text().split())

    keeper = sign_in("station_yy", PHONE)
    keeper.goto("/desk/hand-over/")
    looks_right(keeper)
    keeper.get_by_label("领取码").fill("00000000")
    press(keeper, "查")
    expect(keeper.get_by_text("您的站点没有等待领取的这个码")).to_be_visible()
    keeper.get_by_label("领取码").fill(code)
    press(keeper, "查")
    expect(keeper.get_by_role("heading", name=re.compile("XL"))).to_be_visible()
    expect(keeper.get_by_text("罗**")).to_be_visible()
    press(keeper, "已经交给本人")
    expect(keeper.get_by_text("已交付")).to_be_visible()
    worker.goto(application)
    expect(worker.get_by_text("已领取，请您评价").first).to_be_visible()
    assert errors == []


def test_a_place_is_inspected_and_found_by_its_kind(open_page: Opener, sign_in: Opener) -> None:
    desk = sign_in("leader_yy", PHONE)
    desk.goto("/desk/places/")
    looks_right(desk)
    desk.get_by_role("link", name=re.compile("喷水池工会驿站.*月检")).click()
    looks_right(desk)
    desk.get_by_text("登记一次检查").click()
    desk.get_by_label("做了什么检查").select_option(label="线上月检")
    desk.get_by_label("发现的问题").fill("饮水机不热")
    press(desk, "登记")
    expect(desk.get_by_text("整改中")).to_be_visible()
    for path in ("/desk/services/stock/", "/desk/services/keepers/"):
        desk.goto(path)
        looks_right(desk)
    worker = open_page("/places/stations/", PHONE)
    looks_right(worker)
    worker.get_by_role("link", name="职工书屋").click()
    expect(worker.get_by_role("heading", name="职工书屋")).to_be_visible()
    looks_right(worker)
