"""智脑助手: a summary or a draft from a model, asked for by a person, judged by a person (handbook 5.18)."""

from __future__ import annotations

import threading
from decimal import Decimal
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.appeals.ledger import PlatformLedger
from gonghui.appeals.models import BrainOutput, WorkOrder
from gonghui.brain.gateway import Evidence, Gateway, GatewayError, Ledger, Message, QuotaExceeded, load_config
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, KernelError, NotAllowed, NotFound
from gonghui.kernel.matters import locked, touch
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.law import answer as law

TASKS = ("summarise", "answer")
ASKERS = ("agent", "dispatcher", "handler", "leader", "supervisor")
LONGEST = 4000
_making = threading.Lock()


@cache
def _gateway(file: str, folder: str) -> Gateway:
    config = load_config(Path(file)) if file else load_config()
    return Gateway(config, PlatformLedger(Ledger(Path(folder) / "gateway.sqlite3")))


def gateway() -> Gateway:
    """The door to the models, one a process; its account is the platform's, over all machines."""
    with _making:
        return _gateway(settings.GATEWAY_FILE, str(settings.VAR_DIR))


def ask_brain(actor: Actor, matter: Matter, task: str) -> BrainOutput:
    """Have the worker's words summed up, or an answer drafted from the articles that bear on them.

    The words go out as a stranger's text that gives no orders, personal fields masked for a model without clearance.
    Raises InvalidData when no model could answer, NotAllowed for who may not read the words.
    """
    if task not in TASKS:
        raise InvalidData({"task": [_("没有这个选项，请重新选择。")]})
    if not actor.has_role(*ASKERS):
        raise NotAllowed
    with transaction.atomic():
        seen = locked(matter.pk, actor)
        with as_system("the actor sees this matter"):
            appeal = WorkOrder.objects.select_related("appeal").get(matter=seen).appeal
    evidence = []
    if task == "answer":
        hits = law.relevant_articles(appeal.description, categories=[c for c in (seen.category, appeal.category) if c])
        evidence = [Evidence(hit.article.citation, hit.text) for hit in hits]
        if not evidence:
            raise InvalidData({"task": [_("没有找到可以依据的法条，请自己起草。")]})
    # A model may take its time: no lock is held meanwhile.
    try:
        reply = gateway().chat(
            task,
            [Message("user", appeal.description, untrusted=True)],
            organisation=seen.holder_path,
            evidence=evidence,
        )
    except QuotaExceeded as error:
        raise InvalidData({"task": [_("本单位今天的模型额度用完了，明天再试，或请管理员调整。")]}) from error
    except GatewayError as error:
        raise InvalidData({"task": [_("现在没有模型能回答，请稍后再试或自己起草。")]}) from error
    with transaction.atomic():
        seen = locked(matter.pk, actor)
        with as_system("the actor sees this matter"):
            output = BrainOutput.objects.create(
                matter=seen, task=task, text=reply.text, record=reply.record(), by_id=actor.account_id, at=now()
            )
            after = {"task": task, "model": f"{reply.provider}/{reply.model}", "prompt": reply.prompt_version}
            touch(seen, "ask_brain", actor, after=after)
    return output


def judge_output(actor: Actor, matter: Matter, output_id: int, verdict: str, text: str = "") -> BrainOutput:
    """What the person did with it: taken as it is, changed, dropped. Once; nothing is sent by it."""
    if not actor.has_role(*ASKERS):
        raise NotAllowed
    with transaction.atomic():
        seen = locked(matter.pk, actor)
        with as_system("the actor sees this matter"):
            output = BrainOutput.objects.select_for_update().filter(pk=output_id, matter=seen).first()
            if output is None:
                raise NotFound
            if output.verdict != BrainOutput.Verdict.OPEN:
                raise KernelError(_("已经有人核对过这一条。"), "judged")
            final = text.strip()[:LONGEST]
            if verdict == "dropped":
                output.verdict = BrainOutput.Verdict.DROPPED
            elif verdict == "taken":
                if not final:
                    raise InvalidData({"text": [_("请写下要采用的文字，或选“不用”。")]})
                changed = final.split() != output.text.split()
                output.verdict = BrainOutput.Verdict.CHANGED if changed else BrainOutput.Verdict.TAKEN
                output.final = final
            else:
                raise InvalidData({"verdict": [_("没有这个选项，请重新选择。")]})
            output.judged_by_id, output.judged_at = actor.account_id, now()
            output.save()
            touch(seen, "judge_brain", actor, after={"output": output.pk, "verdict": output.verdict})
    return output


def spent_today(path: str) -> tuple[Decimal, Decimal]:
    """Yuan that an organisation has spent today, and its share of a day."""
    door = gateway()
    return door.ledger.spent(path), door.config.share_of(path)
