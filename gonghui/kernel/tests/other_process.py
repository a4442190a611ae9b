"""Run a piece of Python in a process of its own, on the database of the present test, to be killed without mercy."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

from django.conf import settings
from django.db import connection

BEGIN = """
import django, os, signal
django.setup()
from gonghui.kernel import adapters, outbox, trail, worker
from gonghui.kernel.models import Counter, OutboxMessage
from gonghui.kernel.scope import as_system

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def database_url() -> str:
    """The address of the database this test runs on."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    secret = f":{values['PASSWORD']}" if values["PASSWORD"] else ""
    host = f"{values['HOST'] or '127.0.0.1'}:{values['PORT'] or 5432}"
    return f"postgres://{values['USER']}{secret}@{host}/{values['NAME']}"


def start(code: str) -> subprocess.Popen[str]:
    """Start `code` after the usual imports; the caller waits for it or kills it."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "GONGHUI_ENV": "test",
        "GONGHUI_VAR": str(settings.VAR_DIR),
        "DJANGO_SETTINGS_MODULE": "gonghui.settings",
    }
    return subprocess.Popen(
        [sys.executable, "-c", BEGIN + textwrap.dedent(code)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(code: str) -> int:
    """Run `code` to its end and return its exit status; -9 when it was killed."""
    process = start(code)
    _out, error = process.communicate(timeout=60)
    assert process.returncode in (0, -9), error
    return process.returncode
