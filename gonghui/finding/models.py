"""检索: what is found of what the rooms have put up. A copy, made anew from the rooms at any time."""

from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """条目. Its terms lie beside it: in `finding_words` (FTS5) on SQLite, in the column `terms` on PostgreSQL."""

    source = models.CharField(max_length=24)
    key = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    shown = models.CharField(max_length=200, blank=True, help_text="the first words of the text")
    shown_en = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=300)
    region = models.CharField(max_length=9, blank=True)
    until = models.DateField(null=True, blank=True)
    digest = models.CharField(max_length=32, help_text="of the item it was made from")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="found_once")]

    def __str__(self) -> str:
        return self.title


class Frequency(models.Model):
    """In how many entries a term stands, as of the last round: rare ones are searched first."""

    term = models.CharField(max_length=64, primary_key=True)
    entries = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.term} {self.entries}"
