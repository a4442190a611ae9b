from __future__ import annotations

import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonghui.law import answer
from gonghui.law.articles import today
from gonghui.law.build import DATA_DIR
from gonghui.law.lexicon import LawDataError
from gonghui.law.store import LawStore

OLD_INTERPRETATION = "最高人民法院关于审理劳动争议案件适用法律若干问题的解释"
NEW_INTERPRETATION = "最高人民法院关于审理劳动争议案件适用法律问题的解释（一）"


def cited(text: str, k: int = 10, **options: object) -> list[str]:
    return [h.article.citation for h in LawStore.default().search(text, k, **options)]  # type: ignore[arg-type]


def test_the_collection_is_whole(store: LawStore) -> None:
    counts = Counter(a.short_law for a in store.articles)
    expected = {"劳动合同法": 98, "劳动法": 107, "工会法": 58, "劳动争议调解仲裁法": 54, "社会保险法": 98}
    expected |= {"工伤保险条例": 67, "保障农民工工资支付条例": 64, "民法典": 1260, "女职工劳动保护特别规定": 16}
    assert {law: counts[law] for law in expected} == expected
    assert len(store.articles) == 3843
    assert store.by_number("刑法", 276, "之一") is not None


def test_an_article_is_found_by_number_in_every_name(store: LawStore) -> None:
    article = store.by_number("劳动合同法", 38)
    assert article is not None
    assert article.id == "劳动合同法-2012-12-28-38"
    assert store.get(article.id) is article
    assert store.by_number("中华人民共和国劳动合同法", 38) is store.by_number("劳合", 38) is article
    assert cited("劳动合同法第三十八条", 1) == cited("劳合38", 1) == ["《劳动合同法》第三十八条"]


def test_unknown_laws_numbers_and_ids_are_none(store: LawStore) -> None:
    assert store.by_number("劳动合同法", 99) is None
    assert store.by_number("劳动合同法", 38, "之一") is None
    assert store.by_number("没有这部法", 1) is None
    assert store.get("劳动合同法-2012-12-28-99") is None
    assert store.parse("劳动合同法第九百条") is None


@pytest.mark.parametrize(
    "text", ["公司拖欠我三个月工资怎么办", "老板不发工资", "厂里欠薪半年了一直讨不回来", "干了三个月一分钱工资没拿到"]
)
def test_unpaid_wages_in_lay_words_find_the_wage_articles(text: str) -> None:
    found = cited(text)
    assert {"《劳动合同法》第八十五条", "《劳动法》第五十条", "《劳动合同法》第三十条"} <= set(found[:4])
    assert any(c.startswith("《保障农民工工资支付条例》") for c in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我在工地干活，包工头跑了，工钱一直没给", "《保障农民工工资支付条例》第三十条"),
        ("怀孕三个月公司要辞退我", "《女职工劳动保护特别规定》第五条"),
        ("上班一年了没签合同", "《劳动合同法》第八十二条"),
        ("下班路上被车撞了算工伤吗", "《工伤保险条例》第十四条"),
        ("公司让我签自愿放弃社保的承诺书", "《社会保险法》第六十条"),
        ("周末加班从来没有加班费", "《劳动法》第四十四条"),
        ("试用期六个月合法吗", "《劳动合同法》第十九条"),
        ("入职收了我五百押金", "《劳动合同法》第九条"),
        ("劳动仲裁时效是多久", "《劳动争议调解仲裁法》第二十七条"),
        ("领导对我动手动脚性骚扰", "《妇女权益保障法》第二十五条"),
        ("厂里用童工，才15岁", "《禁止使用童工规定》第二条"),
        ("干了十年的年假一天没休过", "《职工带薪年休假条例》第五条"),
    ],
)
def test_lay_words_find_the_article_that_answers(text: str, expected: str) -> None:
    assert expected in cited(text, 3)


def test_several_troubles_in_one_text_each_get_an_article() -> None:
    laws = cited("干了半年没签合同，也没交社保，现在要辞退我", 3)
    assert laws[0] == "《劳动合同法》第八十二条"
    assert any(c.startswith("《社会保险法》") for c in laws)
    assert "《劳动合同法》第四十八条" in laws or "《劳动合同法》第八十七条" in laws


def test_a_category_lifts_its_articles_even_where_the_words_say_little() -> None:
    assert "《劳动合同法》第三十条" in cited("请帮帮我们，很着急", 3, categories=["0101"])
    assert cited("请帮帮我们，很着急", 3, categories=["9999", ""]) == cited("请帮帮我们，很着急", 3)


def test_every_hit_says_why() -> None:
    hits = LawStore.default().search("老板不发工资，劳动合同法第三十八条怎么说", 10, categories=["0101"])
    assert hits[0].article.citation == "《劳动合同法》第三十八条"
    assert hits[0].why[0].kind == "number"
    assert {r.kind for h in hits for r in h.why} == {"number", "topic", "category", "words"}
    assert all(answer.explain(r) for h in hits for r in h.why)


def test_what_only_words_spoke_for_is_flagged() -> None:
    hits = answer.relevant_articles("我想离婚")
    assert hits
    assert all("words_only" in h.flags for h in hits)
    assert "words_only" not in answer.relevant_articles("老板不发工资")[0].flags


TEXTS = [
    "信访条例规定信访人多久能得到答复",
    OLD_INTERPRETATION + "第十三条 举证责任",
    "退休返聘 已享受养老保险待遇 劳务关系",
    "渐进式延迟法定退休年龄 弹性提前退休",
    "工人退休 男年满六十周岁 连续工龄满十年",
    "劳动保险条例 职工 疾病 工资",
    "公民申请法律援助 经济困难标准",
    "农民承担费用 劳务 义务工",
    "确立劳动关系 工作证 服务证 考勤记录",
]


