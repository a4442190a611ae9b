"""每日统计: signed counts go up to the union above, nothing personal; what is forged, old or another's is not taken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import CITY, FAR_COUNTY, PROVINCE, House
from gonghui.exchange import duties, keys, reporting, signing, sums, watching
from gonghui.exchange.models import Partner, PartnerFigures
from gonghui.exchange.rules import rules
from gonghui.exchange.tests.support import Other, joined, other_installation
from gonghui.exchange.trouble import WrongCatalogue
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.errors import NotAllowed
from gonghui.kernel.models import Matter, TrailEntry
from gonghui.kernel.times import now, time_shifted, today
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions, tally
from gonghui.services.models import Application
from gonghui.services.tests.support import ID_NUMBERS, KIT, goods, worker

pytestmark = pytest.mark.django_db
LEAST = rules().figures.least_shown
ADDRESS = "/exchange/figures"


@pytest.fixture
def house(db: Any) -> House:
    cache.clear()
    return House.build()


@pytest.fixture
def gansu(house: House) -> Iterator[Other]:
    """A province's installation that exchanges with us, the nation's."""
    with other_installation() as made:
        made.serve(made.service())
        joined(made)
        yield made


def line(**changed: Any) -> dict[str, Any]:
    return {"service": "M04", "region": "620100", "applied": 40, "states": {"done": 30, "refused": 10}, "paid": 0,
            "amount": "0", "stars": "4.5", **changed}  # fmt: skip


def report(other: Other, *lines: dict[str, Any], **changed: Any) -> str:
    at = int(now().timestamp())
    said = {
        "format": 1, "iss": other.issuer, "aud": ["http://testserver"], "iat": at, "exp": at + 3600,
        "organisation": {"code": "cn.62", "name": {"zh": "甘肃省总工会", "en": "Gansu Federation"}, "level": "province",
                         "region": "620000"},
        "day": today().isoformat(), "lines": list(lines) or [line()], **changed,
    }  # fmt: skip
    return signing.sign(said, other.key, signing.FIGURES)


@pytest.fixture(autouse=True)
def _address(settings: Any) -> None:
    settings.PUBLIC_URL = "http://testserver"


def post(token: str) -> Any:
    return Client(enforce_csrf_checks=True).post(ADDRESS, token, content_type="application/jose")


def applications(house: House, many: int, refused: int = 0) -> list[Application]:
    """One for the kit, so many times over, `refused` of them refused: what differs between people is not counted."""
    goods(1)
    first = actions.apply(worker(1), actions.service_for("M04", "520102"), KIT).application
    for place in range(1, many):
        matter, row = Matter.objects.get(pk=first.matter_id), Application.objects.get(pk=first.pk)
        matter.pk, matter.number = None, f"{matter.number}-{place}"
        matter.save()
        row.pk, row.matter, row.idempotency_key = None, matter, None
        row.save()
    found = list(Application.objects.select_related("matter").order_by("pk"))
    Matter.objects.filter(pk__in=[row.matter_id for row in found[:refused]]).update(state="refused")
    return found


def test_a_province_tells_and_the_nation_shows_it(house: House, gansu: Other) -> None:
    assert post(report(gansu, line(), line(service="M29", region="620000", applied=None, states={}))).status_code == 204
    told = PartnerFigures.objects.get()
    assert told.day == today() and told.report.lines[0].applied == 40
    partner = Partner.objects.get()
    entry = TrailEntry.objects.filter(stream=f"exchange:{partner.pk}", verb="figures").get()
    assert entry.after["lines"] == 2 and entry.after["digest"] == told.digest
    desk = sign_in(Client(), Account.objects.get(pk=house.person("analyst", "cn").account_id or 0))
    assert reverse("desk:exchange_figures") in desk.get(reverse("desk:home")).content.decode()
    page = desk.get(reverse("desk:exchange_figures")).content.decode()
    assert "甘肃省总工会" in page and "40+" in page and "已完成" in page and "M29" in page
    by_place = desk.get(reverse("desk:exchange_figures"), {"service": "M04"}).content.decode()
    assert "兰州市" in by_place
    alone = desk.get(reverse("desk:exchange_figures"), {"from": "http://testserver"}).content.decode()
    assert "M29" not in alone
    with time_shifted(timedelta(days=4)):
        desk = sign_in(Client(), Account.objects.get(pk=house.person("analyst", "cn").account_id or 0))
        assert "没有按时上报" in desk.get(reverse("desk:exchange_figures")).content.decode()


def test_only_who_counts_at_the_top_reads_it(house: House, gansu: Other) -> None:
    assert post(report(gansu)).status_code == 204
    for role, path in (("analyst", PROVINCE), ("handler", "cn")):
        with pytest.raises(NotAllowed):
            sums.sums(house.person(role, path))
        client = sign_in(Client(), Account.objects.get(pk=house.person(role, path).account_id or 0))
        answer = client.get(reverse("desk:exchange_figures"))
        assert answer.status_code == (200 if role == "analyst" else 403) and "甘肃" not in answer.content.decode()
        assert reverse("desk:exchange_figures") not in client.get(reverse("desk:home")).content.decode()


def test_what_is_wrong_is_said_and_nothing_is_kept(gansu: Other) -> None:
    stranger = Other(gansu.issuer)
    forged = report(gansu)[:-8] + "AAAAAAAA"
    at = int(now().timestamp())
    wrong = {
        "stranger": report(stranger), "not_signed": "abc", "bad_signature": forged,
        "issuer": report(gansu, iss="https://x.example.org"), "audience": report(gansu, aud=["https://x.example.org"]),
        "expired": report(gansu, iat=at - 7200, exp=at - 3600), "early": report(gansu, iat=at + 3600, exp=at + 7200),
        "validity": report(gansu, day=(today() - timedelta(days=9)).isoformat()),
        "organisation": report(gansu, organisation={"code": "cn.52", "name": {"zh": "贵州"}, "level": "province",
                                                    "region": "520000"}),
        "region": report(gansu, line(region="520100")), "schema": report(gansu, line(applied=-1)),
    }  # fmt: skip
    for code, token in wrong.items():
        answer = post(token)
        assert answer.status_code == (403 if code == "stranger" else 422), code
        said = json.loads(answer.content)
        assert said["code"] == code and said["title"], said
    for token in (report(gansu, line(), line()), report(gansu, line(region="")), report(gansu, format=2)):
        assert post(token).status_code == 422
    for form in ({"token": report(gansu)}, {}):
        assert Client().post(ADDRESS, form).status_code == 415
    catalogue = signing.sign({"format": 1}, gansu.key, signing.CATALOGUE)
    assert post(catalogue).status_code == 422 and Client().get(ADDRESS).status_code == 405
    assert not PartnerFigures.objects.exists()
    Partner.objects.update(state=Partner.State.SUSPENDED)
    assert post(report(gansu)).status_code == 403


def test_an_old_one_again_changes_nothing_and_a_newer_one_of_the_day_replaces(gansu: Other) -> None:
    first = report(gansu, iat=int(now().timestamp()) - 60)
    assert post(first).status_code == 204 and post(first).status_code == 204
    assert post(report(gansu, line(applied=41))).status_code == 204
    assert post(first).status_code == 422
    assert PartnerFigures.objects.get().report.lines[0].applied == 41
    for days in (1, rules().figures.kept_days + 5):
        with time_shifted(timedelta(days=days)):
            cache.clear()
            assert post(report(gansu)).status_code == 204
    assert PartnerFigures.objects.count() == 1, "what is long past was let go"


def test_the_figures_are_by_service_city_and_national_state_and_tell_of_nobody(house: House, settings: Any) -> None:
    settings.ORGANISATION = PROVINCE
    rows = applications(house, LEAST * 2 + 1, refused=LEAST)
    rows[-1].region = "520201"
    rows[-1].save()
    Application.objects.filter(pk__in=[row.pk for row in rows[:LEAST]]).update(rating=4)
    (rest, guiyang) = reporting.own(today())
    assert (guiyang.service, guiyang.region, guiyang.applied) == ("M04", "520100", LEAST * 2)
    assert guiyang.states == {"submitted": LEAST, "refused": LEAST} and guiyang.stars == Decimal("4.0")
    assert (guiyang.paid, guiyang.amount) == (0, 0)
    # One in another city alone: told with the province's rest, and even there there are too few.
    assert rest == tally.Line("M04", "520000", None)
    said = json.dumps(reporting.content(today(), "https://nation.example.org"), default=str, ensure_ascii=False)
    assert ID_NUMBERS[0] not in said and "王小明" not in said and rows[0].matter.number not in said
    with time_shifted(timedelta(days=366)):
        assert reporting.own(today()) == [], "a new year begins anew"


@pytest.mark.parametrize(
    ("region", "home", "told"),
    [
        ("520102", "520000", "520100"), ("520102004", "520000", "520100"), ("620102", "520000", "520000"),
        ("", "520000", "520000"), ("52", "520000", "520000"), ("520102", "520100", "520100"),
        ("520201", "520100", "520100"), ("520102004", "520102", "520102"), ("520103", "520102", "520102"),
        ("520102", "", "520100"), ("", "", ""),
    ],
)  # fmt: skip
def test_everything_is_told_of_ones_own_place(region: str, home: str, told: str) -> None:
    assert tally.place_of(region, home) == told


def test_restricted_matters_are_not_counted(house: House) -> None:
    applications(house, LEAST)
    assert len(reporting.own(today())) == 1
    Matter.objects.update(restricted=True)
    assert reporting.own(today()) == []


def test_a_state_that_few_are_in_is_not_told(house: House) -> None:
    applications(house, LEAST * 3, refused=2)
    (told,) = reporting.own(today())
    assert told.applied == LEAST * 3 and told.states == {"submitted": None, "refused": None}


class Nation:
    """What the province posts to, taken by the nation's own reader with its own database."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.status = 204

    def __call__(self, path: str, body: bytes) -> tuple[int, bytes]:
        self.tokens.append(body.decode())
        return self.status, b'{"code": "stranger"}' if self.status != 204 else b""


