"""Nothing that was acknowledged is lost, nothing happens twice: with real processes that are killed without mercy.

Appeals come in over HTTP as callers send them (they try again with the same key until they are answered) while the
web, the worker or the database server is killed. Afterwards the database itself is asked.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psycopg
import pytest

from scripts import services
from tests.support.processes import LiveProcess
from tests.support.sites import PATIENCE, WORDS, Site, lodge, make_template, postgres_site, sqlite_site, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.own]
ON_BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    return make_template(migrated, tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="module")
def server() -> Iterator[services.PrivatePostgres]:
    """One server for this file: each test has a database of its own on it."""
    made = services.PrivatePostgres()
    try:
        made.start()
        yield made
    finally:
        made.remove()


@pytest.fixture
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    if request.param == "sqlite":
        return sqlite_site(request.getfixturevalue("template"), tmp_path)
    name = f"crash_{abs(hash(request.node.name)) % 10**9}"
    return postgres_site(request.getfixturevalue("server"), tmp_path, name)


Start = Callable[..., LiveProcess]


def serve(start: Start, site: Site, command: str = "serve") -> LiveProcess:
    return start(command, site.database_url, folder=site.folder, GONGHUI_INTAKE_RATE="0/h", GONGHUI_API_RATE="100000/m")


class Callers:
    """Several callers that each lodge appeals one after another and insist until each one is acknowledged."""

    def __init__(self, url: str, secret: str, callers: int = 3, each: int = 15) -> None:
        self.url, self.secret = url, secret
        self.names = [[f"{caller}-{number}" for number in range(each)] for caller in range(callers)]
        self.acknowledged: dict[str, str] = {}
        self.refusals: list[httpx.Response] = []
        self.failures: list[BaseException] = []
        self._threads = [threading.Thread(target=self._insist, args=(names,), daemon=True) for names in self.names]

    def __enter__(self) -> Callers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join(PATIENCE)

    @property
    def total(self) -> int:
        return sum(map(len, self.names))

    def wait_for(self, count: int) -> None:
        """Until so many are acknowledged (or all are, or somebody failed)."""
        wait_until(lambda: len(self.acknowledged) >= min(count, self.total) or bool(self.failures))

    def _insist(self, names: list[str]) -> None:
        try:
            for name in names:
                self.acknowledged[name] = self._lodge(name)
        except BaseException as error:
            self.failures.append(error)

    def _lodge(self, name: str) -> str:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(httpx.TransportError):
                response = lodge(self.url, self.secret, name)
                if response.status_code in (200, 201):
                    return str(response.json()["number"])
                self.refusals.append(response)
            time.sleep(0.05)
        raise TimeoutError(f"{name} was never acknowledged")


def check_each_once(site: Site, callers: Callers) -> None:
    """Every acknowledged appeal is there, whole, under the number that was told; none is there twice or in part."""
    assert not callers.failures
    assert len(callers.acknowledged) == callers.total
    stored = dict(site.rows("SELECT external_id, number FROM appeals_appeal WHERE source = 'crash'"))
    assert stored == callers.acknowledged
    assert site.value("SELECT count(*) FROM appeals_appeal WHERE source = 'crash'") == callers.total
    whole = """
        SELECT a.external_id, count(DISTINCT w.id), count(DISTINCT m.id), count(DISTINCT t.id), count(DISTINCT c.id),
               count(DISTINCT e.id), count(DISTINCT s.id)
        FROM appeals_appeal a
        LEFT JOIN appeals_workorder w ON w.appeal_id = a.id
        LEFT JOIN kernel_matter m ON m.id = w.matter_id
        LEFT JOIN kernel_trailentry t ON t.matter_id = m.id AND t.verb = 'open'
        LEFT JOIN kernel_clock c ON c.matter_id = m.id
        LEFT JOIN appeals_appealemployer e ON e.appeal_id = a.id
        LEFT JOIN kernel_matterscope s ON s.matter_id = m.id
        WHERE a.source = 'crash' GROUP BY a.external_id"""
    parts = {row[1:] for row in site.rows(whole)}
    assert len(parts) == 1, parts
    assert all(parts.pop())
    assert site.value("SELECT count(*) FROM kernel_matter") == site.value("SELECT count(*) FROM appeals_workorder")
    messages = Counter(
        key for (key,) in site.rows("SELECT key FROM kernel_outboxmessage WHERE key LIKE 'understand:%'")
    )
    assert len(messages) == site.value("SELECT count(*) FROM appeals_appeal")


def check_sound(site: Site) -> None:
    site.command("trail", "verify")
    health = site.health()
    assert [name for name in ("database", "trail", "outbox", "vault") if not health[name]] == []


@pytest.mark.parametrize("site", ON_BOTH, indirect=True)
def test_killing_the_web_under_load_loses_and_doubles_nothing(site: Site, live_process: Start) -> None:
    secret = site.token("appeals:write")
    web = serve(live_process, site)
    with Callers(web.url, secret) as callers:
        for part in (0.2, 0.5, 0.8):
            callers.wait_for(int(callers.total * part))
            web.kill()
            web.start()
    check_each_once(site, callers)
    check_sound(site)


def fill_in(client: httpx.Client, method: str, address: str, data: dict[str, str] | None = None) -> httpx.Response:
    """One page of the web form, tried again until somebody answers, as a person presses the button again."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with suppress(httpx.TransportError):
            response = client.request(method, address, data=data)
            if response.status_code < 500:
                return response
        time.sleep(0.05)
    raise TimeoutError(address)


