"""视频: the meeting's address, given by the counsellor, seen by who booked shortly before and by nobody else.

The platform has no video of its own: a meeting is held at a service that the union allows (`data/counselling.yaml`).
The address is the key to the room, so it is encrypted, never in a message or the trail, and goes when the session ends.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from gonghui.kernel import outbox
from gonghui.kernel.actor import Actor
from gonghui.kernel.flow import field_type
from gonghui.kernel.flow.schema import FieldSpec
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.wellbeing.counselling import people
from gonghui.wellbeing.counselling.tables import scale
from gonghui.wellbeing.models import Session

VIDEO = "video"
MOST = 300
# Neither what it is about nor the address: the telephone may lie where others read it.
SOON = "您约的服务快到时间了，请登录打开“我的”查看怎么进入，编号{number}。"
NONE_YET = "约好的视频快到时间了，还没有填会议地址，编号{number}。"


def checked(text: str) -> str:
    """The address as it is kept. ValueError, in words, for what is no https address of an allowed host."""
    hosts = scale().meeting
    names = "、".join(f"{one}（{one.host}）" for one in hosts.hosts)
    wrong = _("会议地址要以 https:// 开头，只能是：%(names)s。请只贴地址，不要贴整段邀请。") % {"names": names}
    text = text.strip()
    if len(text) > MOST or any(letter.isspace() or ord(letter) < 33 for letter in text):
        raise ValueError(wrong)
    try:
        parts = urlsplit(text)
        port, named = parts.port, parts.username or parts.password
    except ValueError:
        raise ValueError(wrong) from None
    if parts.scheme != "https" or port is not None or named or hosts.host(parts.hostname or "") is None:
        raise ValueError(wrong)
    if not parts.path.strip("/"):
        raise ValueError(_("这是网站的首页，请贴这次会议的地址。"))
    return text


@field_type("wellbeing.meeting")
def _meeting(raw: object, spec: FieldSpec, matter: Matter) -> str:
    return checked(str(raw))


def shown_from(row: Session) -> datetime:
    """From when on who booked sees the address."""
    return row.starts - timedelta(minutes=scale().meeting.shown_minutes.value)


def waits(row: Session) -> bool:
    """Whether it is a video session still to come or under way."""
    return row.way == VIDEO and row.state == Session.State.AGREED and now() <= row.ends


def for_owner(row: Session) -> str:
    """The address as who booked sees it: shortly before and while it lasts. Empty before, after, and without one."""
    return row.meeting_text if waits(row) and shown_from(row) <= now() else ""


def for_counsellor(actor: Actor, row: Session) -> str:
    """The address as the session's own counsellor sees it; empty for every other."""
    return row.meeting_text if waits(row) and row.counsellor_id == actor.account_id else ""


def remind(most: int = 100) -> int:
    """Who booked a video session that begins soon is told to open their page; where no address is there yet, its
    counsellor to give one. How many were told."""
    with as_system("sessions that begin soon"):
        soon = now() + timedelta(minutes=scale().meeting.shown_minutes.value)
        rows = Session.objects.select_related("case__matter__owner", "counsellor").filter(
            way=VIDEO, state=Session.State.AGREED, reminded_at=None, starts__lte=soon, ends__gt=now()
        )
        told = 0
        for row in rows.order_by("starts")[:most]:
            matter = row.case.matter
            if not row.meeting_text:
                key = f"counsel:{matter.pk}:meeting:{row.pk}:none"
                people.tell(matter, [row.counsellor], NONE_YET.format(number=matter.number), key)
                continue
            _tell_owner(matter, row)
            told += Session.objects.filter(pk=row.pk, reminded_at=None).update(reminded_at=now())
    return told


def _tell_owner(matter: Matter, row: Session) -> None:
    if matter.owner is None:
        return
    key, payload = f"counsel:{matter.pk}:meeting:{row.pk}", {"text": SOON.format(number=matter.number)}
    outbox.enqueue("notice.app", key, payload, matter=matter, account_id=matter.owner_id)
    if matter.owner.phone:
        outbox.enqueue("notice.sms", f"{key}:sms", payload, matter=matter, account_id=matter.owner_id)


def forget() -> int:
    """An address is of no use once its session is over, whether its end was noted or not. How many went."""
    with as_system("addresses of sessions that are over"):
        rows = Session.objects.filter(ends__lt=now() - timedelta(days=1)).exclude(meeting_text="")
        return rows.update(meeting_text="")
