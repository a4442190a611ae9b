"""What the worker process does for single sign-on: forgetting."""

from __future__ import annotations

from datetime import timedelta

from gonghui.kernel.times import now
from gonghui.kernel.worker import duty
from gonghui.signon import keys
from gonghui.signon.models import AuthorizationCode, Token
from gonghui.signon.rules import numbers

BATCH = 1000


@duty("signon forgetting", every=timedelta(hours=1))
def forget() -> int:
    """Delete codes and tokens that have run out; for a while they are kept, so that a replay is recognised."""
    until = now() - timedelta(days=numbers()["codes_kept_days"])
    gone = 0
    for model in (AuthorizationCode, Token):
        old = list(model.objects.filter(expires_at__lt=until).order_by("pk").values_list("pk", flat=True)[:BATCH])
        model.objects.filter(pk__in=old).delete()
        gone += len(old)
    return gone + keys.forget_old()
