"""视频 with its words on a model worker's page; 评审专家 on accounts of their own, blind, away from whom they know."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gonghui.appeals.actions import attachments
from gonghui.appeals.tests.support import CITY, OTHER_COUNTY, House
from gonghui.craft.models import CraftsmanVideo, Expert, ExpertSheet, Honour, NominationScore
from gonghui.craft.tests.support import NOMINEE, craftsman, worker
from gonghui.craft.tests.test_nominating import POINTS, VOTE, after_days, client
from gonghui.kernel.errors import GuardRefused, InvalidData
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, TrailEntry
from gonghui.organisations.models import Organisation
from gonghui.services import actions as services

pytestmark = pytest.mark.django_db
MP4 = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 2000
WORDS = "赵师傅边焊边讲：先看坡口，再看间隙，电流小一点，手要稳，每焊一道都要清渣。"


def test_a_video_is_shown_with_its_words_or_not_at_all(house: House, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    row = craftsman(1)
    Honour.objects.create(craftsman=row, kind="province_craftsman", year=2024)
    desk, entry = client(house.person("handler", row.organisation.path)), reverse("desk:craft_person", args=[row.pk])

    def send(**sent: Any) -> Any:
        return desk.post(entry, {"verb": "video", "title": "焊接示范", "transcript": WORDS, **sent})

    def film(content: bytes = MP4) -> SimpleUploadedFile:
        return SimpleUploadedFile("焊接.mp4", content, content_type="video/mp4")

    assert "二选一" in send().content.decode()
    silent = send(video=film(), transcript="焊接")
    assert (
        silent.status_code == 422
        and "文字稿" in silent.content.decode()
        and 'value="焊接示范"' in silent.content.decode()
    )
    assert "只收 MP4" in send(video=film(b"<html>" + b" " * 100)).content.decode()
    assert "只能是这些网站" in send(link="https://evil.example/v/1").content.decode()
    infected = send(video=film(MP4 + attachments.EICAR))
    assert infected.status_code == 422 and "病毒" in infected.content.decode() and not list(tmp_path.rglob("*.mp4"))
    assert "WebVTT" in send(video=film(), captions=SimpleUploadedFile("a.vtt", b"hello")).content.decode()
    captions = SimpleUploadedFile("a.vtt", "WEBVTT\n\n00:00.000 --> 00:02.000\n先看坡口\n".encode())
    assert send(video=film(), captions=captions).status_code == 302
    assert send(title="报道", link="https://www.workercn.cn/c/1.shtml").status_code == 302
    file = CraftsmanVideo.objects.get(link="")
    page = Client().get(reverse("portal:craft_person", args=[row.pk])).content.decode()
    assert "<video" in page and 'kind="captions"' in page and "每焊一道都要清渣" in page and "到中工网观看" in page
    address = reverse("portal:craft_video", args=[row.pk, file.pk])
    assert Client().get(address, headers={"Range": "bytes=4-7"}).getvalue() == b"ftyp"
    assert "先看坡口" in Client().get(reverse("portal:craft_captions", args=[row.pk, file.pk])).content.decode()
    other = client(house.person("handler", OTHER_COUNTY))
    assert other.post(entry, {"verb": "remove_video", "video": file.pk}).status_code == 404
    row.consented_at = None
    row.save()
    assert Client().get(address).status_code == 404, "the consent was taken back"
    desk.post(entry, {"verb": "remove_video", "video": file.pk})
    assert CraftsmanVideo.objects.count() == 1


def test_a_nomination_brings_its_video_only_with_its_words(house: House) -> None:
    link = "https://tv.cctv.com/2026/01/01/V1.shtml"
    with pytest.raises(InvalidData) as refusal:
        services.apply(worker(1), services.service_for("M13", "520102"), {**NOMINEE, "video_link": link})
    assert list(refusal.value.errors) == ["video_words"]


def test_experts_see_only_the_sheets_handed_to_them_and_not_whose(house: House) -> None:
    leader, city = house.person("leader", CITY), house.person("handler", CITY)
    judges = [house.person("expert", CITY, which) for which in (1, 2, 3, 4)]
    keeper, register = client(city), reverse("desk:experts")
    assert client(judges[0]).get(register).status_code in (403, 404)
    for place, judge in enumerate(judges):
        unit = NOMINEE["unit"] if place == 3 else f"第{place + 1}技师学院"
        sent = {"verb": "register", "account": judge.account_id, "unit": unit, "trades": ["welding"]}
        assert keeper.post(register, sent).status_code == 302
    assert keeper.post(register, {"verb": "register", "account": city.account_id, "unit": "x"}).status_code == 422

    matter: Matter = services.apply(worker(1), services.service_for("M13", "520102"), NOMINEE).matter
    act(matter.pk, "recommend", house.person("handler", matter.holder_path), VOTE)
    after_days(15)
    act(matter.pk, "county_pass", house.person("leader", "cn.52.5201.520102"), {"minutes": "同意"})
    act(matter.pk, "city_pass", city, {"minutes": "同意"})
    out, keeper = reverse("desk:hand_out", args=[matter.pk]), client(city)
    shown = keeper.get(out).content.decode()
    assert "第1技师学院" in shown and NOMINEE["unit"] not in shown.split("分给谁")[1], "nobody of the nominee's unit"
    chosen = list(Expert.objects.exclude(unit=NOMINEE["unit"]).values_list("pk", flat=True))
    assert keeper.post(out, {"verb": "assign", "experts": chosen}).status_code == 302
    assert client(house.person("handler", OTHER_COUNTY)).get(out).status_code == 404

    first, second, third = judges[:3]
    task = ExpertSheet.objects.get(expert__account_id=first.account_id or 0)
    address = reverse("desk:review_sheet", args=[task.pk])
    page = client(first).get(address).content.decode()
    assert "攻克薄壁管" in page and NOMINEE["name"] not in page and NOMINEE["unit"] not in page
    assert NOMINEE["phone"] not in page and NOMINEE["id_no"] not in page and matter.number not in page
    assert client(second).get(address).status_code == 404, "another expert's sheet"
    assert client(first).get(reverse("desk:matter", args=[matter.pk])).status_code == 403
    undeclared = client(first).post(address, {"verb": "score", **POINTS})
    assert undeclared.status_code == 422 and "没有利害关系" in undeclared.content.decode()
    assert (
        client(first).post(address, {"verb": "score", **POINTS, "skill": "31", "no_conflict": "on"}).status_code == 422
    )
    assert client(first).post(address, {"verb": "score", **POINTS, "no_conflict": "on"}).status_code == 302
    client(first).post(address, {"verb": "score", **POINTS, "skill": "1", "no_conflict": "on"})
    assert NominationScore.objects.get().points["skill"] == "28.5", "handed in is handed in"

    other = ExpertSheet.objects.get(expert__account_id=second.account_id or 0)
    client(second).post(reverse("desk:review_sheet", args=[other.pk]), {"verb": "recuse", "reason": "是我的徒弟"})
    assert "是我的徒弟" in keeper.get(out).content.decode()
    assert "徒弟" not in str(list(TrailEntry.objects.values_list("after", "note")))
    for name in ("甲", "乙"):
        points = {f"point_{dimension}": value for dimension, value in POINTS.items()}
        act(matter.pk, "score", city, {"judge": name, "judge_unit": "职业技术学院", **points})
    with pytest.raises(GuardRefused, match="还有 1 位专家没有交评分"):
        act(matter.pk, "close_scoring", leader)
    last = ExpertSheet.objects.get(expert__account_id=third.account_id or 0)
    keeper.post(out, {"verb": "take_back", "task": last.pk})
    act(matter.pk, "close_scoring", leader)
    assert client(third).get(reverse("desk:review")).content.decode().count("评审编号") == 0
    assert Organisation.objects.get(path=CITY) == Expert.objects.latest("pk").organisation
