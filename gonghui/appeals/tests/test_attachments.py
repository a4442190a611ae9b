"""Files are what their content says; anything odd is refused with a sentence; half a file is never kept."""

from __future__ import annotations

import errno
import hashlib
import io
import socketserver
import struct
import threading
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.base import ContentFile, File
from PIL import Image

from gonghui.appeals import actions, queries
from gonghui.appeals.actions import attachments
from gonghui.appeals.actions.files import may_open_files
from gonghui.appeals.models import Appeal, Attachment
from gonghui.appeals.tests.support import CITY, COUNTY, ENTERPRISE, PROVINCE, House
from gonghui.kernel.errors import InvalidData, KernelError, NotFound
from gonghui.kernel.matters import move
from gonghui.kernel.models import TrailEntry
from gonghui.kernel.scope import paths_of
from gonghui.kernel.times import now
from gonghui.organisations.models import Organisation


def png(width: int = 3, height: int = 2) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, "PNG")
    return out.getvalue()


PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"
MP3 = b"ID3\x03\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" * 64
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\x00" * 64
AMR = b"#!AMR\n" + b"\x00" * 64
OGG = b"OggS" + b"\x00" * 64
M4A = b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00" + b"\x00" * 64


def file(content: bytes, name: str = "a.png") -> File:
    return ContentFile(content, name)


def stored(settings: Any) -> list[Path]:
    root = Path(settings.MEDIA_ROOT)
    return [path for path in root.rglob("*") if path.is_file()] if root.exists() else []


@pytest.mark.parametrize(
    ("content", "mime"),
    [
        (png(), "image/png"),
        (PDF, "application/pdf"),
        (MP3, "audio/mpeg"),
        (WAV, "audio/x-wav"),
        (AMR, "audio/amr"),
        (OGG, "audio/ogg"),
        (M4A, "audio/mp4"),
    ],
)
def test_allowed_types_are_known_by_content_whatever_the_name(settings: Any, content: bytes, mime: str) -> None:
    kept = actions.save_attachment(file(content, "evil.exe"))
    assert kept.mime in (mime, "audio/m4a")
    assert (Path(settings.MEDIA_ROOT) / kept.stored_name).read_bytes() == content
    assert "evil" not in kept.stored_name


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"MZ\x90\x00" + b"\x00" * 100, "photo.jpg"),
        (b"<html><script>alert(1)</script></html>", "a.png"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg"),
        (b"PK\x03\x04" + b"\x00" * 100, "a.pdf"),
        (b"just words", "a.pdf"),
    ],
)
def test_other_content_is_refused(settings: Any, content: bytes, name: str) -> None:
    with pytest.raises(InvalidData) as refused:
        actions.save_attachment(file(content, name))
    assert "不能上传" in refused.value.errors["attachments"][0]
    assert stored(settings) == []


def test_a_file_over_twenty_megabytes_is_refused(settings: Any) -> None:
    assert settings.ATTACHMENT_MAX_BYTES == 20 * 1024 * 1024
    with pytest.raises(InvalidData) as refused:
        actions.save_attachment(file(png() + b"\0" * (20 * 1024 * 1024)))
    assert "20 MB" in refused.value.errors["attachments"][0]
    assert stored(settings) == []


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(InvalidData):
        actions.save_attachment(file(b""))


def test_the_test_virus_is_refused_even_inside_a_document(settings: Any) -> None:
    with pytest.raises(InvalidData) as refused:
        actions.save_attachment(file(PDF + b"x" * attachments.CHUNK + attachments.EICAR, "a.pdf"))
    assert "病毒" in refused.value.errors["attachments"][0]
    assert stored(settings) == []


