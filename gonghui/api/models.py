"""Keys of other programs, answers given to repeated requests, and web hooks."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from gonghui.kernel.fields import PathField
from gonghui.kernel.times import now
from gonghui.kernel.vault import EncryptedTextField


class ApiToken(models.Model):
    """接口密钥: what one program may do, for one organisation, until a day. Only a hash of the secret is kept."""

    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, unique=True)
    secret_hash = models.CharField(max_length=64)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    path = PathField(help_text="organisation it acts for")
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_valid(self) -> bool:
        """Not revoked, not past its day, and its account in use."""
        return self.revoked_at is None and self.expires_at >= now() and self.account.is_active


class IdempotencyRecord(models.Model):
    """The answer to a request that carried an Idempotency-Key, given again when the request is repeated."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="idempotency")
    key = models.CharField(max_length=120)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = EncryptedTextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="idempotency_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]

    def __str__(self) -> str:
        return self.key


class WebhookEndpoint(models.Model):
    """Where events are sent. It gets only events of matters that its organisation sees."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="webhooks")
    url = models.URLField(max_length=500)
    secret = EncryptedTextField()
    events = models.JSONField(default=list, help_text="event types or prefixes ending in *, empty: all")
    path = PathField()
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0, help_text="in a row")
    failing_since = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.url