def write_appeal(url: str, name: str) -> str:
    """Walk the web form without script to its end and return the number that it shows."""
    answers = {
        "description": WORDS.format(name),
        "place": "贵阳市南明区",
        "employer_name": "贵阳星河建筑工程有限公司",
        "worker_type": "enterprise",
        "people_count": "1",
        "demand": "补发工资",
        "how": "phone",
        "phone": "13800138000",
        "consent": "on",
    }
    with httpx.Client(base_url=url, follow_redirects=True, timeout=30) as client:
        page = fill_in(client, "GET", "/ask/")
        for _page in range(12):
            if number := re.search(r"12351-\d{6}-\d{8}-\d{5}", page.text):
                return number[0]
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
            assert token, page.text[:500]
            page = fill_in(client, "POST", str(page.url), {**answers, "csrfmiddlewaretoken": token[1]})
            assert page.status_code == 200, page.text[:500]
    raise AssertionError("the form did not end")


@pytest.mark.parametrize("site", ON_BOTH, indirect=True)
def test_a_form_filled_in_while_the_web_is_killed_becomes_one_appeal(site: Site, live_process: Start) -> None:
    web = serve(live_process, site)
    numbers: dict[str, str] = {}
    failures: list[BaseException] = []

    def write(names: list[str]) -> None:
        try:
            for name in names:
                numbers[name] = write_appeal(web.url, name)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=([f"甲{n}", f"乙{n}", f"丙{n}"],), daemon=True) for n in range(3)]
    for thread in threads:
        thread.start()
    for count in (1, 4):
        wait_until(lambda count=count: len(numbers) >= count or bool(failures))  # type: ignore[misc]
        web.kill()
        web.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not failures
    stored = [number for (number,) in site.rows("SELECT number FROM appeals_appeal")]
    assert sorted(stored) == sorted(numbers.values())
    assert len(set(stored)) == 9
    check_sound(site)


def let_time_pass(site: Site, days: int = 40) -> None:
    """Move every running clock back, as if the platform had stood still for so long."""
    columns = ("started_at", "base_at", "due_at", "warn_at", "next_at")
    back = "strftime('%Y-%m-%d %H:%M:%f', {0}, '-{1} days')" if site.on_sqlite else "{0} - interval '{1} days'"
    changes = ", ".join(f"{column} = {back.format(column, days)}" for column in columns)
    site.rows(f"UPDATE kernel_clock SET {changes} WHERE status = 'running'")


