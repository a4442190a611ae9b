"""Run the platform: web, worker, or both with demonstration data."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from gonghui.commands.support import SURROUNDINGS, UNSATISFIED, fail, need_database, setup

Host = Annotated[str, typer.Option(help="监听地址 / address to listen on")]
STOP_SECONDS = 25.0
Port = Annotated[int, typer.Option(help="端口 / port", min=1, max=65535)]


def register(app: typer.Typer) -> None:
    @app.command(help="启动网站 / serve the web (gunicorn).")
    def serve(
        host: Host = "127.0.0.1",
        port: Port = 8000,
        workers: Annotated[int, typer.Option(help="进程数 / processes; 1 on SQLite", min=1)] = 1,
        threads: Annotated[int, typer.Option(help="每进程线程数 / threads a process", min=1)] = 8,
    ) -> None:
        setup()
        serve_web(host, port, workers, threads)

    @app.command(help="启动后台：时限、发件、研判 / clocks, outbox, understanding.")
    def worker(once: Annotated[bool, typer.Option(help="做完到期的就退出 / do what is due and end")] = False) -> None:
        setup()
        need_database()
        from gonghui.kernel.worker import run as run_worker

        run_worker(once=once)

    @app.command(help="建库或升级，写入全国工会组织 / create or upgrade the database.")
    def migrate(
        app_role: Annotated[
            str, typer.Option(help="PostgreSQL 应用角色 / role that web and worker connect as; gets its rights here")
        ] = "",
    ) -> None:
        setup()
        migrate_database(app_role)

    @app.command(help="建库并载入演示数据 / database with demonstration data.")
    def demo() -> None:
        os.environ.setdefault("GONGHUI_ENV", "development")
        setup()
        load_demonstration()

    @app.command(help="演示：建库、数据、网站、后台 / the demonstration, all in one.")
    def run(host: Host = "127.0.0.1", port: Port = 8000) -> None:
        os.environ.setdefault("GONGHUI_ENV", "development")
        os.environ.setdefault("GONGHUI_PUBLIC_URL", f"http://{host}:{port}")
        # A worker's sign-in code has to be seen by whoever tries the demonstration.
        os.environ.setdefault("GONGHUI_SMS_ADAPTER", "console")
        setup()
        run_all(host, port)


def serve_web(host: str, port: int, workers: int, threads: int) -> None:
    """gunicorn with threads. Several processes only where the database takes several writers."""
    from django.conf import settings
    from gunicorn.app.base import BaseApplication

    if workers > 1 and settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        fail("SQLite 只能一个进程，请用 --workers 1 或改用 PostgreSQL / SQLite takes one web process; use PostgreSQL.")

    need_port(host, port)
    need_database()
    # Empty while developing: files then come from where they lie, and nobody need be warned of it.
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)

    class Server(BaseApplication):
        def load_config(self) -> None:
            options: dict[str, Any] = {
                "bind": f"{host}:{port}",
                "workers": workers,
                "threads": threads,
                "worker_class": "gthread",
                "timeout": 60,
                "graceful_timeout": 20,
                "keepalive": 15,
                "limit_request_line": 8190,
                "accesslog": os.environ.get("GONGHUI_ACCESS_LOG"),
                "loglevel": "info" if settings.PRODUCTION else "warning",
                "control_socket_disable": True,
            }
            for name, value in options.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            from gonghui.wsgi import application

            return application

    Server().run()


def need_port(host: str, port: int) -> None:
    """End with a sentence when somebody else listens there already (the server itself would try for a while)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            fail(f"不能监听 {host}:{port} / cannot listen there: {error.strerror}", SURROUNDINGS)


def migrate_database(app_role: str = "") -> None:
    from django.core.management import call_command
    from django.db import connection

    from gonghui.kernel import rls
    from gonghui.kernel.scope import as_system
    from gonghui.organisations import actions as organisations

    with as_system("command line"):
        call_command("migrate", interactive=False, verbosity=1)
        if app_role:
            if connection.vendor != "postgresql":
                fail("--app-role 只用于 PostgreSQL / is for PostgreSQL only.")
            with connection.cursor() as cursor:
                for statement in rls.app_role_sql(app_role, str(connection.settings_dict["NAME"])):
                    cursor.execute(statement)
        organisations.seed()


