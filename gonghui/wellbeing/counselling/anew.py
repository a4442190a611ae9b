"""A case whose counsellor is away, has no duty any more, or does not move: it goes back to those who can take it.

What was written stays with who wrote it; the next one begins with what the worker wrote.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import F, Q

from gonghui.kernel import outbox
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.flow import flow_of
from gonghui.kernel.matters import act, set_fields, touch
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.people.models import Account
from gonghui.services.catalogue import catalogue
from gonghui.wellbeing.counselling import people
from gonghui.wellbeing.models import Counselling, Session

STEP, CRISIS = "reopen", "crisis"
MOST = 200


def open_again(matter: Matter, case: Counselling) -> None:
    """Nobody has it any more; the counsellors of the nearest union that has others take part and are told. The caller
    saves the matter, which is locked."""
    had, can = case.counsellor_id, people.there()
    rows = matter.participants.filter(role=people.ROLE, until=None)
    rows.filter(Q(account_id=had) | ~Q(account_id__in=can)).update(until=now())
    set_fields(case, counsellor_id=None)
    matter.assignee_id = None
    others = people.present(matter) or people.nearest(matter.holder_path, but=had)
    key = f"counsel:{matter.pk}:anew:{matter.version}"
    # Who is late but the only one keeps it in sight; the leader hears that nobody else is there.
    people.open_to(matter, others or list(Account.objects.filter(pk__in=can & {had or 0})))
    if matter.state == CRISIS:
        people.call(matter, others, key)
    else:
        people.tell_waiting(matter, others, key)


def _is_left(case: Counselling) -> bool:
    """Whether nobody who can take it has it or is asked for it."""
    can = people.there()
    if case.counsellor_id is not None:
        return case.counsellor_id not in can
    rows = case.matter.participants.filter(role=people.ROLE, until=None)
    return not rows.filter(account_id__in=can).exists()


@transaction.atomic
def _arrange(matter_id: int) -> bool:
    """Whether it was left and somebody else is asked now."""
    matter = Matter.objects.select_for_update(of=("self",)).get(pk=matter_id)
    case = Counselling.objects.select_related("matter").get(matter=matter)
    if not matter.is_open or matter.state == people.RATED or not _is_left(case):
        return False
    step = flow_of(matter).by_name.get(STEP)
    if step is not None and matter.state in flow_of(matter).sources_of(step):
        act(matter.pk, STEP, SYSTEM)
        return True
    had = case.counsellor_id
    asked = bool(people.nearest(matter.holder_path))
    if had is None and not asked:
        people.tell_waiting(matter, [], f"counsel:{matter.pk}:nobody")
        return False
    Session.objects.filter(case=case, state=Session.State.AGREED).update(state=Session.State.CANCELLED, meeting_text="")
    open_again(matter, case)
    touch(matter, STEP, SYSTEM)
    if had is not None and matter.state != CRISIS:
        # Begun when its flow had no such step: the worker is told all the same.
        _tell_owner(matter)
    return True


def _tell_owner(matter: Matter) -> None:
    """In the words of the service as it is now: those kept with the case have none for this."""
    words = catalogue().services["M23"].messages["reopened"]
    payload = {"text": words.zh.format(number=matter.number), "text_en": words.en.format(number=matter.number)}
    key = f"counsel:{matter.pk}:anew:{matter.version}:owner"
    outbox.enqueue("notice.app", key, payload, matter=matter, account_id=matter.owner_id)


def arrange(account_id: int | None = None) -> int:
    """Give back the open cases whose counsellors (or this one) are not there. How many."""
    with as_system("cases that nobody could go on with"):
        can = people.there()
        took = Q(participants__role=people.ROLE, participants__until=None)
        waiting = Matter.objects.filter(is_open=True, counselling__isnull=False).exclude(state=people.RATED)
        if account_id is not None:
            waiting = waiting.filter(took, participants__account_id=account_id)
        held = Q(counselling__counsellor__isnull=False) & ~Q(counselling__counsellor_id__in=can)
        asked = waiting.filter(took, participants__account_id__in=can).values("pk")
        nobody = Q(counselling__counsellor=None) & ~Q(pk__in=asked)
        # Those for whom nobody can be found come last, so that they hold up no other.
        first = (F("counselling__counsellor").asc(nulls_last=True), "priority", "pk")
        found = waiting.filter(held | nobody).order_by(*first).values_list("pk", flat=True)
        return sum(_arrange(pk) for pk in list(found[:MOST]))
