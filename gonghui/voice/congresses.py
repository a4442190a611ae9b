"""职代会: a unit's union enters a session and its delegates, by hand or from a file; who is a delegate of what."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import IO, Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from openpyxl import Workbook

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.sheets import ImportFileError, Layout, cell_text, named_rows, template_book
from gonghui.kernel.vault import blind_index
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account
from gonghui.voice import tables
from gonghui.voice.models import Congress, Delegate

KEEPERS = ("handler", "dispatcher", "leader")
COLUMNS = {"姓名": "name", "手机号": "phone", "代表团（组）": "group", "中高层管理人员": "manager"}
YES = ("是", "yes", "1", "true", "√")
ROWS_MOST, BYTES_MOST = 2000, 5 * 1024 * 1024
LAYOUT = Layout(COLUMNS, ("name", "phone"), ROWS_MOST, unfolded=50 * 1024 * 1024)


@dataclass(frozen=True)
class Row:
    name: str
    phone: str
    group: str = ""
    manager: bool = False


@dataclass
class Report:
    """What became of a file: `made` and `there` already, or only `wrong` (line, reason)."""

    made: int = 0
    there: int = 0
    wrong: list[tuple[int, str]] = field(default_factory=list)


def own(actor: Actor) -> QuerySet[Congress]:
    """The sessions of the unions where the actor keeps them, the newest first."""
    rows = Congress.objects.select_related("organisation").filter(organisation__path__in=actor.paths_as(*KEEPERS))
    return rows.order_by("-meets", "-pk")


def kept(actor: Actor, congress_id: int) -> Congress:
    """NotFound for another union's."""
    row = own(actor).filter(pk=congress_id).first()
    if row is None:
        raise NotFound
    return row


def save(actor: Actor, organisation: Organisation, data: dict[str, Any], row: Congress | None = None) -> Congress:
    """Enter a session or change it. InvalidData beside fields."""
    if data["closes"] < data["opens"]:
        raise InvalidData({"closes": [_("结束不能早于开始。")]})
    others = Congress.objects.filter(organisation=organisation, name=data["name"])
    if others.exclude(pk=row.pk if row else 0).exists():
        raise InvalidData({"name": [_("已经登记过这一届次。")]})
    with transaction.atomic():
        row = row or Congress(organisation=organisation)
        for name, value in data.items():
            setattr(row, name, value)
        row.save()
        told = {"session": row.name, "meets": str(row.meets)}
        trail.record(f"congress:{row.pk}", "congress", actor=actor, after=told)
    return row


def current(organisation: Organisation, day: date) -> Congress | None:
    """The session that takes proposals on a day."""
    rows = Congress.objects.filter(organisation=organisation, opens__lte=day, closes__gte=day)
    return rows.order_by("meets").first()


def delegate_of(congress: Congress | None, account_id: int | None) -> Delegate | None:
    """The account's place on the list, by the phone it signs in with."""
    if congress is None or account_id is None:
        return None
    with as_system("one's own place on the list"):
        phone = Account.objects.filter(pk=account_id).values_list("phone_index", flat=True).first()
        return Delegate.objects.filter(congress=congress, phone_index=phone).first() if phone else None


def account_of(delegate: Delegate) -> int | None:
    """The account that signs in with the delegate's phone; None while there is none."""
    with as_system("who is told"):
        rows = Account.objects.filter(kind=Account.Kind.WORKER, is_active=True, phone_index=delegate.phone_index)
        return rows.values_list("pk", flat=True).first()


def add(actor: Actor, congress: Congress, row: Row) -> Delegate:
    """Put somebody on the list. InvalidData for a wrong phone or one that is on it."""
    wrong = _wrong(row)
    if Delegate.objects.filter(congress=congress, phone_index=blind_index("phone", row.phone)).exists():
        wrong.setdefault("phone", []).append(_("这个手机号已经在名单里。"))
    if wrong:
        raise InvalidData(wrong)
    with transaction.atomic():
        delegate = _make(congress, row)
        trail.record(f"congress:{congress.pk}", "delegate", actor=actor, after={"added": 1})
    return delegate


def remove(actor: Actor, congress: Congress, delegate_id: int) -> None:
    """Take somebody off the list. NotFound for who is not on it."""
    with transaction.atomic():
        gone, _rows = Delegate.objects.filter(congress=congress, pk=delegate_id).delete()
        if not gone:
            raise NotFound
        trail.record(f"congress:{congress.pk}", "delegate", actor=actor, after={"removed": 1})


def managers_too_many(congress: Congress) -> bool:
    """Whether managers have more than the share that places allow: said, not refused, for the share is the place's."""
    rows = list(congress.delegates.values_list("manager", flat=True))
    return bool(rows) and sum(rows) > len(rows) * tables.numbers()["managers_share"].value


def _make(congress: Congress, row: Row) -> Delegate:
    return Delegate.objects.create(
        congress=congress, name=row.name, phone=row.phone, group=row.group[:60], manager=row.manager
    )


def _wrong(row: Row) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    if not row.name or len(row.name) > 60:
        wrong["name"] = [_("姓名没有填，或者太长。")]
    if not (len(row.phone) == 11 and row.phone.isdigit() and row.phone.startswith("1")):
        wrong["phone"] = [_("手机号不对，应是 11 位。")]
    return wrong


def template() -> Workbook:
    """An empty file with the right columns."""
    return template_book("职工代表", dict.fromkeys(COLUMNS, 18))


def import_delegates(actor: Actor, congress: Congress, file: IO[bytes]) -> Report:
    """All rows or none; who is on the list already is passed over. ImportFileError for an unreadable file."""
    report, rows, seen = Report(), list[Row](), dict[str, int]()
    for number, values in named_rows(file, LAYOUT):
        row = Row(
            cell_text(values.get("name")),
            "".join(letter for letter in cell_text(values.get("phone")) if letter.isdigit()),
            cell_text(values.get("group")),
            cell_text(values.get("manager")).lower() in YES,
        )
        problems = [text for texts in _wrong(row).values() for text in texts]
        if row.phone and (earlier := seen.setdefault(row.phone, number)) != number:
            problems.append(_("手机号和第 %(row)d 行重复。") % {"row": earlier})
        if problems:
            report.wrong.append((number, "".join(problems)))
        rows.append(row)
    if report.wrong:
        return report
    if not rows:
        raise ImportFileError(_("文件里没有职工代表。"))
    with transaction.atomic():
        there = set(congress.delegates.values_list("phone_index", flat=True))
        for row in rows:
            if blind_index("phone", row.phone) in there:
                report.there += 1
                continue
            _make(congress, row)
            report.made += 1
        trail.record(f"congress:{congress.pk}", "delegate", actor=actor, after={"imported": report.made})
    return report
