"""The worker's rounds for the exchange: our own edition is kept fresh, partners are asked one after the other, those
above us are told our figures once a day."""

from __future__ import annotations

import logging
from datetime import timedelta

from gonghui.exchange import publishing, reporting, taking
from gonghui.exchange.models import Partner
from gonghui.exchange.rules import rules
from gonghui.kernel.times import now
from gonghui.kernel.worker import duty

logger = logging.getLogger(__name__)


@duty("exchange edition", every=timedelta(minutes=1), alone=True)
def keep_edition() -> int:
    publishing.publish()
    # One round is enough: returning 0 waits for the next one.
    return 0


@duty("exchange partners", every=timedelta(seconds=30), alone=True)
def visit_partners() -> int:
    """One partner a round: a slow one must not keep the other duties waiting for all of them."""
    taking.drop_expired()
    for partner in taking.due()[:1]:
        try:
            taking.visit(partner)
        except Exception:
            # Whatever it is, the others come to their turn.
            logger.exception("the catalogue of %s could not be taken in", partner.issuer)
            later = now() + timedelta(minutes=rules().fetch.retry_minutes)
            Partner.objects.filter(pk=partner.pk).update(next_at=later)
        return 1
    return 0


@duty("exchange figures", every=timedelta(minutes=5), alone=True)
def tell_figures() -> int:
    """每日统计: one partner a round."""
    for partner in reporting.due()[:1]:
        try:
            reporting.send(partner)
        except Exception:
            logger.exception("the figures for %s could not be told", partner.issuer)
            later = now() + timedelta(minutes=rules().figures.retry_minutes)
            Partner.objects.filter(pk=partner.pk).update(figures_next_at=later)
    return 0
