"""Django's deployment check, with the settings of a production installation."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile

from cryptography.fernet import Fernet


def main() -> int:
    environment = {
        **os.environ,
        "GONGHUI_ENV": "production",
        "GONGHUI_VAR": tempfile.mkdtemp(prefix="gonghui-check-"),
        "GONGHUI_SECRET_KEY": secrets.token_urlsafe(64),
        "GONGHUI_VAULT_KEYS": Fernet.generate_key().decode(),
        "GONGHUI_VAULT_INDEX_KEY": secrets.token_urlsafe(32),
        "GONGHUI_HOSTS": "gonghui.example.org",
    }
    command = [sys.executable, "-m", "gonghui.manage", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.call(command, env=environment)


if __name__ == "__main__":
    sys.exit(main())
