"""What the checks see and let pass; what lay words find; what a fit looks at, and what it must not."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonghui.jobs import checks, matching, postings, tables
from gonghui.jobs.models import Posting, Seeker
from gonghui.jobs.tests.support import pay
from gonghui.organisations.models import Region

DAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ("入职交500元服装费", {"fee"}),
        ("需缴纳押金300元，离职退还", {"fee"}),
        ("不交押金不能上岗", {"fee"}),
        ("无需押金，不收任何费用，体检费由单位承担", set()),
        ("不收押金、服装费全免，培训费公司出", set()),
        ("身份证由公司统一保管", {"id_card"}),
        ("绝不扣押身份证", set()),
        ("面试请带身份证", set()),
        ("只招男工", {"sex"}),
        ("女士优先，已婚已育", {"sex"}),
        ("男女不限，不限年龄", set()),
        ("要求18-45岁", {"age"}),
        ("35周岁以下", {"age"}),
        ("年满16周岁，多大都可以", set()),
        ("工龄3-5年优先", set()),
        ("限本地户口", {"origin"}),
        ("不要河南人", {"origin"}),
        ("体检查乙肝", {"origin"}),
        ("加微信 abc12345 详谈", {"contact"}),
        ("电话一三八零零一三八零零零", {"contact"}),
        ("联系 138 0013 8000", {"contact"}),
        ("微信公众号会发通知", set()),
        ("在家刷单日赚三百", {"lure"}),
        ("缅甸高薪客服", {"lure"}),
        ("996，每天12小时", {"hours"}),
        ("每天8小时，每周休两天", set()),
    ],
)  # fmt: skip
def test_wording_is_judged_with_its_denials(said: str, codes: set[str]) -> None:
    assert {hit.code for hit in checks.by_words(said)} == codes


def test_pay_is_compared_with_the_minimum_wage_and_the_trade() -> None:
    # The rows on record for Guizhou are unverified: they ask, and never say that it is too low.
    assert [hit.code for hit in checks.by_pay(pay("1500", "2000"), DAY)] == ["pay_ask"]
    assert checks.by_pay(pay("4000", "5000"), DAY) == []
    found = {hit.code for hit in checks.by_pay(pay("9000", "30000", insured=False), DAY)}
    assert found == {"pay_high", "pay_wide", "insurance"}
    assert [hit.code for hit in checks.by_pay(pay("15", "18", pay_by="hour", form="part"), DAY)] == ["pay_ask"]


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=200))
def test_any_text_can_be_checked_and_is_quoted_as_it_stands(text: str) -> None:
    from gonghui.brain.text import normalise

    clean = normalise(text).lower()
    assert all(words in clean for hit in checks.by_words(text) for words in hit.seen)


JOBS = (
    ("包装工", "factory", "在车间装箱、贴标签，坐着干活，不用经验，会教。"),
    ("叉车司机", "storage", "仓库里开叉车装卸货，要有叉车证，注意安全。"),
    ("餐厅服务员", "catering", "迎客、点单、传菜、收桌，带薪培训。"),
    ("客房保洁", "cleaning", "打扫客房、换床单，做完可以走。"),
    ("快递派件员", "delivery", "片区送快递、收件，公司配电动车，多劳多得。"),
    ("养老护理员", "domestic", "照顾老人起居、喂饭、翻身，没有证的可以先来。"),
    ("育儿嫂", "domestic", "上门带孩子、做辅食，要有耐心。"),
    ("低压电工", "technical", "酒店水电维修、巡检，要有电工证。"),
    ("文员", "office", "做表格、接电话、整理合同，会用电脑。"),
    ("小区保安", "guarding", "门岗值班、巡逻、登记来访车辆。"),
    ("货车司机", "driving", "跑省内线，装卸有人，要 B2 驾驶证。"),
    ("电话客服", "calling", "接听来电、记录问题，普通话标准。"),
)
# Words as people might say them, written apart from the postings above by one of us: a guard, not a benchmark.
ASKED = (
    ("打螺丝进厂", "包装工"), ("流水线不要经验的", "包装工"), ("会开叉车找个活", "叉车司机"), ("端盘子", "餐厅服务员"),
    ("饭店里干活", "餐厅服务员"), ("打扫卫生的工作", "客房保洁"), ("扫地", "客房保洁"), ("送快递", "快递派件员"),
    ("骑电动车送东西", "快递派件员"), ("伺候老人", "养老护理员"), ("护工", "养老护理员"), ("给人家看小孩", "育儿嫂"),
    ("月嫂保姆", "育儿嫂"), ("修电路", "低压电工"), ("有电工证", "低压电工"), ("坐办公室打字", "文员"),
    ("会用电脑的轻松工作", "文员"), ("看大门", "小区保安"), ("当门卫", "小区保安"), ("拉货跑长途", "货车司机"),
    ("有B2驾照", "货车司机"), ("接电话", "电话客服"),
)  # fmt: skip


def _job(number: int, title: str, trade: str, text: str) -> Posting:
    region = Region(code="520102", name="南明区", full_name="贵州省贵阳市南明区", level=3)
    return Posting(
        pk=number, title=title, trade=trade, text=text, employer="某单位", region=region, pay_by="month", shift="day",
        pay_min=Decimal(4000), pay_max=Decimal(5000), insured=True, board="", form="full", certificates="", hours="",
        closes=DAY + timedelta(days=30), vector=matching.vector_of(f"{title}，{text}"),
    )  # fmt: skip


def test_lay_words_find_the_job_among_the_first_three() -> None:
    rows = [_job(number, *row) for number, row in enumerate(JOBS, 1)]
    found = {asked: [row.title for row in postings.found_by(asked, rows)[:3]] for asked, _wanted in ASKED}
    missed = [(asked, found[asked]) for asked, wanted in ASKED if wanted not in found[asked]]
    assert len(missed) <= 2, missed
    assert postings.found_by("zzzz", rows) == []


def _seeker(**changes: object) -> Seeker:
    fields: dict[str, object] = {
        "region_id": "520102", "post": "普工", "trades": ["factory"], "commute": "city", "pay_least": Decimal(4000),
        "starts": DAY, "no_shifts": [], "insured_only": False, "skills": [], "vector": b"", **changes,
    }  # fmt: skip
    return Seeker(**fields)


def test_a_fit_says_why_and_what_is_out_of_the_question_is_left_out() -> None:
    job = _job(1, *JOBS[0])
    good = matching.fit(_seeker(), job, 0.0, DAY)
    assert good is not None and "同一个区县" in good.reasons and "工资在您要的范围" in good.reasons
    for changes in (
        {"pay_least": Decimal(5001)},
        {"no_shifts": ["day"]},
        {"region_id": "620102"},
        {"commute": "county", "region_id": "520103"},
        {"trades": [], "post": "会计"},
    ):
        assert matching.fit(_seeker(**changes), job, 0.0, DAY) is None, changes
    job.insured = False
    assert matching.fit(_seeker(insured_only=True), job, 0.0, DAY) is None
    job.certificates = "健康证"
    without, having = matching.fit(_seeker(), job, 0.0, DAY), matching.fit(
        _seeker(skills=[{"kind": "health", "level": ""}]), job, 0.0, DAY
    )  # fmt: skip
    assert without is not None and having is not None
    assert without.care == ("它要的证书，您没有登记",) and having.score > without.score


@settings(max_examples=25, deadline=None)
@given(
    likeness=st.floats(0, 1),
    least=st.integers(1, 9000),
    region=st.sampled_from(["520102", "520103", "520201", "620102"]),
    commute=st.sampled_from(["county", "city", "province", "anywhere"]),
)
def test_a_fit_never_asks_who_somebody_is_and_more_likeness_is_never_worse(
    likeness: float, least: int, region: str, commute: str
) -> None:
    job = _JOB
    plain = _seeker(pay_least=Decimal(least), region_id=region, commute=commute)
    other = _seeker(
        pay_least=Decimal(least), region_id=region, commute=commute, groups=list(tables.groups()), seeker_name="李四"
    )
    assert matching.fit(plain, job, likeness, DAY) == matching.fit(other, job, likeness, DAY)
    lower, higher = matching.fit(plain, job, likeness / 2, DAY), matching.fit(plain, job, likeness, DAY)
    assert (lower is None) == (higher is None)
    if lower is not None and higher is not None:
        assert 0 <= lower.score <= higher.score <= 1


_JOB = _job(1, *JOBS[0])
