"""签领表: photos of the sheets that people signed who have no telephone, kept and opened as attachments are."""

from __future__ import annotations

from typing import IO

from django.core.files.base import File
from django.db import transaction

from gonghui.aid import campaigns
from gonghui.aid.models import Campaign, SheetPhoto
from gonghui.appeals.actions.attachments import open_stored, save_attachment
from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import NotAllowed, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now


def keep(actor: Actor, campaign: Campaign, sheet_no: str, file: File) -> SheetPhoto:
    """InvalidData says what is wrong with the file."""
    if campaign.organisation.path not in actor.paths_as(*campaigns.PLANNERS):
        raise NotAllowed
    stored = save_attachment(file)
    with as_system("the union's own campaign"), transaction.atomic():
        row = SheetPhoto.objects.create(
            campaign=campaign, sheet_no=sheet_no, by_id=actor.account_id, at=now(), **stored.columns
        )
        after = {"sheet": row.pk, "sheet_no": sheet_no}
        trail.record(f"matter:{campaign.matter_id}", "sheet", actor=actor, matter=campaign.matter, after=after)
    return row


def open_sheet(actor: Actor, sheet_id: int) -> tuple[SheetPhoto, IO[bytes]]:
    """For the campaign's own union. NotFound for all others."""
    with as_system("whose campaign it is is asked next"), transaction.atomic():
        row = (
            SheetPhoto.objects.select_related("campaign__organisation", "campaign__matter").filter(pk=sheet_id).first()
        )
        if row is None or row.campaign.organisation.path not in actor.paths_as(*campaigns.PLANNERS, "supervisor"):
            raise NotFound
        after = {"sheet": row.pk}
        trail.record(
            f"matter:{row.campaign.matter_id}", "open_file", actor=actor, matter=row.campaign.matter, after=after
        )
    return row, open_stored(row.stored_name)
