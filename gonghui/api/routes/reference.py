"""What other programs need to know: regions, organisations, categories, flows, articles, understanding, health."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language
from ninja import Router, Schema

from gonghui import brain
from gonghui.api.door import operation
from gonghui.api.http import Request
from gonghui.kernel import health
from gonghui.kernel.errors import NotFound
from gonghui.kernel.flow import all_flows
from gonghui.kernel.flow.diagram import mermaid
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.law import answer as law
from gonghui.law.store import LawStore
from gonghui.organisations.models import Organisation, Region
from gonghui.organisations.queries import subtree

router = Router()


@router.get("/regions", response=list[dict[str, Any]], summary="行政区划 / regions")
@operation()
def regions(request: Request, parent: str = "") -> list[dict[str, Any]]:
    """The regions directly below `parent`, or the provinces."""
    found = Region.objects.filter(parent_id=parent or None).order_by("code")
    return [{"code": row.code, "name": row.name, "level": row.level, "full_name": row.full_name} for row in found]


@router.get("/organisations", response=list[dict[str, Any]], summary="工会组织 / organisations")
@operation()
def organisations(request: Request, below: str = "", region: str = "") -> list[dict[str, Any]]:
    """Active organisations below a path (default: the token's), or those of a region; at most 1,000."""
    found = (
        Organisation.objects.filter(region_id=region, active=True) if region else subtree(below or request.auth.path)
    )
    return [
        {
            "path": row.path,
            "name": row.name,
            "level": row.level,
            "region": row.region_id,
            "phone": row.phone,
            "address": row.address,
        }
        for row in found.filter(active=True).order_by("path")[:1000]
    ]


@router.get("/categories", response=list[dict[str, Any]], summary="诉求分类 / categories")
@operation()
def categories(request: Request) -> list[dict[str, Any]]:
    english = (get_language() or "").startswith("en")
    return [
        {"code": row.code, "name": row.en if english else row.zh, "topics": list(row.topics)}
        for row in brain.categories()
    ]


@router.get("/flows", response=list[dict[str, Any]], summary="流程 / flows")
@operation()
def flows(request: Request) -> list[dict[str, Any]]:
    return [
        {
            "name": flow.name,
            "version": flow.version,
            "title": str(flow.title),
            "states": [
                {"code": code, "label": state.label, "final": state.final} for code, state in flow.states.items()
            ],
            "transitions": [{"name": step.name, "label": step.label} for step in flow.transitions],
            "mermaid": mermaid(flow),
        }
        for flow in all_flows()
    ]


class TextIn(Schema):
    text: str
    title: str = ""


@router.post("/understand", response=dict[str, Any], summary="理解一段话 / understand a text")
@operation("appeals:write", "appeals:read")
def understand(request: Request, body: TextIn) -> dict[str, Any]:
    """Category, urgency, facts and place as proposals with scores; nothing is stored."""
    return brain.understand(body.text, title=body.title, time=now()).to_dict()


def _article(article: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": article.id,
        "law": article.law,
        "article": article.article,
        "text": article.text,
        "status": str(getattr(article, "status", "")),
        **more,
    }


@router.get("/articles", response=dict[str, Any], summary="查法条 / search articles")
@operation()
def articles(request: Request, q: str, limit: int = 10) -> dict[str, Any]:
    hits = LawStore.default().search(q, k=max(1, min(limit, 50)))
    return {
        "items": [_article(hit.article, score=round(float(hit.score), 4)) for hit in hits],
        "law_version": law.law_version(),
        "disclaimer": str(law.disclaimer),
    }


@router.get("/articles/{path:article_id}", response=dict[str, Any], summary="一条法条 / one article")
@operation()
def article(request: Request, article_id: str) -> dict[str, Any]:
    found = LawStore.default().get(article_id)
    if found is None:
        raise NotFound
    return _article(found)


@router.get("/health", auth=None, throttle=[], response=dict[str, Any], summary="健康 / health")
def health_check(request: Request) -> Any:
    """`ok` and the names of failed checks; details are for `gonghui check` on the machine itself."""
    with as_system("health"):
        results = health.checks()
    return {"ok": all(result.ok for result in results), "failed": [result.name for result in results if not result.ok]}
