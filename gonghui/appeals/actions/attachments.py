"""材料: keep a file. What it is, its content says; where it lies, nobody can guess; half of one is never kept."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import secrets
import socket
import struct
import unicodedata
import warnings
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import filetype
from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, JpegImagePlugin, UnidentifiedImageError

from gonghui.appeals.intake import limit
from gonghui.appeals.models import Appeal, Attachment
from gonghui.kernel import outbox
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, KernelError
from gonghui.kernel.models import Matter

# What the content may be, with the ending it gets. Anything else is refused, whatever its name says.
ALLOWED = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "application/pdf": "pdf",
    "audio/mpeg": "mp3",
    "audio/amr": "amr",
    "audio/x-wav": "wav",
    "audio/ogg": "ogg",
    "audio/mp4": "m4a",
    "audio/m4a": "m4a",
    "audio/aac": "aac",
}
OPENED_AS_IMAGE = frozenset({"image/jpeg", "image/png", "image/webp"})
# What the brain can read (`brain.papers`).
READABLE = OPENED_AS_IMAGE | {"application/pdf"}
BROKEN = (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError)
MAX_PIXELS = 80_000_000
# The harmless test virus every scanner knows; cut in two so that this file is not taken for it.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
CHUNK = 64 * 1024
SCAN_SECONDS = 30


@dataclass(frozen=True)
class Stored:
    """A file that lies safely under MEDIA_ROOT."""

    stored_name: str
    original_name: str
    mime: str
    size: int
    sha256: str
    scanned: bool

    @property
    def columns(self) -> dict[str, Any]:
        """What every table of files keeps of it."""
        return {
            "stored_name": self.stored_name,
            "original_name": self.original_name,
            "mime": self.mime,
            "size": self.size,
        }


def refuse(text: str) -> InvalidData:
    return InvalidData({"attachments": [text]})


def clean_name(name: str) -> str:
    """A file name fit to be shown: no folders, no invisible or odd characters, at most 100 characters."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(letter for letter in unicodedata.normalize("NFKC", base) if unicodedata.category(letter)[0] != "C")
    kept = "".join("_" if letter in '<>:"|?*/\\' else letter for letter in kept).strip(". ")
    return (kept or "file")[-100:]


def save_attachment(file: File) -> Stored:
    """Check a file and store it. Raises InvalidData with what is wrong; on a full disk nothing is left behind."""
    name = clean_name(file.name or "")
    size = file.size or 0
    most = settings.ATTACHMENT_MAX_BYTES
    if size == 0:
        raise refuse(_("“%(name)s”是空文件。") % {"name": name})
    if size > most:
        raise refuse(
            _("“%(name)s”太大：%(size).1f MB，最多%(most)d MB。可以压缩图片或分开上传。")
            % {"name": name, "size": size / 1048576, "most": most // 1048576}
        )
    mime = sniff(file, name)
    if mime in OPENED_AS_IMAGE:
        _check_image(file, name)
    _check_eicar(file, name)
    scanned = _scan(file, name)
    kept: IO[bytes] | File = file
    if mime in OPENED_AS_IMAGE:
        kept = _without_metadata(file, name)
        # Written anew a picture may grow a little; it is our own writing then, and no reason to refuse.
        size = kept.seek(0, os.SEEK_END)
        most = max(most, size)
    stored_name = f"{secrets.token_hex(1)}/{secrets.token_hex(16)}.{ALLOWED[mime]}"
    digest = _write(kept, Path(settings.MEDIA_ROOT) / stored_name, most)
    return Stored(stored_name, name, mime, size, digest, scanned)


def store(file: IO[bytes] | File, stored_name: str, most: int) -> None:
    """Keep a file of at most so many bytes, whole or not at all, that its room has judged: it is looked through for
    viruses first. InvalidData beside `attachments`."""
    name = clean_name(file.name or "")
    _check_eicar(file, name)
    _scan(file, name)
    _write(file, Path(settings.MEDIA_ROOT) / clean_stored(stored_name), most)


def sniff(file: IO[bytes] | File, name: str) -> str:
    """The type the content has. InvalidData when it is none of the allowed ones."""
    file.seek(0)
    head = file.read(8192)
    guess = filetype.guess(head)
    mime = guess.mime if guess else ""
    if mime == "video/mp4" and head[8:12] in (b"M4A ", b"M4B "):
        mime = "audio/mp4"
    if mime in ("image/heic", "image/heif"):
        raise refuse(
            _("“%(name)s”是 HEIC 照片，里面可能带有拍摄地点，我们清除不了。请改存为 JPG，或截图后上传。")
            % {"name": name}
        )
    if mime not in ALLOWED:
        raise refuse(
            _("“%(name)s”的内容不是图片（jpg、png、webp）、PDF或录音（mp3、m4a、amr、wav、ogg），不能上传。")
            % {"name": name}
        )
    return mime


def _check_image(file: IO[bytes] | File, name: str) -> None:
    """Only the header is read: an image that would unfold into gigabytes is refused before it can."""
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file) as image:
                width, height = image.size
    except BROKEN:
        raise _broken(name) from None
    if width * height > MAX_PIXELS:
        raise refuse(
            _("“%(name)s”的尺寸太大（%(width)d×%(height)d），请缩小后上传。")
            % {"name": name, "width": width, "height": height}
        )


def _broken(name: str) -> InvalidData:
    return refuse(_("“%(name)s”不是完好的图片，请重新拍摄或另存后上传。") % {"name": name})


def _without_metadata(file: IO[bytes] | File, name: str) -> io.BytesIO:
    """The picture written anew, upright, without what a camera adds: place, time, device, owner, thumbnails. Of a
    moving picture the first frame stays. The same picture gives the same bytes each time."""
    file.seek(0)
    out = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file) as image:
                options = _writing(image)
                plain = ImageOps.exif_transpose(image).copy()
            plain.info = {key: value for key, value in plain.info.items() if key in ("icc_profile", "transparency")}
            plain.save(out, **options)
    except BROKEN:
        raise _broken(name) from None
    return out


