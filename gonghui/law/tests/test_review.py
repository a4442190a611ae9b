"""What has to be looked at again: newer texts of cited articles, values that run out, checks that grew old."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from gonghui.law.articles import today
from gonghui.law.parameters import ParameterStore
from gonghui.law.review import Item, Stamped, fingerprint, read_stamp, review, stamp
from gonghui.law.shelf import Shelf

CONTRACT = "中华人民共和国劳动合同法"


def touched(number: str, id_: str, print_: str = "") -> Item | None:
    """What the review says of an article that was checked as that one."""
    old = Shelf.default().get(id_)
    assert old is not None
    law = old.article.law
    row = Stamped(law, number, id_, print_ or fingerprint(old.article.text))
    found = review(stamp={**read_stamp(), (law, number): row}).of("touched")
    code = f"{law.removeprefix('中华人民共和国')} {number}"
    return next((item for item in found if item.code == code), None)


def test_a_newer_text_of_a_cited_article_is_listed_with_the_rules_that_stand_on_it() -> None:
    same = touched("122", "民事诉讼法-2021-12-24-122")
    assert same is not None and "没有变" in same.why and same.places
    other = touched("3", "全国年节及纪念日放假办法-2013-12-11-3")
    assert other is not None and "变了" in other.why and "2024-11-10" in other.why
    moved = touched("225", "民事诉讼法-2021-12-24-225")
    assert moved is not None and "原来的内容现在是" in moved.why


def test_words_that_were_mended_by_a_new_import_are_listed() -> None:
    found = touched("38", "劳动合同法-2012-12-28-38", "0" * 12)
    assert found is not None and "文字" in found.why
    assert touched("38", "劳动合同法-2012-12-28-38") is None


def test_what_was_stamped_today_is_not_touched() -> None:
    found = review()
    assert not found.of("touched") and found.counts["stale"] == len(found.of("stale"))


def test_a_stamp_keeps_what_was_checked_until_somebody_read_it_again(tmp_path: Path) -> None:
    path = tmp_path / "cited.txt"
    stamp(path=path)
    rows = path.read_text(encoding="utf-8").splitlines()
    place = next(n for n, row in enumerate(rows) if row.startswith(f"{CONTRACT}\t38\t"))
    rows[place] = f"{CONTRACT}\t38\t劳动合同法-2007-06-29-38\t{'0' * 12}"
    path.write_text("\n".join(rows), encoding="utf-8")
    assert stamp(path=path)[0] == 0
    assert read_stamp(path)[CONTRACT, "38"].id == "劳动合同法-2007-06-29-38"
    assert stamp(["劳动合同法"], path=path)[0] == 1
    assert read_stamp(path)[CONTRACT, "38"].id == "劳动合同法-2012-12-28-38"


def missing(year: int, *rows: str) -> list[str]:
    from gonghui import yamls
    from gonghui.law.parameters import parameter

    packaged = ParameterStore.packaged()
    store = ParameterStore([parameter(yamls.read(row.encode())) for row in rows], packaged.keys.values())
    found = review(year=year, parameters=store).of("missing")
    return [item.why for item in found if item.code == "contribution_base"]


def value(since: str, until: str) -> str:
    return (
        f"{{key: contribution_base, region: '52', value: {{low: 1, high: 2}}, valid_from: {since}, "
        f"valid_to: {until}, source: 通知, status: S}}"
    )


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([value("2026-01-01", "2027-07-01")], "从 2027-07-01 起没有数值"),
        ([value("2026-01-01", "2027-01-01")], "从 2027-01-01 起没有数值"),
        ([value("2026-01-01", "2027-07-01"), value("2027-07-01", "2028-07-01")], ""),
        ([value("2026-01-01", "null")], ""),
        ([value("2024-01-01", "null")], "2027 年可能已调整"),
    ],
)
def test_values_that_end_before_the_year_is_over_are_listed(rows: list[str], said: str) -> None:
    found = [text for text in missing(2027, *rows) if "贵州" in text]
    assert (len(found) == 1 and said in found[0]) if said else not found


def test_a_check_grows_old_and_a_published_change_renews_it() -> None:
    later = today() + timedelta(days=500)
    old = {item.code for item in review(on=later).of("stale")}
    assert {"R01", "C1", "limit.L1", "dated_rules"} <= old
    renewed = review(on=later, rechecked={"R01": later - timedelta(days=30)}).of("stale")
    assert "R01" not in {item.code for item in renewed}
    assert "R01" not in {item.code for item in review(on=later, months=1200).of("stale")}
    assert all("没有律师看过" in item.why for item in review(on=later).of("stale") if item.code == "R01")


def test_values_that_nobody_read_in_the_original_are_listed_whatever_the_day() -> None:
    found = next(item for item in review(on=date(2026, 11, 26)).of("stale") if item.code == "min_wage_month")
    assert "从未核对原文" in found.why
