"""单位名单: a unit's union brings the people of a campaign in from an Excel file. All rows or none: with one wrong row
nothing is written, and every wrong row is told with what is wrong in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from openpyxl import Workbook

from gonghui.aid import campaigns, tables
from gonghui.aid.models import Campaign
from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed
from gonghui.kernel.scope import as_system, within
from gonghui.kernel.sheets import ImportFileError, Layout, cell_text, named_rows, template_book
from gonghui.membership import queries as members
from gonghui.organisations.models import Organisation
from gonghui.services import actions, facts
from gonghui.services.catalogue import catalogue
from gonghui.services.models import Taken
from gonghui.services.spec import Service

BYTES_MOST = 5 * 1024 * 1024
COLUMNS = {"姓名": "name", "身份证号": "id_no", "手机号": "phone", "单位": "unit", "对象": "target",
           "银行卡号": "bank_card", "说明": "told"}  # fmt: skip
REQUIRED = ("name", "id_no", "phone", "target")


@dataclass
class Report:
    """What became of a file: `made`, or when anything is wrong only `wrong` (line, reason)."""

    made: int = 0
    wrong: list[tuple[int, str]] = field(default_factory=list)


def template(campaign: Campaign) -> Workbook:
    """An empty file with the right columns, numbers as text, and the names of the targets on a second sheet."""
    cash = campaign.kind == Campaign.Kind.CASH
    headings = [zh for zh, name in COLUMNS.items() if cash or name != "bank_card"]
    book = template_book("名单", dict.fromkeys(headings, 20))
    other = book.create_sheet("对象怎样写")
    for code in campaign.targets:
        other.append([tables.campaigns().target(code)])
    return book


class _Wrong(Exception):
    """Rolls the whole list back."""


def enter(actor: Actor, campaign: Campaign, organisation: Organisation, file: IO[bytes]) -> Report:
    """名单: read, check and write all rows in one transaction. ImportFileError for a file that cannot be read,
    GuardRefused when the campaign takes no list."""
    if organisation.path not in actor.paths_as(*campaigns.PLANNERS):
        raise NotAllowed
    if not within(organisation.path, campaign.organisation.path):
        raise NotAllowed
    if campaign.matter.state != "listing" or campaign.route == Campaign.Route.CLAIM or campaign.offer is None:
        raise GuardRefused([_("这次活动现在不收单位名单。")])
    service = catalogue().services[campaigns.SERVICES[Campaign.Kind(campaign.kind)]]
    report, doubled = Report(), 0
    try:
        with transaction.atomic(), as_system("the list of a campaign that is open to this unit"):
            for number, cells in named_rows(file, _layout(campaign)):
                values = {name: cell_text(cell) for name, cell in cells.items()}
                problems, twice = _enter_row(actor, campaign, service, organisation, values)
                doubled += twice
                if problems:
                    report.wrong.append((number, "".join(problems)))
                else:
                    report.made += 1
            if not report.made and not report.wrong:
                raise ImportFileError(_("文件里没有人。"))
            if report.wrong:
                raise _Wrong
            after = {"listed": report.made, "unit": organisation.path}
            trail.record(f"matter:{campaign.matter_id}", "list", actor=actor, matter=campaign.matter, after=after)
    except _Wrong:
        report.made = 0
    if doubled:
        with as_system("the campaign counts double claims"):
            Campaign.objects.filter(pk=campaign.pk).update(blocked=F("blocked") + doubled)
    return report


def _enter_row(
    actor: Actor, campaign: Campaign, service: Service, organisation: Organisation, values: dict[str, str]
) -> tuple[list[str], bool]:
    """What is wrong with the row (nothing: it is on the list now), and whether the person is on it twice."""
    by_name = {tables.campaigns().target(code): code for code in campaign.targets}
    target = by_name.get(values.get("target", ""), "")
    if not target:
        return [_("对象要写这些之一：%(targets)s。") % {"targets": campaigns.targets(campaign)}], False
    raw: dict[str, Any] = {
        **values, "target": target, "unit": values.get("unit") or organisation.name, "promise": True,
        "region": organisation.region_id or campaign.organisation.region_id or "",
    }  # fmt: skip
    assert campaign.offer is not None
    if _listed(service, values.get("id_no", ""), campaign):
        return [_("查重：这个人已经在这次活动的名单里（单位名单或个人申领）。")], True
    member = members.current_by_id("".join(values.get("id_no", "").split()).upper())
    owner = member.account_id if member is not None else None
    try:
        actions.enter(actor, service, raw, campaign.offer, owner_id=owner, more={"listed": organisation.path})
    except InvalidData as error:
        names = {spec.name: str(spec) for spec in service.fields}
        return [f"{names.get(name, name)}：{'、'.join(texts)}" for name, texts in error.errors.items()], False
    except GuardRefused as error:
        return error.reasons, False
    return [], False


def _listed(service: Service, id_no: str, campaign: Campaign) -> bool:
    number = "".join(id_no.split()).upper()
    assert campaign.offer is not None
    offer = {service.offer_field: campaign.offer.pk, "id_no": number}
    keys = facts.once_keys(service, offer, None, campaign.closes) if number else []
    return Taken.objects.filter(key__in=[key for _place, key in keys]).exists()


def _layout(campaign: Campaign) -> Layout:
    required = (*REQUIRED, "bank_card") if campaign.kind == Campaign.Kind.CASH else REQUIRED
    return Layout(COLUMNS, required, tables.campaigns().list_most.value)
