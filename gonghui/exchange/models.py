"""目录交换 (catalogue exchange): our own keys and editions, the partners, and what they offer."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gonghui.exchange.document import Entry, Report
from gonghui.exchange.signing import fingerprint
from gonghui.kernel.fields import PathField
from gonghui.kernel.vault import EncryptedTextField


class SigningKey(models.Model):
    """签名密钥 of this installation (Ed25519). The private half stands here only while it signs.

    `statement` is what the key before it signed to introduce it, good until `statement_until`.
    """

    kid = models.CharField(max_length=43, unique=True, help_text="RFC 7638 thumbprint, SHA-256")
    public_jwk = models.JSONField()
    exchange_private_jwk = EncryptedTextField(blank=True)
    created_at = models.DateTimeField()
    signs = models.BooleanField(default=True)
    trusted_until = models.DateTimeField(null=True, blank=True, help_text="of one that signs no more: still published")
    statement = models.TextField(blank=True)
    statement_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["signs"], condition=Q(signs=True), name="one_key_signs"),
        ]

    def __str__(self) -> str:
        return fingerprint(self.kid)


class Edition(models.Model):
    """一期目录: a catalogue as it was published, signed. Served as it stands until the next one."""

    serial = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of what it lists: an edition is made when that changes")
    kid = models.CharField(max_length=43)
    token = models.TextField(help_text="compact JWS")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.serial)


class Partner(models.Model):
    """交换单位: another installation whose catalogue is shown here.

    `kid` is the key that is trusted, pinned by the fingerprint two people compared. `wanted` is what one person asked
    for and a second one has to confirm. `pending` is a verified catalogue that nobody has accepted yet.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("等待确认")
        ACTIVE = "active", _("正在交换")
        SUSPENDED = "suspended", _("已暂停")
        REMOVED = "removed", _("已移除")

    class Wanted(models.TextChoices):
        ACTIVE = "active", _("开始交换")
        SUSPENDED = "suspended", _("暂停")
        REMOVED = "removed", _("移除")

    issuer = models.CharField(max_length=200, unique=True, help_text="public address without a slash at its end")
    state = models.CharField(max_length=10, choices=State.choices)
    name = models.CharField(max_length=120, blank=True)
    name_en = models.CharField(max_length=200, blank=True)
    organisation = PathField(blank=True, help_text="code of the union; fixed with the first catalogue accepted")
    level = models.CharField(max_length=12, blank=True)
    region = models.CharField(max_length=6, blank=True)
    kid = models.CharField(max_length=43)
    jwk = models.JSONField(default=dict, blank=True)
    key_changed_at = models.DateTimeField(null=True, blank=True, help_text="when the pinned key vouched for this one")
    catalogue = models.CharField(max_length=300, blank=True, help_text="address of the catalogue, as it is announced")

    wanted = models.CharField(max_length=10, choices=Wanted.choices, blank=True)
    wanted_kid = models.CharField(max_length=43, blank=True, help_text="another key to be pinned")
    wanted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="partners_proposed"
    )
    wanted_name = models.CharField(max_length=60, blank=True)
    wanted_reason = models.CharField(max_length=300, blank=True)
    wanted_at = models.DateTimeField(null=True, blank=True)

    serial = models.BigIntegerField(default=0, help_text="of the newest catalogue accepted; never goes back")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of that catalogue's text")
    issued_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    pending = models.JSONField(null=True, blank=True)
    etag = models.CharField(max_length=128, blank=True)
    last_change = models.JSONField(default=dict, blank=True, help_text="names of what was new, changed and gone")

    checked_at = models.DateTimeField(null=True, blank=True, help_text="the last try")
    fetched_at = models.DateTimeField(null=True, blank=True, help_text="the last try that went well")
    next_at = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0, help_text="in a row")
    problem = models.CharField(max_length=24, blank=True)
    problem_detail = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    figures_day = models.DateField(null=True, blank=True, help_text="of the last figures that it took from us")
    figures_next_at = models.DateTimeField(null=True, blank=True)
    figures_problem = models.CharField(max_length=300, blank=True, help_text="why it did not take them")

    def __str__(self) -> str:
        return self.name or self.issuer

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.kid)

    @property
    def asked(self) -> str:
        """Names what waits for confirmation, so that nobody confirms another thing than they saw."""
        at = self.wanted_at.isoformat() if self.wanted_at else ""
        return f"{self.wanted} {self.wanted_kid or self.kid} {at}"

    @property
    def wanted_fingerprint(self) -> str:
        return fingerprint(self.wanted_kid) if self.wanted_kid else ""


class ForeignService(models.Model):
    """外来服务: a service of a partner, as its newest accepted catalogue has it. One applies there, never here."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="services")
    service_id = models.CharField(max_length=32)
    variant = models.CharField(max_length=9, blank=True, help_text="code of the place whose variant it is")
    place = models.PositiveIntegerField(help_text="in the partner's order")
    digest = models.CharField(max_length=64)
    data = models.JSONField(help_text="document.Entry")
    stems = models.CharField(max_length=4000, help_text="regions it serves, e.g. ,52,5301, ; `,,` for everywhere")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "service_id", "variant"], name="foreign_service_once")
        ]

    def __str__(self) -> str:
        return str(self.entry.name)

    @property
    def entry(self) -> Entry:
        return Entry.model_validate(self.data)


class PartnerFigures(models.Model):
    """每日统计 that a partner below told us (`document.Report`): counts, small ones left out."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="figures")
    day = models.DateField()
    issued_at = models.DateTimeField()
    received_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    data = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partner", "day"], name="partner_figures_once")]

    def __str__(self) -> str:
        return f"{self.partner} {self.day}"

    @property
    def report(self) -> Report:
        return Report.model_validate(self.data)
