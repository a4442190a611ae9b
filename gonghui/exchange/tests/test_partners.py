"""Partners: two people decide, a wrong catalogue changes nothing, what vanished there vanishes here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from gonghui.exchange import duties, partners, queries, signing, watching
from gonghui.exchange.models import ForeignService, Partner
from gonghui.exchange.tests.support import Other, joined, keeper, other_installation, statement, visited
from gonghui.kernel import trail
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.errors import Conflict, GuardRefused, InvalidData, NotAllowed
from gonghui.kernel.models import TrailEntry
from gonghui.kernel.times import now, time_shifted
from gonghui.organisations.models import Organisation, Region
from gonghui.people.models import Account, Person
from gonghui.people.testing import sign_in, staff_account, staff_actor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tree(db: Any) -> None:
    cache.clear()
    for code, name in (("520000", "贵州"), ("620000", "甘肃")):
        whole = {"name": f"{name}省", "level": 1, "full_name": f"{name}省", "short_name": name}
        region, _made = Region.objects.get_or_create(code=code, defaults=whole)
    Organisation.objects.get_or_create(
        path="cn.62", defaults={"name": "甘肃省总工会", "level": "province", "region": region}
    )


@pytest.fixture
def other() -> Iterator[Other]:
    with other_installation() as made:
        made.serve(made.service(), made.service("X02", "骑手补给"))
        yield made


def names() -> list[str]:
    return [str(row.entry.name) for row in queries.shown(queries.listed())]


def found(words: str) -> str:
    """What the search shows of other unions' services."""
    page = Client().get("/search/", {"q": words, "in": "elsewhere"}).content.decode()
    return page.partition('class="found"')[2]


def verbs(partner: Partner) -> list[str]:
    return list(
        TrailEntry.objects.filter(stream=partners.stream(partner)).order_by("seq").values_list("verb", flat=True)
    )


def test_two_people_begin_and_readers_see_it_only_then(other: Other) -> None:
    partners.propose(keeper(), other.issuer, other.fingerprint, "今天上午电话核对")
    row = visited(other)
    assert row.pending is not None and names() == []
    with pytest.raises(GuardRefused):
        partners.confirm(keeper(), row, seen=1)
    # Nor the command line: a name given to a command proves nobody.
    with pytest.raises(GuardRefused, match="工作台"):
        partners.confirm(SYSTEM, row, seen=1)
    with pytest.raises(Conflict):
        partners.confirm(keeper("second"), row, seen=99)
    partners.confirm(keeper("second"), row, seen=1)
    assert names() == ["爱心雨伞", "骑手补给"]
    row.refresh_from_db()
    assert (row.state, row.name, row.wanted, row.pending) == ("active", "甘肃省总工会", "", None)
    assert verbs(row) == ["propose", "take_in", "confirm"]
    assert trail.verify(partners.stream(row)).ok
    assert "爱心雨伞" in found("领雨伞")


def test_only_the_top_organisation_decides(other: Other) -> None:
    for stranger in (staff_actor("ex-county", "admin", "cn.52.5201.520102"), staff_actor("ex-h", "handler", "cn")):
        with pytest.raises(NotAllowed):
            partners.propose(stranger, other.issuer, other.fingerprint, "电话核对")
    assert not Partner.objects.exists()


def test_what_is_typed_wrongly_is_said_beside_the_field(other: Other) -> None:
    for address in ("ftp://x", "https://u:p@x", "https://x/path", "", "http://[", "http://127.0.0.1:8000"):
        with pytest.raises(InvalidData) as caught:
            partners.propose(keeper(), address, "ABCD", " ")
        assert set(caught.value.errors) == {"address", "fingerprint", "reason"}


def test_a_change_and_a_removal_arrive_and_the_rest_stays_where_it_was(other: Other) -> None:
    row = joined(other)
    kept = ForeignService.objects.get(service_id="X01").pk
    other.serve(other.service(zh="爱心雨披"), other.service("X03", "工间操"), serial=2)
    row = visited(other)
    assert names() == ["爱心雨披", "工间操"]
    assert ForeignService.objects.get(service_id="X01").pk == kept
    assert {name: row.last_change[name] for name in ("new", "changed", "gone")} == {
        "new": ["X03 工间操"], "changed": ["X01 爱心雨披"], "gone": ["X02 骑手补给"],
    }  # fmt: skip
    assert "爱心雨披" in found("爱心雨披") and "骑手补给" not in found("骑手补给")


def test_what_is_the_same_is_not_sent_again(other: Other) -> None:
    joined(other)
    other.asked.clear()
    row = visited(other)
    assert [path for path, _headers in other.asked] == ["/exchange/catalogue"]
    assert other.asked[0][1]["If-None-Match"] and row.problem == "" and len(names()) == 2


