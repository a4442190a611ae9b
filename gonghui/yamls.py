"""Reading YAML, for every room alike: a process reads some hundred such files at its start."""

from __future__ import annotations

from typing import Any

import yaml

# The C reader is ten times quicker than the one in Python; both are safe (plain data only).
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(text: str | bytes) -> Any:
    """Plain data of a YAML text. yaml.YAMLError for what is none."""
    return yaml.load(text, Loader=LOADER)  # noqa: S506 - a safe loader
