"""So many times an hour from one line (`rates.line_of`)."""

from __future__ import annotations

from gonghui.kernel.rates import counted, line_of
from gonghui.people.actions.sessions import client_ip
from gonghui.people.http import Request

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def allowed(request: Request, what: str, rate: str) -> bool:
    """May this visitor's line do `what` once more? `rate` is like `20/h`; `0/h` means no limit."""
    number, _slash, unit = rate.partition("/")
    most = int(number)
    if most == 0:
        return True
    return counted(f"rate:{what}:{line_of(client_ip(request))}", SECONDS[unit or "h"]) <= most
