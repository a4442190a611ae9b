"""The shelf with the package's own data: every law, every version, every link."""

from __future__ import annotations

import gzip
import shutil
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonghui.law import history
from gonghui.law.articles import lead_and_items, paragraphs_of, part_of
from gonghui.law.build import DATA_DIR
from gonghui.law.lexicon import LawDataError
from gonghui.law.shelf import OPEN_LAWS, Shelf
from gonghui.law.store import LawStore
from gonghui.law.volumes import Standing

PROCEDURE = "中华人民共和国民事诉讼法"


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return Shelf.default()


@cache
def everything() -> tuple[Standing, ...]:
    shelf = Shelf.default()
    return tuple(one for volume in shelf.volumes for one in shelf.open(volume).standing)


def test_the_whole_collection_stands_on_the_shelf(shelf: Shelf) -> None:
    assert len(everything()) == sum(v.articles for v in shelf.volumes) == 64_422 + 44 + 1_968
    assert len({one.article.id for one in everything()}) == len(everything())
    assert sum(v.articles for v in shelf.volumes if v.place) == 1_968
    assert len({v.slug for v in shelf.volumes}) == len(shelf.volumes)
    assert set(shelf.places) == {"上海", "北京", "山东", "河南", "浙江", "重庆"}


def test_searched_articles_are_the_same_on_the_shelf(shelf: Shelf, store: LawStore) -> None:
    for article in store.articles:
        found = shelf.get(article.id)
        assert found is not None
        assert (found.article.text, found.article.law, found.article.status, found.article.review_status) == (
            article.text,
            article.law,
            article.status,
            article.review_status,
        )
        assert found.article.path == article.path
        assert found.article.law_path == article.law_path


def test_every_article_cites_itself(shelf: Shelf) -> None:
    for one in everything():
        citation = shelf.parse(one.article.citation)
        assert citation is not None, one.article.citation
        assert (citation.law, citation.number, citation.suffix) == (
            one.article.law,
            one.article.number,
            one.article.suffix,
        )


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_citation_of_any_part_means_that_part(data: st.DataObject) -> None:
    shelf = Shelf.default()
    article = everything()[data.draw(st.integers(0, len(everything()) - 1))].article
    on = article.adopted
    number = f"{article.number}{article.suffix}"
    assert shelf.find(f"{article.law}第{number}条" if not article.suffix else article.citation, on) is not None
    places = [(p, i) for p in range(1, len(article.paragraphs) + 1) for i in (None, *article.items(p))]
    paragraph, item = data.draw(st.sampled_from(places))
    short = f"{article.short_law} {number}.{paragraph}{f'({item})' if item else ''}"
    volume = shelf.as_of(article.law, on) if on else shelf.newest(article.law)
    assert volume is not None
    if volume.slug == article.slug:
        assert shelf.words_of(short, on) == article.part(paragraph, item)


def test_paragraphs_and_items_lose_no_word() -> None:
    for one in everything():
        text = one.article.text
        assert "\n".join(paragraphs_of(text)) == text
        for paragraph in paragraphs_of(text):
            lead, items = lead_and_items(paragraph)
            rest = paragraph.removeprefix(lead)
            assert paragraph.startswith(lead)
            for words in items.values():
                assert words in rest


def test_items_and_paragraphs_are_texts_of_their_own(shelf: Shelf) -> None:
    assert shelf.words_of("劳动合同法 38.1(3)") == "未依法为劳动者缴纳社会保险费的；"
    assert shelf.words_of("《劳动合同法》第三十八条第一款第（三）项") == "未依法为劳动者缴纳社会保险费的；"
    assert shelf.words_of("劳动合同法第四十条第二项") == shelf.words_of("劳动合同法 40.1(2)")
    assert (shelf.words_of("劳动合同法38.2") or "").startswith("用人单位以暴力")
    assert (shelf.words_of("刑法第二百七十六条之一") or "").startswith("以转移财产")
    for nothing in (
        "劳动合同法 38.3",
        "劳动合同法 38.1(7)",
        "劳动合同法 38.2(1)",
        "劳动合同法 99",
        "没有这部法 1",
        "38",
        "",
    ):
        assert shelf.words_of(nothing) is None


