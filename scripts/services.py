"""The servers that tests need: those the environment names, those already running, or our own from Debian's packages.

`GONGHUI_TEST_POSTGRES_URL` and `GONGHUI_TEST_AMQP_URL` name running servers. `GONGHUI_TEST_PRIVATE_SERVICES=1` starts
our own in any case.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pika
import psycopg

TEST_ROLE = "gonghui_test"
# Not /usr/sbin/rabbitmq-server: that wrapper writes into the logs of the machine's own server.
BROKER_PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


def as_root(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command as root, with sudo where we are not."""
    prefix = [] if os.getuid() == 0 else ["sudo", "-n"]
    return subprocess.run([*prefix, *command], check=True, text=True, **options)  # type: ignore[call-overload]


def install(*packages: str) -> None:
    """Install Debian packages, or say what to install by hand."""
    print(f"installing {' '.join(packages)} …", flush=True)
    quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    try:
        as_root(["apt-get", "update", "-qq"], **quiet)
        as_root(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], **quiet)
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        raise SystemExit(f"Could not install; as root: apt-get install {' '.join(packages)}") from error


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def private_wanted() -> bool:
    return os.environ.get("GONGHUI_TEST_PRIVATE_SERVICES") == "1"


def postgres_bin() -> Path:
    """Where initdb and pg_ctl are, of the newest version; installed when there is none."""

    def newest() -> list[Path]:
        found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
        return sorted(found, key=lambda path: int(path.parts[4]))

    if not newest():
        install("postgresql")
    return newest()[-1].parent


def postgres_user() -> str:
    """The server refuses to run as root: use the package's own user then."""
    return "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name


class PrivatePostgres:
    """A throw-away cluster in a folder of its own, on a free port of 127.0.0.1, trusting local connections."""

    def __init__(self) -> None:
        self.bin = postgres_bin()
        self.user = postgres_user()
        self.folder = Path(tempfile.mkdtemp(prefix="gonghui-pg-"))
        self.port = free_port()
        if os.getuid() == 0:
            shutil.chown(self.folder, self.user)
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.bin / program), *arguments]
        if os.getuid() == 0:
            command = ["runuser", "-u", self.user, "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder)

    def start(self) -> None:
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.folder,
            "max_connections": 60,
        }
        options = f"-p {self.port} " + " ".join(f"-c {name}={value}" for name, value in settings.items())
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-l", log, "-w", "-t", "60", "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")

    def restart(self, mode: str = "fast") -> None:
        """Stop and start; `immediate` is as if the machine had lost power."""
        self.stop(mode)
        self.start()

    def kill(self) -> None:
        """SIGKILL to the server and all its processes, as when memory runs out; `start` recovers from the log."""
        main = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(main)], capture_output=True, text=True, check=False)
        family = [main, *map(int, listed.stdout.split())]
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while any(Path(f"/proc/{pid}").exists() for pid in family) and time.monotonic() < deadline:
            time.sleep(0.05)

    def remove(self) -> None:
        with suppress(subprocess.CalledProcessError):
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def admin_url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url.replace("postgres://", "postgresql://"), connect_timeout=3):
            return True
    except psycopg.Error:
        return False


def with_test_role(admin_url: str) -> str:
    """The same server, as a role that is no superuser: row-level security holds for it as in production."""
    with psycopg.connect(admin_url.replace("postgres://", "postgresql://"), autocommit=True) as connection:
        row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
        if row and not row[0]:
            return admin_url
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [TEST_ROLE]).fetchone():
            connection.execute(f"CREATE ROLE {TEST_ROLE} LOGIN CREATEDB CREATEROLE NOSUPERUSER")
        host = connection.info.host, connection.info.port
    return f"postgres://{TEST_ROLE}@{host[0]}:{host[1]}/postgres"


@contextmanager
def postgres() -> Iterator[str]:
    """A database URL whose role may create databases."""
    named = os.environ.get("GONGHUI_TEST_POSTGRES_URL", "")
    standard = "postgres://postgres@127.0.0.1:5432/postgres"
    if named and not private_wanted():
        yield with_test_role(named)
        return
    if not private_wanted() and answers(standard):
        yield with_test_role(standard)
        return
    server = PrivatePostgres()
    try:
        server.start()
        yield with_test_role(server.admin_url)
    finally:
        server.remove()


def broker_answers(url: str) -> bool:
    try:
        parameters = pika.URLParameters(url)
        parameters.socket_timeout = parameters.blocked_connection_timeout = 3
        pika.BlockingConnection(parameters).close()
    except Exception:
        return False
    return True


