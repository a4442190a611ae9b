"""Two installations side by side: the national one and a province's, each with its own catalogue, exchange them.

Real servers, real databases, the commands as an administrator types them; what readers see is asked over HTTP.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from gonghui.services.catalogue import FOLDER
from tests.support.browsing import Browser, staff_browser
from tests.support.processes import LiveProcess, run_command, run_python
from tests.support.sites import make_template

pytestmark = [pytest.mark.slow, pytest.mark.own, pytest.mark.timeout(900)]
PAGE = Path(__file__).resolve().parents[1] / "docs" / "add-a-service.md"
# Signed with the real key, ten days ago: it ran out three days ago, and its serial is the next one.
EXPIRED = """
import django; django.setup()
from datetime import timedelta
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import time_shifted
from gonghui.exchange import publishing
from gonghui.exchange.models import Edition
with as_system("test"):
    Edition.objects.update(digest="")
    with time_shifted(timedelta(days=-10)):
        publishing.publish()
"""

# Six workers apply in Lanzhou for the province's own service, which the nation's catalogue does not have.
SIX = """
import django; django.setup()
from gonghui.kernel.times import today
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.services import actions
from gonghui.services.models import Stock
from gonghui.services.trial.filling import people
from gonghui.organisations.models import Organisation
from gonghui.kernel.scope import as_system
with as_system("test"):
    Stock.objects.create(
        service="M29", organisation=Organisation.objects.get(path="cn.62.6201"), item="伞", year=today().year, total=9
    )
    for place, number in enumerate(people("620102")[:6]):
        worker = actor_for(Account.objects.create_worker(f"1390000{place:04d}"))
        form = {"name": "王小明", "id_no": number, "region": "620102", "from_day": today(), "to_day": today()}
        actions.apply(worker, actions.service_for("M29", "620102"), form)
