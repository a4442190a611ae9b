"""场所照片: sent by who looks after a place, looked at by a second person, then everybody's to see."""

from __future__ import annotations

import base64

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.times import now
from gonghui.membership.photos import portrait
from gonghui.venues import tables
from gonghui.venues.models import Venue, VenuePhoto
from gonghui.venues.queries import HANDS, KEEPERS

State = VenuePhoto.State


def send(actor: Actor, venue: Venue, file: File, words: str) -> VenuePhoto:
    """A picture that waits to be looked at. InvalidData beside `photo` and `words`."""
    if venue.organisation.path not in actor.paths_as(*HANDS):
        raise NotAllowed(_("只有管理这个场所的工会可以修改。"))
    if not words.strip():
        raise InvalidData({"words": [_("请写明照片上是什么，看不见的人靠它知道。")]})
    content = base64.b64encode(portrait(file, tables.numbers().photo)).decode()
    return VenuePhoto.objects.create(
        venue=venue, picture=content, words=words.strip()[:80], sent_by_id=actor.account_id, at=now()
    )


@transaction.atomic
def decide(actor: Actor, venue: Venue, photo_id: int, state: str) -> VenuePhoto:
    """Show it, refuse it, or take it down again. NotFound for one that does not wait or is not shown; GuardRefused for
    one's own picture, or where enough are shown."""
    if venue.organisation.path not in actor.paths_as(*KEEPERS):
        raise NotAllowed(_("只有管理这个场所的工会可以修改。"))
    # One place at a time, so that no more are shown than may be.
    Venue.objects.select_for_update().get(pk=venue.pk)
    wanted = State.SHOWN if state == State.REMOVED else State.PENDING
    row = VenuePhoto.objects.filter(pk=photo_id, venue=venue, state=wanted).first()
    if row is None or state not in (State.SHOWN, State.REFUSED, State.REMOVED):
        raise NotFound
    if state != State.REMOVED and row.sent_by_id == actor.account_id:
        raise GuardRefused([_("自己上传的照片，请另一位同志审核。")])
    most = tables.numbers().photos_most
    if state == State.SHOWN and VenuePhoto.objects.filter(venue=venue, state=State.SHOWN).count() >= most:
        raise GuardRefused([_("最多公开 %(n)d 张，请先撤下一张。") % {"n": most}])
    row.state, row.looked_by_id = state, actor.account_id
    if state != State.SHOWN:
        row.picture = ""
    row.save(update_fields=["state", "looked_by", "picture"])
    trail.record(
        f"venue:{venue.pk}",
        "photo",
        actor=actor,
        after={"photo": row.pk, "state": state},
        org_path=venue.organisation.path,
    )
    return row


def shown(venue: Venue) -> list[VenuePhoto]:
    return list(VenuePhoto.objects.filter(venue=venue, state=State.SHOWN).order_by("at", "pk"))


def content(photo_id: int) -> bytes:
    """A picture that everybody may see. NotFound for any other."""
    row = VenuePhoto.objects.filter(pk=photo_id, state=State.SHOWN).exclude(venue__state=Venue.State.GONE).first()
    if row is None:
        raise NotFound
    return base64.b64decode(row.picture)
