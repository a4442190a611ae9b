"""银行回盘: a file from the bank is read, booked and kept as it came in, with its SHA-256 and who sent it."""

from __future__ import annotations

import hashlib
import secrets
from typing import IO

from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.appeals.actions.attachments import clean_name, open_stored, store
from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.scope import as_system
from gonghui.kernel.sheets import ImportFileError, csv_rows
from gonghui.kernel.times import now
from gonghui.services import banking
from gonghui.services.models import BankAnswer, PaymentBatch

FILE_MOST = 2 * 1024 * 1024


def take(actor: Actor, batch: PaymentBatch, file: File) -> banking.Answer:
    """Reconcile the batch by this file. InvalidData where it cannot be read; nothing is kept of one with wrong rows."""
    if (file.size or 0) > FILE_MOST:
        raise InvalidData({"file": [_("文件太大。")]})
    content = file.read()
    try:
        rows = [list(cells) for _line, cells in csv_rows(content)]
    except ImportFileError:
        raise InvalidData({"file": [_("读不出这个文件，请另存为 CSV（逗号分隔）再上传。")]}) from None
    digest = hashlib.sha256(content).hexdigest()
    with as_system("the payer's own union"), transaction.atomic():
        answer = banking.reconcile(actor, batch, rows, digest)
        if answer.problems:
            return answer
        row = BankAnswer.objects.create(
            batch=batch,
            stored_name=f"{secrets.token_hex(1)}/{secrets.token_hex(16)}.csv",
            original_name=clean_name(file.name or "answer.csv"),
            size=len(content),
            sha256=digest,
            by_id=actor.account_id,
            at=now(),
        )
        # Last: where it cannot be kept, nothing is booked either.
        store(ContentFile(content, name=row.original_name), row.stored_name, FILE_MOST)
    return answer


def open_answer(actor: Actor, row: BankAnswer) -> IO[bytes]:
    """The file as it came in. The caller has found that the actor may read the batch; the opening is written down."""
    with as_system("the actor may read this batch"), transaction.atomic():
        after = {"answer": row.pk, "sha256": row.sha256}
        trail.record(f"batch:{row.batch_id}", "open_answer", actor=actor, after=after)
    return open_stored(row.stored_name)