@pytest.mark.parametrize("site", ON_BOTH, indirect=True)
def test_killing_workers_neither_loses_nor_repeats_a_clock_or_a_message(site: Site, live_process: Start) -> None:
    secret = site.token("appeals:write")
    web = serve(live_process, site)
    with Callers(web.url, secret) as callers:
        callers.wait_for(callers.total)
    check_each_once(site, callers)
    web.stop()
    let_time_pass(site)

    def left() -> int:
        return int(site.value("SELECT count(*) FROM kernel_outboxmessage WHERE status = 'waiting'"))

    workers = [serve(live_process, site, "worker") for _worker in range(2)]
    began = left()
    for part, victim in zip((0.9, 0.6, 0.3), itertools.cycle(workers)):
        wait_until(lambda part=part: left() < began * part)  # type: ignore[misc]
        victim.kill()
        site.messages_due_now()
        victim.start()
    for worker in workers:
        worker.kill()
    site.messages_due_now()
    site.command("worker", "--once")

    assert left() == 0
    assert site.value("SELECT count(*) FROM kernel_outboxmessage WHERE status <> 'done'") == 0
    # Understanding writes our own database alone: exactly once. A notice may be sent again, with its own key.
    assert site.value("SELECT count(*) FROM appeals_triage") == callers.total
    sent = [key for (key,) in site.rows("SELECT key FROM kernel_outboxmessage WHERE topic = 'notice.appeal_sms'")]
    told = Counter(re.findall(r'"key": "([^"]+)"', (site.folder / "outbox" / "sms.jsonl").read_text("utf-8")))
    assert len(sent) >= callers.total
    assert set(told) >= set(sent)
    assert max(told.values()) == 1
    # Each tick has one entry in the trail, and each clock counts as many as it has.
    ticks = site.rows("SELECT matter_id, verb, count(*) FROM kernel_trailentry WHERE verb LIKE 'clock.%' GROUP BY 1, 2")
    assert {matter for matter, _verb, _count in ticks} == {pk for (pk,) in site.rows("SELECT id FROM kernel_matter")}
    steps = {
        (matter, f"clock.{name}"): count
        for matter, name, count in site.rows("SELECT matter_id, name, sum(step) FROM kernel_clock GROUP BY 1, 2")
    }
    assert {(matter, verb): count for matter, verb, count in ticks if not verb.endswith(".refused")} == {
        key: count for key, count in steps.items() if count
    }
    check_sound(site)


@pytest.mark.postgres
@pytest.mark.parametrize("site", ["postgres"], indirect=True)
def test_a_database_that_loses_power_under_load_keeps_what_was_acknowledged(
    site: Site, server: services.PrivatePostgres, live_process: Start
) -> None:
    secret = site.token("appeals:write")
    web, worker = serve(live_process, site), serve(live_process, site, "worker")
    # Its first sign of life: it has found the database.
    wait_until((site.folder / "worker.json").exists)
    with Callers(web.url, secret) as callers:
        for part in (0.3, 0.7):
            callers.wait_for(int(callers.total * part))
            server.stop("immediate")
            # Nobody is left without an answer meanwhile.
            refused = lodge(web.url, secret, "meanwhile")
            assert refused.status_code == 503
            assert refused.headers["Content-Type"].startswith("application/problem+json")
            page = httpx.get(f"{web.url}/ask/", timeout=30)
            assert page.status_code in (200, 503)
            assert "Traceback" not in page.text
            server.start()
    assert {response.status_code for response in callers.refusals} <= {503}
    assert web.running and worker.running
    check_each_once(site, callers)
    wait_until(lambda: site.value("SELECT count(*) FROM appeals_triage") == callers.total)
    check_sound(site)


