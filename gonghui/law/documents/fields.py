"""What is known for a paper (文书要素): typed, cleaned, and empty where nothing is known. Nothing here is stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from gonghui.law.topics import FactValue, topics

# What XML 1.0 cannot hold, and marks that turn the direction of writing: with them a paper shows what it does not say.
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069\ufeff]"
)
# A field is called `date`, which would hide the type.
Day = date
LONGEST = 4000
LONGEST_NAME = 300
MOST_ROWS = 100


def clean(text: object) -> object:
    """One line without what a Word file cannot hold. Other things than text are left to their own check."""
    return " ".join(_UNFIT.sub("", text).split()) if isinstance(text, str) else text


def paragraphs(text: str) -> tuple[str, ...]:
    """The lines of a text that have something in them."""
    return tuple(line for raw in text.splitlines() if (line := str(clean(raw))))


Line = Annotated[str, BeforeValidator(clean), Field(max_length=LONGEST_NAME)]
Passage = Annotated[str, BeforeValidator(clean), Field(max_length=LONGEST)]
Rows = Annotated[tuple[Passage, ...], Field(max_length=MOST_ROWS)]


class Part(BaseModel):
    """Unknown keys are errors: what was misspelt would be a blank in the paper."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Person(Part):
    """The worker (劳动者): what 调仲28 asks for, and what forms ask besides."""

    name: Line = ""
    sex: Line = ""
    age: int | None = Field(default=None, ge=10, le=120)
    birth: Day | None = None
    nation: Line = ""
    id_number: Line = ""
    phone: Line = ""
    address: Line = ""
    job: Line = ""

    @model_validator(mode="after")
    def _not_born_later(self) -> Person:
        if self.birth is not None and not date(1900, 1, 1) <= self.birth <= date(2100, 1, 1):
            raise ValueError("出生日期不对 / no day of birth")
        return self


class Employer(Part):
    """The employer (用人单位). `representative`: 法定代表人或者主要负责人; `post`: 职务."""

    name: Line = ""
    uscc: Line = ""
    address: Line = ""
    representative: Line = ""
    post: Line = ""
    phone: Line = ""


class Claim(Part):
    """A request (请求): a sum of some kind, or a sentence of its own in `text`. wage: owed for work (劳动报酬).
    otherwise: asked for only where another request fails; no part of a total. advance: what of it an award in advance
    (先予执行, 调仲44) can give: `what` itself, or a part by its name; "" for nothing."""

    what: Line = ""
    wage: bool = False
    otherwise: bool = False
    advance: Line = ""
    amount: Decimal | None = Field(default=None, ge=0, max_digits=14, decimal_places=2)
    working: Rows = ()
    text: Passage = ""


class Proof(Part):
    """A piece of evidence (证据): what it is, what it proves, where it comes from, original or copy, pages."""

    what: Passage = ""
    proves: Passage = ""
    source: Passage = ""
    form: Line = ""
    pages: Line = ""


class Witness(Part):
    """证人: name and home (调仲28)."""

    name: Line = ""
    address: Line = ""


class Agent(Part):
    """委托代理人."""

    name: Line = ""
    sex: Line = ""
    id_number: Line = ""
    phone: Line = ""
    unit: Line = ""
    relation: Line = ""


class Injury(Part):
    """The accident or disease (工伤18): time, place, cause, degree."""

    on: Day | None = None
    place: Line = ""
    cause: Passage = ""
    part: Line = ""
    diagnosed_on: Day | None = None
    hospital: Line = ""
    disease: Line = ""


class Letter(Part):
    """What one of the union's letters (一函两书) says besides (handbook 3.2). Findings, breaches and asks that nobody
    wrote (None) come from facts, law and claims. `reply_unit`: 日 or 个工作日 (so where none is
    said); `supervisors`: who inquired;
    `previous_…`: the letter before this one and what it came to."""

    number: Line = ""
    union: Line = ""
    clue: Line = ""
    people: int | None = Field(default=None, ge=1)
    findings: Rows | None = None
    breaches: Rows | None = None
    asks: Rows | None = None
    deadline: Day | None = None
    reply_days: int | None = Field(default=None, ge=1, le=120)
    reply_unit: Line = ""
    supervisors: Line = ""
    previous_number: Line = ""
    previous_on: Day | None = None
    previous_result: Line = ""
    contact: Line = ""
    phone: Line = ""
    signer: Line = ""
    attachments: Rows = ()


class Record(Part):
    """What the union's own records (印章备案, 会费收据) say. `above`: who approved; `month`: what a receipt is of."""

    number: Line = ""
    union: Line = ""
    above: Line = ""
    approved_on: Day | None = None
    chair: Line = ""
    legal_code: Line = ""
    seal_on: Day | None = None
    bank: Line = ""
    member_no: Line = ""
    month: Line = ""
    value: Decimal | None = Field(default=None, gt=0, max_digits=14, decimal_places=2)
    way: Line = ""
    signer: Line = ""


class Fields(Part):
    """All that a paper may be filled with. `facts` are told in sentences, `story` in the worker's own words.

    account: 事实与理由 as a person wrote it, instead of what facts and story give. region: the county where the
    competent body is; body: its full name, if known. laws: articles in words. date: of signing.
    """

    person: Person = Person()
    employer: Employer = Employer()
    facts: Mapping[str, FactValue] = {}
    story: Rows = ()
    account: Rows | None = None
    claims: Annotated[tuple[Claim, ...], Field(max_length=MOST_ROWS)] = ()
    laws: Rows = ()
    evidence: Annotated[tuple[Proof, ...], Field(max_length=MOST_ROWS)] = ()
    witnesses: Annotated[tuple[Witness, ...], Field(max_length=MOST_ROWS)] = ()
    agent: Agent = Agent()
    injury: Injury = Injury()
    letter: Letter = Letter()
    record: Record = Record()
    region: Line = ""
    body: Line = ""
    date: Day | None = None

    @field_validator("facts", mode="before")
    @classmethod
    def _read(cls, raw: object) -> object:
        """Each answer by the fact it is of: "2024-01-01" is a day only where a day is asked for."""
        if not isinstance(raw, Mapping):
            return raw
        known = topics().facts
        if unknown := set(raw) - set(known):
            raise ValueError(f"没有这个问题 / no such fact: {sorted(map(str, unknown))}")
        try:
            return {name: known[name].read(value) for name, value in raw.items() if value is not None and value != ""}
        except ArithmeticError as error:
            raise ValueError("请填数字 / give a number") from error
