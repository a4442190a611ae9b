"""在线答复: whom a letter is addressed to, an employer or an authority, answers it under a signed link that runs out,
without an account. An authority that wrote that it takes the matter up reports the result under the same link.

The union hands the link out with the letter. It opens nothing but the form: neither findings nor who complained. What
is answered goes the way of the flow, as an answer on paper does.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core import signing
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.appeals.actions.attachments import save_attachment
from gonghui.kernel import clocks
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.matters import act, locked, touch
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.tables import Step
from gonghui.kernel.times import now, today
from gonghui.resolution import tables
from gonghui.resolution.letters import PAPERS_MOST, writes
from gonghui.resolution.models import Letter, LetterPaper, ReplyLink
from gonghui.resolution.rules.common import KIND, letter_for
from gonghui.resolution.rules.limits import reply_limit

SALT = "gonghui.resolution.answer"
FILES_MOST = 5
# From the signing on, so that the link can go out with the paper; answered once the service is recorded.
HANDED_OUT = ("signed", "sent", "delivered", "overdue")
ANSWERED_IN = ("delivered", "overdue")


def token_of(link: ReplyLink) -> str:
    """The last part of the link's address, made again from the row."""
    return signing.dumps([link.pk, link.nonce], salt=SALT)


def open_link(matter: Matter) -> ReplyLink | None:
    """The link of a letter that can be used now. The caller has found that its reader may see the matter."""
    with as_system("the caller may see the matter"):
        return matter.reply_links.filter(withdrawn_at=None, used_at=None, expires_at__gt=now()).first()


def may_hand_out(actor: Actor, letter: Letter) -> bool:
    """Who drafts the letter may, to whom it is addressed."""
    return (letter.matter.state in HANDED_OUT or result_waits(letter)) and writes(actor, letter.matter)


def result_waits(letter: Letter) -> bool:
    """Whether the authority wrote that it takes the matter up and has not told yet what came of it."""
    return letter.matter.state == "replied" and tables.is_open(letter.kind, letter.stance)


def hand_out(actor: Actor, matter: Matter) -> ReplyLink:
    """A new link for the letter; older ones end. It holds until some days after the reply limit."""
    with transaction.atomic():
        seen, letter = _letter(actor, matter)
        if not may_hand_out(actor, letter):
            raise GuardRefused([_("签发以后、答复以前，才能生成在线答复链接。")])
        with as_system("the actor handles this letter"):
            at = now()
            due = letter.reply_due or clocks.due_moment(at, reply_limit(letter), statutory=True)[0]
            days = _holds(tables.limits().result_link if result_waits(letter) else tables.limits().answer_link)
            seen.reply_links.filter(withdrawn_at=None, used_at=None).update(withdrawn_at=at)
            link = ReplyLink.objects.create(
                matter=seen, nonce=secrets.token_hex(16), by_id=actor.account_id, at=at, expires_at=max(due, at) + days
            )
            touch(seen, "hand_out_link", actor, after={"link": link.pk, "until": link.expires_at.isoformat()})
            return link


def _holds(step: Step) -> timedelta:
    return timedelta(days=int(step.limit.amount))


def withdraw(actor: Actor, matter: Matter) -> None:
    """The link given to a wrong person is worth nothing from now on."""
    with transaction.atomic():
        seen, _row = _letter(actor, matter)
        with as_system("the actor handles this letter"):
            if seen.reply_links.filter(withdrawn_at=None, used_at=None).update(withdrawn_at=now()):
                touch(seen, "withdraw_link", actor)


def _letter(actor: Actor, matter: Matter) -> tuple[Matter, Letter]:
    seen = locked(matter.pk, actor)
    if seen.kind != KIND:
        raise NotFound
    if not writes(actor, seen):
        raise NotAllowed
    with as_system("the actor handles this letter"):
        letter = letter_for(seen)
    return seen, letter


@dataclass(frozen=True)
class Asked:
    """What the recipient sees under the link: which letter, of whom, until when.

    `waits`: the service is not recorded yet, so that no answer can be taken. `used`: it was answered. `result`: what
    came of a matter that was taken up is asked.
    """

    letter: Letter
    title: str
    union: str
    stances: list[tuple[str, str]]
    waits: bool = False
    used: bool = False
    result: bool = False

    @property
    def recipient(self) -> str:
        """Who answers: the authority, else the employer."""
        return self.letter.addressee or self.letter.employer_name


