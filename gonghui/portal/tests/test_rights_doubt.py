"""The rights page asks back beside the field what is hardly ever so, and believes who says it twice."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db

TEXT = "公司拖欠我的工资，还没有发"


def test_an_unlikely_answer_comes_back_beside_its_field_and_is_taken_the_second_time(client: Client) -> None:
    address, said = reverse("portal:rights"), {"text": TEXT, "topic": "R01", "monthly_wage": "3"}
    answer = client.post(address, said)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "3 很少见。写错了请改；没有写错，不用改，再提交一次。" in page
    assert re.search(r'name="monthly_wage"[^>]*value="3"|value="3"[^>]*name="monthly_wage"', page)
    carried = re.search(r'name="sure" value="([^"]*)"', page)
    assert carried is not None
    # The same again with what the page carried: believed.
    again = client.post(address, {**said, "sure": carried[1]})
    assert again.status_code == 200
    assert "很少见" not in again.content.decode()
    # Another unlikely number is asked back again.
    assert client.post(address, {**said, "monthly_wage": "4", "sure": carried[1]}).status_code == 422