def test_items_in_one_line_and_items_of_items() -> None:
    text = "有下列情形的：（一）甲；（二）乙（三）项除外；（三）丙。"
    assert lead_and_items(text) == ("有下列情形的：", {1: "甲；", 2: "乙（三）项除外；", 3: "丙。"})
    assert lead_and_items("前款第（一）、（二）项所称") == ("前款第（一）、（二）项所称", {})
    assert part_of("甲：\n（一）乙：\n1．丙；\n2．丁。\n戊", 1, 1) == "乙：\n1．丙；\n2．丁。"
    assert part_of("甲：\n（一）乙：\n1．丙；\n2．丁。\n戊", 2) == "戊"


@pytest.mark.parametrize(
    ("day", "slug"),
    [
        (date(2020, 1, 1), None),
        (date(2021, 12, 23), None),
        (date(2021, 12, 24), "民事诉讼法-2021-12-24"),
        (date(2023, 8, 31), "民事诉讼法-2021-12-24"),
        (date(2023, 9, 1), "民事诉讼法-2023-09-01"),
        (date(2030, 1, 1), "民事诉讼法-2023-09-01"),
    ],
)
def test_the_version_of_a_day(shelf: Shelf, day: date, slug: str | None) -> None:
    found = shelf.as_of("民诉法", day)
    assert (found.slug if found else None) == slug


def test_of_any_day_and_law_the_last_version_before_it(shelf: Shelf) -> None:
    for volume in shelf.volumes:
        versions = shelf.versions(volume.law)
        assert volume in versions
        assert [v.adopted or date.min for v in versions] == sorted(v.adopted or date.min for v in versions)
        assert sum(v.current for v in versions) == 1
        if volume.adopted:
            found = shelf.as_of(volume.law, volume.adopted)
            assert found is not None
            assert found.adopted == volume.adopted


def test_a_law_without_dates_is_given_as_it_is(shelf: Shelf) -> None:
    found = shelf.as_of("刑法", date(1990, 1, 1))
    assert found is not None
    assert found.adopted is None


def test_links_lead_somewhere_and_back(shelf: Shelf) -> None:
    by_id = {one.article.id: one for one in everything()}
    links = 0
    for one in everything():
        for cite in one.cites:
            links += 1
            assert one.article.id in by_id[cite.id].cited_by
            assert cite.lost == (by_id[cite.id].article.part(cite.paragraph, cite.item) is None)
        for other in one.cited_by:
            assert one.article.id in {cite.id for cite in by_id[other].cites}
    assert links > 9_000


def test_a_law_means_the_version_it_knew(shelf: Shelf) -> None:
    cited = {cite.id for cite in shelf.cites("最高人民法院关于适用《民事诉讼法》的解释-2022-04-01-94")}
    assert cited == {"民事诉讼法-2021-12-24-67"}
    assert "劳动合同法-2012-12-28-46" in shelf.cited_by("劳动合同法-2012-12-28-38")


def test_labels_need_no_open_law(shelf: Shelf) -> None:
    for one in everything():
        label = shelf.label(one.article.id)
        assert label is not None
        assert (label[0].slug, label[1]) == (one.article.slug, one.article.article)


def test_texts_known_to_have_ended_are_marked(shelf: Shelf) -> None:
    old = shelf.volume("契税暂行条例-2019-03-02")
    assert old is not None
    assert old.ended is not None
    assert (old.ended.status, old.ended.since, old.ended_by) == ("repealed", date(2021, 9, 1), "契税法-2020-08-11-16")
    for name in ("治安管理处罚法", "信访条例"):
        found = shelf.newest(name)
        assert found is not None
        assert not found.in_force
    for volume in shelf.volumes:
        assert volume.current or not volume.in_force
    # Later laws that merely name an older text of their own title end nothing that is at hand.
    assert shelf.newest("工会法").in_force  # type: ignore[union-attr]


