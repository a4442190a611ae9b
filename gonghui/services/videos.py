"""视频 that the platform keeps and plays itself: MP4 or WebM by what a file holds, not by its name."""

from __future__ import annotations

import secrets

from django.core.files.base import File
from django.utils.translation import gettext as _

from gonghui.appeals.actions.attachments import store
from gonghui.kernel.errors import InvalidData

MEGABYTE = 1024 * 1024


def mime_of(head: bytes) -> str:
    """By the first 16 bytes; empty for anything else."""
    if head[4:8] == b"ftyp":
        return "video/mp4"
    return "video/webm" if head[:4] == b"\x1a\x45\xdf\xa3" else ""


def keep_video_in(folder: str, file: File, megabytes: int) -> tuple[str, str]:
    """(stored name, MIME type) under MEDIA_ROOT. InvalidData beside `video`: too large, no video, or infected."""
    if (file.size or 0) > megabytes * MEGABYTE:
        raise InvalidData({"video": [_("视频最多 %(n)d MB。") % {"n": megabytes}]})
    head = file.read(16)
    file.seek(0)
    mime = mime_of(head)
    if not mime:
        raise InvalidData({"video": [_("只收 MP4 或 WebM 视频。")]})
    name = f"{folder}/{secrets.token_hex(16)}.{mime.partition('/')[2]}"
    try:
        store(file, name, megabytes * MEGABYTE)
    except InvalidData as error:
        raise InvalidData({"video": error.texts}) from error
    return name, mime
