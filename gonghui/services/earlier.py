"""以前的领取名单: who had something that is given once in a life before this platform kept count.

A union brings its lists in from an Excel file. Of a person the blind index of the identity number is kept and nothing
else, in a row of its own beside that of an application (`Taken`): who has applied is put down all the same, for the
application may come to nothing, and what a list answers tells nothing of who has applied.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from openpyxl import Workbook

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.sheets import ImportFileError, Layout, cell_text, named_rows, template_book
from gonghui.kernel.times import today
from gonghui.kernel.vault import blind_index
from gonghui.organisations.models import Organisation
from gonghui.people.identity import born_on
from gonghui.services import facts
from gonghui.services.catalogue import catalogue
from gonghui.services.models import Taken, Voucher
from gonghui.services.spec import Service

COLUMNS = {"身份证号": "id_no"}
ROWS_MOST, BYTES_MOST, REASON_MOST = 20_000, 5 * 1024 * 1024, 200
LAYOUT = Layout(COLUMNS, ("id_no",), ROWS_MOST)


@dataclass
class Report:
    """What became of a file: `made` and `there` already, or, when anything is wrong, only `wrong` (line, reason)."""

    made: int = 0
    there: int = 0
    wrong: list[tuple[int, str]] = field(default_factory=list)


def services() -> list[Service]:
    """What a person has once in their life."""
    return [one for one in catalogue().services.values() if one.state == "open" and _place(one) is not None]


def _place(service: Service) -> int | None:
    rules = enumerate(service.once)
    return next((place for place, rule in rules if (rule.by, rule.during) == ("person", "life")), None)


def _own_key(service: Service, id_no: str) -> tuple[int, str]:
    """The rule's place and what it keeps of this person, as an application of theirs would."""
    number = next(spec.name for spec in service.fields if spec.type == "id_no")
    keys = facts.once_keys(service, {number: id_no}, None, today())
    return next((place, key) for place, key in keys if place == _place(service))


def _key(service: Service, id_no: str) -> tuple[int, str]:
    """The same as a list keeps it."""
    place, key = _own_key(service, id_no)
    return place, key + Taken.LISTED


def had(service_id: str, account_id: int | None, id_no: str) -> bool:
    """Whether it was handed over to this person here, or stands in a list of before."""
    index = blind_index("id_no", id_no) if id_no else ""
    own = Q(application__account_id=account_id) if account_id is not None and not index else Q(pk=None)
    if index:
        own |= Q(application__person_index=index)
    if Voucher.objects.filter(own, application__service=service_id, handed_at__isnull=False).exists():
        return True
    service = catalogue().services.get(service_id)
    if not index or service is None or _place(service) is None:
        return False
    # What was handed over longer ago than its papers are kept (`retention`) is known by its key alone.
    handed = Taken.objects.filter(key=_own_key(service, id_no)[1], application__voucher__handed_at__isnull=False)
    return listed(service, id_no) is not None or handed.exists()


def listed(service: Service, id_no: str) -> Taken | None:
    """The row of a list in which this person stands."""
    if not id_no or _place(service) is None:
        return None
    return Taken.objects.select_related("brought_by").filter(key=_key(service, id_no)[1]).first()


def template() -> Workbook:
    """An empty file with the right column, numbers as text."""
    return template_book("领取名单", dict(zip(COLUMNS, (24,), strict=True)))


def bring_in(actor: Actor, organisation: Organisation, service: Service, file: IO[bytes]) -> Report:
    """All rows, or none and what is wrong with each. ImportFileError for an unreadable file.

    The caller has asked whether the actor works for this union.
    """
    report, seen = Report(), dict[str, int]()
    for line, values in named_rows(file, LAYOUT):
        number = "".join(cell_text(values.get("id_no")).split()).upper()
        if born_on(number) is None:
            report.wrong.append((line, _("身份证号不对（单元格要设为文本）。")))
        elif (earlier := seen.setdefault(number, line)) != line:
            report.wrong.append((line, _("身份证号和第 %(row)d 行重复。") % {"row": earlier}))
    if report.wrong:
        return report
    if not seen:
        raise ImportFileError(_("文件里没有人。"))
    rows = dict(_key(service, number)[::-1] for number in seen)
    with as_system("who stands in a list anywhere"), transaction.atomic():
        there = set(Taken.objects.filter(key__in=rows).values_list("key", flat=True))
        new = [Taken(key=key, rule=place, brought_by=organisation) for key, place in rows.items() if key not in there]
        Taken.objects.bulk_create(new, ignore_conflicts=True)
        report.made, report.there = len(new), len(there)
        told = {"service": service.id, "union": organisation.path, "people": report.made}
        trail.record(f"earlier:{service.id}", "earlier", actor=actor, after=told)
    return report


def take_out(actor: Actor, paths: tuple[str, ...], service: Service, id_no: str, reason: str) -> None:
    """Somebody was in a list by mistake. InvalidData without a reason; NotFound for who is in no list; GuardRefused,
    with the union whom to ask, for who is in another union's."""
    if not reason.strip():
        raise InvalidData({"reason": [_("请写明理由。")]})
    with as_system("of the unions that the actor works for"), transaction.atomic():
        row = listed(service, id_no)
        if row is None or row.brought_by is None:
            raise NotFound(_("以前的领取名单里没有这个人。"))
        if row.brought_by.path not in paths:
            raise GuardRefused([_("这个人在%(union)s导入的名单里，请联系那里更正。") % {"union": row.brought_by.name}])
        row.delete()
        told = {"service": service.id, "taken_out": 1, "reason": reason.strip()[:REASON_MOST]}
        trail.record(f"earlier:{service.id}", "earlier", actor=actor, after=told)
