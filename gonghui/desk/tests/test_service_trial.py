"""服务目录 at the desk: who may try a file, what they see of it, and that nothing of it stays."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, PROVINCE, House
from gonghui.kernel.models import Matter, OutboxMessage
from gonghui.people.models import Account
from gonghui.people.testing import staff_client
from gonghui.services.catalogue import FOLDER

ADDRESS = "desk:service_try"
TEXT = (FOLDER / "M04.yaml").read_text(encoding="utf-8")
NEW = TEXT.replace("version: 1", "version: 2", 1).replace("zh: 暖新礼包", "zh: 暖心大礼包", 1)


@pytest.fixture
def author(house: House) -> Client:
    return staff_client("province-admin", "admin", PROVINCE)


def send(client: Client, do: str, text: str = NEW, **more: Any) -> Any:
    return client.post(reverse(ADDRESS), {"text": text, "do": do, "region": "520102", **more})


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [("admin", PROVINCE, 200), ("admin", "cn", 200), ("admin", COUNTY, 403), ("handler", PROVINCE, 403)],
)
def test_who_may_try(house: House, role: str, path: str, status: int) -> None:
    client = staff_client("somebody", role, path)
    for name in ("desk:service_catalogue", ADDRESS):
        assert client.get(reverse(name)).status_code == status
    assert send(client, "check").status_code == status


def test_the_list_leads_to_the_text_in_use(author: Client) -> None:
    page = author.get(reverse("desk:service_catalogue")).content.decode()
    assert "暖新礼包" in page and "县级工会" in page and "?service=M04&amp;place=52" in page
    form = author.get(reverse(ADDRESS), {"service": "M04", "place": "52"}).context["form"]
    assert "keep_days" in form.initial["text"] and (form.initial["of"], form.initial["place"]) == ("M04", "52")


def test_a_mistake_is_told_beside_what_was_typed(author: Client) -> None:
    answer = send(author, "check", NEW.replace("group:", "grup:", 1))
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 422 and "第 3 行" in page and "没有这一项" in page and "Extra inputs" in page
    assert "grup: membership" in page and "暖心大礼包" in page


def test_a_file_that_is_sent_stands_in_the_box(author: Client) -> None:
    sent = SimpleUploadedFile("M04.yaml", NEW.encode())
    answer = author.post(reverse(ADDRESS), {"do": "check", "file": sent, "region": "520102"})
    page = answer.content.decode()
    assert answer.status_code == 200 and page.count("暖心大礼包") >= 2
    assert "M04.v1.yaml" in page and "gonghui services check" in page
    wrong = SimpleUploadedFile("M04.yaml", NEW.encode("utf-16"))
    assert author.post(reverse(ADDRESS), {"do": "check", "file": wrong}).status_code == 422


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "暖心大礼包"), ("en", "Welcome kit for new members")])
def test_the_preview_shows_the_workers_pages(author: Client, language: str, words: str) -> None:
    facts = {"asked": "M04", "fact-member": "no", "fact-member_months": "20"}
    answer = send(author, "preview", language=language, **facts)
    frames = answer.context["frames"]
    assert answer.status_code == 200 and len(frames) >= 6 and all(words in frame.html for frame in frames)
    refused = "不符合" if language == "zh-hans" else "Membership comes first"
    assert any(refused in frame.html for frame in frames)
    page = answer.content.decode()
    assert "<iframe" in page and "sandbox" in page and "<script" not in "".join(frame.html for frame in frames)


def test_the_walk_and_its_report(author: Client) -> None:
    before = (Matter.objects.count(), OutboxMessage.objects.count(), Account.objects.count())
    answer = send(author, "walk", day="2026-03-02")
    page = answer.content.decode()
    assert answer.status_code == 200 and answer.context["report"].ended == "good" and "2026-03-02 09:00" in page
    data = json.loads(send(author, "json").content)
    assert data["ended"] == "good" and data["steps"] and {"kind", "where"} <= set(data["differences"][0])
    assert (Matter.objects.count(), OutboxMessage.objects.count(), Account.objects.count()) == before
    listed = author.get(reverse("portal:services")).content.decode()
    assert "暖心大礼包" not in listed and "暖新礼包" in listed


def test_only_in_ones_own_province(author: Client) -> None:
    answer = send(author, "walk", region="620102")
    assert answer.status_code == 422 and answer.context["form"].errors["region"]
    answer = send(author, "check", "result: {keep_days: 20}", of="M04", place="62")
    assert answer.status_code == 422 and answer.context["form"].errors["place"]
    assert send(author, "check", "result: {keep_days: 20}", of="M04", place="5201").status_code == 200


def test_each_value_says_which_level_wrote_it(author: Client, house: House) -> None:
    address = reverse("desk:service_layers")
    begun = author.get(address)
    assert begun.status_code == 200 and begun.context["form"]["place"].value() == "南明区"
    page = author.get(address, {"service": "M04", "place": "520102", "day": "2026-05-01"})
    text = page.content.decode()
    row = next(row for row in page.context["differing"] if row["value"].where == "result.keep_days")
    assert [step for _level, step in row["steps"]] == ["30", "45"] and row["by"] == "贵州"
    for words in ("regions/52/M04.yaml", "services.M04.1-52", "流程模板"):
        assert words in text
    elsewhere = author.get(address, {"service": "M04", "place": "620102"})
    assert not elsewhere.context["differing"] and "用的是全国的文件" in elsewhere.content.decode()
    wrong = author.get(address, {"service": "M04", "place": "没有这个地方", "day": "2026-05-01"})
    assert wrong.status_code == 422 and "没有找到这个地方" in wrong.content.decode()
    assert 'value="2026-05-01"' in wrong.content.decode()
    assert staff_client("somebody", "handler", PROVINCE).get(address).status_code == 403