def _writing(image: Image.Image) -> dict[str, Any]:
    """How to write it: its own kind, a JPEG with its own tables so that it neither grows nor gets worse."""
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        sampling = JpegImagePlugin.get_sampling(image)
        tables = image.quantization
        return {"format": "JPEG", "qtables": tables, "subsampling": sampling, "icc_profile": _icc(image)}
    if image.format == "WEBP":
        return {"format": "WEBP", "quality": 92, "icc_profile": _icc(image)}
    return {"format": "PNG", "icc_profile": _icc(image)}


def _icc(image: Image.Image) -> bytes | None:
    return image.info.get("icc_profile")


def _check_eicar(file: IO[bytes] | File, name: str) -> None:
    file.seek(0)
    tail = b""
    while chunk := file.read(CHUNK):
        if EICAR in tail + chunk:
            raise _infected(name)
        tail = chunk[-len(EICAR) :]


def _infected(name: str) -> InvalidData:
    return refuse(_("“%(name)s”含有病毒，没有保存。请检查您的设备。") % {"name": name})


def _scan(file: IO[bytes] | File, name: str) -> bool:
    """Ask ClamAV (INSTREAM over its socket) when one is set. A scanner that does not answer refuses the file."""
    address = settings.CLAMAV_SOCKET
    if not address:
        return False
    try:
        answer = _clamd(address, file)
    except OSError as error:
        raise refuse(_("现在无法查毒，文件没有保存，请稍后再试。")) from error
    if b"FOUND" in answer:
        raise _infected(name)
    if b"OK" not in answer:
        raise refuse(_("现在无法查毒，文件没有保存，请稍后再试。"))
    return True


def _clamd(address: str, file: IO[bytes] | File) -> bytes:
    host, _colon, port = address.rpartition(":")
    if host and port.isdigit():
        connection = socket.create_connection((host, int(port)), timeout=SCAN_SECONDS)
    else:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(SCAN_SECONDS)
        connection.connect(address)
    with connection:
        connection.sendall(b"zINSTREAM\0")
        file.seek(0)
        while chunk := file.read(CHUNK):
            connection.sendall(struct.pack("!I", len(chunk)) + chunk)
        connection.sendall(struct.pack("!I", 0))
        return connection.recv(4096)


def _write(file: IO[bytes] | File, target: Path, most: int) -> str:
    """Write beside, flush to the disk, then rename: a reader sees the whole file or none. Returns its SHA-256."""
    digest, written = hashlib.sha256(), 0
    part = target.with_suffix(target.suffix + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("xb") as out:
            file.seek(0)
            while chunk := file.read(CHUNK):
                written += len(chunk)
                if written > most:
                    raise refuse(_("文件比声明的大，没有保存。"))
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        part.chmod(0o600)
        part.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        part.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise KernelError(_("存储空间已满，文件没有保存。请稍后再试，或先不带附件提交。"), "disk_full") from error
        raise
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return digest.hexdigest()


def attach(
    appeal: Appeal, matter: Matter, file: File, actor: Actor, at: datetime, evidence_type: str = "other"
) -> Attachment:
    """Store a file and its row, inside the caller's transaction. The same content a second time is the first row."""
    if appeal.attachments.count() >= limit("attachments_max"):
        raise refuse(_("最多%(most)d个附件。") % {"most": limit("attachments_max")})
    stored = save_attachment(file)
    path = Path(settings.MEDIA_ROOT) / stored.stored_name
    twin = appeal.attachments.filter(sha256=stored.sha256).first()
    if twin is not None:
        path.unlink(missing_ok=True)
        return twin
    try:
        with transaction.atomic():
            kept = Attachment.objects.create(
                appeal=appeal,
                matter=matter,
                **stored.columns,
                sha256=stored.sha256,
                evidence_type=evidence_type,
                scan=Attachment.Scan.CLEAN if stored.scanned else Attachment.Scan.UNSCANNED,
                by_kind=actor.kind,
                by_account=actor.account_id,
                added_at=at,
                for_worker=actor.kind != "staff",
            )
            if kept.mime in READABLE:
                outbox.enqueue_new("task.read_paper", f"paper:{kept.pk}", {"attachment": kept.pk}, matter=matter)
            return kept
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def open_attachment(attachment: Attachment) -> IO[bytes]:
    """The stored file, for reading. The caller has checked the right to see it (`queries.attachment_for`)."""
    return open_stored(attachment.stored_name)


def open_stored(stored_name: str) -> IO[bytes]:
    """A stored file, for reading. The caller has checked the right to see it."""
    return (Path(settings.MEDIA_ROOT) / clean_stored(stored_name)).open("rb")


def drop_stored(*names: str) -> None:
    """Delete stored files once the transaction that gives them up has committed: a roll-back keeps them.

    What a crash between commit and deletion leaves has no row any more, and is swept (`duties.drop_orphan_files`).
    """
    paths = [Path(settings.MEDIA_ROOT) / clean_stored(name) for name in names if name]

    def drop() -> None:
        for path in paths:
            path.unlink(missing_ok=True)

    # robust: a disk that will not delete now must not make a committed step look failed.
    transaction.on_commit(drop, robust=True)


def clean_stored(stored_name: str) -> str:
    """Our own random names only: nothing that could lead out of the folder."""
    folder, _slash, name = stored_name.partition("/")
    if not (folder.isalnum() and name.replace(".", "", 1).isalnum()):
        raise ValueError(f"not a stored name: {stored_name!r}")
    return stored_name
