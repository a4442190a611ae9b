"""平台费用台账: the gateway's account as tables of the platform, so that a share holds over all its machines.

The brain is a library and knows no Django: it is handed this account where the gateway is made (`actions.assistant`).
Answers that are kept for a while stay in a file of each machine: they are no account, and a miss costs one more call.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum

from gonghui.appeals.models import ModelCall, ModelHold, ModelPurse
from gonghui.brain.gateway import LAPSE, Books, Reply, microyuan
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, today

_MICRO = Decimal(1_000_000)
_COLUMNS = ("task", "provider", "model", "prompt", "prompt_version", "tokens_in", "tokens_out", "microyuan", "outcome")


class PlatformLedger:
    """`gonghui.brain.gateway.Ledger`'s part, played by tables. `kept`: where answers are kept."""

    def __init__(self, kept: Books, lapse: float = LAPSE) -> None:
        self._kept, self.lapse = kept, lapse

    @contextmanager
    def _alone(self, path: str) -> Iterator[None]:
        """One at a time for an organisation, over all processes and machines.

        Durable: what is set aside must be seen by the others at once, and no lock may last as long as a model thinks.
        """
        with as_system("the account of the models is the platform's own"), transaction.atomic(durable=True):
            ModelPurse.objects.bulk_create([ModelPurse(path=path)], ignore_conflicts=True)
            # On SQLite the transaction itself is the lock (it begins IMMEDIATE).
            ModelPurse.objects.select_for_update().get(path=path)
            yield

    def hold(self, organisation: str, most: Decimal, share: Decimal) -> int | None:
        """Set aside `most` yuan of the day's share; None when it does not fit. Free calls always fit, as 0."""
        if most <= 0:
            return 0
        at, day, asked = now(), today(), microyuan(most)
        with self._alone(organisation):
            # Only this organisation's: two that clear away each other's could wait for each other.
            ModelHold.objects.filter(path=organisation, until__lte=at).delete()
            used = sum(
                table.objects.filter(path=organisation, day=day).aggregate(used=Sum("microyuan"))["used"] or 0
                for table in (ModelCall, ModelHold)
            )
            if used + asked > int(share * _MICRO):
                return None
            until = at + timedelta(seconds=self.lapse)
            return ModelHold.objects.create(path=organisation, day=day, microyuan=asked, until=until).pk

    def settle(self, held: int, organisation: str, task: str, reply: Reply, outcome: str = "ok") -> None:
        """Put what was really spent in the place of what was held, with what came of the call."""
        call = ModelCall(
            at=now(),
            day=today(),
            path=organisation,
            # Names come from a file: one that is too long must not lose what was paid.
            task=task[:40],
            provider=reply.provider[:60],
            model=reply.model[:120],
            prompt=reply.prompt[:60],
            prompt_version=reply.prompt_version,
            tokens_in=reply.usage.prompt,
            tokens_out=reply.usage.completion,
            microyuan=microyuan(reply.cost),
            outcome=outcome[:40],
        )
        if not held and not call.microyuan:
            with as_system("the account of the models is the platform's own"):
                call.save()
            return
        with self._alone(organisation):
            ModelHold.objects.filter(pk=held).delete()
            call.save()

    def release(self, held: int) -> None:
        """Give back what was held for a call that was not made."""
        if held:
            with as_system("the account of the models is the platform's own"):
                ModelHold.objects.filter(pk=held).delete()

    def spent(self, organisation: str) -> Decimal:
        """Yuan spent today."""
        with as_system("the account of the models is the platform's own"):
            found = ModelCall.objects.filter(path=organisation, day=today()).aggregate(spent=Sum("microyuan"))
        return Decimal(found["spent"] or 0) / _MICRO

    def rows(self, organisation: str) -> list[dict[str, Any]]:
        """The account of an organisation, oldest first."""
        with as_system("the account of the models is the platform's own"):
            calls = list(ModelCall.objects.filter(path=organisation).order_by("at", "pk"))
        return [
            {
                "at": call.at.isoformat(),
                "day": call.day.isoformat(),
                "organisation": call.path,
                **{name: getattr(call, name) for name in _COLUMNS},
            }
            for call in calls
        ]

    def keep(self, key: str, reply: Reply, seconds: float) -> None:
        """Keep an answer for a while, on this machine."""
        self._kept.keep(key, reply, seconds)

    def kept(self, key: str) -> Reply | None:
        """An answer that is still good."""
        return self._kept.kept(key)
