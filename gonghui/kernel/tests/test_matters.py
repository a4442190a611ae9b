"""Acting on a matter: who may, what is checked, what is written down."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import Conflict, GuardRefused, InvalidData, KernelError, NotAllowed, NotFound
from gonghui.kernel.matters import act, allowed
from gonghui.kernel.models import Matter, OutboxMessage, TrailEntry
from gonghui.kernel.scope import scope_rows, set_scope, visible_to
from gonghui.kernel.tests.support import CITY, COUNTY, ELSEWHERE, PROVINCE, errand_flow, make_errand, staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _flow() -> None:
    errand_flow()


def test_a_step_changes_the_state_and_is_on_record_with_who_and_what() -> None:
    matter = make_errand()
    act(matter.pk, "take", staff("handler", COUNTY, 7), version=1)
    matter.refresh_from_db()
    assert (matter.state, matter.version, matter.is_open) == ("doing", 2, True)
    entry = TrailEntry.objects.filter(matter=matter).order_by("-seq").first()
    assert entry is not None
    assert (entry.verb, entry.actor_id, entry.role, entry.org_path) == ("take", 7, "handler", COUNTY)
    assert (entry.before["state"], entry.after["state"]) == ("waiting", "doing")
    assert OutboxMessage.objects.filter(topic="event", payload__type="kernel.errand.take").count() == 1


def test_an_organisation_elsewhere_does_not_learn_that_the_matter_exists() -> None:
    matter = make_errand()
    with pytest.raises(NotFound):
        act(matter.pk, "take", staff("handler", ELSEWHERE))
    with pytest.raises(NotFound):
        act(987654321, "take", staff("handler", COUNTY))


def test_only_the_named_role_at_the_holder_may_act() -> None:
    matter = make_errand()
    for actor in (staff("leader", COUNTY), staff("handler", CITY), staff("supervisor", PROVINCE)):
        with pytest.raises(NotAllowed):
            act(matter.pk, "take", actor)
    assert Matter.objects.get(pk=matter.pk).state == "waiting"


def test_what_others_did_meanwhile_is_a_conflict_that_names_it() -> None:
    matter = make_errand()
    act(matter.pk, "take", staff("handler", COUNTY, 7), version=1)
    with pytest.raises(Conflict) as caught:
        act(matter.pk, "note", staff("handler", COUNTY, 8), {"text": "x"}, version=1)
    assert [entry.verb for entry in caught.value.changes] == ["take"]
    assert "handler7" in str(caught.value)


def test_missing_and_wrong_fields_are_named_and_nothing_changes() -> None:
    matter = make_errand()
    handler = staff("handler", COUNTY)
    act(matter.pk, "take", handler)
    with pytest.raises(InvalidData) as caught:
        act(matter.pk, "pause", handler, {"reason": " "})
    assert list(caught.value.errors) == ["reason"]
    with pytest.raises(InvalidData):
        act(matter.pk, "pause", handler, {"reason": "holiday"})
    with pytest.raises(InvalidData) as caught:
        act(matter.pk, "note", handler, {"text": "长" * 4001})
    assert "4001" in caught.value.errors["text"][0]
    assert Matter.objects.get(pk=matter.pk).version == 2


def test_four_eyes_the_one_who_took_it_may_not_finish_it() -> None:
    matter = make_errand()
    one = staff("handler", COUNTY, 3)
    both = Actor(kind="staff", account_id=3, duties=(*one.duties, *staff("leader", COUNTY, 3).duties))
    act(matter.pk, "take", both)
    with pytest.raises(GuardRefused):
        act(matter.pk, "finish", both)
    offered = {offer.name: offer.refused for offer in allowed(Matter.objects.get(pk=matter.pk), both)}
    assert offered["finish"]
    # Somebody else's later step does not give the first their right back.
    other = staff("handler", COUNTY, 5)
    act(matter.pk, "pause", other, {"reason": "court"})
    act(matter.pk, "resume", other)
    with pytest.raises(GuardRefused):
        act(matter.pk, "finish", both)
    act(matter.pk, "finish", staff("leader", COUNTY, 4))
    done = Matter.objects.get(pk=matter.pk)
    assert not done.is_open
    assert done.closed_at
    assert done.due_at is None


def test_a_step_from_the_wrong_state_says_what_the_state_is() -> None:
    matter = make_errand()
    with pytest.raises(NotAllowed, match="待签收"):
        act(matter.pk, "resume", staff("handler", COUNTY))


def test_the_worker_may_withdraw_their_own_matter_only() -> None:
    matter = make_errand()
    stranger = Actor(kind="worker", account_id=5)
    with pytest.raises(NotFound):
        act(matter.pk, "withdraw", stranger)
    act(matter.pk, "withdraw", Actor(kind="anonymous", matter_ids=(matter.pk,)))
    assert Matter.objects.get(pk=matter.pk).state == "done"


def test_all_above_the_holder_see_it_and_a_helper_does_and_nobody_else() -> None:
    matter = make_errand()
    set_scope(matter, lead=COUNTY, assist=[ELSEWHERE])
    for path in ("cn", PROVINCE, CITY, COUNTY, ELSEWHERE, "cn.62"):
        assert visible_to(staff("supervisor", path)).count() == 1, path
        assert scope_rows(staff("supervisor", path)).count() == 1, path
    for path in ("cn.53", "cn.52.5202", COUNTY + ".e1", "cn.5"):
        assert visible_to(staff("supervisor", path)).count() == 0, path
    set_scope(matter, lead=ELSEWHERE)
    assert visible_to(staff("supervisor", COUNTY)).count() == 0


def test_a_restricted_matter_is_seen_only_where_the_special_duty_lies() -> None:
    matter = make_errand(restricted=True)
    there = staff("discipline", PROVINCE, 21)
    elsewhere = staff("discipline", ELSEWHERE, 22)
    both = Actor(kind="staff", account_id=22, duties=(*elsewhere.duties, *staff("handler", PROVINCE, 22).duties))
    assert visible_to(there).filter(pk=matter.pk).exists()
    assert scope_rows(there).count() == 1
    for actor in (staff("handler", COUNTY), elsewhere, both):
        assert not visible_to(actor).filter(pk=matter.pk).exists()
        assert not scope_rows(actor).exists()


def test_staff_who_know_the_query_code_do_not_act_as_the_worker() -> None:
    matter = make_errand()
    one = staff("handler", COUNTY, 31)
    knowing = Actor(kind="staff", account_id=31, duties=one.duties, matter_ids=(matter.pk,))
    with pytest.raises(NotAllowed):
        act(matter.pk, "withdraw", knowing)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins_and_the_other_is_told() -> None:
    errand_flow()
    matter = make_errand()
    outcomes: list[str] = []
    actors = [staff("handler", COUNTY, account) for account in (11, 12)]
    together = threading.Barrier(2)

    def take(actor: Actor) -> None:
        together.wait()
        try:
            act(matter.pk, "take", actor, version=1)
            outcomes.append("won")
        except KernelError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict", "won"]
    assert TrailEntry.objects.filter(matter=matter, verb="take").count() == 1
