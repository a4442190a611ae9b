"""Papers on a case: prefilled from it, personal fields blank until asked for with a reason."""

from __future__ import annotations

import io

import pytest
from django.urls import reverse
from docx import Document

from gonghui.appeals.tests.support import COUNTY, FAR_COUNTY, House
from gonghui.desk.tests.conftest import SignedIn
from gonghui.kernel.models import Matter, TrailEntry
from gonghui.law.documents import sources
from gonghui.law.topics.topic import DOCUMENTS

PHONE, NAME = "13911112222", "欧阳小明"


@pytest.fixture
def matter(house: House) -> Matter:
    found: Matter = house.receive(
        reporter_name=NAME, phone=PHONE, employer_name="贵阳好味道餐饮有限公司",
        description=f"老板拖欠我三个月工资一共 18000 元，我的电话 {PHONE}。",
    ).matter  # fmt: skip
    return house.handling(found)


def word_text(body: bytes) -> str:
    document = Document(io.BytesIO(body))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_the_answer_at_the_desk_offers_every_paper(matter: Matter, at_desk: SignedIn) -> None:
    page = at_desk("handler", COUNTY).get(reverse("desk:rights", args=[matter.pk])).content.decode()
    for name in DOCUMENTS:
        offered = reverse("desk:draft", args=[matter.pk, name]) in page
        assert offered == (sources()[name].by != "record")


@pytest.mark.parametrize("name", ["union_reminder", "union_opinion", "union_suggestion"])
def test_a_letter_names_the_employer_and_the_case_but_no_worker(name: str, matter: Matter, at_desk: SignedIn) -> None:
    client = at_desk("handler", COUNTY)
    url = reverse("desk:draft", args=[matter.pk, name])
    response = client.get(url)
    page = response.content.decode()
    assert response.status_code == 200 and "no-store" in response["Cache-Control"]
    assert "贵阳好味道餐饮有限公司" in page and "12351-" in page
    assert NAME not in page and PHONE not in page and "填入职工信息" not in page
    typed = {"paper-employer_name": "贵阳好味道餐饮有限公司", "paper-findings": "拖欠工资三个月。", "go": "word"}
    text = word_text(client.post(url, typed).content)
    assert "贵阳好味道餐饮有限公司" in text and "1．拖欠工资三个月。" in text and "送达回证" in text
    assert PHONE not in text


def test_personal_fields_are_blank_until_asked_for_with_a_reason(matter: Matter, at_desk: SignedIn) -> None:
    client = at_desk("handler", COUNTY)
    url = reverse("desk:draft", args=[matter.pk, "arbitration_application"])
    page = client.get(url).content.decode()
    assert NAME not in page and PHONE not in page and "填入职工信息" in page
    refused = client.post(url, {"go": "reveal", "reason": " "})
    assert refused.status_code == 422 and NAME not in refused.content.decode()
    assert not TrailEntry.objects.filter(matter=matter, verb="unmask").exists()
    shown = client.post(url, {"go": "reveal", "reason": "代写仲裁申请书"}).content.decode()
    assert f'value="{NAME}"' in shown and f'value="{PHONE}"' in shown
    notes = set(TrailEntry.objects.filter(matter=matter, verb="unmask").values_list("note", flat=True))
    assert notes == {"代写仲裁申请书"}


def test_a_wrong_field_is_said_and_kept(matter: Matter, at_desk: SignedIn) -> None:
    url = reverse("desk:draft", args=[matter.pk, "union_opinion"])
    sent = {"go": "preview", "paper-letter_reply_days": "many", "paper-letter_signer": "李主席"}
    response = at_desk("handler", COUNTY).post(url, sent)
    page = response.content.decode()
    assert response.status_code == 422 and "请填整数" in page and 'value="李主席"' in page


def test_who_does_not_see_the_case_drafts_nothing(matter: Matter, at_desk: SignedIn) -> None:
    url = reverse("desk:draft", args=[matter.pk, "union_opinion"])
    assert at_desk("handler", FAR_COUNTY).get(url).status_code == 404
    assert at_desk("handler", COUNTY).get(url.replace("union_opinion", "none")).status_code == 404