@pytest.fixture
def nation(house: House, settings: Any) -> Iterator[tuple[Other, Nation]]:
    """The nation's installation, seen from a province's."""
    settings.ORGANISATION = PROVINCE
    taker = Nation()
    with other_installation() as made:
        made.takes = taker
        keys.make()
        Partner.objects.create(
            issuer=made.issuer, state="active", name="中华全国总工会", organisation="cn", level="national",
            kid=signing.kid_of(made.key), jwk=signing.public(made.key), next_at=now() + timedelta(days=9),
            expires_at=now() + timedelta(days=9), created_at=now(),
        )  # fmt: skip
        yield made, taker


def test_the_worker_tells_the_union_above_once_a_day(house: House, nation: tuple[Other, Nation]) -> None:
    other, taker = nation
    applications(house, LEAST)
    for _round in range(3):
        duties.tell_figures()
    assert len(taker.tokens) == 1
    key = keys.current()
    assert key is not None
    said = signing.opened(taker.tokens[0], signing.read_key(key.public_jwk), signing.FIGURES)
    assert said["aud"] == [other.issuer] and said["lines"][0]["applied"] == LEAST and said["day"] == today().isoformat()
    row = Partner.objects.get()
    assert (row.figures_day, row.figures_problem) == (today(), "")
    with time_shifted(timedelta(days=1)):
        duties.tell_figures()
    assert len(taker.tokens) == 2


