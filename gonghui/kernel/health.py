"""体检: is this installation well? Each check says what it found and, when something is wrong, what to do.

Used by `gonghui check`, the API's health address and whoever watches the machine.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from gonghui.kernel import calendar, trail, vault, worker
from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, now, today

logger = logging.getLogger(__name__)
TRAIL_SAMPLE = 500
VAULT_SAMPLE = 5
WORKER_SILENT = timedelta(minutes=2)
OUTBOX_LATE = timedelta(minutes=15)
DISK_LEAST_BYTES = 1024**3
DISK_LEAST_PART = 0.05
# The State Council publishes the next year's holidays in autumn (month, day): asked for from the first day on, and
# wrong from the second, when limits of ordinary length begin to end in the new year.
NEXT_YEAR_WANTED, NEXT_YEAR_NEEDED = (11, 1), (12, 10)


@dataclass(frozen=True)
class Check:
    """One finding. `name` is stable for programs; `detail` and `hint` are for people, in the active language.

    `warning`: not well, but nothing is wrong yet; somebody should do something within weeks.
    """

    name: str
    ok: bool
    detail: str
    hint: str = ""
    warning: bool = False

    @property
    def level(self) -> str:
        """`ok`, `warning` or `failure`."""
        return "ok" if self.ok else "warning" if self.warning else "failure"


_more: dict[str, Callable[[], Check]] = {}


def also(name: str) -> Callable[[Callable[[], Check]], Callable[[], Check]]:
    """Register a room's own check; it comes after the kernel's."""

    def keep(function: Callable[[], Check]) -> Callable[[], Check]:
        _more[name] = function
        return function

    return keep


def checks(*, full: bool = False) -> list[Check]:
    """Every check in a fixed order. One that breaks is a finding of its own and hides none of the others.

    `full` walks the whole trail instead of the newest entries: minutes on a large installation.
    """
    parts: list[tuple[str, Callable[[], Check]]] = [
        ("database", _database),
        ("calendar", _calendar),
        ("trail", lambda: _trail(full)),
        ("vault", _vault),
        ("outbox", _outbox),
        ("worker", _worker),
        ("disk", _disk),
        ("attachments", _attachments),
        *_more.items(),
    ]
    found = []
    with as_system("health of the whole installation"):
        for name, part in parts:
            try:
                found.append(part())
            except Exception as error:
                # A health check that dies tells nothing: whatever it is, it is this part's finding.
                logger.warning("health check %s failed", name, exc_info=True)
                hint = _("数据库恢复后再检查一次。") if isinstance(error, Error) else _("请查看日志。")
                found.append(Check(name, False, f"{type(error).__name__}: {error}"[:300], hint))
    return found


def healthy(results: list[Check]) -> bool:
    """No failure; there may be warnings."""
    return all(result.level != "failure" for result in results)


def _database() -> Check:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        detail = _("数据库可以连接，但有 %(count)d 个升级步骤没有执行。") % {"count": len(waiting)}
        return Check("database", False, detail, _("请执行 gonghui migrate。"))
    return Check("database", True, _("数据库可以连接，表结构是最新的（%(vendor)s）。") % {"vendor": connection.vendor})


def _calendar() -> Check:
    day = today()
    wanted = (day.month, day.day) >= NEXT_YEAR_WANTED
    years = [day.year, day.year + 1] if wanted else [day.year]
    days = calendar.default_calendar()
    missing = [year for year in years if not days.year_known(year)]
    if missing:
        detail = _("%(years)s 年的放假安排还不完整，工作日时限是估算的。") % {"years": "、".join(map(str, missing))}
        hint = _("国务院公布放假安排后，请在工作日历里录入，或升级 chinesecalendar。")
        early = day.year not in missing and (day.month, day.day) < NEXT_YEAR_NEEDED
        return Check("calendar", False, detail, hint, warning=early)
    return Check("calendar", True, _("%(years)s 年的工作日历完整。") % {"years": "、".join(map(str, years))})


def _trail(full: bool) -> Check:
    missing = trail.missing_guards()
    if missing:
        detail = _("留痕表缺少防改触发器：%(names)s") % {"names": "、".join(missing)}
        return Check(
            "trail", False, detail, _("有人改过表结构。请保留现场，用备份比对留痕，再按迁移 0003 重建触发器。")
        )
    report = trail.verify() if full else trail.verify(last=TRAIL_SAMPLE)
    if report.ok:
        return Check("trail", True, _("已核对 %(count)d 条留痕，散列链完整。") % {"count": report.checked})
    detail = _("留痕有 %(count)d 处问题：%(first)s") % {"count": len(report.problems), "first": report.problems[0]}
    return Check("trail", False, detail, _("请保留现场，执行 gonghui trail verify 查看全部，并与最近的备份比对。"))


def _vault() -> Check:
    """Decrypt what stands in the database already, oldest and newest rows, besides a fresh value."""
    if vault.decrypt(vault.encrypt("工会")) != "工会":
        return Check("vault", False, _("加密后解密的结果不一致。"), _("请检查 GONGHUI_VAULT_KEYS。"))
    try:
        seen = vault.sample(VAULT_SAMPLE)
    except vault.CannotDecrypt as error:
        hint = _("请把写入时使用的旧密钥加回 GONGHUI_VAULT_KEYS（放在新密钥后面），再执行 gonghui vault rotate。")
        return Check("vault", False, _("有个人信息无法解密：%(error)s") % {"error": error}, hint)
    return Check("vault", True, _("抽查 %(count)d 条加密的个人信息，都能解密。") % {"count": seen})


def _outbox() -> Check:
    waiting = OutboxMessage.objects.filter(status=OutboxMessage.Status.WAITING)
    late = waiting.filter(attempts=0, next_at__lt=now() - OUTBOX_LATE).count()
    dead = OutboxMessage.objects.filter(status=OutboxMessage.Status.DEAD).count()
    facts = {"waiting": waiting.count(), "late": late, "dead": dead}
    detail = _("待发 %(waiting)d 条，其中超过 15 分钟没有处理的 %(late)d 条；发送失败 %(dead)d 条。") % facts
    if late:
        return Check("outbox", False, detail, _("请确认 gonghui worker 正在运行。"))
    if dead:
        return Check("outbox", False, detail, _("请在工作台的“发送失败”页面查看原因，重发或取消。"))
    return Check("outbox", True, detail)


def _worker() -> Check:
    last = worker.last_beat()
    hint = _("请启动 gonghui worker：没有它，时限不会提醒，短信不会发出。")
    if last is None:
        return Check("worker", False, _("后台进程从未运行。"), hint)
    when = {"at": last.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")}
    if now() - last > WORKER_SILENT:
        return Check("worker", False, _("后台进程最后一次活动是 %(at)s。") % when, hint)
    return Check("worker", True, _("后台进程正在运行（%(at)s）。") % when)


def _existing(path: Path) -> Path:
    """The folder, or the nearest one above it that is there already."""
    while not path.exists():
        path = path.parent
    return path


def _disk() -> Check:
    low = []
    detail = ""
    for folder in dict.fromkeys([_existing(Path(settings.VAR_DIR)), _existing(Path(settings.MEDIA_ROOT))]):
        usage = shutil.disk_usage(folder)
        least = min(DISK_LEAST_BYTES, int(usage.total * DISK_LEAST_PART))
        detail = _("剩余磁盘空间 %(free).1f GB。") % {"free": usage.free / 1024**3}
        if usage.free < least:
            low.append(detail)
    if low:
        return Check("disk", False, low[0], _("请清理磁盘或扩容：空间用完后将无法受理新的诉求。"))
    return Check("disk", True, detail)


def _attachments() -> Check:
    folder = Path(settings.MEDIA_ROOT)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".check-") as file:
            file.write(b"ok")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        detail = _("附件目录不能写入：%(error)s") % {"error": error.strerror or error}
        return Check("attachments", False, detail, _("请检查 GONGHUI_FILES 目录的权限和磁盘空间。"))
    return Check("attachments", True, _("附件目录可以写入。"))
