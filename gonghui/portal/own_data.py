"""A worker's cases in the file of the own data that they may take along (个人信息保护法 45)."""

from __future__ import annotations

from typing import Any

from gonghui.appeals import queries
from gonghui.kernel.scope import bind, visible_to
from gonghui.legal import queries as legal
from gonghui.legal.rules.common import KINDS
from gonghui.people.actions import own_data_part
from gonghui.people.actors import actor_for
from gonghui.people.models import Account

MOST = 10_000


@own_data_part("cases")
def cases(account: Account) -> list[dict[str, Any]]:
    """Every case of the account as its own page shows it: what the worker may see there, and nothing else."""
    actor = actor_for(account)
    return [_case(queries.worker_case(actor, matter.pk)) for _appeal, matter, _state in queries.my_cases(actor, MOST)]


@own_data_part("legal_cases")
def legal_cases(account: Account) -> list[dict[str, Any]]:
    """The legal services the account asked for, with the file as its worker reads it."""
    actor = actor_for(account)
    with bind(actor):
        ids = list(visible_to(actor).filter(kind__in=KINDS).order_by("-opened_at").values_list("pk", flat=True)[:MOST])
    return [_legal(legal.case_page(actor, pk)) for pk in ids]


def _legal(page: legal.CasePage) -> dict[str, Any]:
    return {
        "number": page.matter.number,
        "state": page.state,
        "question": page.file.asked_words if page.file is not None else "",
        "talk": [{"at": entry.at, "from_me": entry.from_worker, "text": entry.text} for entry in page.entries],
        "facts": page.application.facts_json if page.application is not None else "",
        "files": [{"name": paper.original_name, "bytes": paper.size, "added_at": paper.at} for paper in page.papers],
    }


def _case(case: queries.cases.WorkerCase) -> dict[str, Any]:
    appeal = case.appeal
    return {
        "number": appeal.number,
        "query_code": appeal.query_code,
        "received_at": appeal.received_at,
        "name": appeal.reporter_name,
        "phone": appeal.phone,
        "id_no": appeal.id_no,
        "title": appeal.title,
        "description": appeal.description,
        "demand": appeal.demand,
        "category": case.category,
        "state": case.state,
        "handled_by": case.handler,
        "result": case.result,
        "steps": [{"at": step.at, "text": str(step.text)} for step in case.steps],
        "messages": [
            {"at": message.at, "from_me": message.from_worker, "text": message.text} for message in case.messages
        ],
        "files": [
            {"name": attachment.original_name, "bytes": attachment.size, "added_at": attachment.added_at}
            for attachment in case.attachments
        ],
    }
