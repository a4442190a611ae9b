"""The worker's front: pages a second, the search with 100,000 items, and the first load on a slow network.

    python -m benchmarks.portal [--items 100000] [--only pages search network] [--database sqlite postgresql]

`pages`: home, search, a step of a form and its submission (an appeal's and a service's), through the whole stack of
Django and its middleware, beside a view that answers "ok" through the same stack. `search`: made-up places, jobs and
courses in the index of each database; half of the questions name one, in characters, pinyin or with a wrong character,
half only its kind.
`network`: the platform with production settings and collected files, Chromium on 400 kbit/s and 400 ms a request (and,
to see what it costs, on the 2,000 ms of its own preset "Slow 3G"), with an empty cache; usable is when the first field
can be typed into. Then the home again: `from the phone`, as who is not signed in gets it from the service worker;
`over the network`, as who is signed in gets it, with the files that the browser has kept.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import drop_database, fresh_database, percentile, prepare, show, timed

PLACES = [
    "南明",
    "云岩",
    "花溪",
    "乌当",
    "白云",
    "观山湖",
    "清镇",
    "开阳",
    "息烽",
    "修文",
    "城关",
    "安宁",
    "榆中",
    "武侯",
    "锦江",
    "青羊",
    "金牛",
    "成华",
    "龙泉",
    "渝北",
]
NAMES = [
    "星河",
    "建业",
    "宏达",
    "顺丰",
    "中通",
    "华润",
    "永辉",
    "红旗",
    "东方",
    "长城",
    "天成",
    "金色",
    "阳光",
    "和平",
    "人民",
    "幸福",
    "光明",
    "新华",
    "团结",
    "胜利",
]
KINDS = [
    "工会驿站",
    "文化宫",
    "母婴小屋",
    "招聘电工",
    "招聘焊工",
    "招聘骑手",
    "电工培训班",
    "焊工技能课程",
    "月嫂培训",
    "大思政课讲座",
    "心理讲座",
    "法律讲座",
    "羽毛球馆",
    "乒乓球室",
    "职工书屋",
    "疗休养线路",
    "相亲活动",
    "暑期托管班",
    "劳模风采",
    "创新成果",
    "送清凉",
    "求学圆梦通知",
    "消费券",
]
WORDS = [
    "提供",
    "饮水",
    "热饭",
    "充电",
    "休息",
    "免费",
    "开放",
    "周一至周五",
    "上午九点",
    "下午六点",
    "联系电话",
    "报名",
    "截止",
    "名额",
    "三十人",
    "五十人",
    "工资",
    "五千",
    "包吃住",
    "社保",
    "缴纳",
    "要求",
    "高中",
    "以上",
    "经验",
    "不限",
    "会员",
    "优先",
    "现场",
    "签到",
    "请带",
    "身份证",
    "街道",
    "路",
    "号",
    "楼",
    "室",
    "广场",
    "社区",
]
# A service that one worker after another can hand in: 平台协商议题.
TOPIC = {
    "worker_type": "rider",
    "platform": "飞鸽外卖",
    "region": "南明区",
    "subject": "pay",
    "problem": "每单报酬从五元降到三元八角，没有事先告知。",
    "wish": "调整报酬以前先和骑手商量。",
}
SLOW = {"400 ms": 400, "2000 ms (DevTools Slow 3G)": 2000}
KILOBITS = 400
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "locale": "zh-CN"}
# Prints the session of a worker who is signed in.
SIGNED_IN = """
from gonghui.kernel.scope import as_system
from gonghui.people.testing import worker_client
with as_system("benchmark"):
    print("session=" + worker_client("13800138000").cookies["sessionid"].value)
