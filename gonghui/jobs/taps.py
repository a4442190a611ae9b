"""一点即答: the link in a message that answers one question without signing in (handbook M07: 30天回访, 90天稳岗).

Its token is a random key and a signature over whose application, which question and until when: it opens nothing else,
is good once, and not after its day. Only a keyed hash of the key is searched.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from django.conf import settings

from gonghui.jobs import tables
from gonghui.jobs.models import JobApplication
from gonghui.kernel.matters import set_fields
from gonghui.kernel.tickets import LETTERS, new_letters
from gonghui.kernel.times import now
from gonghui.kernel.vault import blind_index

KIND, SIGNATURE = "jobs.tap", "jobs.tap_signature"
LENGTH, SIGNED = 10, 6
# By the state in which the question waits: the steps that answer it.
STEPS = {"hired": ("arrive",), "check30": ("still_30", "leave"), "check90": ("still_90", "leave")}


def renew(row: JobApplication, until: datetime | None = None) -> None:
    """A fresh key for the question that waits now; the one before is worth nothing any more."""
    code = new_letters(LENGTH)
    until = until or now() + timedelta(days=tables.numbers().tap_days)
    set_fields(row, tap_code=code, tap_hash=blind_index(KIND, code), tap_until=until)


def clear(row: JobApplication) -> dict[str, object]:
    """The fields of a row whose question is answered, to be saved with the answer."""
    row.tap_code, row.tap_hash, row.tap_until = "", "", None
    return {"tap_code": "", "tap_hash": "", "tap_until": None}


def _signature(row: JobApplication, question: str) -> str:
    until = int(row.tap_until.timestamp()) if row.tap_until is not None else 0
    digest = bytes.fromhex(blind_index(SIGNATURE, f"{row.pk}|{question}|{until}|{row.tap_hash}"))
    return "".join(LETTERS[byte % len(LETTERS)] for byte in digest[:SIGNED])


def link(row: JobApplication, question: str) -> str:
    """The address for a message; empty where no question waits. `question`: the state that asks it."""
    return f"{settings.PUBLIC_URL}/j/{row.tap_code}{_signature(row, question)}/" if row.tap_code else ""


def find(token: str) -> JobApplication | None:
    """The application that a token belongs to, if its signature is right for the question that waits. The caller runs
    as the system: the link is the key."""
    key, signature = token[:LENGTH], token[LENGTH:]
    if len(key) < LENGTH or not signature:
        return None
    row = (
        JobApplication.objects.select_related("matter", "posting__region")
        .filter(tap_hash=blind_index(KIND, key))
        .exclude(tap_hash="")
        .first()
    )
    if row is None or row.matter.state not in STEPS:
        return None
    return row if hmac.compare_digest(signature, _signature(row, row.matter.state)) else None


def over(row: JobApplication) -> bool:
    """Whether the link is past its day."""
    return row.tap_until is None or row.tap_until <= now()
