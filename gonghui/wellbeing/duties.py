"""What the worker does here: reminds of video sessions that begin soon, and lets go of their addresses afterwards."""

from __future__ import annotations

from datetime import timedelta

from gonghui.kernel.worker import duty
from gonghui.wellbeing.counselling import meetings


@duty("video sessions that begin soon", every=timedelta(seconds=30), alone=True)
def remind() -> int:
    return meetings.remind()


@duty("addresses of video sessions that are over", every=timedelta(hours=6), alone=True)
def forget() -> int:
    meetings.forget()
    return 0
