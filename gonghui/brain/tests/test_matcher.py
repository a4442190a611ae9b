"""Cues found in many texts at once (`matcher`) against each cue looked for by itself."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gonghui.brain.cues import parse_cue
from gonghui.brain.found import View
from gonghui.brain.lexicon import lexicon
from gonghui.brain.linear import model
from gonghui.brain.matcher import Matcher
from gonghui.brain.scan import Scanner, join

_WORDS = (
    *("没有", "不", "有没有", "拖欠", "欠", "工资", "三个月", "老板", "合同", "没签合同", "签合同", "加班", "怀孕"),
    *("辞退", "社保", "。", ",", "自杀", "我们", "公司", "一直", "啊啊啊啊啊啊", "abc"),
)
_TEXTS = st.lists(st.lists(st.sampled_from(_WORDS), max_size=30).map("".join), min_size=1, max_size=6)
_OWN = Matcher(
    [
        parse_cue("拖欠~工资", {}),
        parse_cue("工资^欠", {}),
        parse_cue("怀孕&辞退", {}),
        parse_cue("怀孕&拖欠~工资", {}),
        parse_cue("(没|未)签合同", {}, negatable=False),
        parse_cue("签合同", {}),
        parse_cue("(欠|拖欠)", {}),
    ]
)


def _check(matcher: Matcher, texts: list[str]) -> None:
    scanner = Scanner(matcher.words)
    side = join(texts, scanner.longest)
    places, numbers = scanner.find(side)
    of = np.searchsorted(side.begins, places, side="right") - 1
    (scanned,) = View([matcher], matcher.words).find(texts, side, of, places - side.begins[of], numbers)
    hits = matcher.hits(scanned)
    together = [
        (text, number, start, end, hits.surfaces.get(at, texts[text][start:end]), often, negated)
        for at, (text, number, start, end, often, negated) in enumerate(
            zip(*(column.tolist() for column in hits[:6]), strict=True)
        )
    ]
    alone = []
    for at, text in enumerate(texts):
        found = matcher.scan(text)
        by_itself = (matcher.match(number, found) for number in range(len(matcher.cues)))
        alone += [(at, *hit) for hit in by_itself if hit is not None]
    assert together == alone


@given(_TEXTS)
def test_cues_of_many_texts_are_those_that_each_has_by_itself(texts: list[str]) -> None:
    _check(_OWN, texts)


@settings(max_examples=20, deadline=None)
@given(_TEXTS)
def test_so_are_those_of_the_whole_lexicon(texts: list[str]) -> None:
    _check(lexicon().matcher, texts)


def test_evidence_is_the_sum_of_its_words_without_the_denied_ones() -> None:
    texts = ["公司没有拖欠工资", "公司拖欠工资", ""]
    denied, told, nothing = (one.evidence for one in model().terms.see(texts, [0, 0, 0]))
    assert told.of("category")["0101"] > denied.of("category").get("0101", 0.0)
    assert "拖欠工资" in told.reasons("category", "0101")
    assert "拖欠工资" not in denied.reasons("category", "0101")
    assert not nothing and nothing.of("category") == {} and nothing.totals.sum() == 0
