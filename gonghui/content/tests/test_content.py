"""A text from the first word to the public page: read by three others, corrected in the open, taken down at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, House
from gonghui.content import actions, tables
from gonghui.content.models import Item, ItemFile
from gonghui.content.rendering import as_html
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import now, time_shifted
from gonghui.kernel.worker import run_once
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account, Person
from gonghui.people.testing import PNG, sign_in

TEXT = {"column": "policy", "title": "工资要按月发", "body": "依据《劳动法》第五十条。\n\n<script>alert(1)</script>"}


def desk(actor: Any) -> Client:
    return sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))


def begun(house: House, **changes: Any) -> Matter:
    union = Organisation.objects.get(path=COUNTY)
    return actions.start(house.person("handler", COUNTY), union, {**TEXT, **changes})


def released(house: House, matter: Matter, last: str = "release_now", **data: Any) -> None:
    act(matter.pk, "submit", house.person("handler", COUNTY))
    act(matter.pk, "pass_first", house.person("handler", COUNTY, 2))
    act(matter.pk, "pass_second", house.person("leader", COUNTY))
    act(matter.pk, last, house.person("supervisor", "cn.52.5201"), data)


def test_from_the_first_word_to_the_public_page_and_back(house: House) -> None:
    writer = desk(house.person("handler", COUNTY))
    answer = writer.post(reverse("desk:content"), {"organisation": COUNTY, "title": "工资要按月发"})
    matter = Matter.objects.get(kind=actions.KIND)
    address = answer["Location"]
    sent = {"column": "policy", "title": "", "body": TEXT["body"], "audience_path": COUNTY}
    wrong = writer.post(address, sent)
    assert wrong.status_code == 422 and "第五十条" in wrong.content.decode()
    blind = writer.post(
        reverse("desk:content_files", args=[matter.pk]),
        {"file": SimpleUploadedFile("图.png", PNG, content_type="image/png")},
    )
    assert blind.status_code == 422 and "图片说明" in blind.content.decode()
    writer.post(
        reverse("desk:content_files", args=[matter.pk]),
        {"file": SimpleUploadedFile("图.png", PNG, content_type="image/png"), "alt": "一张工资条", "cover": "on"},
    )
    picture = ItemFile.objects.get()
    body = f"{TEXT['body']}\n\n![一张工资条](图{picture.pk})"
    right = {**sent, "title": "工资要按月发", "body": body, "tags": "工资 农民工 工资", "done": "1"}
    assert writer.post(address, right).status_code == 302 and Item.objects.get().tags == ["工资", "农民工"]
    anyone = Client()
    page = reverse("portal:news_item", args=[Item.objects.get().pk])
    file = reverse("portal:news_file", args=[picture.pk])
    assert anyone.get(page).status_code == 404 and anyone.get(file).status_code == 404
    assert writer.get(file).status_code == 200

    act(matter.pk, "submit", house.person("handler", COUNTY))
    with pytest.raises(GuardRefused, match="另一位同事"):
        act(matter.pk, "pass_first", house.person("handler", COUNTY))
    act(matter.pk, "pass_first", house.person("handler", COUNTY, 2))
    act(matter.pk, "pass_second", house.person("leader", COUNTY))
    for earlier in (house.person("leader", COUNTY),):
        with pytest.raises(GuardRefused, match="另一位同事"):
            act(matter.pk, "release_now", earlier)
    act(matter.pk, "release_now", house.person("supervisor", "cn.52.5201"))
    shown = anyone.get(page).content.decode()
    assert "标签：工资、农民工" in shown
    assert "第五十条" in shown and "<script>alert" not in shown and 'alt="一张工资条"' in shown
    assert anyone.get(file)["Content-Type"] == "image/png"
    assert "工资要按月发" in anyone.get(reverse("portal:news"), {"q": "第五十条"}).content.decode()

    act(matter.pk, "correct", house.person("handler", COUNTY), {"why": "补上发放日期"})
    actions.write(house.person("handler", COUNTY), matter.pk, {"body": "每月至少发一次。"})
    assert "第五十条" in anyone.get(page).content.decode()
    seen = writer.get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert "<ins>每月至少发一次。</ins>" in seen
    released(house, matter)
    shown = anyone.get(page).content.decode()
    assert "每月至少发一次" in shown and "补上发放日期" in shown and "第五十条" not in shown
    act(matter.pk, "take_down", house.person("leader", COUNTY), {"text": "来源有误"})
    assert anyone.get(page).status_code == 404 and anyone.get(file).status_code == 404


def test_a_correction_being_written_changes_nothing_that_is_read(house: House) -> None:
    """Neither whom it is for, nor its files: nothing goes out that three others have not read."""
    writer, matter = house.person("handler", COUNTY), begun(house)

    def file(name: str, **kind: Any) -> ItemFile:
        return actions.add_file(
            writer, matter.pk, SimpleUploadedFile(name, PNG, content_type="image/png"), "图", **kind
        )

    first = file("一.png", cover=True)
    paper = SimpleUploadedFile(
        "办法.pdf", b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF", content_type="application/pdf"
    )
    old = actions.add_file(writer, matter.pk, paper)
    released(house, matter)
    anyone, item = Client(), Item.objects.get()
    page, files = reverse("portal:news_item", args=[item.pk]), "portal:news_file"

    act(matter.pk, "correct", writer, {"why": "换附件"})
    actions.write(writer, matter.pk, {"column": "notice", "worker_types": ",rider,"})
    actions.drop_file(writer, matter.pk, old.pk)
    second = file("二.png", cover=True)
    assert anyone.get(reverse(files, args=[second.pk])).status_code == 404
    assert anyone.get(reverse(files, args=[old.pk])).status_code == 200
    assert "办法.pdf" in anyone.get(page).content.decode()
    listed = anyone.get(reverse("portal:news"), {"column": "policy"}).content.decode()
    assert page in listed and reverse(files, args=[first.pk]) in listed
    assert page not in anyone.get(reverse("portal:news"), {"column": "notice"}).content.decode()
    assert "办法.pdf" not in desk(writer).get(reverse("desk:content_text", args=[matter.pk])).content.decode()

    act(matter.pk, "drop_correction", writer)
    item.refresh_from_db()
    assert (item.column, item.worker_types) == ("policy", "")
    assert set(item.kept_files.values_list("pk", "cover")) == {(first.pk, True), (old.pk, False)}

    act(matter.pk, "correct", writer, {"why": "换附件"})
    actions.drop_file(writer, matter.pk, old.pk)
    released(house, matter)
    assert anyone.get(reverse(files, args=[old.pk])).status_code == 404
    assert not ItemFile.objects.filter(pk=old.pk).exists(), "what nobody reads any more is not kept"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"body": "保证胜诉，快来。"}, "不能保证"),
        ({"body": "据本厂内部消息。"}, "要核对"),
        ({"body": "见《劳动法》第九百条。"}, "没有找到这些法条"),
        ({"body": "请打 13800138000 联系。"}, "手机号码"),
        ({"body": "身份证 11010519491231002X。"}, "身份证号"),
        ({"body": "看图 ![图](图99)"}, "没有上传"),
        ({"body": " "}, "都要写"),
    ],
)
def test_what_must_not_go_out_is_not_even_submitted(house: House, change: dict[str, str], why: str) -> None:
    matter = begun(house, **change)
    with pytest.raises(GuardRefused, match=why):
        act(matter.pk, "submit", house.person("handler", COUNTY))


def test_a_word_that_was_confirmed_passes(house: House) -> None:
    matter = begun(house, body="据本厂内部消息。", careful=True)
    act(matter.pk, "submit", house.person("handler", COUNTY))
    matter.refresh_from_db()
    assert matter.state == "first"


def test_a_text_set_for_a_time_appears_then(house: House) -> None:
    matter = begun(house)
    with pytest.raises(GuardRefused, match="已经过了"):
        released(house, matter, "schedule", publish_at=now() - timedelta(hours=1))
    leader = house.person("supervisor", "cn.52.5201")
    act(matter.pk, "schedule", leader, {"publish_at": now() + timedelta(hours=3)})
    with time_shifted(timedelta(hours=2, minutes=50)):
        run_once()
        assert Item.objects.get().live is None
    with time_shifted(timedelta(hours=3, minutes=2)):
        run_once()
        assert Item.objects.get().live is not None


def test_readers_find_what_is_for_their_place_and_work(house: House) -> None:
    here = begun(house, title="南明的消息", worker_types=",rider,")
    released(house, here)
    union = Organisation.objects.get(path=OTHER_COUNTY)
    there = actions.start(house.person("handler", OTHER_COUNTY), union, {**TEXT, "title": "云岩的消息"})
    act(there.pk, "submit", house.person("handler", OTHER_COUNTY))
    act(there.pk, "pass_first", house.person("handler", OTHER_COUNTY, 2))
    act(there.pk, "pass_second", house.person("leader", OTHER_COUNTY))
    act(there.pk, "release_now", house.person("leader", OTHER_COUNTY, 2))

    def listed(worker_type: str, **asked: str) -> str:
        account = Account.objects.create_worker(f"1390000{Account.objects.count():04d}")
        Person.objects.update_or_create(account=account, defaults={"region_id": "520102", "worker_type": worker_type})
        return sign_in(Client(), account).get(reverse("portal:news"), asked).content.decode()

    assert "南明的消息" in listed("rider") and "云岩的消息" not in listed("rider")
    assert "南明的消息" not in listed("courier")
    assert "云岩的消息" in listed("rider", all="1")


def test_nobody_writes_for_another_union(house: House) -> None:
    union = Organisation.objects.get(path=OTHER_COUNTY)
    with pytest.raises(NotAllowed):
        actions.start(house.person("handler", COUNTY), union, TEXT)
    with pytest.raises(InvalidData, match="更正"):
        begun(house, audience_path="cn")
    matter = begun(house)
    assert desk(house.person("leader", OTHER_COUNTY)).get(reverse("desk:matter", args=[matter.pk])).status_code == 404


def test_of_two_words_that_overlap_the_longer_one_counts() -> None:
    assert [hit.word.word for hit in tables.found_in("据网传，一名打工妹……")] == ["据网传", "打工妹"]


@pytest.mark.parametrize("text", ["打 工 妹", "打*工*妹", "**打**工妹", "打\u200b工\u200b妹", "打\n工妹"])
def test_a_word_is_found_with_something_between_its_characters(text: str) -> None:
    assert [hit.word.word for hit in tables.found_in(f"厂里来了{text}。")] == ["打工妹"]


@pytest.mark.parametrize("text", ["这是临时。工资照发", "只是临时\n\n工资照发", "我打工，妹妹上学"])
def test_characters_of_two_sentences_are_no_word(text: str) -> None:
    assert not tables.found_in(text)


def test_what_is_written_beside_the_text_is_looked_at_too(house: House) -> None:
    writer, matter = house.person("handler", COUNTY), begun(house)
    row = actions.add_file(writer, matter.pk, SimpleUploadedFile("图.png", PNG, content_type="image/png"), "一名打工妹")
    with pytest.raises(GuardRefused, match="不尊重"):
        act(matter.pk, "submit", writer)
    actions.drop_file(writer, matter.pk, row.pk)
    actions.write(writer, matter.pk, {"byline": "小王 13800138000"})
    with pytest.raises(GuardRefused, match="手机号码"):
        act(matter.pk, "submit", writer)


def test_links_lead_to_pages_only_and_other_pictures_load_from_nowhere() -> None:
    html = as_html("[点](javascript:alert(1)) [好](https://a.cn) ![x](https://b.cn/1.png)", {})
    assert "javascript:" not in html.replace("[点](javascript:alert(1))", "") and 'href="https://a.cn"' in html
    assert "<img" not in html
