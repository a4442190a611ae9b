"""The numbers of signing in, read once from `sign_in.yaml`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from gonghui import yamls

_numbers: dict[str, dict[str, Any]] = yamls.read((Path(__file__).parent / "sign_in.yaml").read_text("utf-8"))

CODE_LIFETIME = timedelta(minutes=_numbers["code"]["minutes"])
CODE_TRIES = int(_numbers["code"]["tries"])
CODE_AGAIN = timedelta(seconds=_numbers["code"]["again_seconds"])
CODES_A_PHONE = int(_numbers["code"]["phone_per_hour"])
CODES_AN_ADDRESS = int(_numbers["code"]["address_per_hour"])
CODE_KEPT = timedelta(hours=_numbers["code"]["kept_hours"])
HALF_SIGNED_IN = timedelta(minutes=_numbers["staff"]["half_minutes"])
GUESSES_A_NAME = int(_numbers["staff"]["guesses_per_name"])
KNOWN_ADDRESS = timedelta(days=_numbers["staff"]["known_address_days"])
BACKUP_CODES = int(_numbers["staff"]["backup_codes"])
