"""What every sub-command needs: Django made ready, and mistakes said in one sentence.

Exit codes: 0 done; 1 done, but something is not as it should be (a failed check, refused rows); 2 asked wrongly;
3 the surroundings do not let it (database, disk, port); 70 a fault of ours; 130 interrupted.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn

import typer


class Language(StrEnum):
    """The language of an answer."""

    ZH = "zh"
    EN = "en"


LANG = "回答的语言 / language of the answer"
SHOWN = 50
WRONG, UNSATISFIED, SURROUNDINGS, FAULT, INTERRUPTED = 2, 1, 3, 70, 130


def setup(*, reads_only_files: bool = False) -> None:
    """Make Django ready. A wrong or missing setting is said in one sentence, without a traceback.

    `reads_only_files`: the command touches neither database nor secrets, so it needs no production settings.
    """
    if reads_only_files:
        os.environ.setdefault("GONGHUI_ENV", "development")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gonghui.settings")
    import django
    from django.core.exceptions import ImproperlyConfigured

    from gonghui.kernel.errors import FlowError

    try:
        django.setup()
    except ImproperlyConfigured as error:
        fail(str(error))
    except FlowError as error:
        fail(f"流程文件有误 / a flow file is wrong: {error}")
    if reads_only_files:
        from gonghui.law import published

        published.use(None)


def need_database() -> None:
    """End with a sentence unless the database answers and has the tables of this version."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    connection.close()
    if waiting:
        fail("数据库还没有建好或需要升级，请先执行 gonghui migrate / run `gonghui migrate` first.", SURROUNDINGS)


@contextmanager
def ready() -> Iterator[None]:
    """Django and its database made ready, and everything in sight: what is imported inside may be a model."""
    setup()
    need_database()
    from gonghui.kernel.scope import as_system

    with as_system("command line"):
        yield


def show_rejected(rows: list[tuple[int, str]]) -> None:
    """Print for a person which rows of a file were refused, and why."""
    for row, reason in rows[:SHOWN]:
        typer.secho(f"  第 {row} 行 / row {row}: {reason}", fg="yellow")
    if len(rows) > SHOWN:
        typer.echo(f"  …… 另有 {len(rows) - SHOWN} 行，用 --json 查看全部 / more rows: use --json")


def bring_in(path: Path, take: Callable[[], Any], as_json: bool, show: Callable[[Any], None]) -> None:
    """Bring in a file of rows, all or nothing: `take` gives the report, `show` prints it for a person.

    Exit code 1 when rows were refused.
    """
    from gonghui.kernel.scope import as_system
    from gonghui.kernel.sheets import ImportFileError

    if not path.is_file():
        fail(f"没有这个文件 / no such file: {path}")
    need_database()
    try:
        with as_system("command line"):
            report = take()
    except ImportFileError as error:
        fail(str(error))
    if as_json:
        typer.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=2))
    else:
        show(report)
    if report.rejected:
        raise typer.Exit(UNSATISFIED)


def fail(message: str, code: int = WRONG) -> NoReturn:
    """Say what is wrong and end."""
    typer.secho(message, fg="red", err=True)
    raise typer.Exit(code)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Say what can go wrong around us in one sentence; a fault of ours too, with its traceback only when asked for."""
    try:
        yield
    except (typer.Exit, typer.Abort, SystemExit):
        raise
    except KeyboardInterrupt:
        typer.secho("\n已中断 / interrupted", err=True)
        sys.exit(INTERRUPTED)
    except Exception as error:
        message, code = _explained(error)
        if os.environ.get("GONGHUI_TRACEBACK"):
            raise
        typer.secho(message, fg="red", err=True)
        sys.exit(code)


def _explained(error: Exception) -> tuple[str, int]:
    from django.db import Error as DatabaseError

    from gonghui.kernel.errors import KernelError

    first = next(iter(str(error).strip().splitlines()), type(error).__name__)
    if isinstance(error, KernelError):
        return "；".join(error.texts), WRONG
    if isinstance(error, DatabaseError):
        hint = "请检查 DATABASE_URL；第一次使用请先执行 gonghui migrate / check DATABASE_URL, or run `gonghui migrate`."
        return f"数据库不能用 / the database cannot be used: {first}\n{hint}", SURROUNDINGS
    if isinstance(error, OSError):
        return f"系统不允许 / the system refuses: {first}", SURROUNDINGS
    hint = "用 GONGHUI_TRACEBACK=1 再执行一次可看到细节 / set GONGHUI_TRACEBACK=1 to see where."
    return f"程序出错 / a fault of ours: {type(error).__name__}: {first}\n{hint}", FAULT
