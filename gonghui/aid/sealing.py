"""A lottery's seed is made with the class, before anybody can sign up: nobody can choose another one later."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from gonghui.aid import lotteries
from gonghui.services.models import Offer


@receiver(post_save, sender=Offer, dispatch_uid="aid.seal")
def seal(sender: type[Offer], instance: Offer, created: bool, **kwargs: Any) -> None:
    if created and instance.service == lotteries.SERVICE:
        lotteries.seal(instance)
