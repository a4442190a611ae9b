"""一函两书 through the pages: from the appeal's button to the closed letter, and on to the opinion."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from docx import Document

from gonghui.api.tests.support import Program
from gonghui.appeals.tests.conftest import own_files
from gonghui.appeals.tests.support import CITY, COUNTY, OTHER_COUNTY
from gonghui.kernel import clocks
from gonghui.kernel.models import Matter
from gonghui.kernel.times import now, time_shifted, today
from gonghui.resolution.models import Committee, Letter, Member
from gonghui.resolution.tests.conftest import SignedIn, at_desk, office
from gonghui.resolution.tests.support import PNG, Office

__all__ = ["at_desk", "office", "own_files"]
pytestmark = pytest.mark.django_db


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return answer.content.decode()


def do(client: Client, matter: Matter, name: str, said: dict[str, Any] | None = None, status: int = 302) -> Any:
    """Take a step by its form."""
    matter.refresh_from_db()
    url = reverse("desk:transition", args=[matter.pk, name])
    answer = client.post(url, {"version": matter.version, **(said or {})})
    assert answer.status_code == status, answer.content.decode()[:3000]
    matter.refresh_from_db()
    return answer


def begun(office: Office, client: Client, kind: str = "reminder") -> Matter:
    """From the appeal's page to a draft with its text."""
    page = text(client.get(reverse("desk:matter", args=[office.source.pk])))
    start = reverse("desk:letter_start", args=[office.source.pk])
    assert start in page
    key = re.search(r'name="key" value="([^"]+)"', text(client.get(start)))
    assert key
    said = {"key": key[1], "kind": kind, "scope": ["wages"]}
    answer = client.post(start, said)
    letter = Letter.objects.get()
    assert answer["Location"] == reverse("desk:letter_text", args=[letter.matter_id])
    assert client.post(start, said)["Location"] == answer["Location"]
    form = text(client.get(answer["Location"]))
    assert "《中华人民共和国劳动" in form or "《劳动" in form
    assert "王小明" not in form
    filled = {
        "scope": ["wages"], "employer_name": "甲厂有限公司", "people": "3", "amount": "15000",
        "findings": "七月没有发足工资。", "breaches": letter.breaches, "asks": "补发七月工资。", "attachments": "",
        "rectify_by": today() + timedelta(days=30), "reply_days": "15", "reply_unit": "days",
        "contact": "权益部", "phone": "0851-1234567",
    }  # fmt: skip
    wrong = client.post(answer["Location"], {**filled, "reply_days": "0"})
    assert wrong.status_code == 422
    assert "七月没有发足工资" in wrong.content.decode()
    assert client.post(answer["Location"], filled).status_code == 302
    return letter.matter


def issued(office: Office, at_desk: SignedIn, matter: Matter) -> Client:
    """Review, signing, service, by their forms."""
    handler = at_desk("handler", COUNTY)
    do(handler, matter, "submit")
    refused = do(handler, matter, "pass_review", {"reason": "自己审"}, status=422)
    assert "另一位同事" in refused.content.decode()
    do(at_desk("supervisor", COUNTY), matter, "pass_review", {"reason": "可以"})
    do(handler, matter, "sign", status=403)
    do(at_desk("leader", COUNTY), matter, "sign")
    do(handler, matter, "send", {"method": "post", "day": today(), "tracking": "EMS1"})
    do(handler, matter, "deliver", {"day": today(), "received_by": "王经理"})
    return handler


def test_a_letter_from_the_case_to_its_end(office: Office, at_desk: SignedIn) -> None:
    matter = begun(office, at_desk("handler", COUNTY))
    handler = issued(office, at_desk, matter)
    letter = Letter.objects.get()
    page = text(handler.get(reverse("desk:matter", args=[matter.pk])))
    assert letter.number in page
    assert letter.clues[0] in page
    paper = reverse("desk:letter_paper", args=[matter.pk])
    assert letter.number in text(handler.get(paper))
    word = handler.get(paper, {"as": "word"})
    paragraphs = "\n".join(one.text for one in Document(io.BytesIO(word.content)).paragraphs)
    assert "补发七月工资" in paragraphs
    assert "15日内书面答复" in paragraphs
    upload = reverse("desk:letter_papers", args=[matter.pk])
    for kind in ("receipt", "reply"):
        file = SimpleUploadedFile(f"{kind}.png", PNG, content_type="image/png")
        assert handler.post(upload, {"kind": kind, "files": file}).status_code == 302
    bad = SimpleUploadedFile("x.exe", b"MZ" + b"0" * 100)
    page = text(handler.post(upload, {"kind": "reply", "files": bad}, follow=True))
    assert "不能上传" in page
    found = re.findall(r"/letters/files/(\d+)/", page)
    assert len(set(found)) == 2
    assert handler.get(reverse("desk:letter_file", args=[found[0]]))["Content-Disposition"].startswith("attachment")
    do(handler, matter, "reply", {"day": today(), "stance": "corrects", "text": "月底补发。"})
    verified = {"day": today(), "shown": "on", "corrected": "yes", "recovered": "15000", "text": "已补发。"}
    one = do(handler, matter, "verify", {**verified, "supervisors": office.supervisors()[:1]}, status=422)
    assert "两名以上监督员" in one.content.decode()
    do(handler, matter, "verify", {**verified, "supervisors": office.supervisors()})
    do(at_desk("leader", COUNTY), matter, "close")
    assert matter.state == "closed"
    figures = text(at_desk("leader", COUNTY).get(reverse("desk:letter_figures")))
    assert "15000" in figures
    assert "100.0%" in figures
    listed = text(handler.get(reverse("desk:letters"), {"state": "closed", "q": "甲厂"}))
    assert letter.number in listed
    assert letter.number not in text(handler.get(reverse("desk:letters")))


