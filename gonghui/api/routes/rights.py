"""What the law gives: an answer to a worker's words, the situations it knows, and the calculators."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language
from ninja import Router, Schema

from gonghui.api.door import operation
from gonghui.api.http import Request
from gonghui.appeals.intake import IntakeData
from gonghui.kernel.errors import InvalidData, NotFound
from gonghui.law.advice import advise
from gonghui.law.advice.words import text_of
from gonghui.law.calculators import FactsError, calculators
from gonghui.law.topics import topics
from gonghui.law.topics.library import as_data

router = Router()


class AdviceIn(Schema):
    text: str
    title: str = ""
    facts: dict[str, Any] = {}
    unknown: list[str] = []
    region: str | None = None
    topics: list[str] = []


@router.post("/advice", response=dict[str, Any], summary="权益解答 / what the law gives")
@operation("appeals:write", "appeals:read")
def advice(request: Request, body: AdviceIn) -> dict[str, Any]:
    """Situations, facts, questions, rights with citations, amounts, deadlines, evidence, steps, documents; and `text`,
    the same in plain words. Nothing is stored. `facts` are answers by name, `unknown` what the worker cannot tell."""
    said = IntakeData.parse({"description": body.text, "title": body.title})
    try:
        plan = advise(
            said.description, body.facts, title=said.title, region=body.region, codes=body.topics, without=body.unknown
        )
    except FactsError as error:
        raise InvalidData({f"facts.{name}": texts for name, texts in error.errors.items()}) from None
    return {**plan.to_dict(), "text": text_of(plan, get_language() or "zh")}


class TopicOut(Schema):
    id: str
    zh: str
    en: str
    status: str


@router.get("/topics", response=list[TopicOut], summary="权益情形 / situations")
@operation()
def topic_list(request: Request) -> list[TopicOut]:
    """All situations, each with how far it was checked."""
    return [TopicOut(id=t.id, zh=t.zh, en=t.en, status=t.source.status) for t in topics().topics.values()]


@router.get("/topics/{code}", response=dict[str, Any], summary="一种情形 / one situation")
@operation()
def topic(request: Request, code: str) -> dict[str, Any]:
    found = topics().topics.get(code)
    if found is None:
        raise NotFound
    return as_data(found)


class FieldOut(Schema):
    name: str
    label: str
    ask: str
    why: str
    required: bool


class CalculatorOut(Schema):
    id: str
    name: str
    english: str
    fields: list[FieldOut]


@router.get("/calculators", response=list[CalculatorOut], summary="计算器 / calculators")
@operation()
def calculator_list(request: Request) -> list[CalculatorOut]:
    """All calculators and the facts each asks for."""
    return [
        CalculatorOut(
            id=one.id,
            name=one.name,
            english=one.english,
            fields=[
                FieldOut(name=f.name, label=f.label, ask=f.ask, why=f.why, required=f.required) for f in one.fields
            ],
        )
        for one in calculators().values()
    ]


class FactsIn(Schema):
    facts: dict[str, Any]


@router.post("/calculators/{code}", response=dict[str, Any], summary="计算 / compute")
@operation("appeals:write", "appeals:read")
def compute(request: Request, code: str, body: FactsIn) -> dict[str, Any]:
    """A result with its working, or `missing`: the questions it cannot do without."""
    found = calculators().get(code)
    if found is None:
        raise NotFound
    try:
        return found.run(body.facts).as_dict()
    except FactsError as error:
        raise InvalidData({f"facts.{name}": texts for name, texts in error.errors.items()}) from None
