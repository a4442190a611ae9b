"""What is read on a photo: by the worker after upload, shown to who may open the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from gonghui.appeals.actions.attachments import attach
from gonghui.appeals.models import Attachment, PaperReading
from gonghui.appeals.papers import read_attachment
from gonghui.appeals.tests.support import COUNTY, FAR_COUNTY, House, run_outbox
from gonghui.desk.tests.conftest import SignedIn
from gonghui.kernel.models import TrailEntry
from gonghui.kernel.times import now

SLIP = Path(__file__).parents[2] / "brain" / "tests" / "papers" / "slip_photo.jpg"


@pytest.fixture
def kept(house: House) -> Attachment:
    received = house.receive()
    house.handling(received.matter)
    file = SimpleUploadedFile("工资条.jpg", SLIP.read_bytes())
    return attach(received.appeal, received.matter, file, house.person("handler", COUNTY), now())


def test_the_worker_reads_a_photo_once_and_the_desk_shows_it(kept: Attachment, at_desk: SignedIn) -> None:
    client = at_desk("handler", COUNTY)
    url = reverse("desk:paper", args=[kept.pk])
    assert "还在读" in client.get(url).content.decode()
    run_outbox("task.read_paper")
    assert read_attachment(kept.pk) == PaperReading.objects.get()
    page = client.get(url).content.decode()
    assert "工资条" in page
    assert "云岩区好味道餐饮店" in page or "公司" in page or "厂" in page
    assert "实发" in page
    assert TrailEntry.objects.filter(verb="open_file").count() == 2
    matter = reverse("desk:matter", args=[kept.matter_id])
    assert url in client.get(matter).content.decode()


def test_who_may_not_open_the_file_may_not_read_it(kept: Attachment, at_desk: SignedIn) -> None:
    run_outbox("task.read_paper")
    assert at_desk("handler", FAR_COUNTY).get(reverse("desk:paper", args=[kept.pk])).status_code == 404
    assert at_desk("analyst", COUNTY).get(reverse("desk:paper", args=[kept.pk])).status_code in (403, 404)


def test_what_was_read_is_kept_encrypted(kept: Attachment) -> None:
    from django.db import connection

    read_attachment(kept.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT result FROM appeals_paperreading")
        raw = str(cursor.fetchone()[0])
    assert "net" not in raw
    assert '"net"' in PaperReading.objects.get().result


def test_a_file_that_is_no_picture_any_more_says_what_to_do(
    kept: Attachment, at_desk: SignedIn, settings: object
) -> None:
    path = Path(settings.MEDIA_ROOT) / kept.stored_name  # type: ignore[attr-defined]
    path.write_bytes(b"\xff\xd8\xff broken")
    run_outbox("task.read_paper")
    assert (
        "请拍照或截图后再传" in at_desk("handler", COUNTY).get(reverse("desk:paper", args=[kept.pk])).content.decode()
    )