def test_irregular_texts_are_kept_and_marked(shelf: Shelf) -> None:
    irregular = {v.slug for v in shelf.volumes if v.irregular or v.first > 1}
    assert len(irregular) == 10
    assert {"刑事诉讼法-2018-10-26", "飞行基本规则-2007-10-18", "宪法修正案（2018年）-undated"} <= irregular


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("劳动合同法", "劳动合同法"),
        ("民诉法", "民事诉讼法"),
        ("《刑法》", "刑法"),
        ("治安处罚法", "治安管理处罚法"),
        ("上海市工会条例", "上海市工会条例"),
    ],
)
def test_laws_are_found_by_name(shelf: Shelf, words: str, first: str) -> None:
    found, count = shelf.laws_named(words, 5)
    assert found[0].short_law == first
    assert count >= len(found)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_any_words_may_be_asked(words: str) -> None:
    shelf = Shelf.default()
    shelf.laws_named(words, 3)
    shelf.parse(words)
    assert shelf.get(words) is None
    assert shelf.label(words) is None


def test_history_is_word_by_word(shelf: Shelf) -> None:
    standing, volume = shelf.get("公司法-2023-12-29-16"), shelf.volume("公司法-2023-12-29")
    assert standing is not None
    assert volume is not None
    (reading,) = history.readings(shelf, volume, standing)
    assert reading.standing is not None
    assert (reading.standing.article.number, reading.moved, reading.older) == (17, True, True)
    assert [c.text for c in reading.changes if c.kind == "gone"] == ["必须"]
    assert [c.text for c in reading.changes if c.kind == "new"] == ["应当"]


def test_changes_give_both_texts_back(shelf: Shelf) -> None:
    for volume in shelf.volumes:
        if volume.current and len(shelf.versions(volume.law)) > 1:
            for standing in shelf.open(volume).standing[:12]:
                for reading in history.readings(shelf, volume, standing):
                    if reading.changes and reading.standing:
                        old, new = reading.standing.article.text, standing.article.text
                        if not reading.older:
                            old, new = new, old
                        assert "".join(c.text for c in reading.changes if c.kind != "new") == old
                        assert "".join(c.text for c in reading.changes if c.kind != "gone") == new


def test_few_laws_stay_open(shelf: Shelf) -> None:
    everything()
    assert shelf._opened.cache_info().currsize <= OPEN_LAWS


def test_the_store_reaches_every_law_and_searches_its_own(store: LawStore) -> None:
    assert len(store.articles) == 3843
    article = store.by_number("企业破产法", 113)
    assert article is not None
    assert store.get(article.id) == article
    assert store.newest_slug("公司法") == "公司法-2023-12-29"
    assert store.search("按公司法第十六条", 1)[0].article.id == "公司法-2023-12-29-16"
    assert store.get("上海市工会条例-undated-1") is not None


def test_start_reads_no_law_from_the_shelf(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DATA_DIR, tmp_path / "data"))
    (folder / "national.jsonl.gz").write_bytes(b"not read")
    (folder / "shelf.json.gz").write_bytes(b"not unpacked")
    store = LawStore(folder)
    assert store.by_number("劳动合同法", 38) is not None
    with pytest.raises(LawDataError, match=r"shelf\.json\.gz cannot be read"):
        store.by_number("刑法", 1)


def test_a_status_of_no_text_is_refused(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DATA_DIR, tmp_path / "data"))
    path = folder / "status_further.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("海商法\n  adopted", "海盗法\n  adopted", 1), encoding="utf-8"
    )
    with pytest.raises(LawDataError, match=r"status_further\.yaml: no such text"):
        Shelf(folder)


def test_the_shelf_is_a_common_gzip_file() -> None:
    with gzip.open(DATA_DIR / "local.jsonl.gz") as file:
        assert sum(1 for _ in file) == 1_968
