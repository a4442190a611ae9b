"""Answers kept as they were told (留存的解答): with the matter they served, or by the worker who wants to have them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import NotFound
from gonghui.kernel.matters import touch
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import day_of, now, today
from gonghui.kernel.vault import mask_in_text
from gonghui.knowledge.models import KeptAnswer, KnowledgeChange
from gonghui.law.advice import Plan, advise, tell
from gonghui.law.advice.plan import lasting, plain
from gonghui.law.advice.planning import MOST_TOPICS, knowledge_version
from gonghui.law.advice.words import Block
from gonghui.law.calculators import FactsError
from gonghui.law.topics import topics
from gonghui.law.topics.facts import FactValue

MOST_OF_ONE = 50
Way = KeptAnswer.Way


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was: `blocks` in the language asked for, `since` the changes published over it meanwhile."""

    row: KeptAnswer
    asked: Mapping[str, Any]
    plan: Mapping[str, Any]
    blocks: tuple[Block, ...]
    changed: bool
    since: tuple[KnowledgeChange, ...]

    @property
    def text(self) -> str:
        """The answer as one text, as it was told."""
        return "\n\n".join("\n".join([f"【{block.heading}】", *block.lines]) for block in self.blocks)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready data: what was asked, the plan, the text, and whether the knowledge has changed since."""
        return {
            "id": self.row.pk, "at": self.row.at.isoformat(), "way": self.row.way, "version": self.row.version,
            "changes": self.row.changes, "changed": self.changed,
            "since": [
                {"code": change.code, "from": change.valid_from.isoformat(), "reason": change.reason}
                for change in self.since
                if change.valid_from is not None
            ],
            "asked": dict(self.asked), "answer": dict(self.plan), "text": self.text,
        }  # fmt: skip


def keep(
    actor: Actor,
    plan: Plan,
    *,
    text: str,
    way: str,
    matter: Matter | None = None,
    codes: Sequence[str] = (),
    without: Sequence[str] = (),
    title: str = "",
) -> KeptAnswer:
    """Keep an answer with its matter, or (without one) for the signed-in worker themself.

    The caller has made sure that the actor may see the matter. The same answer is kept once.
    """
    plan = lasting(plan)
    asked = {
        "title": mask_in_text(title),
        "text": mask_in_text(text),
        "facts": {name: plain(value) for name, value in plan.facts.items()},
        "topics": list(codes),
        "unknown": sorted(without),
    }
    told = {
        "plan": _masked(plan.to_dict()),
        "zh": [_block(block) for block in tell(plan, "zh")],
        "en": [_block(block) for block in tell(plan, "en")],
    }
    asked_json, answer_json = _json(asked), _json(told)
    digest = hashlib.sha256(f"{asked_json}\0{answer_json}".encode()).hexdigest()
    place: dict[str, Any] = {"matter": matter} if matter is not None else {"owner_id": actor.account_id}
    if matter is None and actor.account_id is None:
        raise NotFound
    with transaction.atomic(), as_system("the caller checked who may see the matter"):
        row, made = KeptAnswer.objects.get_or_create(
            **place, digest=digest,
            defaults={
                "by_id": actor.account_id, "way": way, "at": now(), "asked_json": asked_json,
                "answer_json": answer_json, "version": plan.version, "changes": list(plan.changes),
            },
        )  # fmt: skip
        if made and matter is not None:
            matter = Matter.objects.select_for_update(of=("self",)).get(pk=matter.pk)
            touch(matter, "keep_answer", actor, after={"answer": row.pk, "version": plan.version, "way": way})
        elif made:
            trail.record(f"account:{actor.account_id}", "keep_answer", actor=actor, after={"answer": row.pk})
    return row


def keep_for(actor: Actor, matter: Matter, told: Mapping[str, Any], *, text: str, way: str) -> KeptAnswer | None:
    """Keep what the worker had answered on the rights page with the appeal they sent from there.

    `told` comes from a browser: facts that do not exist or cannot be read are left out. None where nothing is left.
    """
    if not told:
        return None
    facts, codes, without = read_told(told)
    try:
        # What the page had reckoned with was answered there, the unlikely twice.
        plan = advise(text, facts, codes=codes, without=without, sure=facts)
    except FactsError:
        return None
    return keep(actor, plan, text=text, way=way, matter=matter, codes=codes, without=without)


def read_told(told: Mapping[str, Any]) -> tuple[dict[str, FactValue], list[str], list[str]]:
    """Facts, situations and unknown facts of what a form carried along; whatever is unsound is left out."""
    library = topics()
    facts, codes, unknown = (told.get(name) for name in ("facts", "topics", "unknown"))
    given = {str(name): value for name, value in facts.items()} if isinstance(facts, dict) else {}
    sound, _wrong = library.read({name: value for name, value in given.items() if not isinstance(value, dict | list)})
    chosen = [code for code in codes if code in library.topics][:MOST_TOPICS] if isinstance(codes, list) else []
    gone = [name for name in unknown if name in library.facts] if isinstance(unknown, list) else []
    return sound, [str(code) for code in chosen], [str(name) for name in gone]


def of_matter(matter: Matter) -> list[KeptAnswer]:
    """The answers kept with a matter, newest first. The caller has checked that its reader may see the matter."""
    return list(KeptAnswer.objects.filter(matter=matter).select_related("by").order_by("-at", "-pk")[:MOST_OF_ONE])


def of_owner(actor: Actor) -> list[KeptAnswer]:
    """What a worker kept for themself, newest first."""
    if actor.account_id is None:
        return []
    return list(KeptAnswer.objects.filter(owner_id=actor.account_id).order_by("-at", "-pk")[:MOST_OF_ONE])


def shown(row: KeptAnswer, *, english: bool = False) -> Kept:
    """The answer as it was told, and what was published since."""
    told = json.loads(row.answer_json)
    blocks = tuple(Block(kind, heading, tuple(lines)) for kind, heading, lines in told["en" if english else "zh"])
    return Kept(
        row,
        json.loads(row.asked_json),
        told["plan"],
        blocks,
        row.version != knowledge_version(),
        tuple(_since(row, told["plan"])),
    )


def drop(actor: Actor, row: KeptAnswer) -> None:
    """A worker deletes what they kept for themself. An answer of a case stays with the case."""
    if actor.account_id is None or row.owner_id != actor.account_id:
        raise NotFound
    with transaction.atomic():
        trail.record(f"account:{actor.account_id}", "drop_answer", actor=actor, after={"answer": row.pk})
        row.delete()


def facts_of(kept: Kept) -> list[tuple[str, str]]:
    """What the answer rested on, in words: the question as it is asked now, and what was answered."""
    library = topics()
    found = []
    for name, value in kept.asked["facts"].items():
        fact = library.facts.get(name)
        if isinstance(value, bool):
            said = "是" if value else "否"
        else:
            said = fact.options[value].zh if fact is not None and value in fact.options else str(value)
        found.append((fact.zh if fact is not None else name, said))
    return found


def _since(row: KeptAnswer, plan: Mapping[str, Any]) -> list[KnowledgeChange]:
    """Changes to its situations and to parameters that came into force after it, newest first."""
    codes = {topic["id"] for topic in plan["topics"]}
    found = KnowledgeChange.objects.filter(
        state=KnowledgeChange.State.APPROVED, valid_from__gte=day_of(row.at),
        valid_from__lte=today(),
    ).exclude(pk__in=row.changes)  # fmt: skip
    parameter = KnowledgeChange.Kind.PARAMETER
    return [
        change for change in found.order_by("-valid_from", "-pk") if change.kind == parameter or change.code in codes
    ]


def _block(block: Block) -> list[Any]:
    return [block.kind, block.heading, list(block.lines)]


def _masked(plan: dict[str, Any]) -> dict[str, Any]:
    """The plan without the worker's phone and identity numbers in the words that facts were read from."""
    return {**plan, "read": [{**one, "words": mask_in_text(one["words"])} for one in plan["read"]]}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
