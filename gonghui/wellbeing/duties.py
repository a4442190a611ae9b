"""What the worker does here: finds another counsellor for who has none any more, reminds of video sessions that
begin soon, and lets go of their addresses afterwards."""

from __future__ import annotations

from datetime import timedelta

from gonghui.kernel.worker import duty
from gonghui.wellbeing.counselling import anew, meetings


@duty("cases whose counsellor is not there", every=timedelta(minutes=10), alone=True)
def arrange() -> int:
    return anew.arrange()


@duty("video sessions that begin soon", every=timedelta(seconds=30), alone=True)
def remind() -> int:
    return meetings.remind()


@duty("addresses of video sessions that are over", every=timedelta(hours=6), alone=True)
def forget() -> int:
    meetings.forget()
    return 0