@contextmanager
def broker() -> Iterator[str]:
    """The URL of a RabbitMQ server."""
    named = os.environ.get("GONGHUI_TEST_AMQP_URL", "")
    standard = "amqp://guest:guest@127.0.0.1:5672/"
    if named and not private_wanted():
        yield named
        return
    if not private_wanted() and broker_answers(standard):
        yield standard
        return
    if not BROKER_PROGRAM.exists():
        install("rabbitmq-server")
        # Debian starts what it installs.
        if not private_wanted() and broker_answers(standard):
            yield standard
            return
    with _private_broker() as url:
        yield url


@contextmanager
def _private_broker() -> Iterator[str]:
    server = PrivateBroker()
    try:
        server.start()
        yield server.url
    finally:
        server.remove()


class PrivateBroker:
    """A node with files, ports and port mapper (epmd) of its own: nothing of the machine's configuration is read."""

    def __init__(self) -> None:
        if not BROKER_PROGRAM.exists():
            install("rabbitmq-server")
        self.folder = Path(tempfile.mkdtemp(prefix="gonghui-mq-"))
        self.port, distribution, self.mapper = free_port(), free_port(), free_port()
        (self.folder / "rabbitmq.conf").write_text(f"listeners.tcp.default = 127.0.0.1:{self.port}\n")
        (self.folder / "env.conf").write_text("")
        (self.folder / "plugins").write_text("[].\n")
        self.environment = {
            "HOME": str(self.folder),
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self.mapper),
            "RABBITMQ_NODENAME": f"gonghui-{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
        }
        self.command = [str(BROKER_PROGRAM)]
        if os.getuid() == 0:
            for path in (self.folder, *self.folder.iterdir()):
                shutil.chown(path, "rabbitmq")
            self.command = ["runuser", "-u", "rabbitmq", "--", *self.command]
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}/"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start (again) with what is in the folder; returns when it answers."""
        with (self.folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                self.command,
                env=self.environment,
                cwd=self.folder,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + 90
        while not broker_answers(self.url):
            if time.monotonic() > deadline or self._process.poll() is not None:
                said = (self.folder / "output").read_text(errors="replace")[-2000:]
                raise SystemExit(f"our own RabbitMQ did not start (GONGHUI_TEST_AMQP_URL may name another):\n{said}")
            time.sleep(0.5)

    def kill(self) -> None:
        """SIGKILL, as when memory runs out: what was confirmed must be there after the next start."""
        self._end(signal.SIGKILL)

    def _end(self, *numbers: signal.Signals) -> None:
        if self._process is None:
            return
        for number in numbers:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(20)
                break
        self._process = None

    def remove(self) -> None:
        self._end(signal.SIGTERM, signal.SIGKILL)
        subprocess.run(["epmd", "-port", str(self.mapper), "-kill"], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def chromium() -> str:
    """Where Chromium is; Debian's package (with Chinese fonts) is installed when there is none."""
    named = os.environ.get("GONGHUI_CHROMIUM", "")
    for path in (named, *CHROMIUM):
        if path and Path(path).exists():
            return path
    install("chromium", "fonts-noto-cjk")
    return CHROMIUM[0]


@contextmanager
def migrated(url: str) -> Iterator[dict[str, str]]:
    """The environment variable that names a migrated database, for tests on that PostgreSQL database to begin with a
    copy of; it stands meanwhile. Nothing for SQLite (no URL): its file the tests make and keep themselves."""
    if not url:
        yield {}
        return
    server, _slash, name = f"{url}_template".rpartition("/")
    with psycopg.connect(f"{server}/postgres".replace("postgres://", "postgresql://"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            subprocess.run(
                [sys.executable, "-m", "gonghui.manage", "migrate", "-v0"],
                env={**os.environ, "GONGHUI_ENV": "development", "DATABASE_URL": f"{server}/{name}"},
                check=True,
            )
            yield {"GONGHUI_TEST_TEMPLATE": name}
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def everything() -> Iterator[dict[str, str]]:
    """Environment variables that name all servers for the tests."""
    with ExitStack() as stack:
        yield {
            "GONGHUI_TEST_POSTGRES_URL": stack.enter_context(postgres()),
            "GONGHUI_TEST_AMQP_URL": stack.enter_context(broker()),
            "GONGHUI_CHROMIUM": chromium(),
        }
