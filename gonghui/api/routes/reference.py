"""What other programs need to know: regions, organisations, categories, flows, articles, understanding, health."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.cache import cache
from ninja import Router, Schema, Status

from gonghui import brain
from gonghui.api.door import operation
from gonghui.api.http import Request
from gonghui.api.rules import rules
from gonghui.appeals.intake import IntakeData
from gonghui.kernel import health
from gonghui.kernel.errors import NotFound
from gonghui.kernel.flow import all_flows
from gonghui.kernel.flow.diagram import mermaid
from gonghui.kernel.language import in_english
from gonghui.kernel.times import now, today
from gonghui.law import answer as law
from gonghui.law.of_day import search_of_day
from gonghui.law.shelf import Shelf
from gonghui.law.store import Hit, LawStore
from gonghui.organisations.models import Organisation, Region
from gonghui.organisations.queries import subtree

router = Router()
ORGANISATIONS_MOST = 1000


class RegionOut(Schema):
    code: str
    name: str
    level: int
    full_name: str


@router.get("/regions", response=list[RegionOut], summary="行政区划 / regions")
@operation()
def regions(request: Request, parent: str = "") -> list[RegionOut]:
    """The regions directly below `parent`, or the provinces."""
    found = Region.objects.filter(parent_id=parent or None).order_by("code")
    return [RegionOut(code=row.code, name=row.name, level=row.level, full_name=row.full_name) for row in found]


class OrganisationOut(Schema):
    path: str
    name: str
    level: str
    region: str | None
    phone: str
    address: str


@router.get("/organisations", response=list[OrganisationOut], summary="工会组织 / organisations")
@operation()
def organisations(request: Request, below: str = "", region: str = "") -> list[OrganisationOut]:
    """Active organisations below a path (default: the token's), or those of a region; at most 1,000."""
    found = (
        Organisation.objects.filter(region_id=region, active=True) if region else subtree(below or request.auth.path)
    )
    return [
        OrganisationOut(
            path=row.path,
            name=row.name,
            level=row.level,
            region=row.region_id,
            phone=row.phone,
            address=row.address,
        )
        for row in found.filter(active=True).order_by("path")[:ORGANISATIONS_MOST]
    ]


class CategoryOut(Schema):
    code: str
    name: str
    parent: str
    parent_name: str
    topics: list[str]


@router.get("/categories", response=list[CategoryOut], summary="诉求分类 / categories")
@operation()
def categories(request: Request) -> list[CategoryOut]:
    english = in_english()
    return [
        CategoryOut(
            code=row.code,
            name=row.en if english else row.zh,
            parent=row.parent,
            parent_name=row.parent_en if english else row.parent_zh,
            topics=list(row.topics),
        )
        for row in brain.categories().values()
    ]


class StateOut(Schema):
    code: str
    label: str
    final: bool


class StepOut(Schema):
    name: str
    label: str


class FlowOut(Schema):
    name: str
    version: str
    title: str
    states: list[StateOut]
    transitions: list[StepOut]
    mermaid: str


@router.get("/flows", response=list[FlowOut], summary="流程 / flows")
@operation()
def flows(request: Request) -> list[FlowOut]:
    """Every kind of matter: its states, its steps, and its drawing in Mermaid's language."""
    return [
        FlowOut(
            name=flow.name,
            version=str(flow.version),
            title=str(flow.title),
            states=[StateOut(code=code, label=state.label, final=state.final) for code, state in flow.states.items()],
            transitions=[StepOut(name=step.name, label=step.label) for step in flow.transitions],
            mermaid=mermaid(flow),
        )
        for flow in all_flows()
    ]


class TextIn(Schema):
    text: str
    title: str = ""


@router.post("/understand", response=dict[str, Any], summary="理解一段话 / understand a text")
@operation("appeals:write", "appeals:read")
def understand(request: Request, body: TextIn) -> dict[str, Any]:
    """Category, urgency, facts and place as proposals with scores; nothing is stored."""
    said = IntakeData.parse({"description": body.text, "title": body.title})
    return brain.understand(said.description, title=said.title, time=now(), closely=True).to_dict()


class ArticleOut(Schema):
    id: str
    law: str
    article: str
    citation: str
    text: str
    adopted: str | None
    status: str
    review_status: str
    notes: list[str]
    score: float


class ArticlesOut(Schema):
    items: list[ArticleOut]
    law_version: str
    disclaimer: str


def article_out(hit: Hit) -> ArticleOut:
    """The text as it applies now, with what must be said beside it."""
    return ArticleOut(**{**hit.as_dict(), "notes": law.notes(hit)})


@router.get("/articles", response=ArticlesOut, summary="查法条 / search articles")
@operation()
def articles(request: Request, q: str, limit: int = 10, on: date | None = None) -> ArticlesOut:
    """By words, or by number such as 劳动合同法第三十八条. `on`: as the law read on that day; what is only at hand in a
    younger text is noted."""
    store, most = LawStore.default(), max(1, min(limit, 50))
    hits = search_of_day(store, Shelf.default(), q, on, most) if on else store.search(q, k=most)
    return ArticlesOut(
        items=[article_out(hit) for hit in hits], law_version=law.law_version(), disclaimer=str(law.disclaimer)
    )


@router.get("/articles/{path:article_id}", response=ArticleOut, summary="一条法条 / one article")
@operation()
def article(request: Request, article_id: str) -> ArticleOut:
    found = LawStore.default().get(article_id)
    if found is None:
        raise NotFound
    return article_out(LawStore.hit(found, today()))


class HealthOut(Schema):
    ok: bool
    failed: list[str]
    warnings: list[str]


@router.get("/health", auth=None, response={200: HealthOut, 503: HealthOut}, summary="健康 / health")
def health_check(request: Request) -> Status[HealthOut]:
    """The names of failed checks; details are for `gonghui check` on the machine itself.

    503 only when nothing can be served (the database); a late message is 200 with `ok` false. What somebody should see
    to within weeks (next year's calendar) is a warning.
    """
    found = cache.get("api-health")
    if found is None:
        found = {result.name: result.level for result in health.checks() if not result.ok}
        # Anybody may ask, so often as they like: the work is done once in a while.
        cache.set("api-health", found, rules()["health_for"])
    failed = [name for name, level in found.items() if level == "failure"]
    warnings = [name for name, level in found.items() if level == "warning"]
    answer = HealthOut(ok=not failed, failed=failed, warnings=warnings)
    return Status(503 if "database" in failed else 200, answer)
