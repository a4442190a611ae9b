"""What the worker does for the places: what was not paid is released, what is booked at a shut place called off, what
was paid too late goes back; names of verified cards and health promises go in time; inspections are reminded of."""

from __future__ import annotations

from datetime import timedelta

from gonghui.kernel.worker import duty
from gonghui.venues import bookings, card_scans, inspections, shut, till


@duty("card scans without names", every=timedelta(hours=6), alone=True)
def forget_names() -> int:
    card_scans.make_nameless()
    return 0


@duty("health promises that are over", every=timedelta(hours=6), alone=True)
def forget_fitness() -> int:
    bookings.forget_fitness()
    return 0


@duty("unpaid bookings", every=timedelta(seconds=20), alone=True)
def release_unpaid() -> int:
    return till.release_unpaid()


@duty("bookings at places that are shut", every=timedelta(minutes=5), alone=True)
def look_after_shut() -> int:
    return shut.look_after()


@duty("late online payments", every=timedelta(seconds=30), alone=True)
def look_after_the_end() -> int:
    return till.look_after_the_end()


@duty("inspections of places", every=timedelta(hours=6), alone=True)
def remind_of_inspections() -> int:
    inspections.remind()
    return 0