@pytest.mark.parametrize(
    ("code", "instead"),
    [
        ("redirected", (302, {"Location": "http://127.0.0.1:1/"}, b"")),
        ("status", (404, {}, b"")),
        ("status", (500, {}, b"")),
        ("not_signed", (200, {}, b"<html>")),
        ("not_signed", (200, {}, "目录".encode())),
        ("unreachable", (200, {}, b"x" * 5_000_000)),
    ],
)
def test_a_wrong_answer_changes_nothing_and_is_told(other: Other, code: str, instead: Any) -> None:
    joined(other)
    other.instead = instead
    row = visited(other)
    assert (row.problem, row.failures, len(names())) == (code, 1, 2)
    found = watching.check()
    assert found.level == "warning" and "甘肃省总工会" in found.detail
    visited(other)
    assert verbs(row).count("wrong") == 1
    other.instead = None
    assert visited(other).problem == "" and watching.check().ok


def test_forged_replayed_and_foreign_catalogues_change_nothing(other: Other) -> None:
    joined(other)
    first = other.token
    other.serve(other.service(), serial=2)
    visited(other)
    other.token = first
    assert visited(other).problem == "replayed"
    other.serve(other.service(), other.service("X09", "另一份"), serial=2)
    assert visited(other).problem == "same_serial"
    other.serve(other.service("X09", "替别省说话", regions=["520000"]), serial=3)
    assert visited(other).problem == "region"
    union = {"code": "cn", "name": {"zh": "全总"}, "level": "national", "region": ""}
    other.serve(other.service("X09", "冒充", regions=[]), serial=3, organisation=union)
    assert visited(other).problem == "organisation"
    good, other.key = other.key, signing.new_key()
    other.serve(other.service("X09", "伪造"), serial=3)
    assert visited(other).problem == "unknown_key"
    other.key = good
    assert names() == ["爱心雨伞"]


def test_a_partner_must_be_who_it_says_by_our_own_tree(other: Other) -> None:
    union = {"code": "cn.62", "name": {"zh": "甘肃"}, "level": "national", "region": ""}
    other.serve(other.service(), organisation=union)
    partners.propose(keeper(), other.issuer, other.fingerprint, "电话核对")
    row = visited(other)
    assert (row.problem, row.pending) == ("organisation", None)


def test_a_partner_that_ran_out_is_shown_no_longer_and_comes_back(other: Other) -> None:
    row = joined(other)
    with time_shifted(timedelta(days=8)):
        assert names() == []
        other.instead = (503, {}, b"")
        duties.visit_partners()
        row.refresh_from_db()
        assert row.problem and not row.services.exists()
        other.instead = None
        other.serve(other.service(), serial=2)
        assert visited(other).problem == "" and names() == ["爱心雨伞"]


def test_not_modified_does_not_keep_it_alive(other: Other) -> None:
    joined(other)
    with time_shifted(timedelta(days=8)):
        assert visited(other).problem == "expired" and names() == []


def test_a_new_key_comes_by_the_word_of_the_old_one(other: Other) -> None:
    row, old = joined(other), other.key
    other.key = signing.new_key()
    other.serve(other.service(zh="新密钥签的"), serial=2)
    assert visited(other).problem == "unknown_key" and names() == ["爱心雨伞", "骑手补给"]
    other.rotations = [statement(other.issuer, old, other.key)]
    row = visited(other)
    assert (row.problem, row.kid) == ("", signing.kid_of(other.key)) and names() == ["新密钥签的"]
    assert row.key_changed_at is not None and "key" in verbs(row)
    # The old key counts no more.
    other.rotations, other.key = [], old
    other.serve(other.service(), serial=3)
    assert visited(other).problem == "unknown_key"


def test_a_lost_key_is_replaced_by_two_people(other: Other) -> None:
    row = joined(other)
    other.key = signing.new_key()
    other.serve(other.service(zh="重新登记"), serial=2)
    assert visited(other).problem == "unknown_key"
    row = partners.propose(keeper(), other.issuer, other.fingerprint, "当面核对新指纹")
    assert visited(other).problem == "unknown_key"
    partners.confirm(keeper("second"), Partner.objects.get(pk=row.pk))
    assert visited(other).problem == "" and names() == ["重新登记"]


