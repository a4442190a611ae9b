"""PDF of a paper, printed by Chromium without a window; without one, of its Word file by LibreOffice."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from gonghui.law.documents.compose import html
from gonghui.law.documents.fields import Fields
from gonghui.law.documents.word import fill

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
SECONDS = 40
# A printing takes a core and some 200 MB; more at once would make everybody wait for all.
AT_ONCE = 2
WAIT_SECONDS = 20
_places = threading.BoundedSemaphore(AT_ONCE)


class PdfUnavailable(Exception):
    """No PDF can be made now; `str(error)` says in the reader's language why and what to do instead."""


def chromium() -> str:
    """The Chromium that prints: the one that GONGHUI_CHROMIUM names, or one found on the path; "" without any."""
    if settings.CHROMIUM:
        return shutil.which(settings.CHROMIUM) or ""
    return next((found for name in NAMES if (found := shutil.which(name))), "")


def to_pdf(name: str, fields: Fields) -> bytes:
    """The paper as PDF, by Chromium, or where only LibreOffice is installed from the Word file.

    PdfUnavailable when there is neither, it fails, or too many are being printed.
    """
    if not chromium() and libreoffice():
        return from_word(fill(name, fields))
    return printed(html(name, fields))


def printed(page: str) -> bytes:
    """An HTML document as PDF. Chromium gets no network, the page forbids scripts, the folder is gone afterwards."""
    program = chromium()
    if not program:
        raise PdfUnavailable(_("服务器没有装 PDF 程序（Chromium）。请下载 Word 文件，或者打印预览页。"))
    with _place() as folder:
        return _print(program, folder, page)


@contextmanager
def _place() -> Iterator[Path]:
    """A folder to print in, while one of the places is free."""
    if not _places.acquire(timeout=WAIT_SECONDS):
        raise PdfUnavailable(_("现在生成 PDF 的人太多，请过一会儿再试，或者先下载 Word 文件。"))
    try:
        with tempfile.TemporaryDirectory(prefix="gonghui-pdf-") as folder:
            yield Path(folder)
    finally:
        _places.release()


def _print(program: str, folder: Path, page: str) -> bytes:
    given, made = folder / "paper.html", folder / "paper.pdf"
    given.write_text(page, "utf-8")
    command = [
        program, "--headless", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-crash-reporter",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--user-data-dir={folder / 'profile'}", "--no-pdf-header-footer", f"--print-to-pdf={made}", given.as_uri(),
    ]  # fmt: skip
    if os.geteuid() == 0:
        # Chromium refuses its sandbox to root; a web process should not be root in the first place.
        command.insert(1, "--no-sandbox")
    if not _ended(command, folder) or not made.exists() or not (body := made.read_bytes()).startswith(b"%PDF"):
        raise PdfUnavailable(_("生成 PDF 没有成功。请下载 Word 文件，或者打印预览页。"))
    return body


def _ended(command: list[str], folder: Path) -> bool:
    """Run to the end, with all its children ended when it takes too long; whether it went well."""
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "LANG": "C.UTF-8"}
    process = subprocess.Popen(  # noqa: S603 - a program that the installation names, no shell
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        return process.wait(timeout=SECONDS) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def libreoffice() -> str:
    """LibreOffice's program, or "" where it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice") or ""


def from_word(word: bytes) -> bytes:
    """A Word file as PDF by LibreOffice. PdfUnavailable where it is not installed or fails."""
    program = libreoffice()
    if not program:
        raise PdfUnavailable(_("这台服务器没有安装 LibreOffice。"))
    with _place() as folder:
        (folder / "paper.docx").write_bytes(word)
        command = [
            program, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", "pdf",
            "--outdir", str(folder), str(folder / "paper.docx"),
        ]  # fmt: skip
        made = folder / "paper.pdf"
        if not _ended(command, folder) or not made.exists():
            raise PdfUnavailable(_("LibreOffice 没有转换成功。"))
        return made.read_bytes()