def bomb(side: int) -> bytes:
    """A PNG header that promises side × side pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [10_000, 60_000])
def test_an_image_that_would_unfold_is_refused_unopened(settings: Any, side: int) -> None:
    with pytest.raises(InvalidData):
        actions.save_attachment(file(bomb(side)))
    assert stored(settings) == []


def test_a_broken_image_is_refused() -> None:
    with pytest.raises(InvalidData):
        actions.save_attachment(file(b"\x89PNG\r\n\x1a\n" + b"garbage" * 20))


def photo(kind: str) -> bytes:
    """A picture as a phone makes it: lying on its side, with the place, the device and a comment in it."""
    picture = Image.new("RGB", (40, 20), "red")
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "SecretPhone"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (26.0, 34.0, 12.0)
    out = io.BytesIO()
    more: dict[str, Any] = {"comment": b"SecretPhone"} if kind == "JPEG" else {}
    picture.save(out, kind, exif=exif, xmp=b"<x:xmpmeta>SecretPhone</x:xmpmeta>", **more)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_kept_upright_without_place_and_device(settings: Any, kind: str) -> None:
    given = photo(kind)
    assert b"SecretPhone" in given
    kept = actions.save_attachment(file(given, "工资条.jpg"))
    content = (Path(settings.MEDIA_ROOT) / kept.stored_name).read_bytes()
    assert b"SecretPhone" not in content
    assert (kept.sha256, kept.size) == (hashlib.sha256(content).hexdigest(), len(content))
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == (20, 40)
        assert not image.getexif()
        assert image.format == kind
    assert actions.save_attachment(file(given)).sha256 == kept.sha256


def test_a_photo_whose_place_cannot_be_taken_out_is_refused(settings: Any) -> None:
    with pytest.raises(InvalidData) as refused:
        actions.save_attachment(file(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 64, "a.heic"))
    assert "JPG" in refused.value.errors["attachments"][0]
    assert stored(settings) == []


def test_a_photo_that_breaks_off_is_refused(settings: Any) -> None:
    whole = io.BytesIO()
    Image.effect_noise((200, 200), 50).save(whole, "JPEG")
    with pytest.raises(InvalidData) as refused:
        actions.save_attachment(file(whole.getvalue()[:4000], "a.jpg"))
    assert "完好" in refused.value.errors["attachments"][0]
    assert stored(settings) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\工资条.png", "工资条.png"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("<b>.png", "_b_.png"),
        ("...", "file"),
        ("x" * 300 + ".png", "x" * 96 + ".png"),
    ],
)
def test_names_are_cleaned(name: str, shown: str) -> None:
    assert attachments.clean_name(name) == shown


def test_a_full_disk_refuses_and_leaves_nothing(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(attachments.os, "fsync", full)
    with pytest.raises(KernelError, match="存储空间已满") as refused:
        actions.save_attachment(file(png()))
    assert refused.value.code == "disk_full"
    assert stored(settings) == []


def test_a_refused_file_refuses_the_whole_appeal(house: House, settings: Any) -> None:
    from gonghui.appeals.intake import IntakeData
    from gonghui.kernel.actor import ANONYMOUS

    data = IntakeData.parse({"description": "欠薪，附照片", "anonymous": True})
    with pytest.raises(InvalidData):
        actions.receive(ANONYMOUS, data, channel="web", attachments=[file(png()), file(b"nonsense")])
    assert Appeal.objects.count() == 0


def test_the_same_file_twice_is_one_row(house: House, settings: Any) -> None:
    worker = house.worker()
    matter = house.receive(worker).matter
    actions.add_material(worker, matter, files=[file(png()), file(png(), "b.png")])
    assert Attachment.objects.count() == 1
    assert len(stored(settings)) == 1


def test_only_those_who_see_the_matter_open_its_files(house: House) -> None:
    worker = house.worker()
    matter = house.dispatched(house.receive(worker).matter)
    actions.add_material(worker, matter, files=[file(png())])
    attachment = Attachment.objects.get()
    assert queries.attachment_for(worker, attachment.pk) == attachment
    assert queries.attachment_for(house.person("handler", COUNTY), attachment.pk) == attachment
    for stranger in (house.worker("13911112222"), house.person("handler", "cn.62.6201.620102")):
        with pytest.raises(NotFound):
            queries.attachment_for(stranger, attachment.pk)
    with attachments.open_attachment(attachment) as content:
        assert content.read() == png()


@pytest.mark.parametrize(
    ("role", "path", "opens"),
    [
        ("agent", PROVINCE, True),
        ("dispatcher", PROVINCE, True),
        ("handler", COUNTY, True),
        ("leader", COUNTY, True),
        ("supervisor", CITY, True),
        ("lawyer", COUNTY, False),
        ("agent", CITY, False),
        ("handler", CITY, False),
        ("lawyer", CITY, False),
        ("quality", PROVINCE, False),
        ("callback", PROVINCE, False),
        ("partner", COUNTY, False),
        ("auditor", PROVINCE, False),
        ("analyst", PROVINCE, False),
        ("discipline", PROVINCE, False),
    ],
)
def test_files_are_for_those_who_handle_and_every_opening_is_written_down(
    house: House, role: str, path: str, opens: bool
) -> None:
    worker = house.worker()
    matter = house.dispatched(house.receive(worker).matter)
    if not paths_of(matter, "receive"):
        move(matter, COUNTY)
    actions.add_material(worker, matter, files=[file(png())])
    attachment, person = Attachment.objects.get(), house.person(role, path)
    entries = TrailEntry.objects.filter(verb="open_file", matter=matter)
    if opens:
        assert queries.attachment_for(person, attachment.pk) == attachment
        assert entries.get().actor_id == person.account_id
        assert queries.matter_page(person, matter.pk).opens_files
    else:
        with pytest.raises(NotFound):
            queries.attachment_for(person, attachment.pk)
        assert not entries.exists()


@pytest.mark.parametrize("agreed", [True, False])
def test_an_enterprise_union_opens_files_only_when_the_worker_agreed(house: House, agreed: bool) -> None:
    worker = house.worker()
    matter = house.receive(worker, disclose_ok=agreed).matter
    actions.add_material(worker, matter, files=[file(png())])
    move(matter, ENTERPRISE)
    assert may_open_files(house.person("handler", ENTERPRISE), matter, Appeal.objects.get()) is agreed
    assert may_open_files(house.person("dispatcher", COUNTY), matter, Appeal.objects.get())


def test_the_worker_leaves_no_trace_when_opening_an_own_file(house: House) -> None:
    worker = house.worker()
    matter = house.receive(worker).matter
    actions.add_material(worker, matter, files=[file(png())])
    queries.attachment_for(worker, Attachment.objects.get().pk)
    assert not TrailEntry.objects.filter(verb="open_file").exists()


def test_orphan_files_go_after_a_day(house: House, settings: Any) -> None:
    import os
    import time

    from gonghui.appeals.duties import drop_orphan_files

    kept = actions.save_attachment(file(png()))
    path = Path(settings.MEDIA_ROOT) / kept.stored_name
    drop_orphan_files()
    assert path.exists()
    os.utime(path, (time.time() - 200_000, time.time() - 200_000))
    drop_orphan_files()
    assert not path.exists()


def test_what_another_room_keeps_is_no_orphan(house: House, settings: Any) -> None:
    import os
    import time

    from gonghui.appeals.duties import drop_orphan_files

    kept = actions.save_attachment(file(png()))
    path = Path(settings.MEDIA_ROOT) / kept.stored_name
    os.utime(path, (time.time() - 200_000, time.time() - 200_000))
    apps.get_model("legal", "FilePaper").objects.create(
        matter=house.receive().matter, stored_name=kept.stored_name, original_name="a.png", mime=kept.mime,
        size=kept.size, sha256=kept.sha256, at=now(),
    )  # fmt: skip
    drop_orphan_files()
    assert path.exists()


def test_a_video_without_a_row_goes_and_what_is_not_ours_stays(house: House, settings: Any, tmp_path: Path) -> None:
    import os
    import time

    from gonghui.appeals.duties import drop_orphan_files

    settings.MEDIA_ROOT = str(tmp_path)
    kept, left, foreign = (tmp_path / "lessons" / name for name in (f"{'a' * 32}.mp4", f"{'b' * 32}.mp4", "README.txt"))
    kept.parent.mkdir()
    for path in (kept, left, foreign):
        path.write_bytes(b"x")
        os.utime(path, (time.time() - 200_000, time.time() - 200_000))
    course = apps.get_model("learning", "Course").objects.create(
        organisation=Organisation.objects.get(path=COUNTY), title="电工", kind="skill", about="讲", changed_at=now()
    )
    apps.get_model("learning", "Lesson").objects.create(
        course=course, place=1, title="接线", minutes=1, video_name=f"lessons/{kept.name}"
    )
    drop_orphan_files()
    assert kept.exists() and foreign.exists() and not left.exists()


class Clamd(socketserver.BaseRequestHandler):
    """A scanner that finds every file with `bad` in it."""

    def handle(self) -> None:
        received = b""
        while not received.endswith(struct.pack("!I", 0)):
            more = self.request.recv(65536)
            if not more:
                break
            received += more
        self.request.sendall(b"stream: Test FOUND\0" if b"bad" in received else b"stream: OK\0")


def test_a_scanner_is_asked_when_there_is_one(settings: Any) -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), Clamd) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        settings.CLAMAV_SOCKET = f"127.0.0.1:{server.server_address[1]}"
        assert actions.save_attachment(file(PDF, "a.pdf")).scanned
        with pytest.raises(InvalidData) as refused:
            actions.save_attachment(file(PDF + b"bad", "a.pdf"))
        server.shutdown()
    assert "病毒" in refused.value.errors["attachments"][0]


def test_a_scanner_that_does_not_answer_refuses(settings: Any) -> None:
    settings.CLAMAV_SOCKET = "127.0.0.1:1"
    with pytest.raises(InvalidData) as refused:
        actions.save_attachment(file(PDF, "a.pdf"))
    assert "无法查毒" in refused.value.errors["attachments"][0]