def test_suspended_resumed_removed_by_two_and_nothing_older_comes_back(other: Other) -> None:
    row, first = joined(other), other.token
    other.serve(other.service(), serial=2)
    row = visited(other)
    second = keeper("second")
    partners.ask(keeper(), row, "suspended", "对方在修网站")
    assert len(names()) == 1
    row.refresh_from_db()
    row = partners.confirm(second, row)
    assert names() == [] and row.state == "suspended"
    row = partners.confirm(second, partners.ask(keeper(), row, "active", "修好了"))
    assert visited(other).problem == "" and names() == ["爱心雨伞"]
    row.refresh_from_db()
    partners.withdraw(second, partners.ask(keeper(), row, "removed", "不再交换"), "再想想")
    row.refresh_from_db()
    assert row.state == "active"
    row = partners.confirm(second, partners.ask(keeper(), row, "removed", "不再交换"))
    assert (row.state, names(), partners.listed(keeper())) == ("removed", [], [])
    other.token = first
    partners.propose(keeper(), other.issuer, other.fingerprint, "又登记")
    assert visited(other).problem == "replayed"


def test_the_worker_asks_whoever_is_due_one_after_the_other(other: Other) -> None:
    joined(other)
    with other_installation() as second:
        second.instead = (500, {}, b"")
        partners.propose(keeper(), second.issuer, second.fingerprint, "电话核对")
        Partner.objects.update(next_at=now())
        assert [duties.visit_partners() for _round in range(3)] == [1, 1, 0]


def test_the_pages_of_readers_and_of_the_desk(other: Other) -> None:
    row = partners.propose(keeper(), other.issuer, other.fingerprint, "今天上午电话核对")
    other.serve(other.service("M04", "暖新礼包", regions=["620000"]), other.service(), serial=3)
    visited(other)
    first, second = sign_in(Client(), staff_account("keeper-first", "admin", "cn")), Client()
    sign_in(second, staff_account("keeper-second", "admin", "cn"))
    address = f"/desk/exchange/{row.pk}/"
    assert "是您提出的" in first.get(address).content.decode()
    asked = Partner.objects.get().asked
    refused = first.post(address, {"step": "confirm", "serial": "3", "asked": asked})
    assert refused.status_code == 409 and "另一个人" in refused.content.decode()
    shown = second.get(address).content.decode()
    assert "甘肃省总工会" in shown and "X01 爱心雨伞" in shown
    # Whoever looked before something else was asked for confirms nothing.
    assert second.post(address, {"step": "confirm", "serial": "3", "asked": "removed"}).status_code == 409
    assert second.post(address, {"step": "confirm", "serial": "3", "asked": asked}).status_code == 302
    assert "正在交换" in first.get("/desk/exchange/").content.decode()

    reader = Client()
    for place, seen in (("620000", True), ("520000", False), ("all", True)):
        page = reader.get("/services/elsewhere/", {"place": place}).content.decode()
        assert ("爱心雨伞" in page) == seen
    assert "爱心雨伞" not in reader.get("/services/elsewhere/", {"level": "national"}).content.decode()
    one = ForeignService.objects.get(service_id="M04")
    page = reader.get(f"/services/elsewhere/{one.pk}/").content.decode()
    assert all(
        text in page for text in ("省级办理", "本地办理", "甘肃省", "会离开本站", f"{other.issuer}/services/M04/")
    )
    assert "/services/M04/form/" not in page
    own = reader.get("/services/M04/").content.decode()
    assert "本地办理" in own and f"/services/elsewhere/{one.pk}/" in own
    assert "爱心雨伞" in reader.get("/services/").content.decode()
    assert "爱心雨伞" in reader.get("/services/", {"q": "扫马路没有伞"}).content.decode()
    english = Client(headers={"accept-language": "en"})
    assert "Umbrellas" in english.get("/services/elsewhere/").content.decode()
    with time_shifted(timedelta(days=8)):
        assert reader.get(f"/services/elsewhere/{one.pk}/").status_code == 404


def test_the_first_page_has_what_is_offered_at_home_and_not_here(other: Other) -> None:
    other.serve(other.service(), other.service("M04", "暖新礼包"))
    joined(other)
    for phone, region, seen in (("13800001111", "620000", True), ("13800001112", "520000", False)):
        account = Account.objects.create_worker(phone)
        Person.objects.update_or_create(account=account, defaults={"region_id": region})
        page = sign_in(Client(), account).get("/").content.decode()
        assert ("爱心雨伞" in page) == seen
        # Handled here: it stands there as our own, if at all.
        assert page.count("甘肃省总工会") == int(seen)


def test_who_is_not_of_the_top_organisation_is_told_so(other: Other) -> None:
    row = joined(other)
    county = sign_in(Client(), staff_account("ex-county", "admin", "cn.52.5201.520102"))
    assert "最上级" in county.get("/desk/exchange/").content.decode()
    assert county.get(f"/desk/exchange/{row.pk}/").status_code == 404
    assert county.post(f"/desk/exchange/{row.pk}/", {"step": "refuse"}).status_code == 404
