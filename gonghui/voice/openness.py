"""厂务公开: the unit's union publishes; its workers read, give a receipt and ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gonghui.kernel import outbox, trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.organisations.models import Organisation
from gonghui.voice import units
from gonghui.voice.models import Disclosure, Receipt

KEEPERS = ("handler", "dispatcher", "leader")
TITLE_MOST, BODY_MOST, LISTED = 80, 4000, 100
CATEGORIES: tuple[tuple[str, Any], ...] = (
    ("plans", gettext_lazy("发展规划和重大决策")),
    ("operation", gettext_lazy("生产经营和财务")),
    ("pay", gettext_lazy("工资、奖金和福利")),
    ("insurance", gettext_lazy("社会保险和公积金缴纳")),
    ("rules", gettext_lazy("规章制度")),
    ("safety", gettext_lazy("劳动安全卫生")),
    ("training", gettext_lazy("职工培训经费")),
    ("people", gettext_lazy("评先评优和用工")),
    ("congress", gettext_lazy("职代会决议和提案办理")),
)


def category_name(code: str) -> str:
    return str(dict(CATEGORIES).get(code, code))


def own(actor: Actor) -> QuerySet[Disclosure]:
    """What the unions publish where the actor keeps it, the newest first, with how many have read it."""
    rows = Disclosure.objects.select_related("organisation").filter(organisation__path__in=actor.paths_as(*KEEPERS))
    return rows.annotate(read=Count("receipts")).order_by("-published_at")


def kept(actor: Actor, disclosure_id: int) -> Disclosure:
    """NotFound for another union's."""
    row = own(actor).filter(pk=disclosure_id).first()
    if row is None:
        raise NotFound
    return row


def publish(actor: Actor, organisation: Organisation, category: str, title: str, body: str) -> Disclosure:
    """公开. The unit's workers with an account are told. InvalidData beside fields."""
    title, body = title.strip(), body.strip()
    wrong: dict[str, list[str]] = {}
    if category not in dict(CATEGORIES):
        wrong["category"] = [_("请选一项。")]
    if not 2 <= len(title) <= TITLE_MOST:
        wrong["title"] = [_("标题 2 到 %(n)d 个字。") % {"n": TITLE_MOST}]
    if not 5 <= len(body) <= BODY_MOST:
        wrong["body"] = [_("内容 5 到 %(n)d 个字。") % {"n": BODY_MOST}]
    if wrong:
        raise InvalidData(wrong)
    with transaction.atomic(), as_system("who is told of the unit's own matters"):
        row = Disclosure.objects.create(
            organisation=organisation, category=category, title=title, body=body, published_at=now(),
            by_id=actor.account_id,
        )  # fmt: skip
        trail.record(f"disclosure:{row.pk}", "publish_disclosure", actor=actor, after={"category": category})
        for account in sorted(units.accounts_of(organisation)):
            text = f"厂务公开：{title}，请到“本单位公开栏”查看。"
            outbox.enqueue("notice.app", f"voice:disclosure:{row.pk}:{account}", {"text": text}, account_id=account)
    return row


def withdraw(actor: Actor, row: Disclosure) -> None:
    """撤下: no longer shown to the unit; the row and its receipts stay."""
    with transaction.atomic():
        Disclosure.objects.filter(pk=row.pk, withdrawn_at=None).update(withdrawn_at=now())
        trail.record(f"disclosure:{row.pk}", "withdraw_disclosure", actor=actor, after={"withdrawn": True})


def of_units(organisations: list[Organisation], account_id: int | None) -> list[tuple[Disclosure, bool]]:
    """What is published in some units, the newest first, and whether this account has read it."""
    with as_system("published to the unit's workers"):
        rows = Disclosure.objects.select_related("organisation").filter(
            organisation__in=[unit.pk for unit in organisations], withdrawn_at=None
        )
        found = list(rows.order_by("-published_at")[:LISTED])
        read = set(
            Receipt.objects.filter(disclosure__in=found, account_id=account_id or 0).values_list(
                "disclosure", flat=True
            )
        )
    return [(row, row.pk in read) for row in found]


@dataclass(frozen=True)
class Seen:
    row: Disclosure
    read: bool
    replies: list[Any]


def page(actor: Actor, disclosure_id: int) -> Seen:
    """One disclosure of the worker's own unit, with the questions that were answered publicly. NotFound otherwise."""
    with as_system("who may read it is asked next"):
        row = Disclosure.objects.select_related("organisation").filter(pk=disclosure_id, withdrawn_at=None).first()
        if row is None or not units.belongs(actor, row.organisation):
            raise NotFound
        read = Receipt.objects.filter(disclosure=row, account_id=actor.account_id or 0).exists()
        return Seen(row, read, list(row.replies.order_by("at")))


def confirm_read(actor: Actor, disclosure_id: int) -> None:
    """阅读回执, once."""
    row = page(actor, disclosure_id).row
    with as_system("one's own receipt"):
        Receipt.objects.get_or_create(disclosure=row, account_id=actor.account_id or 0, defaults={"at": now()})
