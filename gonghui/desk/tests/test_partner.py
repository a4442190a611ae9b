"""What a partner body (court, procuratorate, labour, justice) gets to see at the desk."""

from __future__ import annotations

from django.urls import reverse

from gonghui.appeals.tests.support import OTHER_COUNTY, TEXT, House
from gonghui.desk.tests.conftest import SignedIn


def test_the_page_of_a_shared_case_shows_no_words_no_person_and_no_trail(house: House, at_desk: SignedIn) -> None:
    matter = house.receive(demand="补发三个月工资", reporter_name="王小明").matter
    matter = house.dispatched(matter, assist=[OTHER_COUNTY])
    client = at_desk("partner", OTHER_COUNTY)
    page = client.get(reverse("desk:matter", args=[matter.pk]))
    text = page.content.decode()
    assert page.status_code == 200
    assert "补发三个月工资" in text
    assert "只显示工会与贵单位共享的内容" in text
    assert TEXT[:12] not in text
    assert "王小明" not in text
    assert "dispatcher1" not in text
    listed = client.get(reverse("desk:worklist")).content.decode()
    assert matter.number in listed and TEXT[:12] not in listed
    assert client.get(reverse("desk:trail", args=[matter.pk])).status_code == 403
