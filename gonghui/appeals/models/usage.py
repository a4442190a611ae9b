"""智脑用量: what each organisation's calls to models cost, and what is set aside for calls that are under way."""

from __future__ import annotations

from decimal import Decimal

from django.db import models

from gonghui.kernel.fields import PathField


class ModelCall(models.Model):
    """模型调用: one call and what came of it. Sums, no words: nobody's letter or answer is in it."""

    at = models.DateTimeField()
    day = models.DateField(help_text="Asia/Shanghai day: shares are by the day")
    path = PathField(help_text="organisation that pays")
    task = models.CharField(max_length=40)
    provider = models.CharField(max_length=60)
    model = models.CharField(max_length=120)
    prompt = models.CharField(max_length=60, blank=True)
    prompt_version = models.CharField(max_length=16, blank=True)
    tokens_in = models.PositiveBigIntegerField()
    tokens_out = models.PositiveBigIntegerField()
    # Whole numbers: sums of a share must not differ between databases in the last digit.
    microyuan = models.PositiveBigIntegerField(help_text="millionths of a yuan")
    outcome = models.CharField(max_length=40, help_text="ok, failed, or the check that the answer failed")

    class Meta:
        indexes = [
            models.Index(fields=["path", "day"], name="model_call_share"),
            models.Index(fields=["day", "path"], name="model_call_day"),
        ]

    def __str__(self) -> str:
        return f"{self.path} {self.provider}/{self.model} {self.outcome}"

    @property
    def yuan(self) -> Decimal:
        return Decimal(self.microyuan) / 1_000_000


class ModelPurse(models.Model):
    """额度锁: the row at which those who spend for one organisation queue up, on whatever machine they are."""

    path = PathField(unique=True)

    def __str__(self) -> str:
        return self.path


class ModelHold(models.Model):
    """额度预留: money set aside for a call under way; free again at `until` when its process is gone."""

    path = PathField()
    day = models.DateField()
    microyuan = models.PositiveBigIntegerField()
    until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["path", "day"], name="model_hold_share")]

    def __str__(self) -> str:
        return f"{self.path} {self.microyuan}"
