"""The parts of a situation's file (权益情形), checked in form. What they cite is checked by `library`."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from gonghui.law.topics.facts import When

# How sure a statement is (handbook 0.1): read in the statute; seen in a secondary source; not verified.
Mark = Literal["V", "S", "U"]
LONGEST_SENTENCE = 80
PROMISES = ("一定能", "一定会赢", "肯定能", "肯定会赢", "保证您", "包赢", "必胜", "百分之百能")
DOCUMENTS = {
    "arbitration_application": "劳动仲裁申请书",
    "evidence_list": "证据清单",
    "supervision_complaint": "劳动监察投诉书",
    "injury_recognition_form": "工伤认定申请表",
    "forced_resignation_notice": "被迫解除劳动合同通知书",
    "payment_order_application": "支付令申请书",
    "mediation_application": "调解申请书",
    "legal_aid_application": "法律援助申请表",
    "power_of_attorney": "授权委托书",
    "wage_demand_letter": "工资支付催告函",
    "union_reminder": "工会劳动法律监督提示函",
    "union_opinion": "工会劳动法律监督意见书",
    "union_suggestion": "工会劳动法律监督建议书",
}


def _plain(text: str) -> str:
    """A text a worker reads: short sentences, no promise of a result."""
    if not text.strip() or text != text.strip():
        raise ValueError("a text is empty or has spaces at its ends")
    for sentence in re.split(r"[。！？；\n]", text):
        if len(sentence) > LONGEST_SENTENCE:
            raise ValueError(f"a sentence of {len(sentence)} characters, at most {LONGEST_SENTENCE}: {sentence[:20]}…")
    for word in PROMISES:
        if word in text:
            raise ValueError(f"promises a result: {word}")
    return text


Plain = Annotated[str, AfterValidator(_plain)]


class Part(BaseModel):
    """Unknown keys are errors: a misspelt one would be lost in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Asked(Part):
    """A fact that changes the answer, and why it is asked."""

    fact: str
    why: Plain


class Right(Part):
    """What the law gives (权利), in the worker's words. `cites` is empty only where no text is at hand (S, U)."""

    text: Plain
    cites: tuple[str, ...] = ()
    basis: str = ""
    mark: Mark
    when: When = {}

    @model_validator(mode="after")
    def _rests_on_something(self) -> Right:
        if not self.cites and not self.basis:
            raise ValueError("a right cites an article, or names its basis")
        if self.mark == "V" and not self.cites:
            raise ValueError("mark V needs an article that was read: cite it, or mark it S or U")
        return self


class Branch(Part):
    """One row of the decision table: the first whose tests hold gives the conclusion."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    when: When = {}
    conclusion: Plain
    en: str = Field(min_length=5)
    mark: Mark
    cites: tuple[str, ...] = ()
    basis: str = ""


class Calculation(Part):
    """A calculator (handbook 2.7) that says how much."""

    id: str = Field(pattern=r"^C[1-9][0-9]?$")
    gives: Plain
    when: When = {}


class Limit(Part):
    """A clock (handbook 2.2): when it starts, what interrupts and suspends it."""

    code: str = Field(pattern=r"^L([1-9]|1[01])$")
    starts: Plain
    interrupted: Plain | None = None
    suspended: Plain | None = None
    when: When = {}


class Body(Part):
    """A competent body (handbook 2.3), in the order in which one goes to it."""

    code: str = Field(pattern=r"^(B([1-9]|1[0-9]|20)|U)$")
    why: Plain
    when: When = {}


class Evidence(Part):
    """A thing to keep, and how to get it. `pack` is the evidence pack of handbook 2.4."""

    what: Plain
    how: Plain
    pack: str = Field(default="", pattern=r"^(E([0-9]|1[0-2]))?$")
    when: When = {}


class Step(Part):
    """A next step: what to do, where, what to bring, how long it takes."""

    do: Plain
    where: str = ""
    bring: str = ""
    takes: str = ""
    when: When = {}


class Source(Part):
    """Where the content comes from and how far it was checked."""

    handbook: str
    status: Literal["verified", "secondary", "unverified"]
    checked: date


class Topic(Part):
    """A situation of handbook 2.6."""

    id: str = Field(pattern=r"^R\d\d$")
    zh: str
    en: str
    categories: tuple[Annotated[str, Field(pattern=r"^\d{4}$")], ...] = Field(min_length=1)
    frequent: bool = False
    definition: Plain
    phrasings: tuple[str, ...] = Field(min_length=8)
    applies: tuple[Plain, ...] = Field(min_length=1)
    asks: tuple[Asked, ...] = Field(min_length=1)
    branches: tuple[Branch, ...] = Field(min_length=1)
    rights: tuple[Right, ...] = Field(min_length=1)
    calculators: tuple[Calculation, ...] = ()
    limits: tuple[Limit, ...] = ()
    bodies: tuple[Body, ...] = Field(min_length=1)
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    steps: tuple[Step, ...] = Field(min_length=3)
    documents: tuple[str, ...] = ()
    union_help: tuple[Plain, ...] = Field(min_length=1)
    dangers: tuple[Plain, ...] = Field(min_length=1)
    uncertain: tuple[Plain, ...] = ()
    valid_from: date
    valid_to: date | None = None
    source: Source

    @model_validator(mode="after")
    def _whole(self) -> Topic:
        if unknown := set(self.documents) - set(DOCUMENTS):
            raise ValueError(f"no document {sorted(unknown)}; there are {sorted(DOCUMENTS)}")
        if len(set(self.phrasings)) < len(self.phrasings):
            raise ValueError("a phrasing stands twice")
        ids = [branch.id for branch in self.branches]
        if len(set(ids)) < len(ids):
            raise ValueError("two branches have one id")
        if self.branches[-1].when:
            raise ValueError("the last branch must have no `when`: it is what holds otherwise")
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to lies before valid_from")
        return self

    def conditions(self) -> list[tuple[str, When]]:
        """Every condition of the file with its place."""
        found = [(f"branches.{branch.id}", branch.when) for branch in self.branches]
        for name in ("rights", "calculators", "limits", "bodies", "evidence", "steps"):
            found += [(f"{name}[{place}]", part.when) for place, part in enumerate(getattr(self, name))]
        return found

    def citations(self) -> list[tuple[str, str]]:
        """Every citation of the file with its place."""
        found = [(f"rights[{place}]", cite) for place, right in enumerate(self.rights) for cite in right.cites]
        return found + [(f"branches.{branch.id}", cite) for branch in self.branches for cite in branch.cites]
