"""Personal fields: masked, shown only with a reason, exported masked, and no words of a worker run as code."""

from __future__ import annotations

import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from gonghui.appeals.tests.support import COUNTY, PROVINCE, House
from gonghui.desk.tests.conftest import SignedIn
from gonghui.kernel.models import TrailEntry

EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>'


def test_the_page_masks_and_never_carries_the_value(house: House, at_desk: SignedIn) -> None:
    matter = house.dispatched(house.receive(reporter_name="欧阳小明", phone="13911112222").matter)
    for role, path in (("dispatcher", PROVINCE), ("handler", COUNTY), ("quality", PROVINCE), ("callback", PROVINCE)):
        page = at_desk(role, path).get(reverse("desk:matter", args=[matter.pk])).content.decode()
        assert "139****2222" in page
        assert "13911112222" not in page
        assert "欧阳小明" not in page


def test_a_look_needs_a_reason_and_is_written_down(house: House, at_desk: SignedIn) -> None:
    matter = house.receive(phone="13911112222").matter
    url = reverse("desk:reveal", args=[matter.pk, "phone"])
    client = at_desk("dispatcher", PROVINCE)
    assert "13911112222" not in client.get(url).content.decode()
    refused = client.post(url, {"reason": " "})
    assert refused.status_code == 422
    assert "13911112222" not in refused.content.decode()
    assert not TrailEntry.objects.filter(matter=matter, verb="unmask").exists()
    shown = client.post(url, {"reason": "回拨核实金额"})
    assert shown.status_code == 200
    assert "13911112222" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    entry = TrailEntry.objects.get(matter=matter, verb="unmask")
    assert entry.note == "回拨核实金额"
    assert entry.actor_id == house.person("dispatcher", PROVINCE).account_id


@pytest.mark.parametrize("role", ["quality", "auditor"])
def test_a_role_without_the_right_gets_no_value(role: str, house: House, at_desk: SignedIn) -> None:
    matter = house.receive(phone="13911112222").matter
    client = at_desk(role, PROVINCE)
    response = client.post(reverse("desk:reveal", args=[matter.pk, "id_no"]), {"reason": "看看"})
    if role == "quality":
        assert response.status_code == 403
    assert client.post(reverse("desk:reveal", args=[matter.pk, "password"]), {"reason": "看看"}).status_code == 404


def test_words_of_a_worker_are_shown_as_words(house: House, at_desk: SignedIn) -> None:
    matter = house.receive(
        title=EVIL, description=f"老板拖欠工资 {EVIL}", employer_name=EVIL, reporter_name=EVIL
    ).matter
    client = at_desk("dispatcher", PROVINCE)
    client.post(reverse("desk:say", args=[matter.pk, "note"]), {"text": EVIL})
    for url in (
        reverse("desk:matter", args=[matter.pk]),
        reverse("desk:worklist"),
        reverse("desk:home"),
        reverse("desk:trail", args=[matter.pk]),
        reverse("desk:transition", args=[matter.pk, "triage"]),
        reverse("desk:worklist") + f"?q={EVIL}",
    ):
        page = client.get(url).content.decode()
        assert "<script>alert" not in page, url
        assert "<img src=x" not in page, url


def test_the_page_forbids_inline_scripts(house: House, at_desk: SignedIn) -> None:
    response = at_desk("dispatcher", PROVINCE).get(reverse("desk:overview"))
    assert "script-src 'self'" in response["Content-Security-Policy"]
    page = response.content.decode()
    assert " onclick=" not in page
    inline = [part for part in page.split("<script")[1:] if "src=" not in part.split(">")[0]]
    assert all('type="application/json"' in part.split(">")[0] for part in inline)


def test_an_export_is_masked_and_written_down(house: House, at_desk: SignedIn) -> None:
    house.dispatched(house.receive(reporter_name="欧阳小明", phone="13911112222", title="=HYPERLINK(1)").matter)
    client = at_desk("supervisor", PROVINCE)
    assert reverse("desk:export") in client.get(reverse("desk:worklist")).content.decode()
    response = client.post(reverse("desk:export"), {"reason": "月度分析"})
    assert response.status_code == 200
    sheet = load_workbook(io.BytesIO(response.content)).active
    assert sheet is not None
    cells = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None]
    assert "139****2222" in cells
    assert not any("13911112222" in cell or "欧阳小明" in cell or cell.startswith("=") for cell in cells)
    entry = TrailEntry.objects.get(verb="export")
    assert entry.note == "月度分析"
    assert entry.after["rows"] == 1


@pytest.mark.parametrize("role", ["handler", "agent", "callback", "quality", "dispatcher"])
def test_who_may_not_export_gets_no_file(role: str, house: House, at_desk: SignedIn) -> None:
    house.dispatched(house.receive().matter)
    client = at_desk(role, PROVINCE)
    assert reverse("desk:export") not in client.get(reverse("desk:worklist")).content.decode()
    response = client.post(reverse("desk:export"), {"reason": "想看"})
    assert "spreadsheet" not in response.headers.get("Content-Type", "")
    assert not TrailEntry.objects.filter(verb="export").exists()


def test_an_auditor_must_say_what_for(house: House, at_desk: SignedIn) -> None:
    client = at_desk("auditor", PROVINCE)
    assert client.post(reverse("desk:export"), {"reason": ""}).status_code == 422
    assert client.post(reverse("desk:export"), {"reason": "年度审计"}).status_code == 200
