"""签到 by the code on the wall, and the rating after it.

The code in the poster's address is a keyed digest of the place's number and of how often its keeper asked for another
(`keeping.new_code`): it cannot be guessed, and needs no table. Whoever scanned it once knows it until then. A station
counts a member once a day. A nursing room keeps no name: the telephone itself remembers that it was here today.
"""

from __future__ import annotations

import hmac

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, now, today
from gonghui.kernel.vault import blind_index
from gonghui.venues import hours, tables
from gonghui.venues.models import Venue, Visit

SALT = "gonghui.venues.visit"
CODE_LETTERS = 20


def code_of(venue: Venue) -> str:
    """The code of the poster."""
    made = f"{venue.pk}:{venue.code_turn}" if venue.code_turn else str(venue.pk)
    return blind_index("venue", made)[:CODE_LETTERS]


def code_fits(venue: Venue, code: str) -> bool:
    return hmac.compare_digest(code_of(venue), code)


def nameless(venue: Venue) -> bool:
    """Whether visits are kept without who came (handbook 4.1, M20)."""
    return tables.kind(venue.kind).nameless


def sure_open(venue: Venue) -> None:
    """GuardRefused where nobody comes in now. A nursing room keeps its hours too: its code opens a door, and is known
    at home to whoever scanned it once."""
    if venue.state != Venue.State.OPEN:
        raise GuardRefused([_("这里现在不开放。")])
    if nameless(venue) and hours.open_at(venue, now()) is False:
        said = hours.words(hours.spans_on(venue, today()))
        raise GuardRefused([_("现在不在开放时间，门不会打开。今天：%(hours)s。") % {"hours": said}])


def check_in(actor: Actor, venue: Venue) -> Visit:
    """Somebody is here. Twice on one day is one visit. The caller has looked at the code."""
    sure_open(venue)
    hour = now().astimezone(SHANGHAI).hour
    with as_system("one's own visit"):
        if nameless(venue):
            return Visit.objects.create(venue=venue, day=today(), hour=hour)
        if actor.kind != "worker" or actor.account_id is None:
            raise NotAllowed(_("请先登录，再签到。"))
        key = f"{venue.pk}:{today().isoformat()}:{actor.account_id}"
        try:
            with transaction.atomic():
                return Visit.objects.get_or_create(
                    key=key, defaults={"venue": venue, "day": today(), "hour": hour, "account_id": actor.account_id}
                )[0]
        except IntegrityError:
            return Visit.objects.get(key=key)


def ticket_of(visit: Visit) -> str:
    """What lets the visitor, and nobody else, rate this visit: also where no name is kept."""
    return signing.dumps(visit.pk, salt=SALT)


def stars_of(text: str) -> int:
    """1 to 5. InvalidData for what is no rating."""
    if text not in ("1", "2", "3", "4", "5"):
        raise InvalidData({"stars": [_("请选择是否满意。")]})
    return int(text)


def low(stars: int) -> bool:
    """Whether somebody is to look at what was wrong (报修)."""
    return stars <= tables.numbers().ratings.low


def rate(venue: Venue, ticket: str, stars: str) -> Visit:
    """InvalidData for what is no rating; GuardRefused when the ticket is not of a visit to this place."""
    told = stars_of(stars)
    try:
        pk = signing.loads(ticket, salt=SALT, max_age=86400 * 2)
    except signing.BadSignature as error:
        raise GuardRefused([_("评价要在签到后两天内进行，请重新扫码。")]) from error
    with as_system("the ticket was made for this visit"):
        visit = Visit.objects.filter(pk=pk, venue=venue).first()
        if visit is None:
            raise GuardRefused([_("评价要在签到后两天内进行，请重新扫码。")])
        visit.stars = told
        visit.save(update_fields=["stars"])
    return visit
