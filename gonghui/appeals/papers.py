"""读图: what the brain reads on the photos and PDFs that come with an appeal. Runs in the worker, never in the web."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from gonghui import brain
from gonghui.appeals.actions.attachments import READABLE, open_attachment
from gonghui.appeals.actions.files import attachment_for
from gonghui.appeals.models import Attachment, PaperReading
from gonghui.brain.papers import PaperError, read_paper
from gonghui.kernel.actor import Actor
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now


@dataclass(frozen=True, slots=True)
class Reading:
    """A file and what was read on it; `paper` is None while the worker has not come to it."""

    attachment: Attachment
    state: str
    paper: dict[str, Any] | None
    advice: dict[str, str]


def read_attachment(attachment_id: int) -> PaperReading | None:
    """Read a file once a version of the brain; None for a file that is gone or is no picture."""
    with as_system("the worker reads what was handed in"):
        attachment = Attachment.objects.filter(pk=attachment_id).first()
        if attachment is None or attachment.mime not in READABLE:
            return None
        done = attachment.readings.filter(version=brain.VERSION).first()
        if done is not None:
            return done
        with open_attachment(attachment) as file:
            data = file.read()
        try:
            paper = read_paper(data)
            state, kind, result = PaperReading.State.READ, paper.kind, paper.to_dict()
        except PaperError as error:
            state, kind, result = PaperReading.State.UNREADABLE, "", {"zh": error.zh, "en": error.en}
        with transaction.atomic():
            reading, _created = PaperReading.objects.get_or_create(
                attachment=attachment,
                version=brain.VERSION,
                defaults={
                    "at": now(),
                    "state": state,
                    "kind": kind,
                    "result": json.dumps(result, ensure_ascii=False),
                },
            )
        return reading


def reading_for(actor: Actor, attachment_id: int) -> Reading:
    """What was read on a file the actor may open, else NotFound; it goes into the trail as an opening does."""
    attachment = attachment_for(actor, attachment_id)
    with as_system("the right to open the file is checked"):
        found = attachment.readings.order_by("-at", "-pk").first()
    if found is None:
        return Reading(attachment, "waiting" if attachment.mime in READABLE else "none", None, {})
    result = json.loads(found.result)
    if found.state == PaperReading.State.READ:
        return Reading(attachment, found.state, result, {})
    return Reading(attachment, found.state, None, result)
