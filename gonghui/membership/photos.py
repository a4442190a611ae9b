"""证件照: sent by the member, cut to a portrait, looked at by the union, shown to who verifies the card online.

What is sent is checked as any file is (type, size, virus, no metadata); only the small portrait is kept. A photo that
is not in use any more leaves its row as history and takes its picture along.
"""

from __future__ import annotations

import base64
import io
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from gonghui.appeals.actions.attachments import OPENED_AS_IMAGE, clean_stored, save_attachment
from gonghui.kernel import outbox, trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.membership import queries, tables
from gonghui.membership.models import CardPhoto, Membership, MembershipChange

State = CardPhoto.State
REFUSAL_MOST = 200
QUALITIES = range(88, 20, -8)


def portrait(file: File, numbers: tables.Photo | None = None) -> bytes:
    """The JPEG that is kept of a file: of these measures (else 3 to 4 for a card), upright, without metadata, small.
    InvalidData beside `photo`."""
    numbers = numbers or tables.numbers().photo
    try:
        stored = save_attachment(file)
    except InvalidData as error:
        raise InvalidData({"photo": error.texts}) from error
    path = Path(settings.MEDIA_ROOT) / clean_stored(stored.stored_name)
    try:
        if stored.mime not in OPENED_AS_IMAGE:
            raise InvalidData({"photo": [_("请上传照片（jpg、png、webp）。")]})
        with Image.open(path) as image:
            if min(image.size) < numbers.least:
                said = _("照片太小，短边至少要 %(n)d 像素，请换一张清楚的。")
                raise InvalidData({"photo": [said % {"n": numbers.least}]})
            plain = Image.new("RGB", image.size, "white")
            seen = image.convert("RGBA")
            plain.paste(seen, mask=seen.getchannel("A"))
    finally:
        path.unlink(missing_ok=True)
    # Faces are above the middle of what people send.
    cut = ImageOps.fit(plain, (numbers.width, numbers.height), Image.Resampling.LANCZOS, centering=(0.5, 0.35))
    for quality in QUALITIES:
        body = io.BytesIO()
        cut.save(body, "JPEG", quality=quality, optimize=True)
        if body.tell() <= numbers.bytes_most:
            return body.getvalue()
    raise InvalidData({"photo": [_("这张照片压缩不到规定大小，请换一张背景简单的。")]})


def send(actor: Actor, membership_id: int, file: File, consent: bool) -> CardPhoto:
    """A member's photo, in place of one that still waits. It shows once the union has accepted it.

    InvalidData beside `photo` and `consent`; NotFound for another's card.
    """
    if not consent:
        raise InvalidData({"consent": [_("请先同意，核验会员证的工作人员才能看到照片。")]})
    _own(actor, membership_id)
    try:
        with as_system("one's own card"), transaction.atomic():
            return keep(membership_id, file, now())
    except IntegrityError as error:
        raise GuardRefused([_("您刚刚已经传了一张，请刷新页面看看。")]) from error


def keep(membership_id: int, file: File, consented_at: datetime) -> CardPhoto:
    """Let a photo wait for the union to look at it; the member has agreed to that at that moment. InvalidData beside
    `photo`."""
    content = base64.b64encode(portrait(file)).decode()
    row = Membership.objects.select_for_update().get(pk=membership_id)
    _drop(row.photos.filter(state=State.PENDING), State.REPLACED)
    return CardPhoto.objects.create(membership=row, portrait=content, consented_at=consented_at)


def remove(actor: Actor, membership_id: int) -> None:
    """The member takes the photo back, and with it the consent to show it."""
    _own(actor, membership_id)
    with as_system("one's own card"), transaction.atomic():
        row = Membership.objects.select_for_update().get(pk=membership_id)
        if forget(row):
            _change(row, actor, State.REMOVED, "")


def _own(actor: Actor, membership_id: int) -> Membership:
    row = queries.current_of(actor.account_id) if actor.kind == "worker" else None
    if row is None or row.pk != membership_id:
        raise NotFound
    return row


def forget(row: Membership) -> int:
    """No picture of this member stays: left, erased or taken back. How many there were."""
    return _drop(CardPhoto.objects.filter(membership=row).exclude(portrait=""), State.REMOVED)


def _drop(photos: QuerySet[CardPhoto], state: str) -> int:
    return photos.update(state=state, portrait="")


def waiting(actor: Actor) -> list[CardPhoto]:
    """The photos that wait at the unions where the actor keeps the register, the longest waiting first."""
    with as_system("photos at the actor's own unions"):
        rows = CardPhoto.objects.filter(
            state=State.PENDING, membership__path__in=actor.paths_as(*queries.KEEPERS)
        ).select_related("membership")
        return list(rows.order_by("consented_at", "pk")[: queries.SHOWN_MOST])


def decide(actor: Actor, membership_id: int, photo_id: int, accepted: bool, refusal: str = "") -> CardPhoto:
    """审核: accepted it takes the place of the one before; refused it is deleted, and the member reads why.

    NotFound where the actor does not keep the register, or the photo was exchanged meanwhile.
    """
    row, refusal = queries.kept(actor, membership_id), refusal.strip()
    if not accepted and not refusal:
        raise InvalidData({"refusal": [_("请写明为什么不能用，会员会看到。")]})
    if len(refusal) > REFUSAL_MOST:
        raise InvalidData({"refusal": [_("最多 %(most)d 个字。") % {"most": REFUSAL_MOST}]})
    with as_system("the register's keeper looks"), transaction.atomic():
        row = Membership.objects.select_for_update(of=("self",)).get(pk=row.pk)
        photo = row.photos.filter(pk=photo_id, state=State.PENDING).first()
        if photo is None:
            raise NotFound(_("这张照片已经处理过，或者会员换了新的。"))
        if accepted:
            _drop(row.photos.filter(state=State.ACCEPTED), State.REPLACED)
            photo.state = State.ACCEPTED
        else:
            photo.state, photo.portrait, photo.refusal = State.REFUSED, "", refusal
        photo.decided_at, photo.decided_by_id = now(), actor.account_id
        photo.save()
        _change(row, actor, photo.state, refusal)
        if row.account_id is not None:
            text = "会员证照片已通过审核。" if accepted else f"会员证照片没有通过：{refusal}"
            outbox.enqueue("notice.app", f"card-photo:{photo.pk}", {"text": text}, account_id=row.account_id)
    return photo


def _change(row: Membership, actor: Actor, state: str, reason: str) -> None:
    MembershipChange.objects.create(
        membership=row, kind=MembershipChange.Kind.PHOTO, at=now(), value=state, reason=reason, by_id=actor.account_id
    )
    trail.record(f"membership:{row.pk}", "card_photo", actor=actor, after={"to": state}, org_path=row.path)


def shown(row: Membership | None) -> str:
    """The accepted photo as the address of a picture (`data:`); empty where there is none."""
    if row is None:
        return ""
    with as_system("whoever verifies the card online is shown it; the member, their own"):
        photo = CardPhoto.objects.filter(membership=row, state=State.ACCEPTED).first()
    return picture(photo)


def picture(photo: CardPhoto | None) -> str:
    return f"data:image/jpeg;base64,{photo.portrait}" if photo is not None and photo.portrait else ""


def of(row: Membership) -> list[CardPhoto]:
    """The photos of a membership, the newest first. The caller may see it."""
    with as_system("the member's own, or the register's keeper"):
        return list(CardPhoto.objects.filter(membership=row).select_related("decided_by").order_by("-pk")[:20])
