"""The law's answer beside a case: for who handles it, on the case's own words, with facts given by hand."""

from __future__ import annotations

from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, FAR_COUNTY, House
from gonghui.desk.tests.conftest import SignedIn


def test_the_handler_sees_the_answer_and_may_add_facts(house: House, at_desk: SignedIn) -> None:
    matter = house.receive().matter
    house.handling(matter)
    client = at_desk("handler", COUNTY)
    url = reverse("desk:rights", args=[matter.pk])
    assert url in client.get(reverse("desk:matter", args=[matter.pk])).content.decode()
    page = client.get(url).content.decode()
    assert "权益解答" in page and "法律给您什么" in page
    chosen = client.post(url, {"topic": "R01", "employer_kind": "site"}).content.decode()
    assert "总包单位要先垫付" in chosen.partition("answer-main")[2][:200]
    assert client.post(url, {"topic": "R01", "owed": "很多"}).status_code == 422


def test_who_does_not_see_the_case_does_not_see_its_answer(house: House, at_desk: SignedIn) -> None:
    matter = house.receive().matter
    house.handling(matter)
    assert at_desk("handler", FAR_COUNTY).get(reverse("desk:rights", args=[matter.pk])).status_code == 404
