"""视频 on the page of a model worker: kept by the union's register, shown with what is spoken in it (5.10, 5.17)."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.appeals.actions.attachments import drop_stored
from gonghui.craft import library, tables
from gonghui.craft.models import Craftsman, CraftsmanVideo
from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, NotAllowed, NotFound
from gonghui.kernel.scope import as_system, within
from gonghui.kernel.times import now
from gonghui.services.videos import keep_video_in

FOLDER = "craft"


def wrong_link(link: str) -> str:
    """What is wrong with a link; empty for one to an approved site."""
    parts = urlsplit(link.strip())
    if parts.scheme == "https" and tables.media().host(parts.hostname or "") is not None:
        return ""
    names = "、".join(f"{one}（{one.host}）" for one in tables.media().hosts)
    return _("链接要以 https:// 开头，只能是这些网站：%(names)s。") % {"names": names}


def wrong_transcript(transcript: str) -> str:
    """What is wrong with the words of a video; empty where they are there."""
    least = tables.media().transcript_least
    if len("".join(transcript.split())) >= least:
        return ""
    return _("有视频就要有文字稿（至少 %(least)d 个字）：听不见、看不见的人靠它知道视频说了什么。") % {"least": least}


def read_captions(file: File | None) -> str:
    """字幕 as text. InvalidData for what is no WebVTT."""
    if file is None:
        return ""
    most = tables.media().caption_kilobytes
    if (file.size or 0) > most * 1024:
        raise InvalidData({"captions": [_("字幕文件最多 %(n)d KB。") % {"n": most}]})
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        text = ""
    if not text.startswith("WEBVTT"):
        raise InvalidData({"captions": [_("字幕要是 WebVTT 文件（.vtt，UTF-8）。")]})
    return text


@transaction.atomic
def add(
    actor: Actor,
    person: Craftsman,
    *,
    title: str,
    video: File | None,
    link: str,
    captions: File | None,
    transcript: str,
) -> CraftsmanVideo:
    """A video on a person's page. InvalidData beside what is missing or not allowed."""
    if not any(within(person.organisation.path, path) for path in actor.paths_as(*library.KEEPERS)):
        raise NotAllowed
    wrong: dict[str, list[str]] = {}
    if (video is None) == (not link):
        wrong["video"] = [_("上传一个视频文件，或者填一个链接，二选一。")]
    elif link and (text := wrong_link(link)):
        wrong["link"] = [text]
    if text := wrong_transcript(transcript):
        wrong["transcript"] = [text]
    if person.videos.count() >= tables.media().per_person:
        wrong["title"] = [_("一个人最多 %(n)d 个视频，请先删掉一个。") % {"n": tables.media().per_person}]
    if wrong:
        raise InvalidData(wrong)
    words = read_captions(captions)
    name, mime = keep_video_in(FOLDER, video, tables.media().megabytes) if video is not None else ("", "")
    with as_system("an entry of one's own register"):
        row = CraftsmanVideo.objects.create(
            craftsman=person, title=title.strip(), stored_name=name, mime=mime, link=link.strip(), captions=words,
            transcript=transcript.strip(), by_id=actor.account_id, at=now(),
        )  # fmt: skip
        _record(actor, person, "video", {"video": row.pk, "link": row.link})
    return row


@transaction.atomic
def remove(actor: Actor, person: Craftsman, video_id: int) -> None:
    """NotFound for a video of somebody else."""
    if not any(within(person.organisation.path, path) for path in actor.paths_as(*library.KEEPERS)):
        raise NotAllowed
    with as_system("an entry of one's own register"):
        row = person.videos.filter(pk=video_id).first()
        if row is None:
            raise NotFound
        row.delete()
        _record(actor, person, "remove_video", {"video": video_id})
    drop_stored(row.stored_name)


def _record(actor: Actor, person: Craftsman, verb: str, after: dict[str, object]) -> None:
    trail.record(f"craftsman:{person.pk}", verb, actor=actor, after=after, org_path=person.organisation.path)


def forget(person: Craftsman) -> None:
    """Every video of a person goes, the files too."""
    drop_stored(*person.videos.values_list("stored_name", flat=True))
    person.videos.all().delete()


def shown(craftsman_id: int, video_id: int) -> CraftsmanVideo:
    """A video on a page that everybody may read. NotFound for all others."""
    with as_system("the video of a page that everybody may read"):
        row = CraftsmanVideo.objects.select_related("craftsman").filter(pk=video_id, craftsman_id=craftsman_id).first()
    if row is None or not row.craftsman.shown:
        raise NotFound
    return row


def path_of(row: CraftsmanVideo) -> Path:
    """Where the file lies. NotFound for a link, or a file that is gone."""
    path = Path(settings.MEDIA_ROOT) / row.stored_name
    if not row.stored_name or not path.is_file():
        raise NotFound
    return path
