"""Django's deployment check with the settings of a production installation, and its static files collected.

Collecting names every file by its content and follows the references between them: what is missing shows here, not when
the first page is asked for.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile

from cryptography.fernet import Fernet


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="gonghui-check-") as folder:
        return check(folder)


def check(folder: str) -> int:
    environment = {
        **os.environ,
        "GONGHUI_ENV": "production",
        "GONGHUI_VAR": folder,
        "GONGHUI_SECRET_KEY": secrets.token_urlsafe(64),
        "GONGHUI_VAULT_KEYS": Fernet.generate_key().decode(),
        "GONGHUI_VAULT_INDEX_KEY": secrets.token_urlsafe(32),
        "GONGHUI_HOSTS": "gonghui.example.org",
    }
    manage = [sys.executable, "-m", "gonghui.manage"]
    status = subprocess.call([*manage, "check", "--deploy", "--fail-level", "WARNING"], env=environment)
    return status or subprocess.call([*manage, "collectstatic", "--noinput"], env=environment)


if __name__ == "__main__":
    sys.exit(main())
