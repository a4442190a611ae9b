"""What the law gives: an answer to a worker's words, the situations it knows, and the calculators."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import Router, Schema

from gonghui.api.door import operation
from gonghui.api.http import Request
from gonghui.api.routes.appeals import seen
from gonghui.appeals.intake import IntakeData
from gonghui.kernel.errors import InvalidData, NotAllowed, NotFound
from gonghui.kernel.language import in_english
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import visible_to
from gonghui.kernel.times import today
from gonghui.knowledge import answers
from gonghui.knowledge.models import KeptAnswer
from gonghui.law.advice import advise
from gonghui.law.advice.deadlines import context
from gonghui.law.advice.words import text_of
from gonghui.law.calculators import FactsError, calculators
from gonghui.law.calculators.doubts import doubted
from gonghui.law.english import in_words, told
from gonghui.law.topics import topics
from gonghui.law.topics.library import as_data
from gonghui.organisations.offices import finder

router = Router()


class AdviceIn(Schema):
    text: str
    title: str = ""
    facts: dict[str, Any] = {}
    unknown: list[str] = []
    sure: list[str] = []
    region: str | None = None
    topics: list[str] = []
    keep: str = ""


@router.post("/advice", response=dict[str, Any], summary="权益解答 / what the law gives")
@operation("appeals:write", "appeals:read")
def advice(request: Request, body: AdviceIn) -> dict[str, Any]:
    """Situations, facts, questions, rights with citations, amounts, deadlines, evidence, steps, documents; and `text`,
    the same in plain words, in the language of `Accept-Language`.

    `facts` are answers by name, `unknown` what the worker cannot tell. An answer that is hardly ever so
    (3 yuan a month) is in `doubted` and not reckoned with, until `sure` names its fact. `region` (of the place of work,
    six digits): the bodies then have the offices that are known there. `version` names the states of law, situations
    and parameters. Nothing is stored, unless `keep` names an appeal (its number or its matter's) that the answer
    belongs to: then `kept` has the number under which `/answers/{id}` gives it again.
    """
    matter = _kept_with(request, body.keep) if body.keep else None
    said = IntakeData.parse({"description": body.text, "title": body.title})
    try:
        plan = advise(
            said.description,
            body.facts,
            title=said.title,
            region=body.region,
            codes=body.topics,
            without=body.unknown,
            sure=body.sure,
            context=context(today()),
            offices=finder(),
        )
    except FactsError as error:
        raise _invalid(error) from None
    language = get_language() or "zh"
    answer = {**plan.to_dict(language), "text": text_of(plan, language)}
    if matter is not None:
        row = answers.keep(
            request.actor, plan, text=said.description, title=said.title, way=answers.Way.API, matter=matter,
            codes=body.topics, without=body.unknown,
        )  # fmt: skip
        answer["kept"] = {"id": row.pk, "url": f"/api/v1/answers/{row.pk}"}
    return answer


def _kept_with(request: Request, number: str) -> Matter:
    if "appeals:write" not in request.auth.scopes:
        raise NotAllowed(_("密钥没有这项权限，需要：%(scopes)s。") % {"scopes": "appeals:write"})
    return seen(request, number)[2]


@router.get("/answers/{answer_id}", response=dict[str, Any], summary="留存的解答 / a kept answer")
@operation("appeals:read", "appeals:write")
def kept_answer(request: Request, answer_id: int) -> dict[str, Any]:
    """An answer kept with an appeal, as it was told then: `asked`, `answer`, `text`, `version`, and `changed` when the
    knowledge has changed since."""
    row = KeptAnswer.objects.filter(pk=answer_id, matter__in=visible_to(request.actor)).select_related("matter").first()
    if row is None or row.matter is None:
        raise NotFound
    seen(request, row.matter.number)
    return answers.shown(row, english=in_english()).as_dict()


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
    data: dict[str, Any] = told(as_data(found))
    return data


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
                FieldOut(
                    name=f.name,
                    label=in_words(f.label),
                    ask=in_words(f.ask),
                    why=in_words(f.why),
                    required=f.required,
                )
                for f in one.fields
            ],
        )
        for one in calculators().values()
    ]


class FactsIn(Schema):
    facts: dict[str, Any]


@router.post("/calculators/{code}", response=dict[str, Any], summary="计算 / compute")
@operation("appeals:write", "appeals:read")
def compute(request: Request, code: str, body: FactsIn) -> dict[str, Any]:
    """A result with its working, or `missing`: the questions it cannot do without. `doubted`: numbers that are hardly
    ever so, to be asked back before the result is told."""
    found = calculators().get(code)
    if found is None:
        raise NotFound
    try:
        data: dict[str, Any] = told(found.run(body.facts, context(today())).as_dict())
    except FactsError as error:
        raise _invalid(error) from None
    data["doubted"] = [
        {
            "field": field.name,
            "value": value,
            "text": _("%(label)s：%(value)s？这很少见，请核对。") % {"label": in_words(field.label), "value": value},
        }
        for field, value in doubted(found, body.facts)
    ]
    return data


def _invalid(error: FactsError) -> InvalidData:
    return InvalidData({f"facts.{name}": told(texts) for name, texts in error.errors.items()})
