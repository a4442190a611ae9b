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
    "advance_payment_application": "先予执行申请书",
    "preservation_application": "财产保全申请书",
    "judicial_confirmation_application": "司法确认申请书",
    "group_representatives": "集体争议代表推举书",
    "union_reminder": "工会劳动法律监督提示函",
    "union_opinion": "工会劳动法律监督意见书",
    "union_suggestion": "工会劳动法律监督建议书",
    "union_seal_record": "工会印章备案表",
    "union_dues_receipt": "工会会费收据",
}


def _plain(text: str) -> str:
    """A text a worker reads: short sentences, no promise of a result."""
    if not text.strip() or text != text.strip():
        raise ValueError("为空，或首尾有空格 / a text is empty or has spaces at its ends")
    for sentence in re.split(r"[。！？；\n]", text):
        if len(sentence) > LONGEST_SENTENCE:
            raise ValueError(
                f"句子太长 / a sentence of {len(sentence)} characters, at most {LONGEST_SENTENCE}: {sentence[:20]}…"
            )
    for word in PROMISES:
        if word in text:
            raise ValueError(f"承诺了结果 / promises a result: {word}")
    return text


Plain = Annotated[str, AfterValidator(_plain)]


class Part(BaseModel):
    """Unknown keys are errors: a misspelt one would be lost in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Asked(Part):
    """A fact that changes the answer, and why it is asked."""

    fact: str
    why: Plain


class Told(Part):
    """A part of the answer that holds under a condition, and for whom.

    also_for: persons outside labour law (ids of `persons.yaml`, or `everyone`) for whom it holds just as well.
    """

    when: When = {}
    also_for: tuple[str, ...] = ()


class Right(Told):
    """What the law gives (权利), in the worker's words. `cites` is empty only where no text is at hand (S, U).

    also_cites: further articles that say so or go with it, such as those of 劳动法. A worker is told of them too, but
    whom it holds for is decided by `cites` alone (`persons.Closed.laws`). aside: told at the end, for who wants to read
    on, unless its condition is known to hold.
    """

    text: Plain
    cites: tuple[str, ...] = ()
    also_cites: tuple[str, ...] = ()
    basis: str = ""
    mark: Mark
    aside: bool = False

    @model_validator(mode="after")
    def _rests_on_something(self) -> Right:
        if not self.cites and not self.basis:
            raise ValueError("要写 cites 或 basis / a right cites an article, or names its basis")
        if self.mark == "V" and not self.cites:
            raise ValueError("标 V 要写 cites / mark V needs an article that was read: cite it, or mark it S or U")
        return self


class Branch(Told):
    """One row of the decision table: the first whose tests hold gives the conclusion. also_cites: see `Right`."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    conclusion: Plain
    en: str = Field(min_length=5)
    mark: Mark
    cites: tuple[str, ...] = ()
    also_cites: tuple[str, ...] = ()
    basis: str = ""


class Calculation(Told):
    """A calculator (handbook 2.7) that says how much. `given`: fields that the situation itself settles."""

    id: str = Field(pattern=r"^C[1-9][0-9]?$")
    gives: Plain
    given: dict[str, bool | int | str] = {}


class Limit(Told):
    """A clock (handbook 2.2): when it starts, what interrupts and suspends it, and the articles that say so."""

    code: str = Field(pattern=r"^L([1-9]|1[01])$")
    starts: Plain
    cites: tuple[str, ...] = ()
    interrupted: Plain | None = None
    suspended: Plain | None = None


class Body(Told):
    """A competent body (handbook 2.3), in the order in which one goes to it."""

    code: str = Field(pattern=r"^(B([1-9]|1[0-9]|20)|U)$")
    why: Plain


class Evidence(Told):
    """A thing to keep, and how to get it. `pack` is the evidence pack of handbook 2.4."""

    what: Plain
    how: Plain
    pack: str = Field(default="", pattern=r"^(E([0-9]|1[0-2]))?$")


class Step(Told):
    """A next step: what to do, where, what to bring, how long it takes."""

    do: Plain
    where: str = ""
    bring: str = ""
    takes: str = ""


class Paper(Told):
    """A paper that can be written (`DOCUMENTS`). In a file a bare id does where it has no condition."""

    id: str

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, row: object) -> object:
        return {"id": row} if isinstance(row, str) else row


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
    documents: tuple[Paper, ...] = ()
    union_help: tuple[Plain, ...] = Field(min_length=1)
    dangers: tuple[Plain, ...] = Field(min_length=1)
    uncertain: tuple[Plain, ...] = ()
    valid_from: date
    valid_to: date | None = None
    source: Source

    @model_validator(mode="after")
    def _whole(self) -> Topic:
        if unknown := {paper.id for paper in self.documents} - set(DOCUMENTS):
            raise ValueError(f"没有这种文书 / no document {sorted(unknown)}; there are {sorted(DOCUMENTS)}")
        if len(set(self.phrasings)) < len(self.phrasings):
            raise ValueError("有一种说法写了两遍 / a phrasing stands twice")
        ids = [branch.id for branch in self.branches]
        if len(set(ids)) < len(ids):
            raise ValueError("两行的 id 相同 / two branches have one id")
        if self.branches[-1].when:
            raise ValueError("最后一行不能有条件 / the last branch must have no `when`: it is what holds otherwise")
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to 早于 valid_from / valid_to lies before valid_from")
        return self

    def conditions(self) -> list[tuple[str, When]]:
        """Every condition of the file with its place."""
        found = [(f"branches.{branch.id}", branch.when) for branch in self.branches]
        return found + [(place, part.when) for place, part in self.parts()]

    def parts(self) -> list[tuple[str, Told]]:
        """Every part of the answer beside the decision table, with its place."""
        kinds = ("rights", "calculators", "limits", "bodies", "evidence", "steps", "documents")
        return [(f"{kind}[{place}]", part) for kind in kinds for place, part in enumerate(getattr(self, kind))]

    def citations(self) -> list[tuple[str, str]]:
        """Every citation of the file with its place."""
        found = [
            (f"rights[{place}]", cite)
            for place, right in enumerate(self.rights)
            for cite in (*right.cites, *right.also_cites)
        ]
        found += [(f"limits[{place}]", cite) for place, limit in enumerate(self.limits) for cite in limit.cites]
        return found + [
            (f"branches.{branch.id}", cite) for branch in self.branches for cite in (*branch.cites, *branch.also_cites)
        ]
