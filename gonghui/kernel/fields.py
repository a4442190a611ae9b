"""Model fields whose behaviour differs by database."""

from __future__ import annotations

from typing import Any

from django.db import models


class PathField(models.CharField):
    """A materialised path such as `cn.52.5201.520102`, compared byte by byte.

    PostgreSQL's default collation may order punctuation oddly and then cannot serve a prefix from a plain index;
    "C" can. SQLite compares bytes anyway and does not know that collation.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 120)
        super().__init__(*args, **kwargs)

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters
