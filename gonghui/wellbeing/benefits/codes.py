"""动态码: what a member shows at the shop. Signed, good for some minutes, kept nowhere.

The code is the claim's number and six digits that only this platform can make of it and the moment. A screenshot that
was passed on is worth nothing soon after.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime

from django.conf import settings
from django.utils.encoding import force_bytes

SECONDS = 300
DIGITS = 6
_TYPED = re.compile(r"(\d{1,12})-(\d{6})")


def _digits(claim_id: int, window: int) -> str:
    mac = hmac.new(force_bytes(settings.SECRET_KEY), f"coupon:{claim_id}:{window}".encode(), hashlib.sha256)
    return f"{int.from_bytes(mac.digest()[:8], 'big') % 10**DIGITS:0{DIGITS}d}"


def code_of(claim_id: int, at: datetime) -> str:
    """Good for five to ten minutes from then."""
    return f"{claim_id}-{_digits(claim_id, int(at.timestamp()) // SECONDS)}"


def read(text: str, at: datetime) -> int | None:
    """The claim whose code it is at that moment; None for any other text."""
    found = _TYPED.search(re.sub(r"[\s　]", "", text).replace("－", "-").replace("—", "-"))
    if found is None:
        return None
    claim_id, window = int(found[1]), int(at.timestamp()) // SECONDS
    good = [_digits(claim_id, one) for one in (window, window - 1)]
    # Both are compared, so that how long it takes tells nothing.
    fits = [hmac.compare_digest(one, found[2]) for one in good]
    return claim_id if any(fits) else None
