"""推送: a published text told to whom it concerns (handbook 5.17), proposed by one person and approved by another.

The worker process sends it in batches. A batch is one transaction: the rows that say who has it, the messages and how
far it came stand or fall together, so that a process killed at any moment goes on behind the last batch, and nobody
gets it twice. The message box always; an SMS only to who agreed. Nothing goes out in the quiet hours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from gonghui.appeals.staff import on_duty
from gonghui.content import tables
from gonghui.content.actions import WRITERS
from gonghui.content.flow_rules import personal_number, said_of
from gonghui.content.models import Item, Push, PushChoice, PushDelivery, Revision
from gonghui.content.tables import kinds_of
from gonghui.kernel import outbox, trail
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.scope import as_system, at_or_below, within
from gonghui.kernel.times import SHANGHAI, day_of, now
from gonghui.membership.models import Membership
from gonghui.organisations.models import Organisation
from gonghui.organisations.regions import stem
from gonghui.people.models import Account

APPROVERS = ("leader", "supervisor")
State, Level = Push.State, Organisation.Level
OF_A_PLACE = (Level.PROVINCE, Level.CITY, Level.COUNTY, Level.TOWN)
SMS = "notice.sms"
ENDING = "【职工之家，可在消息设置里退订】"


def audience(path: str, worker_types: str = "", members_only: bool = False) -> QuerySet[Account]:
    """The workers' accounts of an organisation's region or union, of these groups. To be read `as_system`."""
    place = Organisation.objects.get(path=path)
    rows = Account.objects.filter(kind=Account.Kind.WORKER, is_active=True)
    current = Membership.objects.filter(account=OuterRef("pk"), state__in=Membership.CURRENT)
    if place.level != Level.NATIONAL:
        below = at_or_below("organisation__path", [path])
        here = at_or_below("person__union__path", [path])
        if place.level in OF_A_PLACE and place.region_id:
            here |= Q(person__region__code__startswith=stem(place.region_id))
        rows = rows.filter(here | Exists(current.filter(below)))
    if members_only:
        rows = rows.filter(Exists(current))
    if kinds := kinds_of(worker_types):
        rows = rows.filter(person__worker_type__in=kinds)
    return rows


def _for_them(worker_types: str, live: Revision) -> bool:
    """Whether the released version is for all of these groups."""
    meant, kinds = kinds_of(live.worker_types), kinds_of(worker_types)
    return not meant or (bool(kinds) and set(kinds) <= set(meant))


def misfit(push: Push) -> str:
    """Why a push may not go out: its text was taken down, or a correction is for fewer than the push. Empty: it may.

    Asked when it is approved and again before each batch: a correction may be released in between.
    """
    live = push.item.live
    if live is None:
        return _("这篇稿已经撤下，不能推送。")
    if within(push.audience_path, live.audience_path) and _for_them(push.worker_types, live):
        return ""
    return _("这篇稿更正以后，给看的人变少了，这次推送超出了范围。")


def may_push(actor: Actor, item: Item) -> bool:
    return item.live_id is not None and item.matter.holder_path in actor.paths_as(*WRITERS)


@transaction.atomic
def propose(actor: Actor, item: Item, values: Mapping[str, Any]) -> Push:
    """提出推送: `text`, `audience_path`, `worker_types` (`,rider,`; empty: all whom the text is for), `members_only`,
    `sms`.

    InvalidData beside a field, GuardRefused while another push of the text is under way.
    """
    holder = item.matter.holder_path
    live = item.live
    if live is None or not may_push(actor, item):
        raise NotAllowed(_("只有写这篇稿的单位可以推送，而且要先发布。"))
    wrong: dict[str, list[str]] = {}
    text = values["text"].strip()
    if words := _wrong_words(text, live):
        wrong["text"] = words
    path = values["audience_path"]
    # Whom the released version is for, whatever a correction under way says.
    if not (within(path, holder) and within(path, live.audience_path)):
        wrong["audience_path"] = [_("只能推给本单位、而且看得到这篇稿的地区。")]
    kinds = values["worker_types"] or live.worker_types
    if not _for_them(kinds, live):
        wrong["worker_types"] = [_("这篇稿不是写给这些人的。")]
    if wrong:
        raise InvalidData(wrong)
    with as_system("the union's own text"):
        try:
            with transaction.atomic():
                row = Push.objects.create(
                    item=item, organisation=Organisation.objects.get(path=holder), text=text, audience_path=path,
                    worker_types=kinds, members_only=values["members_only"], sms=values["sms"],
                    proposed_by_id=actor.account_id, proposed_at=now(),
                )  # fmt: skip
        except IntegrityError:
            raise GuardRefused([_("这篇稿已经有一次推送在等批准或者正在推送。")]) from None
        _record(actor, row, "propose", {"audience": path, "worker_types": row.worker_types, "sms": row.sms})
        waits = _("有一条推送等您批准：%(text)s。请在稿件的“推送”里看。") % {"text": text}
        _tell(row, [one.pk for one in on_duty(holder, APPROVERS)], "proposed", waits, but=actor.account_id)
    return row


@transaction.atomic
def decide(actor: Actor, push_id: int, agreed: bool, reason: str = "") -> Push:
    """批准 by another person, who reads whom it goes to; or not, with the reason."""
    row = _locked(actor, push_id, APPROVERS)
    if row.state != State.PROPOSED:
        raise GuardRefused([_("这条推送已经有人办过了，请刷新页面。")])
    if row.proposed_by_id == actor.account_id:
        raise GuardRefused([_("推送要由另一个人批准：提出的人自己不能批。")])
    if agreed and (why := misfit(row)):
        raise GuardRefused([why, _("请停止这次推送；要推的话重新提出。")])
    if not agreed and not reason.strip():
        raise InvalidData({"reason": [_("请写明为什么不同意。")]})
    row.state = State.SENDING if agreed else State.REFUSED
    row.decided_by_id, row.decided_at, row.reason = actor.account_id, now(), "" if agreed else reason.strip()[:200]
    row.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    _record(actor, row, "approve" if agreed else "refuse", {}, row.reason)
    words = _("您提出的推送已批准，正在推送。") if agreed else _("您提出的推送没有批准：%(why)s") % {"why": row.reason}
    _tell(row, [row.proposed_by_id], "decided", words)
    return row


@transaction.atomic
def stop(actor: Actor, push_id: int) -> Push:
    """停止: who may propose or approve ends what waits or is under way; who has it keeps it."""
    row = _locked(actor, push_id, (*WRITERS, *APPROVERS))
    if row.state not in (State.PROPOSED, State.SENDING):
        raise GuardRefused([_("这条推送已经结束。")])
    row.state, row.done_at = State.STOPPED, now()
    row.save(update_fields=["state", "done_at"])
    _record(actor, row, "stop", {"delivered": row.delivered})
    return row


def _locked(actor: Actor, push_id: int, roles: Iterable[str]) -> Push:
    """NotFound for a push of another union."""
    with as_system("the union is asked right after"):
        rows = Push.objects.select_related("item__live", "organisation").select_for_update(of=("self",))
        row = rows.filter(pk=push_id).first()
    if row is None or row.organisation.path not in actor.paths_as(*roles):
        raise NotFound
    return row


def _wrong_words(text: str, live: Revision) -> list[str]:
    """What forbids the words of a push, which go out by themselves: what the text was searched for, they are too.

    A word to be asked about passes where the released text has it: there it was confirmed and read by three others.
    """
    most = tables.push_rules().words_most
    wrong = [] if 4 <= len(text) <= most else [_("请写 4 到 %(most)d 个字。") % {"most": most}]
    read = "\n\n".join((live.title, live.summary, live.body))
    confirmed = {hit.word.word for hit in tables.found_in(read)}
    hits = [hit for hit in tables.found_in(text) if hit.word.level == "stop" or hit.word.word not in confirmed]
    return [*wrong, *([said_of(hits)] if hits else []), *filter(None, [personal_number(text)])]


def _record(actor: Actor, row: Push, verb: str, after: dict[str, Any], note: str = "") -> None:
    trail.record(
        f"push:{row.pk}", verb, actor=actor, after={"item": row.item_id, **after}, note=note,
        org_path=row.organisation.path,
    )  # fmt: skip


def _tell(row: Push, accounts: Iterable[int | None], what: str, words: str, but: int | None = None) -> None:
    """`accounts`: by their ids; None for one that is gone."""
    for pk in accounts:
        if pk is not None and pk != but:
            outbox.enqueue(outbox.NOTICE, f"content:push:{what}:{row.pk}:{pk}", {"text": words}, account_id=pk)


# Sending, by the worker process


def send_some(at: datetime | None = None, batch: int = 0) -> int:
    """One batch of the push that was approved first. How many people were looked at; 0 in the quiet hours.

    `batch`: so many people at most; 0: as many as the table says."""
    at, rules = at or now(), tables.push_rules()
    batch = batch or rules.batch
    if rules.is_quiet(at.astimezone(SHANGHAI).time()):
        return 0
    with as_system("a push that two people decided"), transaction.atomic():
        waiting = Push.objects.select_for_update(of=("self",)).filter(state=State.SENDING)
        push = waiting.select_related("item__live", "organisation").order_by("decided_at", "pk").first()
        if push is None:
            return 0
        if why := misfit(push):
            # Nobody is led to what is not there, or not for them. Who proposed it and who approved it hear of it.
            push.state, push.done_at, push.reason = State.STOPPED, at, why
            push.save(update_fields=["state", "done_at", "reason"])
            _record(SYSTEM, push, "stop", {"delivered": push.delivered}, why)
            words = _("推送“%(text)s”停止了：%(why)s") % {"text": push.text, "why": why}
            _tell(push, [push.proposed_by_id, push.decided_by_id], "stopped", words)
            return 0
        rows = audience(push.audience_path, push.worker_types, push.members_only).filter(pk__gt=push.reached)
        people = list(rows.order_by("pk").values_list("pk", flat=True)[:batch])
        _send(push, people, at)
        if people:
            push.reached = people[-1]
        if len(people) < batch:
            push.state, push.done_at = State.DONE, at
        push.save()
        return len(people)


def _send(push: Push, people: list[int], at: datetime) -> None:
    """The people of one batch: who wants it and had not enough today."""
    assert push.item.live is not None, "the caller has seen it"
    day, column = day_of(at), push.item.live.column
    chosen = {row.account_id: row for row in PushChoice.objects.filter(account__in=people)}
    today = PushDelivery.objects.filter(account__in=people, day=day).values("account").annotate(n=Count("pk"))
    enough = {one["account"] for one in today.order_by() if one["n"] >= tables.push_rules().per_day}
    wanting = [pk for pk in people if pk not in chosen or column not in chosen[pk].unwanted]
    getting = [pk for pk in wanting if pk not in enough]
    by_sms = [pk for pk in getting if push.sms and pk in chosen and chosen[pk].sms]
    PushDelivery.objects.bulk_create(PushDelivery(push=push, account_id=pk, day=day) for pk in getting)
    told = {"text": push.text, "news": push.item_id}
    with outbox.together():
        for pk in getting:
            outbox.enqueue_new(outbox.NOTICE, f"{_key(push)}{pk}", told, account_id=pk)
        for pk in by_sms:
            outbox.enqueue_new(SMS, f"content:push-sms:{push.pk}:{pk}", {"text": push.text + ENDING}, account_id=pk)
    push.unwanted += len(people) - len(wanting)
    push.full += len(wanting) - len(getting)
    push.delivered += len(getting)
    push.sent_sms += len(by_sms)


def _key(push: Push) -> str:
    return f"content:push:{push.pk}:"


def of_item(item: Item) -> list[Push]:
    """The pushes of a text, the newest first. The caller sees the text."""
    with as_system("the actor sees this text"):
        return list(
            item.pushes.select_related("item__live", "proposed_by", "decided_by", "organisation").order_by("-pk")[:50]
        )


def count_read(at: datetime | None = None) -> int:
    """Keep how many have read each push that is under way or ended lately. How many numbers changed.

    Old messages go in time: what was counted stays."""
    since, changed = (at or now()) - timedelta(days=tables.push_rules().read_days), 0
    with as_system("counted, nobody is named"):
        for row in Push.objects.filter(Q(state=State.SENDING) | Q(done_at__gte=since), delivered__gt=0):
            seen = OutboxMessage.objects.filter(key__startswith=_key(row), read_at__isnull=False).count()
            changed += Push.objects.filter(pk=row.pk, read__lt=seen).update(read=seen)
    return changed


# The worker's own settings


def choice_of(actor: Actor) -> PushChoice:
    """What the worker chose; unsaved where they never did."""
    account = actor.account_id or 0
    with as_system("one's own settings"):
        found = PushChoice.objects.filter(account_id=account).first()
    return found or PushChoice(account_id=account)


def choose(actor: Actor, wanted: Iterable[str], sms: bool) -> PushChoice:
    """消息设置: `wanted` columns are pushed, the others not; SMS only where the person says so."""
    if actor.kind != "worker" or actor.account_id is None:
        raise NotAllowed
    unwanted = [code for code in tables.columns() if code not in set(wanted)]
    with as_system("one's own settings"):
        row, _made = PushChoice.objects.update_or_create(
            account_id=actor.account_id, defaults={"unwanted": unwanted, "sms": sms, "changed_at": now()}
        )
    return row