def load_demonstration() -> None:
    """Database, organisations, accounts and cases. Safe to repeat: what is there stays."""
    from django.conf import settings
    from django.db import connection

    from gonghui.aid import demo as aid
    from gonghui.appeals import demo as appeals
    from gonghui.content import demo as content
    from gonghui.craft import demo as craft
    from gonghui.desk import demo as points
    from gonghui.dues import demo as dues
    from gonghui.founding import demo as founding
    from gonghui.jobs import demo as jobs
    from gonghui.kernel.scope import as_system
    from gonghui.knowledge import demo as knowledge
    from gonghui.learning import demo as learning
    from gonghui.legal import demo as legal
    from gonghui.organisations import actions as organisations
    from gonghui.people import actions as people
    from gonghui.resolution import demo as letters
    from gonghui.services import demo as services
    from gonghui.services import demo_members as members
    from gonghui.venues import demo as venues
    from gonghui.voice import demo as voice
    from gonghui.wellbeing import demo as wellbeing

    if settings.PRODUCTION:
        fail("演示数据不能载入正式环境 / demonstration data is not for production (GONGHUI_ENV=development).")
    migrate_database()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            # Three thousand commits: not each needs to outlive a power cut, for the demonstration can be loaded again.
            cursor.execute("PRAGMA synchronous=NORMAL")
    with as_system("demonstration data"):
        organisations.seed_demo()
        accounts = people.seed_demo()
        typer.echo("正在载入演示事项…… / loading demonstration cases…")
        report = appeals.load_demo()
        knowledge.load_demo()
        legal.load_demo()
        services.load_demo()
        members.load_demo()
        aid.load_demo()
        venues.load_demo()
        points.load_demo()
        wellbeing.load_demo()
        learning.load_demo()
        voice.load_demo()
        craft.load_demo()
        jobs.load_demo()
        content.load_demo()
        founding.load_demo()
        dues.load_demo()
        written = letters.load_demo()
        deliver_to_files()
    typer.echo(f"演示事项 / demonstration cases: {report}")
    typer.echo(f"演示监督文书 / demonstration letters: {written}")
    show_accounts(accounts)


def deliver_to_files() -> None:
    """Send what the demonstration's own past has left to send: to files, so that only what somebody asks for now (a
    sign-in code) is printed on the screen."""
    from django.conf import settings

    from gonghui.kernel import worker

    adapters = settings.OUTBOX_ADAPTERS
    settings.OUTBOX_ADAPTERS = dict.fromkeys(adapters, "file")
    try:
        worker.run_once()
    finally:
        settings.OUTBOX_ADAPTERS = adapters


def show_accounts(accounts: Any) -> None:
    """Print who may sign in to the demonstration."""
    from rich.console import Console
    from rich.table import Table

    table = Table("用户名 / user", "密码 / password", "岗位 / role", "单位 / organisation", title="演示账号 / accounts")
    for account in accounts:
        table.add_row(account.username, account.password, account.role, account.organisation)
    Console().print(table)


def run_all(host: str, port: int) -> None:
    """Demonstration data, then web and worker as children; both end together, whichever ends first or is told to."""
    need_port(host, port)
    load_demonstration()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Ctrl-C too: a shell that starts a command in the background lets it ignore that one.
        signal.signal(number, _as_interrupt)
    command = [sys.executable, "-m", "gonghui.cli"]
    children: list[subprocess.Popen[bytes]] = []
    ended: subprocess.Popen[bytes] | None = None
    try:
        for arguments in (["serve", "--host", host, "--port", str(port)], ["worker"]):
            children.append(subprocess.Popen([*command, *arguments]))  # noqa: S603
        typer.secho(f"\n工会平台已启动 / serving at http://{host}:{port}/   (Ctrl-C 停止 / to stop)\n", fg="green")
        while ended is None:
            time.sleep(0.3)
            ended = next((child for child in children if child.poll() is not None), None)
    except KeyboardInterrupt:
        typer.echo("正在停止…… / stopping…")
    finally:
        _stop(children)
    if ended is not None:
        fail("网站或后台意外退出，请看上面的错误 / web or worker ended unexpectedly; see above.", UNSATISFIED)


def _as_interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    """End the children gracefully, and by force only what does not follow. A second Ctrl-C cannot leave one behind."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    for child in children:
        if child.poll() is None:
            child.terminate()
    until = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.wait(timeout=max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