"""


def made_up(number: int) -> Iterator[Any]:
    from gonghui.kernel.front import Item

    chance = random.Random(7)
    for key in range(number):
        title = (
            f"{chance.choice(PLACES)}区{chance.choice(NAMES)}{chance.choice(KINDS)}{key % 97 if key % 3 == 0 else ''}"
        )
        yield Item(str(key), title, f"/x/{key}/", text="".join(chance.choices(WORDS, k=25)))


def questions(number: int) -> list[str]:
    from pypinyin import lazy_pinyin

    chance, found = random.Random(11), []
    for place in range(number):
        kind = chance.choice(KINDS)
        asked = kind if place % 2 else chance.choice(PLACES) + chance.choice(NAMES) + kind
        if place % 3 == 1:
            asked = "".join(lazy_pinyin(asked))
        elif place % 3 == 2:
            wrong = chance.randrange(len(asked))
            asked = asked[:wrong] + chance.choice("的一是了我") + asked[wrong + 1 :]
        found.append(asked)
    return found


def search_figures(items: int) -> dict[str, Any]:
    from gonghui.finding import keeping
    from gonghui.finding.search import search
    from gonghui.kernel import front

    front.searchable("made-up", "试")(lambda keys: made_up(items))
    began = time.perf_counter()
    keeping.refresh()
    filled = time.perf_counter() - began
    began = time.perf_counter()
    keeping.refresh()
    again = time.perf_counter() - began
    asked = questions(300)
    search("热身一下")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows = iter([*asked, *asked[:3]])
    taken: list[float] = []

    def one() -> None:
        began = time.process_time()
        search(next(rows))
        taken.append(1000 * (time.process_time() - began))

    result = timed(one, 300)
    found = sum(bool(search(one).groups) for one in asked[:100])
    return {
        "items": items,
        "fill_s": round(filled, 1),
        "round_without_change_s": round(again, 1),
        **result,
        # Of this process alone: other work on the machine does not lengthen it.
        "processor_p50_ms": round(percentile(taken, 0.5), 1),
        "processor_p95_ms": round(percentile(taken, 0.95), 1),
        "found_of_100": found,
        "process_grew_mb": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, 1),
    }


def pages() -> dict[str, Any]:
    """One process, one request at a time; each figure is of 60 requests."""
    from django.conf import settings
    from django.core.cache import cache
    from django.http import HttpResponse
    from django.test import Client
    from django.urls import clear_url_caches, path

    from gonghui import urls
    from gonghui.kernel.scope import as_system
    from gonghui.organisations import actions as organisations
    from gonghui.people.testing import worker_client

    settings.INTAKE_RATE_LIMIT = "0/h"
    settings.ALLOWED_HOSTS = ["*"]
    patterns: list[Any] = urls.urlpatterns
    patterns.insert(0, path("bare/", lambda request: HttpResponse("ok")))
    clear_url_caches()
    with as_system("benchmark"):
        organisations.seed()
        worker = worker_client("13800138000")
    anybody = Client()
    text = "南明区工地的老板拖欠我三个月工资，一共一万五千元，多次去要都不给。"
    words = iter(["工伤", "ruhui", "拖欠工自", "nxlb", "暑假孩子没人带", "驿站"] * 40)
    contact = {"how": "phone", "phone": "13800138000", "reporter_name": "王小明"}

    def get(client: Client, address: str) -> None:
        cache.clear()
        assert client.get(address).status_code == 200, address

    def step() -> str:
        cache.clear()
        return str(anybody.post("/ask/", {"description": text})["Location"])

    def submit(address: str) -> None:
        token = address.split("/")[2]
        anybody.post(f"/ask/{token}/contact/", contact)
        answer = anybody.post(f"/ask/{token}/check/", {"consent": "on"})
        assert answer["Location"].endswith("/done/"), answer["Location"]

    begun = iter([step() for _ in range(70)])

    def posted(client: Client, address: str, sent: dict[str, str]) -> None:
        # A form with a fault is answered with itself, which costs something else.
        answer = client.post(address, sent)
        assert answer.status_code == 302, f"{address}: {answer.status_code}"

    def filled(phone: str) -> Client:
        """A worker whose form is filled in but for handing it in."""
        with as_system("benchmark"):
            client = worker_client(phone)
        posted(client, "/services/V03/form/topic/", TOPIC)
        posted(client, "/services/V03/form/person/", {"name": "王小明", "phone": phone})
        return client

    ready = iter([filled(f"139{number:08d}") for number in range(70)])
    form = {"worker_type": "rider", "platform": "飞鸽外卖", "region": "南明区"}
    calls = {
        "bare": lambda: get(anybody, "/bare/"),
        "home": lambda: get(anybody, "/"),
        "home, signed in": lambda: get(worker, "/"),
        "my": lambda: get(worker, "/my/"),
        "search": lambda: get(anybody, f"/search/?q={next(words)}"),
        "ask: first step sent": step,
        "ask: last step and submission": lambda: submit(next(begun)),
        "service form: page": lambda: get(worker, "/services/M04/form/job/"),
        "service form: step sent": lambda: posted(worker, "/services/M04/form/job/", form),
        "service form: handed in": lambda: posted(next(ready), "/services/V03/check/", {}),
    }
    found: dict[str, Any] = {}
    for name, call in calls.items():
        figures = timed(call, 60)
        found[name] = {**figures, "pages_a_second": round(1000 / figures["mean_ms"], 1)}
    return found


class Production:
    """The platform as it is installed: production settings, collected and compressed files, its own database."""

    def __init__(self, folder: Path) -> None:
        from cryptography.fernet import Fernet

        from scripts.services import free_port

        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "GONGHUI_ENV": "production",
            "GONGHUI_HTTPS": "0",
            "GONGHUI_VAR": str(folder),
            "DATABASE_URL": f"sqlite:///{folder / 'portal.sqlite3'}",
            "GONGHUI_SECRET_KEY": secrets.token_urlsafe(64),
            "GONGHUI_VAULT_KEYS": Fernet.generate_key().decode(),
            "GONGHUI_VAULT_INDEX_KEY": secrets.token_urlsafe(32),
            "GONGHUI_HOSTS": "127.0.0.1",
        }

    def __enter__(self) -> Production:
        for command in (["-m", "gonghui.manage", "collectstatic", "--noinput"], ["-m", "gonghui.cli", "migrate"]):
            subprocess.run([sys.executable, *command], env=self.environment, check=True, capture_output=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gonghui.cli", "serve", "--port", str(self.port)], env=self.environment
        )
        import httpx

        for _attempt in range(120):
            try:
                # The second answer is of a process that has read its files.
                if httpx.get(f"{self.url}/search/?q=工伤", timeout=20).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.5)
        return self

    def signed_in(self) -> str:
        """The cookie of a worker who is signed in."""
        command = [sys.executable, "-m", "gonghui.manage", "shell", "--no-imports", "-c", SIGNED_IN]
        told = subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True)
        return told.stdout.rpartition("session=")[2].strip()

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)


ADDRESSES = {
    "home": ("/", "textarea[name=description]"),
    "search": ("/search/?q=gongshang", "#search-q"),
    "service": ("/services/M04/", "main [role=button], main a"),
    "ask": ("/ask/", "textarea[name=description]"),
    "law article": ("/law/劳动合同法/38/", "main"),
}


def network(times: int = 3) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    from scripts.services import chromium
    from tests.support.fixtures import CHROMIUM_ARGUMENTS

    found: dict[str, Any] = {}
    with (
        tempfile.TemporaryDirectory(prefix="gonghui-portal-") as folder,
        Production(Path(folder)) as platform,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS)
        cookie = platform.signed_in()
        for label, latency in SLOW.items():
            for name, (address, usable) in ADDRESSES.items():
                runs = [_load(browser, platform.url + address, usable, latency) for _ in range(times)]
                found.setdefault(label, {})[name] = _median(runs)
            again = found[label]["home again"] = {}
            runs = [_again(browser, platform.url, latency) for _ in range(times)]
            again["from the phone"] = _median(runs)
            runs = [_again(browser, platform.url, latency, cookie) for _ in range(times)]
            again["over the network"] = _median(runs)
        browser.close()
    return {"kilobits": KILOBITS, **found}


def _median(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    return {key: round(statistics.median(run[key] for run in runs), 1) for key in runs[0]}


def _load(browser: Any, address: str, usable: str, latency: int) -> dict[str, float]:
    context = browser.new_context(**PHONE, service_workers="block")
    figures = _timed_load(context, address, usable, latency)
    context.close()
    return figures


def _again(browser: Any, url: str, latency: int, cookie: str = "") -> dict[str, float]:
    """The home a second time, in a new tab. Signed in it is nobody's but theirs and comes over the network; there the
    worker is left out, which only hands it on, because the emulated network is the page's and not the worker's."""
    context = browser.new_context(**PHONE, service_workers="block" if cookie else "allow")
    if cookie:
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": url}])
    page = context.new_page()
    page.goto(url)
    asked = "async () => Boolean(navigator.serviceWorker.controller && await caches.match('/', {ignoreVary: true}))"
    for _look in range(0 if cookie else 200):
        if page.evaluate(asked):
            break
        time.sleep(0.1)
    page.wait_for_load_state("networkidle")
    page.close()
    figures = _timed_load(context, url + "/", ADDRESSES["home"][1], latency)
    context.close()
    return figures


def _timed_load(context: Any, address: str, usable: str, latency: int) -> dict[str, float]:
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    rate = KILOBITS * 1000 / 8
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": latency, "downloadThroughput": rate, "uploadThroughput": rate},
    )
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator(usable).first.wait_for(state="visible")
    seen = time.perf_counter() - began
    page.wait_for_load_state("networkidle")
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0")
    ready = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    return {
        # There, and painted.
        "usable_ms": max(seen * 1000, paint),
        "first_paint_ms": paint,
        "scripts_done_ms": ready,
        "kilobytes": sum(sizes) / 1000,
        "requests": len(sizes),
    }


def in_database(kind: str, parts: Sequence[str], items: int) -> dict[str, Any]:
    url = fresh_database(kind, "gonghui_bench_portal")
    prepare(url)
    from gonghui.kernel.scope import as_system

    result: dict[str, Any] = {}
    try:
        if "pages" in parts:
            result["pages"] = pages()
        if "search" in parts:
            with as_system("benchmark"):
                result["search"] = search_figures(items)
    finally:
        from django.db import connections

        connections.close_all()
        drop_database(url)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--only", nargs="+", default=["pages", "search", "network"])
    parser.add_argument("--database", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    options = parser.parse_args()
    result: dict[str, Any] = {}
    if len(options.database) > 1:
        # One process, one database: Django is set up once.
        for kind in options.database:
            told = [sys.executable, "-m", "benchmarks.portal", "--database", kind, "--items", str(options.items)]
            asked = [part for part in options.only if part != "network"]
            if asked:
                answer = subprocess.run([*told, "--only", *asked], check=True, capture_output=True, text=True)
                result[kind] = json.loads(answer.stdout)
    else:
        result = in_database(options.database[0], options.only, options.items)
    if "network" in options.only:
        result["network"] = network()
    show(result)


if __name__ == "__main__":
    main()