def asked(token: str) -> Asked:
    """NotFound for an address that is not ours, was withdrawn or has run out."""
    link = _link(token)
    with as_system("whoever has the link may answer this letter"):
        letter = letter_for(link.matter)
    kind, matter = tables.kind(letter.kind), letter.matter
    used, result = link.used_at is not None, result_waits(letter)
    if not used and not result and matter.state not in HANDED_OUT:
        # Answered on paper meanwhile, or closed.
        raise NotFound
    return Asked(
        letter,
        kind.full,
        letter.committee.organisation.name,
        tables.pairs(tables.results(letter.kind) if result else tables.first_stances(letter.kind)),
        waits=not used and not result and matter.state not in ANSWERED_IN,
        used=used,
        result=result and not used,
    )


def _link(token: str, *, lock: bool = False) -> ReplyLink:
    try:
        found = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        raise NotFound from None
    with as_system("whoever has the link may answer this letter"):
        rows = ReplyLink.objects.select_related("matter")
        rows = rows.select_for_update(of=("self",)) if lock else rows
        link = rows.filter(pk=found[0], nonce=found[1], withdrawn_at=None).first()
    if link is None or (link.used_at is None and link.expires_at <= now()):
        raise NotFound
    return link


def answer(token: str, data: Mapping[str, Any], files: Sequence[File] = ()) -> Asked:
    """The recipient's answer, once, and an authority's result after it: kept with the letter, told to the worker and to
    who handles it.

    `data`: stance, text, answered_by, answered_as. NotFound as `asked`; InvalidData beside a field; GuardRefused where
    it was answered already or the service is not recorded.
    """
    if len(files) > FILES_MOST:
        raise InvalidData({"attachments": [_("最多 %(most)d 份材料。") % {"most": FILES_MOST}]})
    with transaction.atomic():
        link = _link(token, lock=True)
        shown = asked(token)
        if shown.used:
            raise GuardRefused([_("这份文书已经答复过了。要补充，请联系工会。")])
        if shown.waits:
            raise GuardRefused([_("工会还没有登记送达，暂时不能在线答复。请稍后再来，或者联系工会。")])
        said = {name: data.get(name, "") for name in ("stance", "text", "answered_by", "answered_as")}
        step = "report_online" if shown.result else "answer_online"
        act(link.matter_id, step, SYSTEM, {**said, "day": today()})
        with as_system("whoever has the link may answer this letter"):
            if tables.is_open(shown.letter.kind, said["stance"]):
                # The link stays for the result.
                link.expires_at = now() + _holds(tables.limits().result_link)
            else:
                link.used_at = now()
            link.save(update_fields=["used_at", "expires_at"])
            for file in files if link.matter.letter_papers.count() < PAPERS_MOST else ():
                stored = save_attachment(file)
                LetterPaper.objects.get_or_create(
                    matter=link.matter,
                    kind=LetterPaper.Kind.REPLY,
                    sha256=stored.sha256,
                    defaults={**stored.columns, "at": now()},
                )
    return asked(token)


@dataclass(frozen=True)
class Told:
    """What an employer or authority answered to a letter, as the worker from whose case it came reads it."""

    who: str
    authority: bool
    kind: str
    number: str
    day: Any
    stance: str
    text: str


def told_to_worker(source: Matter) -> list[Told]:
    """The answers to the letters of a case, newest first. The caller has found that the case is the reader's own."""
    with as_system("the worker's own case"):
        letters = Letter.objects.filter(source=source).prefetch_related("matter__letter_replies")
        return [
            Told(
                one.addressee or one.employer_name,
                tables.kind(one.kind).to_authority,
                tables.kind(one.kind).full,
                one.number,
                reply.day,
                tables.label(tables.stances(one.kind), reply.stance),
                reply.text,
            )
            for one in letters.order_by("-pk")
            for reply in one.matter.letter_replies.order_by("-pk")
        ]