def test_no_answer_leads_to_the_opinion(office: Office, at_desk: SignedIn) -> None:
    matter = begun(office, at_desk("handler", COUNTY))
    issued(office, at_desk, matter)
    due = Letter.objects.get().reply_due
    assert due is not None
    with time_shifted(due + timedelta(hours=1) - now()):
        while clocks.run_due(50):
            continue
        # Seven hours without a click end a session: signed in anew.
        handler = at_desk("handler", COUNTY)
        home = text(handler.get(reverse("desk:home")))
        assert re.search(r'tile-count">1</span> <span>监督文书逾期未答复', home)
        assert "逾期未答复" in text(handler.get(reverse("desk:letters"), {"state": "overdue"}))
        do(handler, matter, "escalate", {"ground": "refused"}, status=422)
        do(handler, matter, "escalate", {"ground": "late", "text": "催过两次"})
        opinion = Letter.objects.get(kind="opinion")
        page = text(handler.get(reverse("desk:matter", args=[opinion.matter_id])))
        assert reverse("desk:matter", args=[matter.pk]) in page
        assert "逾期没有答复" in page
        assert "意见书要在调查以后发出" in page


def test_strangers_are_turned_away(office: Office, at_desk: SignedIn) -> None:
    matter = begun(office, at_desk("handler", COUNTY))
    office.receipt(matter)
    uploaded = matter.letter_papers.get()
    stranger = at_desk("handler", OTHER_COUNTY)
    for name, args in (
        ("desk:matter", [matter.pk]), ("desk:letter_text", [matter.pk]), ("desk:letter_paper", [matter.pk]),
        ("desk:letter_file", [uploaded.pk]), ("desk:letter_start", [office.source.pk]),
    ):  # fmt: skip
        assert stranger.get(reverse(name, args=args)).status_code == 404, name
    assert at_desk("callback", COUNTY).get(reverse("desk:letters")).status_code == 403
    assert at_desk("auditor", COUNTY).get(reverse("desk:letter_text", args=[matter.pk])).status_code == 403
    assert Client().get(reverse("desk:letters")).status_code == 302


def test_the_register_through_its_page(office: Office, at_desk: SignedIn) -> None:
    leader, url = at_desk("leader", CITY), reverse("desk:letter_committees")
    assert "南明区总工会" in text(leader.get(url))
    made = leader.post(url, {"what": "committee", "organisation": CITY, "code": "筑", "since": "2021-06-01"})
    assert made.status_code == 302
    pk = str(Committee.objects.get(organisation__path=CITY).pk)
    wrong = leader.post(url, {"what": "member", "committee": pk, "name": "周", "post": "supervisor"})
    assert wrong.status_code == 422
    assert "请写证号" in wrong.content.decode()
    said = {"what": "member", "committee": pk, "name": "周", "post": "supervisor", "certificate_no": "筑-1"}
    assert leader.post(url, said).status_code == 302
    member = Member.objects.get(certificate_no="筑-1")
    assert at_desk("leader", COUNTY).post(url, {"what": "drop", "member": str(member.pk)}).status_code == 404
    assert leader.post(url, {"what": "drop", "member": str(member.pk)}).status_code == 302
    member.refresh_from_db()
    assert not member.active


def test_other_programs_get_the_figures_of_their_organisation_only(office: Office) -> None:
    office.delivered()
    period = {"since": str(today()), "until": str(today())}
    found = Program(COUNTY, "statistics:read").get("/letters/statistics", period).json()
    assert (found["issued"], found["by_kind"]["reminder"]) == (1, 1)
    assert found["measures"][0] == {
        "code": "delivered", "label": "送达率", "numerator": 1, "denominator": 1, "value": "1.0000",
        "basis": "签发的文书",
    }  # fmt: skip
    stranger = Program(OTHER_COUNTY, "statistics:read")
    assert stranger.get("/letters/statistics", period).json()["issued"] == 0
    assert stranger.get("/letters/statistics", {**period, "path": COUNTY}).status_code == 404
    assert Program(COUNTY, "appeals:read").get("/letters/statistics", period).status_code == 403
    wrong = {"since": "2026-02-01", "until": "2026-01-01"}
    assert stranger.get("/letters/statistics", wrong).status_code == 422
