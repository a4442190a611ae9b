"""场次记录: photo, sign sheet and count of a session; the speaker's word on what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.appeals.actions.attachments import save_attachment
from gonghui.kernel import outbox, trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.learning.models import Evidence, SessionRecord, SpeakerQuestion
from gonghui.services.models import Offer

FILES_MOST = 12


def of_offer(offer: Offer) -> SessionRecord | None:
    return SessionRecord.objects.filter(offer=offer).first()


@transaction.atomic
def keep(
    actor: Actor, offer: Offer, *, others: int, summary: str, photos: Sequence[File], sheets: Sequence[File]
) -> SessionRecord:
    """Write the record, and add its evidence. The caller has found that the offer is of the actor's own union."""
    if offer.starts is not None and offer.starts > now():
        raise GuardRefused([_("还没有开始，不能写记录。")])
    row, _made = SessionRecord.objects.update_or_create(
        offer=offer, defaults={"others": others, "summary": summary, "by_id": actor.account_id, "at": now()}
    )
    if row.evidence.count() + len(photos) + len(sheets) > FILES_MOST:
        raise InvalidData({"photos": [_("最多 %(most)d 份材料。") % {"most": FILES_MOST}]})
    for kind, files in ((Evidence.Kind.PHOTO, photos), (Evidence.Kind.SHEET, sheets)):
        for file in files:
            stored = save_attachment(file)
            Evidence.objects.create(
                record=row, kind=kind, stored_name=stored.stored_name, original_name=stored.original_name,
                mime=stored.mime, sha256=stored.sha256, by_id=actor.account_id, at=now(),
            )  # fmt: skip
    after = {"others": others, "evidence": list(row.evidence.values_list("sha256", flat=True))}
    trail.record(f"offer:{offer.pk}", "record", actor=actor, after=after, org_path=offer.organisation.path)
    return row


def open_evidence(evidence_id: int, offers: Sequence[int]) -> tuple[Evidence, IO[bytes]]:
    """A file of the record of one of these offers. NotFound for all others."""
    row = Evidence.objects.filter(pk=evidence_id, record__offer_id__in=offers).first()
    path = Path(settings.MEDIA_ROOT) / row.stored_name if row is not None else None
    if row is None or path is None or not path.is_file():
        raise NotFound
    return row, path.open("rb")


def asked(offer: Offer) -> list[SpeakerQuestion]:
    """What was asked at a session, without who asked. The caller has found that the offer is the actor's own."""
    with as_system("the host reads what was asked, not who asked"):
        return list(SpeakerQuestion.objects.filter(offer=offer).order_by("at", "pk")[:200])


@transaction.atomic
def say(actor: Actor, offer: Offer, question_id: int, text: str) -> SpeakerQuestion:
    """The answer to a question, which its asker is told of."""
    if not text.strip():
        raise InvalidData({"said": [_("请写答复。")]})
    with as_system("the host's own session"):
        row = SpeakerQuestion.objects.select_related("matter").filter(pk=question_id, offer=offer).first()
        if row is None:
            raise NotFound
        row.said_text, row.said_by_id = text.strip()[:1000], actor.account_id
        row.save(update_fields=["said_text", "said_by"])
        if row.matter.owner_id is not None:
            words = _("您在“%(title)s”提的问题有答复了，请到“我的”查看。") % {"title": offer.title[:20]}
            key = f"learning:said:{row.pk}:{now():%Y%m%d%H%M%S}"
            outbox.enqueue("notice.app", key, {"text": words}, matter=row.matter, account_id=row.matter.owner_id)
    return row
