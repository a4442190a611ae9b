"""The search as a worker meets it: other spellings find the same, what is put up is found at once, gone is gone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from gonghui.appeals.tests.conftest import house
from gonghui.appeals.tests.support import COUNTY, House
from gonghui.finding import keeping, terms, words
from gonghui.finding.front import said
from gonghui.finding.models import Entry
from gonghui.finding.search import search, suggest
from gonghui.finding.terms import blurred, spelt, title_terms, unfinished
from gonghui.kernel import front
from gonghui.kernel.front import Item
from gonghui.kernel.times import today
from gonghui.organisations.models import Organisation
from gonghui.services.catalogue import catalogue
from gonghui.venues.models import Venue
from gonghui.venues.tests.support import venue

__all__ = ["house"]

LABOUR_CONTRACT = "中华人民共和国劳动合同法"


def first(text: str) -> str:
    found = search(text).first
    return found.item.key if found is not None else ""


@pytest.mark.parametrize(
    ("word", "spelling"),
    [("gongshang", "gong shang"), ("falvfuwu", "fa lv fu wu"), ("jineng", "ji neng"), ("overtime", ""), ("gsrd", "")],
)
def test_latin_letters_are_spelt_as_pinyin_where_they_are(word: str, spelling: str) -> None:
    assert " ".join(spelt(word)) == spelling


def test_a_beginning_is_read_as_far_as_it_goes() -> None:
    assert unfinished("gongsh") == (("gong",), "sh")
    assert blurred("zhang") == blurred("zan")


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=80))
def test_any_text_has_terms_that_an_index_can_hold(text: str) -> None:
    for term in title_terms(text):
        assert term and " " not in term and '"' not in term and len(term) <= 130


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("入会转会", "M01"), ("ruhui", "M01"), ("rhzh", "M01"), ("join the union", "M01"), ("membrship card", "M02"),
        ("nuan新礼包", "M04"), ("暖心礼包", "M04"), ("工商认定", "R51"), ("gongshangrending", "R51"), ("gsrd", "R51"),
        ("拖欠工自", "R01"), ("overtme pay", "R06"), ("ldhtf", LABOUR_CONTRACT),
        ("劳动合司法", LABOUR_CONTRACT), ("老板跑路了工资没结", "R03"),
    ],
)  # fmt: skip
def test_every_way_of_writing_leads_to_the_same_place(asked: str, wanted: str) -> None:
    keys = [hit.item.key for group in search(asked).groups for hit in group.hits[:2]]
    assert wanted in keys[:4]


@pytest.mark.django_db
def test_nothing_found_names_what_is_near_and_nothing_typed_is_nothing() -> None:
    assert not search("").groups and not search("？？！").groups
    assert search("qqqqzzzz").first is None
    assert suggest("gongsh")[0][0].startswith("工伤")


def test_a_place_is_found_as_soon_as_it_is_there_and_never_after_it_is_gone(house: House) -> None:
    place = venue(name="河滨大道工会驿站")
    for asked in ("河滨大道驿站", "hebindadao", "河宾大道工会译站"):
        assert first(asked) == str(place.pk), asked
    place.name = "江边工会驿站"
    place.save()
    assert first("jiangbian yizhan") == str(place.pk)
    assert "河滨大道" not in [hit.item.title for group in search("河滨大道驿站").groups for hit in group.hits]
    place.state = Venue.State.GONE
    place.save()
    assert str(place.pk) not in [hit.item.key for group in search("江边工会驿站").groups for hit in group.hits]
    assert not Entry.objects.filter(source="places").exists()


def test_what_is_near_comes_first(house: House) -> None:
    for path, name in ((COUNTY, "青松工会驿站甲"), ("cn.52.5201.520103", "青松工会驿站乙")):
        place = venue(name=name)
        place.organisation = Organisation.objects.get(path=path)
        place.region_id = path[-6:]
        place.save()
    assert search("青松工会驿站", region="520103").groups[0].hits[0].item.title == "青松工会驿站乙"
    assert search("青松工会驿站", region="520102").groups[0].hits[0].item.title == "青松工会驿站甲"


@pytest.mark.django_db
def test_a_new_room_registers_and_the_rounds_keep_its_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"1": Item("1", "电焊工夜校", "/x/1/", "Welding night school"), "2": Item("2", "月嫂夜校", "/x/2/")}
    registered = {**front.sources(), "school": front.Source("school", "夜校", lambda keys: list(given.values()))}
    monkeypatch.setattr(front, "_sources", registered)
    assert keeping.refresh() == 2 and keeping.refresh() == 0
    assert first("dianhan yexiao") == "1" and first("weldng school") == "1"
    given["1"] = Item("1", "电焊工夜校", "/x/1/", until=today() - timedelta(days=1))
    del given["2"]
    assert keeping.refresh() == 2
    assert search("夜校", only="school").first is None
    assert words.rarest(["夜校"]) == ["夜校"]
    registered.pop("school")
    keeping.refresh()
    assert not Entry.objects.filter(source="school").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "wanted"),
    [("打球", "M19"), ("优惠券", "M22"), ("旅游", "M21"), ("转工会", "T01"), ("youhuiquan", "M22"), ("失眠", "M23")],
)
def test_an_everyday_word_leads_to_its_service(asked: str, wanted: str) -> None:
    assert wanted in [hit.item.key for group in search(asked).groups for hit in group.hits[:2]]


def test_everyday_words_are_of_services_that_are_there() -> None:
    assert set(said()) <= {service.id for service in catalogue().services.values() if service.state == "open"}


@pytest.mark.django_db
@pytest.mark.parametrize(("asked", "meant"), [("ruhiu", "ruhui"), ("jiabbanfei", "jiabanfei")])
def test_mistyped_pinyin_is_read_as_it_was_meant(asked: str, meant: str) -> None:
    found, right = search(asked), search(meant)
    assert found.first is not None and right.first is not None
    assert found.first.item.key == right.first.item.key
    assert not found.read_as or f"“{found.read_as}”的结果" in Client().get("/search/", {"q": asked}).content.decode()


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", max_size=30))
def test_what_it_was_meant_to_be_is_always_pinyin(word: str) -> None:
    others = terms.respelt(word)
    assert len(others) <= terms.RESPELT_MOST and all(terms.spelt(one) for one in others)
