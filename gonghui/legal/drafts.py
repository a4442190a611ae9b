"""答复草稿: what the machine would answer a question, from the law's plan, for the lawyer to check and change.

The plan of `law.advice` gives the words where it knows the situation; else the gateway's answer from the articles found
(the local planner without a network). It is stored with its knowledge state and goes nowhere by itself (handbook 3.6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.appeals.actions.assistant import gateway
from gonghui.brain.gateway import Evidence, GatewayError, Message, Reply
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed
from gonghui.kernel.matters import locked, touch
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.law import answer as law
from gonghui.law.advice import Plan, advise, tell
from gonghui.legal.models import AnswerDraft, CaseFile, FileEntry
from gonghui.legal.queries import reads_file
from gonghui.legal.rules.common import QUESTION_KIND

# Blocks of the plan's words that an answer to a question is made of; those that stand first here go in first.
BLOCKS = (
    "urgent",
    "problems",
    "soon",
    "conclusion",
    "otherwise",
    "deadlines",
    "amounts",
    "steps",
    "evidence",
    "bodies",
    "uncertain",
)
LONGEST = 2200
MOST_ARTICLES = 6


def make_draft(actor: Actor, matter: Matter) -> AnswerDraft:
    """A draft from what the worker has said so far. NotAllowed for all but the lawyer who has the case.

    Raises GuardRefused outside the answering, InvalidData where neither a situation nor an article was found.
    """
    with transaction.atomic():
        seen = locked(matter.pk, actor)
        with as_system("checked here: only the lawyer who accepted reads the file"):
            if seen.kind != QUESTION_KIND or actor.kind != "staff" or not reads_file(actor, seen):
                raise NotAllowed
            if seen.state != "answering":
                raise GuardRefused([_("现在不是解答的时候，不用起草。")])
            asked, heard = words_of(seen)
            codes = [seen.category] if seen.category else []
            region = seen.region or None
    # A model may take its time: no lock is held meanwhile.
    text, articles, record = drafted(asked, codes, region, seen.holder_path)
    with transaction.atomic():
        seen = locked(matter.pk, actor)
        with as_system("checked above"):
            draft = AnswerDraft.objects.create(
                matter=seen, text=text, articles=articles, record=record, heard=heard, by_id=actor.account_id, at=now()
            )
            touch(seen, "draft_answer", actor, after={"provider": record["provider"], "version": record["version"]})
    return draft


def words_of(matter: Matter) -> tuple[str, int]:
    """All that the worker has said in the file, and how many entries there are."""
    file = CaseFile.objects.get(matter=matter)
    entries = list(matter.file_entries.order_by("at", "pk"))
    said = [file.asked_words, file.story, *(entry.text for entry in entries if entry.from_worker)]
    return "\n".join(text for text in said if text), len(entries)


def newest(matter: Matter) -> AnswerDraft | None:
    """The newest draft that no answer was sent after."""
    draft = AnswerDraft.objects.filter(matter=matter).order_by("-at", "-pk").first()
    return draft if draft is not None and draft.answer_id is None else None


def stale(draft: AnswerDraft, entries: int) -> str:
    """Why a draft should be made anew; empty while it rests on the present file and law."""
    if draft.heard != entries:
        return _("草稿之后职工又说了话，请重新起草。")
    if draft.record.get("law") != law.law_version():
        return _("草稿之后法条库已更新，请重新起草或者逐条核对。")
    return ""


Drafted = tuple[str, list[str], dict[str, Any]]


def drafted(asked: str, codes: Sequence[str], region: str | None, organisation: str) -> Drafted:
    """(words, citations, knowledge state) for a question."""
    plan = advise(asked, codes=codes, region=region)
    if plan.sections and not plan.too_early:
        return _by_plan(plan)
    reply, citations = _by_articles(asked, codes, organisation)
    record = {**reply.record(), "version": law.law_version(), "law": law.law_version(), "topics": []}
    return reply.text, citations, record


def _by_plan(whole: Plan) -> Drafted:
    """The likeliest situation in words; the others are named beside the draft, where the lawyer sees them."""
    plan = replace(whole, sections=whole.sections[:1])
    blocks = [block for block in tell(plan) if block.kind in BLOCKS]
    kept, length = set(), 0
    for block in sorted(blocks, key=lambda one: BLOCKS.index(one.kind)):
        size = len(block.heading) + sum(map(len, block.lines)) + len(block.lines) + 4
        if length + size <= LONGEST:
            kept.add(id(block))
            length += size
    told = ["\n".join([f"【{b.heading}】", *b.lines]) for b in blocks if id(b) in kept]
    if plan.questions:
        told.append("\n".join([f"【{_('还要问清的')}】", *(question.zh for question in plan.questions)]))
    record = {
        "provider": "law.advice",
        "model": "",
        "version": plan.version,
        "law": law.law_version(),
        "topics": [{"id": s.topic.id, "zh": s.topic.zh, "status": s.topic.source.status} for s in whole.sections],
    }
    return "\n\n".join(told), _citations(plan), record


def _citations(plan: Plan) -> list[str]:
    """What the answer rests on as things are known: not what other facts would bring in."""
    section = plan.sections[0]
    cites = [section.conclusion.cites, *(right.cites for right in section.rights)]
    ids = [cited.id for each in cites for cited in each]
    named = {article.id: article.citation for article in plan.articles}
    return list(dict.fromkeys(named[one] for one in ids if one in named))[:MOST_ARTICLES]


def _by_articles(asked: str, codes: Sequence[str], organisation: str) -> tuple[Reply, list[str]]:
    hits = law.relevant_articles(asked, categories=codes)
    if not hits:
        raise InvalidData({"draft": [_("没有找到可以依据的情形或法条，请自己起草。")]})
    evidence = [Evidence(hit.article.citation, hit.text) for hit in hits]
    try:
        message = Message("user", asked, untrusted=True)
        reply = gateway().chat("answer", [message], organisation=organisation, evidence=evidence)
    except GatewayError as error:
        raise InvalidData({"draft": [_("现在没有模型能回答，请稍后再试或自己起草。")]}) from error
    return reply, [piece.id for piece in evidence]


def answered(matter: Matter, entry: FileEntry) -> None:
    """Tie the answer that was sent to the draft it was written after."""
    draft = newest(matter)
    if draft is not None:
        draft.answer, draft.changed = entry, draft.text.split() != entry.text.split()
        draft.save(update_fields=["answer", "changed"])