"""


@dataclass
class Installation:
    """One of the two: a folder with its database and service files, its server, its place in the tree."""

    folder: Path
    organisation: str
    server: LiveProcess = field(init=False)
    desk: Browser = field(init=False)

    def __post_init__(self) -> None:
        self.services.mkdir(parents=True, exist_ok=True)
        shutil.copytree(FOLDER, self.services, dirs_exist_ok=True)
        self.server = LiveProcess("serve", self.folder, **self.own)

    @property
    def services(self) -> Path:
        return self.folder / "services"

    @property
    def own(self) -> dict[str, str]:
        return {"GONGHUI_ORGANISATION": self.organisation, "GONGHUI_SERVICES": str(self.services)}

    @property
    def url(self) -> str:
        return self.server.url

    def run(self, *words: str, statuses: tuple[int, ...] = (0,)) -> str:
        surroundings = {**self.own, "GONGHUI_PUBLIC_URL": self.url}
        return run_command(*words, folder=self.folder, environment=surroundings, statuses=statuses)

    def python(self, script: str) -> None:
        surroundings = {**self.own, "GONGHUI_PUBLIC_URL": self.url, "DJANGO_SETTINGS_MODULE": "gonghui.settings"}
        run_python("-c", script, folder=self.folder, environment=surroundings)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.folder / "gonghui.sqlite3", timeout=60)) as file, file:
            return file.execute(statement).fetchall()

    def page(self, address: str, **query: str) -> str:
        return httpx.get(f"{self.url}{address}", params=query, timeout=60, follow_redirects=True).text

    def edit(self, service: str, old: str, new: str) -> None:
        path = self.services / f"{service}.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def joins(self, other: Installation, fingerprint: str) -> None:
        """Proposed on the command line, looked through, confirmed by a member of staff at the desk."""
        words = ("staff", "create", "leader1", "林一", "--organisation", self.organisation, "--role", "leader")
        desk = self.desk = staff_browser(self.url, "leader1", self.run(*words).split()[-1])
        self.run("exchange", "partner", "add", other.url, "--fingerprint", fingerprint, "--reason", "电话核对")
        # The worker does it by itself at its next round.
        self.run("worker", "--once")
        ((number,),) = self.rows("SELECT id FROM exchange_partner")
        page = desk.go(f"{self.url}/desk/exchange/{number}/").text
        given = {name: re.findall(rf'name="{name}" value="([^"]*)"', page)[0] for name in ("serial", "asked")}
        desk.post("", step="confirm", **given)
        assert self.rows("SELECT state FROM exchange_partner") == [("active",)], desk.page.text

    def problem(self) -> str:
        return str(self.rows("SELECT problem FROM exchange_partner")[0][0])


def _umbrellas() -> str:
    """The service that the docs add as their example."""
    return re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)[0]


@dataclass
class Pair:
    nation: Installation
    province: Installation


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("two")
    seeded = make_template(migrated, folder / "template")
    nation, province = Installation(folder / "nation", "cn"), Installation(folder / "province", "cn.62")
    for one in (nation, province):
        shutil.copyfile(seeded, one.folder / "gonghui.sqlite3")
    nation.edit("M22", "id: M22\n", "id: M22\nexchange: false\n")
    nation.edit("M10", "zh: 求学圆梦", "zh: 求学圆梦（全国）")
    (province.services / "M29.yaml").write_text(_umbrellas(), encoding="utf-8")
    started = []
    try:
        for one in (nation, province):
            started.append(one.server.start())
        keys = [one.run("exchange", "key").strip() for one in (nation, province)]
        nation.joins(province, keys[1])
        province.joins(nation, keys[0])
        yield Pair(nation, province)
    finally:
        for server in started:
            server.stop()


def test_each_shows_the_others_services(pair: Pair) -> None:
    nation, province = pair.nation, pair.province
    at_nation = nation.page("/services/elsewhere/", place="620000")
    assert "爱心雨伞" in at_nation and "甘肃省总工会" in at_nation and "省级办理" in at_nation
    assert "爱心雨伞" not in nation.page("/services/elsewhere/", place="520000")
    assert "爱心雨伞" in nation.page("/search/", q="爱心雨伞")
    at_province = province.page("/services/elsewhere/")
    assert "求学圆梦（全国）" in at_province and "全国办理" in at_province
    assert "普惠与消费券" not in at_province, "its file says that it is not published"
    ((number,),) = nation.rows("SELECT id FROM exchange_foreignservice WHERE service_id = 'M29'")
    page = nation.page(f"/services/elsewhere/{number}/")
    assert f'href="{province.url}/services/M29/"' in page and "离开本站" in page
    # The way leads to the page on which one can apply.
    assert "爱心雨伞" in province.page("/services/M29/")
    listed = json.loads(nation.run("services", "list", "--region", "620102", "--json"))
    sources = {row["id"]: row["source"] for row in listed if row["source"] != "local"}
    assert sources["M29"] == province.url and any(row["source"] == "local" for row in listed)


def test_a_change_and_a_removal_arrive(pair: Pair) -> None:
    nation, province = pair.nation, pair.province
    province.edit("M29", "爱心雨伞", "爱心雨披")
    (province.services / "M09.yaml").rename(province.folder / "M09.kept")
    try:
        province.run("exchange", "publish")
        nation.run("exchange", "fetch")
    finally:
        (province.folder / "M09.kept").rename(province.services / "M09.yaml")
    names = {row[0] for row in nation.rows("SELECT service_id FROM exchange_foreignservice")}
    assert "M29" in names and "M09" not in names
    assert "爱心雨披" in nation.page("/services/elsewhere/") and "爱心雨披" in nation.page("/search/", q="爱心雨披")
    assert "<strong>爱心雨伞" not in nation.page("/search/", q="爱心雨伞")


def test_a_forged_a_replayed_and_an_expired_catalogue_change_nothing(pair: Pair) -> None:
    nation, province = pair.nation, pair.province
    before = nation.rows("SELECT id, digest FROM exchange_foreignservice ORDER BY id")
    ((newest, kept),) = province.rows("SELECT serial, token FROM exchange_edition ORDER BY serial DESC LIMIT 1")
    ((oldest,),) = province.rows("SELECT token FROM exchange_edition ORDER BY serial LIMIT 1")
    assert oldest != kept
    head, body, signature = str(kept).split(".")
    forged = ".".join((head, body, signature[::-1]))
    for token, problem in ((forged, "bad_signature"), (str(oldest), "replayed")):
        # The mark by which a copy is known is another one, as an attacker on the way would give it.
        province.rows(f"UPDATE exchange_edition SET token = '{token}', digest = '{problem}' WHERE serial = {newest}")
        assert problem in nation.run("exchange", "fetch", statuses=(1,))
        assert nation.problem() == problem
    found = {row["name"]: row for row in json.loads(nation.run("check", "--json", statuses=(0, 1)))}
    assert found["exchange"]["level"] == "warning" and "甘肃省总工会" in found["exchange"]["detail"]
    province.rows(f"UPDATE exchange_edition SET token = '{kept}' WHERE serial = {newest}")
    province.python(EXPIRED)
    assert "expired" in nation.run("exchange", "fetch", statuses=(1,))
    assert nation.rows("SELECT id, digest FROM exchange_foreignservice ORDER BY id") == before
    province.run("exchange", "publish")
    nation.run("exchange", "fetch")
    assert nation.problem() == ""


def test_a_new_key_is_taken_by_the_word_of_the_old_one_and_a_strangers_is_not(pair: Pair) -> None:
    nation, province = pair.nation, pair.province
    fingerprint = nation.run("exchange", "key", "--rotate").strip()
    province.run("exchange", "fetch")
    (partner,) = json.loads(province.run("exchange", "partner", "list", "--json"))
    assert (partner["fingerprint"], partner["problem"], partner["state"]) == (fingerprint, "", "active")
    nation.run("exchange", "key", "--rotate", "--overlap-days", "0")
    assert "unknown_key" in province.run("exchange", "fetch", statuses=(1,))
    assert "求学圆梦（全国）" in province.page("/services/elsewhere/", level="national")


def test_the_provinces_figures_go_up_signed_and_are_seen_at_the_nation(pair: Pair) -> None:
    nation, province = pair.nation, pair.province
    province.python(SIX)
    # The nation's key was changed in another test: figures are the sender's to sign, so it plays no part.
    assert nation.url in province.run("exchange", "figures", "--send")
    assert nation.run("exchange", "figures", "--send") == "", "nobody is above the nation"
    ours, theirs = json.loads(nation.run("exchange", "figures", "--json"))
    assert (ours["name"], ours["applied"]) == ("本平台", 0)
    assert (theirs["name"], theirs["installation"]) == ("甘肃省总工会", province.url)
    assert (theirs["applied"], theirs["states"]) == (6, {"submitted": 6})
    ((kept,),) = nation.rows("SELECT data FROM exchange_partnerfigures")
    assert "王小明" not in str(kept) and "620100" in str(kept)
    page = nation.desk.go(f"{nation.url}/desk/tally/").text
    assert "甘肃省总工会" in page and "M29" in page
    assert "兰州市" in nation.desk.go(f"{nation.url}/desk/tally/?service=M29").text
    # The worker does it by itself, once a day.
    province.run("worker", "--once")
    assert province.rows("SELECT figures_problem FROM exchange_partner") == [("",)]


def test_a_partner_that_ran_out_is_shown_no_longer(pair: Pair) -> None:
    nation = pair.nation
    assert "爱心雨披" in nation.page("/services/elsewhere/")
    nation.rows("UPDATE exchange_partner SET expires_at = '2026-01-01 00:00:00'")
    assert "爱心雨披" not in nation.page("/services/elsewhere/")
    assert "爱心雨披" not in nation.page("/services/")
