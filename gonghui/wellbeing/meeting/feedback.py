"""反馈 (handbook 4.1 M24, the last step): whoever was at an event says how it was. The organiser sees counts, and words
without names, once so many have answered that nobody is guessed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.services.models import Offer
from gonghui.wellbeing.meeting.choosing import HANDLERS, evenings, own
from gonghui.wellbeing.models import MeetingFeedback, Profile

TEXT_MOST = 500
# Days after an event in which it may be given or changed.
OPEN_DAYS = 30
# Fewer answers tell more of those who gave them than of the event.
FEWEST = 3


def given(me: Profile, offers: Iterable[int]) -> dict[int, MeetingFeedback]:
    """One's own feedback, by event."""
    with as_system("one's own feedback"):
        return {row.offer_id: row for row in MeetingFeedback.objects.filter(by=me, offer__in=list(offers))}


def open_for(offer: Offer) -> bool:
    return now() < (offer.ends or offer.made_at) + timedelta(days=OPEN_DAYS)


@transaction.atomic
def give(actor: Actor, offer_id: int, stars: str, respected: str, again: str, text: str) -> MeetingFeedback:
    """Of an event at which one was, in place of what one said before. NotFound where one was not.

    InvalidData beside `stars`, `respected`, `again`, `feedback_text`; GuardRefused when the time is over.
    """
    me = own(actor)
    evening = next((one for one in evenings(me) if one.offer.pk == offer_id), None) if me is not None else None
    if evening is None:
        raise NotFound
    if not open_for(evening.offer):
        raise GuardRefused([_("活动过去太久了，不能再评价。")])
    errors = {}
    if stars not in ("1", "2", "3", "4", "5"):
        errors["stars"] = [_("请选择是否满意。")]
    for name, value in (("respected", respected), ("again", again)):
        if value not in ("yes", "no"):
            errors[name] = [_("请选择是或否。")]
    if len(text) > TEXT_MOST:
        errors["feedback_text"] = [_("最多 %(most)d 个字。") % {"most": TEXT_MOST}]
    if errors:
        raise InvalidData(errors)
    values = {
        "stars": int(stars),
        "respected": respected == "yes",
        "again": again == "yes",
        "feedback_text": text.strip(),
        "at": now(),
    }
    with as_system("one's own feedback"):
        return MeetingFeedback.objects.update_or_create(offer_id=offer_id, by=me, defaults=values)[0]


@dataclass(frozen=True)
class Summary:
    """What came of an event. Below FEWEST answers only their number is known."""

    offer: Offer
    count: int
    stars: float | None = None
    respected: int = 0
    again: int = 0
    texts: tuple[str, ...] = ()


def summaries(actor: Actor, most: int = 20) -> list[Summary]:
    """The events of the actor's own unions of which somebody said something, the latest first."""
    with as_system("events of the actor's own unions, without names"):
        rows = MeetingFeedback.objects.filter(offer__organisation__path__in=actor.paths_as(*HANDLERS))
        offers = list(Offer.objects.filter(pk__in=rows.values("offer")).order_by("-starts")[:most])
        return [_summary(offer, list(rows.filter(offer=offer))) for offer in offers]


def _summary(offer: Offer, rows: list[MeetingFeedback]) -> Summary:
    if len(rows) < FEWEST:
        return Summary(offer, len(rows))
    return Summary(
        offer,
        len(rows),
        round(sum(row.stars for row in rows) / len(rows), 1),
        sum(row.respected for row in rows),
        sum(row.again for row in rows),
        # In the order of the words, not of who came: that, too, would tell.
        tuple(sorted(row.feedback_text for row in rows if row.feedback_text)),
    )