@pytest.fixture
def small_disk() -> Iterator[Callable[[int], Path]]:
    """`small_disk(30)`: a disk of 30 MiB; a second call makes it so large."""
    # Not in pytest's own folder: the database server runs as somebody who may not enter there.
    place = Path(tempfile.mkdtemp(prefix="gonghui-disk-"))

    def size(mebibytes: int) -> Path:
        options = f"size={mebibytes}m" + (",remount" if os.path.ismount(place) else ",mode=1777")
        try:
            services.as_root(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True)
        except (subprocess.CalledProcessError, FileNotFoundError):
            pytest.skip("a disk of its own can only be mounted by root")
        return place

    yield size
    if os.path.ismount(place):
        services.as_root(["umount", "-l", str(place)])
    place.rmdir()


def fill_until_refused(url: str, secret: str) -> tuple[dict[str, str], httpx.Response]:
    acknowledged: dict[str, str] = {}
    for number in range(20_000):
        response = lodge(url, secret, f"full-{number}", more="情况说明" * 900)
        if response.status_code != 201:
            return acknowledged, response
        acknowledged[f"full-{number}"] = str(response.json()["number"])
    raise AssertionError("the disk was never full")


def check_refuses_and_recovers(site: Site, url: str, make_room: Callable[[], object]) -> None:
    """Appeals come until the disk is full: that is said, nothing acknowledged is gone, and with room it goes on."""
    secret = site.token("appeals:write")
    acknowledged, refused = fill_until_refused(url, secret)
    assert acknowledged
    with httpx.Client(base_url=url, timeout=30) as client:
        page = client.get("/ask/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token
        words = WORDS.format("零") + "情况说明" * 900
        # A first page is smaller than an appeal: some may still have room.
        for _try in range(2000):
            form = client.post("/ask/", data={"description": words, "csrfmiddlewaretoken": token[1]})
            if form.status_code != 302:
                break
    assert form.status_code == 507
    assert words in form.text
    assert refused.status_code == 507
    assert refused.headers["Content-Type"].startswith("application/problem+json")
    assert refused.json()["code"] == "disk_full"
    kept = dict(site.rows("SELECT external_id, number FROM appeals_appeal WHERE source = 'crash'"))
    assert kept == acknowledged
    make_room()
    again = lodge(url, secret, f"full-{len(acknowledged)}")
    assert again.status_code == 201, again.text
    kept = dict(site.rows("SELECT external_id, number FROM appeals_appeal WHERE source = 'crash'"))
    assert kept == {**acknowledged, f"full-{len(acknowledged)}": again.json()["number"]}
    check_sound(site)


def test_a_full_disk_refuses_and_loses_nothing_on_sqlite(
    template: Path, small_disk: Callable[[int], Path], live_process: Start
) -> None:
    size = template.stat().st_size // 2**20
    folder = small_disk(size + 8)
    site = sqlite_site(template, folder)
    web = serve(live_process, site)
    check_refuses_and_recovers(site, web.url, lambda: small_disk(size + 80))
    assert site.rows("PRAGMA integrity_check") == [("ok",)]
    web.stop()


@pytest.mark.postgres
def test_a_full_disk_refuses_and_loses_nothing_on_postgres(
    server: services.PrivatePostgres, small_disk: Callable[[int], Path], tmp_path: Path, live_process: Start
) -> None:
    place = small_disk(200)
    (place / "data").mkdir()
    if os.getuid() == 0:
        shutil.chown(place / "data", server.user)
    with psycopg.connect(server.admin_url, autocommit=True) as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{place / 'data'}'")
    site = postgres_site(server, tmp_path / "site", "crash_full", tablespace="small")
    used = shutil.disk_usage(place).used // 2**20
    small_disk(used + 4)
    web = serve(live_process, site)
    check_refuses_and_recovers(site, web.url, lambda: small_disk(200))
    web.stop()
