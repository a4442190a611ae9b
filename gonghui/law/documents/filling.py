"""From the plan of an answer to what a paper is filled with (要素): claims, facts, law, evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import cn2an

from gonghui import yamls
from gonghui.law.advice.plan import Amount, Cited, Conclusion, Plan, Statement
from gonghui.law.documents.fields import Claim, Employer, Fields, Letter, Person, Proof, paragraphs
from gonghui.law.documents.slots import HERE
from gonghui.law.store import LawStore

MOST_LAWS = 8
# What an evidence pack (handbook 2.4) proves.
PROVES = {
    "E0": "当事人的身份和主体资格",
    "E1": "双方存在劳动关系",
    "E2": "工资标准和实际发放、拖欠的情况",
    "E3": "加班的事实和时间",
    "E4": "劳动关系解除的经过和理由",
    "E5": "受伤的时间、地点、原因和伤情",
    "E6": "职业史和接触职业病危害的情况",
    "E7": "怀孕、生育的事实和时间",
    "E8": "工程项目、用工和工资支付的责任主体",
    "E9": "平台用工、接单和管理的情况",
    "E10": "骚扰的事实和报告、处理的经过",
    "E11": "社会保险缴纳的情况",
    "E12": "竞业限制约定和履行的情况",
}
# A whole office's name needs a county or district: a city has several of them.
_COUNTY = re.compile(r"(?:区|县|旗)$|市.+市$")
_PLACE = re.compile(r"\.(\d+)?(?:\((\d+)\))?$|\((\d+)\)$")

OWED = "owed"


@cache
def _claims() -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = yamls.read((HERE / "claims.yaml").read_bytes())
    return loaded


def from_plan(
    plan: Plan, *, person: Person | None = None, employer: Employer | None = None, region: str = "", story: str = ""
) -> Fields:
    """The fields that the plan gives. `story`: the worker's own words. The day of signing stays open."""
    return Fields(
        person=person or Person(),
        employer=employer or Employer(),
        facts=dict(plan.facts),
        story=paragraphs(story),
        claims=tuple(_wanted(plan)),
        laws=tuple(laws(plan)),
        evidence=tuple(_evidence(plan)),
        # A letter names what was broken: the articles under the conclusion, not all that the worker may do.
        letter=Letter(breaches=tuple(laws(plan, rights=False)) or None),
        region=region or (plan.place if _COUNTY.search(plan.place) else ""),
    )


def _wanted(plan: Plan) -> Iterator[Claim]:
    """A claim for each sum of the answer. One that hangs on more than the worker told has a blank for the sum."""
    told: dict[str, Claim] = {}
    for section in plan.sections:
        owed = plan.facts.get("owed")
        if section.person and isinstance(owed, Decimal) and OWED not in told:
            # Their money for work is no wage under labour law, and no calculator adds it up.
            told[OWED] = _kind(_claims()[OWED]).model_copy(update={"amount": owed})
        for amount in section.amounts:
            kind = _claims().get(amount.calculator)
            if kind is None or amount.calculator in told:
                continue
            claim = _claim(amount, kind, plan)
            if claim is not None:
                told[amount.calculator] = claim
    # Two sums that are never due together are asked for one after the other: the second only where the first fails.
    for name in [name for name in told if _claims()[name].get("or_else") in told]:
        told[name] = told.pop(name).model_copy(update={"what": str(_claims()[name]["then"]), "otherwise": True})
    yield from told.values()


def _claim(amount: Amount, kind: dict[str, Any], plan: Plan) -> Claim | None:
    claim = _kind(kind)
    if amount.supposed:
        return claim if kind.get("always") else None
    if amount.result is not None and isinstance(amount.result.amount, Decimal):
        if amount.result.amount == 0:
            return None
        sum_ = {"amount": amount.result.amount, "working": tuple(_steps(amount.result.steps))}
        return claim.model_copy(update=sum_)
    if amount.result is not None and amount.result.amount is not None:
        # A range is no sum to ask for: its working stands in the reasons, the sum is for the worker to put.
        return claim.model_copy(update={"working": tuple(_steps(amount.result.steps))})
    owed = plan.facts.get("owed")
    if amount.calculator == "C24" and isinstance(owed, Decimal):
        return claim.model_copy(update={"amount": owed})
    return claim if kind.get("always") else None


def _kind(kind: dict[str, Any]) -> Claim:
    """A claim of that kind (`claims.yaml`) before its sum is known."""
    what, advance = str(kind["what"]), kind.get("advance", False)
    return Claim(what=what, wage=bool(kind.get("wage")), advance=what if advance is True else advance or "")


def _steps(steps: tuple[str, ...]) -> Iterator[str]:
    for step in steps:
        yield step.rstrip("。；")


def laws(plan: Plan, *, rights: bool = True) -> list[str]:
    """Articles under what holds for sure, read in the text (mark V): 《劳动合同法》第三十八条第一款第（二）项.

    Those that only go with it stay out: a few of one right would take the places of the articles another rests on.
    """
    found: dict[str, None] = {}
    for section in plan.sections:
        sure: list[Conclusion | Statement] = [section.conclusion]
        if rights:
            sure += [right for right in section.rights if not right.depends]
        for statement in sure:
            if statement.mark == "V":
                rests_on = statement.cites[: len(statement.cites) - statement.further]
                found.update(dict.fromkeys(in_words(cited) for cited in rests_on))
    # 第八十五条第（一）项 says more than 第八十五条 does.
    exact = [one for one in found if not any(other != one and other.startswith(f"{one}第") for other in found)]
    return exact[:MOST_LAWS]


def in_words(cited: Cited) -> str:
    """An article with paragraph and item as papers name them."""
    article = LawStore.default().get(cited.id)
    assert article is not None, "checked when the situations were read"
    said = article.citation
    match = _PLACE.search(cited.place)
    if match is None:
        return said
    paragraph, item = match[1], match[2] or match[3]
    said += f"第{cn2an.an2cn(paragraph)}款" if paragraph else ""
    return said + (f"第（{cn2an.an2cn(item)}）项" if item else "")


def _evidence(plan: Plan) -> Iterator[Proof]:
    told: set[str] = set()
    for section in plan.sections:
        for one in section.evidence:
            if one.what not in told:
                told.add(one.what)
                yield Proof(what=one.what, proves=PROVES.get(one.pack, ""))
