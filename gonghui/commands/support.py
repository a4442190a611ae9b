"""What every sub-command needs: Django made ready, and mistakes said in one sentence."""

from __future__ import annotations

import os
from typing import NoReturn

import typer


def setup() -> None:
    """Make Django ready. A wrong or missing setting is said in one sentence, without a traceback."""
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


def fail(message: str, code: int = 2) -> NoReturn:
    """Say what is wrong and end."""
    typer.secho(message, fg="red", err=True)
    raise typer.Exit(code)