def test_what_is_not_taken_is_told_again_and_said(house: House, nation: tuple[Other, Nation]) -> None:
    _other, taker = nation
    taker.status = 403
    duties.tell_figures()
    duties.tell_figures()
    row = Partner.objects.get()
    assert len(taker.tokens) == 1 and "403" in row.figures_problem and row.figures_day is None
    check = watching.check()
    assert not check.ok and check.warning and "没有收下" in check.detail
    taker.status = 204
    with time_shifted(timedelta(minutes=rules().figures.retry_minutes + 1)):
        duties.tell_figures()
    row.refresh_from_db()
    assert len(taker.tokens) == 2 and row.figures_problem == "" and watching.check().ok


@pytest.mark.parametrize("organisation", ["", PROVINCE, CITY, "cn.62", FAR_COUNTY])
def test_nobody_beside_or_below_is_told(house: House, nation: tuple[Other, Nation], organisation: str) -> None:
    Partner.objects.update(organisation=organisation)
    duties.tell_figures()
    assert nation[1].tokens == []


def test_without_a_key_nothing_goes(house: House, settings: Any) -> None:
    settings.ORGANISATION = PROVINCE
    row = Partner.objects.create(
        issuer="http://127.0.0.1:9", state="active", organisation="cn", kid="k", next_at=now(), created_at=now()
    )
    assert not reporting.send(row)
    with pytest.raises(WrongCatalogue):
        reporting.take("x.y.z")
    assert sums.sums(SYSTEM).by[0].applied == 0
