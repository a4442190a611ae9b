"""一份申请只收一次: the key under which a worker's form is handed in, kept in the session, one for each service.

A form written without a network brings its own key (`static/js/drafts.js`), so that it is one application however often
the phone sends it; a form filled in page by page gets one when its last page is shown.
"""

from __future__ import annotations

import re
import secrets

from gonghui.people.http import Request
from gonghui.services import actions
from gonghui.services.actions import Handed
from gonghui.services.spec import Service

KEYS = "service_keys"
FORM = re.compile(r"[0-9A-Za-z-]{16,64}")


def remember(request: Request, service: Service, key: str) -> None:
    """The next application for this service is handed in under this key."""
    request.session[KEYS] = {**request.session.get(KEYS, {}), service.id: key}


def handed(request: Request, service: Service) -> Handed | None:
    """What was handed in under the session's key. Ask before reading the draft: both change in one transaction."""
    key = request.session.get(KEYS, {}).get(service.id, "")
    return actions.handed_in(request.actor, service, key) if key else None


def key_for(request: Request, service: Service, used: Handed | None) -> str:
    """The session's key, or a new one where it was `used`."""
    key = str(request.session.get(KEYS, {}).get(service.id, ""))
    if not key or used is not None:
        key = secrets.token_hex(12)
        remember(request, service, key)
    return key
