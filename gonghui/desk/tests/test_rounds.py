"""Callback and quality check at the desk: one form, and the answers decide where the order goes."""

from __future__ import annotations

import pytest
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, PROVINCE, House, full_marks, order_of
from gonghui.desk.tests.conftest import SignedIn
from gonghui.kernel.models import Matter

ANSWERS = {
    "reached": "yes",
    "way": "phone",
    "contacted": "yes",
    "resolution": "solved",
    "satisfaction": "good",
    "attitude": "very_good",
}


def state_of(matter: Matter) -> str:
    return Matter.objects.get(pk=matter.pk).state


@pytest.fixture
def waiting(house: House) -> Matter:
    return house.in_callback(house.receive().matter)


def test_the_list_leads_to_the_form_with_result_and_questions(waiting: Matter, at_desk: SignedIn) -> None:
    client = at_desk("callback", PROVINCE)
    url = reverse("desk:callback", args=[waiting.pk])
    assert url in client.get(reverse("desk:callbacks")).content.decode()
    page = client.get(url).content.decode()
    assert order_of(waiting).result_text in page
    for name in ("reached", "contacted", "resolution", "satisfaction", "attitude", "opinion"):
        assert f'name="{name}"' in page


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, "quality"),
        ({"contacted": "no"}, "reopened"),
        ({"resolution": "unsolved", "satisfaction": "poor", "reasonable": "yes"}, "reopened"),
        ({"resolution": "unsolved", "satisfaction": "poor", "reasonable": "no"}, "quality"),
        ({"reached": "no"}, "callback"),
    ],
)
def test_the_answers_decide_what_follows(
    change: dict[str, str], state: str, waiting: Matter, at_desk: SignedIn
) -> None:
    data = {**ANSWERS, **change, "version": str(waiting.version)}
    response = at_desk("callback", PROVINCE).post(reverse("desk:callback", args=[waiting.pk]), data)
    assert response.status_code == 302
    assert state_of(waiting) == state
    assert order_of(waiting).callbacks.count() == 1


def test_a_question_left_out_is_asked_for_and_the_others_are_kept(waiting: Matter, at_desk: SignedIn) -> None:
    data = {**ANSWERS, "version": str(waiting.version), "opinion": "希望再快一点"}
    del data["satisfaction"]
    response = at_desk("callback", PROVINCE).post(reverse("desk:callback", args=[waiting.pk]), data)
    page = response.content.decode()
    assert response.status_code == 422
    assert 'id="id_satisfaction_error"' in page
    assert "希望再快一点" in page
    assert state_of(waiting) == "callback"


def test_two_agents_calling_one_worker_do_not_overwrite_each_other(waiting: Matter, at_desk: SignedIn) -> None:
    url = reverse("desk:callback", args=[waiting.pk])
    data = {**ANSWERS, "version": str(waiting.version)}
    at_desk("callback", PROVINCE).post(url, {**data, "reached": "no"})
    late = at_desk("callback", PROVINCE, 2).post(url, data)
    assert late.status_code == 409
    assert state_of(waiting) == "callback"


def test_who_handled_it_may_not_call_back(house: House, waiting: Matter, at_desk: SignedIn) -> None:
    house.also(house.person("handler", COUNTY), "callback")
    url = reverse("desk:callback", args=[waiting.pk])
    client = at_desk("handler", COUNTY)
    assert "另一位同事" in client.get(url).content.decode()
    assert client.post(url, {**ANSWERS, "version": str(waiting.version)}).status_code == 422
    assert state_of(waiting) == "callback"


def card(**change: object) -> dict[str, object]:
    return {**{f"score_{code}": points for code, points in full_marks().items()}, **change}


@pytest.mark.parametrize(
    ("change", "state"),
    [({}, "closed"), ({"score_facts": 0, "score_time": 0}, "reopened"), ({"vetoes": ["false_closure"]}, "reopened")],
)
def test_points_and_vetoes_decide_about_closing(
    change: dict[str, object], state: str, house: House, waiting: Matter, at_desk: SignedIn
) -> None:
    matter = house.in_quality(waiting)
    url = reverse("desk:quality_card", args=[matter.pk])
    client = at_desk("quality", PROVINCE)
    assert client.get(url).status_code == 200
    assert client.post(url, {"version": matter.version, **card(**change)}).status_code == 302
    assert state_of(matter) == state


@pytest.mark.parametrize("wrong", [{"score_facts": ""}, {"score_facts": "21"}, {"score_facts": "many"}])
def test_a_wrong_score_is_named_beside_its_box(
    wrong: dict[str, object], house: House, waiting: Matter, at_desk: SignedIn
) -> None:
    matter = house.in_quality(waiting)
    response = at_desk("quality", PROVINCE).post(
        reverse("desk:quality_card", args=[matter.pk]), {"version": matter.version, **card(**wrong)}
    )
    assert response.status_code == 422
    assert 'id="id_score_facts_error"' in response.content.decode()
    assert state_of(matter) == "quality"


def test_a_form_for_another_state_does_not_exist(house: House, at_desk: SignedIn) -> None:
    matter = house.handling(house.receive().matter)
    assert at_desk("callback", PROVINCE).get(reverse("desk:callback", args=[matter.pk])).status_code == 404
    assert at_desk("quality", PROVINCE).get(reverse("desk:quality_card", args=[matter.pk])).status_code == 404
