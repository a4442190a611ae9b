"""Services that fit: three-valued rules and lay needs, over the catalogue at hand."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.brain import understand
from gonghui.brain.match import Fit, decide, facts_of, offers
from gonghui.brain.match import match as match_services
from gonghui.brain.match.fit import ARTEFACT, sentences_of
from gonghui.brain.match.retrieval import kept_vectors
from gonghui.brain.match.rules import FACTS
from gonghui.services.matching import matcher

DAY = date(2026, 11, 25)
SERVICES = {service.id: service for service in matcher().services}
A_FACT = st.sampled_from(sorted(FACTS)).flatmap(
    lambda name: st.tuples(
        st.just(name),
        {int: st.integers(0, 200), bool: st.booleans(), str: st.sampled_from(["rider", "truck_driver", "enterprise"])}[
            FACTS[name][0]
        ],
    )
)


def match(text: str, facts: object = None, day: date | None = None) -> list[Fit]:
    return match_services(text, matcher(), facts, day)  # type: ignore[arg-type]


def ids(text: str, **facts: object) -> list[str]:
    return [fit.id for fit in match(text, facts, DAY)]


def test_the_catalogue_has_the_28_modules_and_its_vectors() -> None:
    assert {f"M{n:02d}" for n in range(1, 29)} <= set(SERVICES)
    assert kept_vectors(sentences_of(matcher().services), ARTEFACT) is not None


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("没钱看病", "M15"),
        ("没钱看病", "M17"),
        ("送外卖想找个地方歇脚", "M18"),
        ("暑假没人带孩子", "M26"),
        ("想学电工考个证", "M09"),
        ("老板不发工资", "M06"),
        ("请不起律师", "M05"),
        ("公司想请工匠解决焊接变形", "M12"),
        ("失业了能领什么钱", "P01"),
    ],
)
def test_a_need_in_lay_words_finds_its_service(text: str, service: str) -> None:
    assert service in ids(text)


@given(st.dictionaries(st.sampled_from(sorted(FACTS)), st.none(), max_size=0), st.lists(A_FACT, max_size=8), A_FACT)
def test_one_more_fact_settles_and_never_unsettles(
    none: dict[str, None], known: list[tuple[str, object]], more: tuple[str, object]
) -> None:
    before = {name: value for name, value in known if name != more[0]}
    after = {**before, more[0]: more[1]}
    for service in SERVICES.values():
        first, then = decide(service.eligibility, before), decide(service.eligibility, after)  # type: ignore[arg-type]
        if first.status in ("fits", "no"):
            assert then.status in (first.status, "no")
        assert set(then.ask) <= set(first.ask) or then.status == "no"
        if first.status == "no":
            assert then.status == "no"


def test_what_is_not_known_is_asked_and_never_refused() -> None:
    for service in SERVICES.values():
        assert decide(service.eligibility, {}).status == ("depends" if service.eligibility else "fits")
    wrong_kind = decide(SERVICES["M04"].eligibility, {"member": 1, "member_months": True, "worker_type": 3})
    assert wrong_kind.status == "depends"


def test_a_refusal_says_why_and_what_one_may_have_instead() -> None:
    kit = next(f for f in match("骑手入会礼包", {"worker_type": "rider", "member": False}, DAY) if f.id == "M04")
    assert kit.status == "no"
    assert kit.why == (("需要先入会", "Membership comes first"),)
    assert kit.instead == ("M01",)
    assert match("骑手入会礼包", {"worker_type": "rider", "member": False}, DAY)[0].status != "no"


def test_a_policy_is_there_only_while_it_is_valid() -> None:
    assert "P01" in [fit.id for fit in match("失业保险金怎么领", {}, DAY)]
    assert "P01" not in [fit.id for fit in match("失业保险金怎么领", {}, date(2005, 1, 1))]


def test_what_is_only_reported_is_not_told_as_certain() -> None:
    subsidy = next(fit for fit in match("货车司机意外伤害补助", {}, DAY) if fit.id == "P05")
    assert not subsidy.sure


def test_facts_come_from_the_message_itself() -> None:
    assert facts_of(understand("我是外卖骑手，今年45岁，站点不给我结工资")) == {"age": 45, "worker_type": "rider"}
    assert facts_of(understand("老板不发工资")) == {}


def test_in_danger_only_what_is_there_for_danger_is_offered() -> None:
    assert offers(understand("我得了重病没钱治，工会能帮忙吗，家里太困难了"), matcher(), DAY) != []
    grave = offers(understand("我不想活了，今晚就从楼上跳下去，家里太困难了没有钱"), matcher(), DAY)
    assert [fit.id for fit in grave if fit.id != "M23"] == []


@pytest.mark.parametrize("text", ["", "😀", "!!!", "\ud800\udfff", "a" * 1_000_000, "Hello", "欠薪" * 100_000])
def test_odd_texts_are_taken(text: str) -> None:
    assert isinstance(match(text, {}, DAY), list)
    assert match("😀", {}, DAY) == []