@pytest.mark.parametrize("on", [None, date(2003, 1, 1), date(2019, 6, 1), date(2030, 1, 1)])
@pytest.mark.parametrize("text", TEXTS)
def test_repealed_and_unchecked_texts_never_reach_a_worker(text: str, on: date | None) -> None:
    for hit in answer.relevant_articles(text, ["0505", "1004"], k=100, on=on):
        assert hit.article.status in ("in_force", "partly_repealed"), hit.article.citation
        assert hit.article.review_status == "verified", hit.article.citation
        assert "按劳务关系处理" not in hit.text


def test_the_same_texts_are_found_and_marked_when_asked_for(store: LawStore) -> None:
    flags = {f for text in TEXTS for h in store.search(text, 30, include_superseded=True) for f in h.flags}
    assert {"repealed", "superseded", "doubtful", "unverified"} <= flags
    assert set(answer.FLAG_NOTES) >= flags


def test_a_repealed_paragraph_falls_out_of_the_text(store: LawStore) -> None:
    article = store.by_number(NEW_INTERPRETATION, 32)
    assert article is not None
    assert article.text_on(date(2025, 8, 31)) == article.text
    assert article.text_on(date(2025, 9, 1)).startswith("企业停薪留职人员")
    assert not article.ended_by(date(2026, 1, 1))
    hit = store.hit(article, date(2024, 1, 1))
    assert hit.text == article.text_on(today())
    assert hit.flags[0] == "partly_repealed"
    assert answer.notes(hit)


def test_a_version_younger_than_the_event_is_flagged(store: LawStore) -> None:
    article = store.by_number("保障农民工工资支付条例", 30)
    assert article is not None
    assert "adopted_after_event" in store.hit(article, date(2018, 1, 1)).flags
    assert "adopted_after_event" not in store.hit(article, date(2021, 1, 1)).flags


def test_items_belong_to_their_paragraph(store: LawStore) -> None:
    article = store.by_number("劳动合同法", 38)
    assert article is not None
    assert len(article.paragraphs) == 2
    assert article.paragraphs[0].count("（") == 6
    assert "\n".join(article.paragraphs) == article.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "😀😀😀",
        "\x00\x01",
        "asdf qwer",
        "'; DROP TABLE law; --",
        "<script>alert(1)</script>",
        "\u202e\u200b",
    ],
)
def test_text_without_meaning_finds_nothing(text: str) -> None:
    assert answer.relevant_articles(text) == []


def test_a_megabyte_of_text_is_read_from_its_start() -> None:
    text = "老板不发工资。" + "工资<b>😀" * 150_000
    assert len(text) > 900_000
    assert answer.relevant_articles(text)[0].article.citation in cited("老板不发工资", 4)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.integers(min_value=0, max_value=12))
def test_any_text_is_answered_with_at_most_k_different_articles(text: str, k: int) -> None:
    hits = answer.relevant_articles(text, k=k)
    assert len({h.article.id for h in hits}) == len(hits) <= k
    assert all(h.text for h in hits)


def test_a_search_is_the_same_every_time() -> None:
    text = "被公司辞退没有补偿，还拖欠工资"
    assert cited(text) == cited(text)


def test_a_hit_is_json_ready_data() -> None:
    data = answer.relevant_articles("老板不发工资")[0].as_dict()
    assert data["text"]
    assert data["id"] == LawStore.default().by_number(data["law"], 50 if "劳动法" in data["law"] else 85).id  # type: ignore[union-attr]
    assert data["path"].startswith("/law/article/%E5%8A%B3")


def test_the_version_names_texts_and_status(store: LawStore, tmp_path: Path) -> None:
    folder = copy_of_data(tmp_path)
    assert LawStore(folder).version == answer.law_version() == store.version
    with (folder / "status.yaml").open("a", encoding="utf-8") as file:
        file.write("# one more line\n")
    assert LawStore(folder).version != store.version


def copy_of_data(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA_DIR, tmp_path / "data"))


@pytest.mark.parametrize(
    ("name", "old", "new", "cause"),
    [
        ("lay_terms.yaml", "劳动合同法 85 30,", "劳动合同法 850,", "850 is no article"),
        ("lay_terms.yaml", "articles: [劳动合同法 85 30,", "articles: [火星法 1,", "火星法 1 is no article"),
        ("lay_terms.yaml", "    - 讨薪|欠薪", "    - 讨薪& &欠薪", "empty group"),
        ("weights.yaml", "中华人民共和国劳动法: ", "劳动大法: ", "no such law"),
        ("status.yaml", "law: 信访条例", "law: 上访条例", "no such text"),
        ("status.yaml", "status: superseded", "status: gone", "unknown status"),
    ],
)
def test_a_wrong_data_file_stops_the_start_and_names_the_cause(
    tmp_path: Path, name: str, old: str, new: str, cause: str
) -> None:
    path = copy_of_data(tmp_path) / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(LawDataError, match=f"{name}.*{cause}"):
        LawStore(path.parent)


def test_words_of_another_import_are_refused(tmp_path: Path) -> None:
    import gzip

    folder = copy_of_data(tmp_path)
    (folder / "labour.words.gz").write_bytes(gzip.compress(b"000000000000\n"))
    with pytest.raises(LawDataError, match="import the law again"):
        LawStore(folder).search("工资")
    (folder / "labour.jsonl.gz").write_bytes(b"broken")
    with pytest.raises(LawDataError, match="cannot be read"):
        LawStore(folder)


def test_categories_of_the_lexicon_have_four_digits(store: LawStore) -> None:
    codes = {c for s in store.lexicon.situations for c in s.categories}
    assert all(len(c) == 4 and c.isdigit() for c in codes)
    assert all(s.articles and s.phrases for s in store.lexicon.situations)
