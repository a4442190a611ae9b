"""Tables of 单点登录: our keys, the apps that sign people in with us, and the parties whom we let sign people in."""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Any

from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin
from authlib.oidc.core import AuthorizationCodeMixin
from django.conf import settings
from django.db import models
from django.db.models import Q

from gonghui.kernel.times import now
from gonghui.kernel.vault import EncryptedTextField, hash_of_secret

ACCOUNT = settings.AUTH_USER_MODEL
TOKEN_ENDPOINTS = ("client_secret_basic", "client_secret_post")


class Accounts(models.TextChoices):
    """Whose accounts: nobody signs in as a worker at the desk, or as staff at the worker's front."""

    WORKER = "worker", "职工"
    STAFF = "staff", "工作人员"


class SigningKey(models.Model):
    """签名密钥: an RSA key that signs what we say of who signed in. One signs; the one before it is still published."""

    kid = models.CharField(max_length=43, unique=True)
    private_jwk = EncryptedTextField()
    public_jwk = models.JSONField()
    current = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)
    published_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["current"], condition=Q(current=True), name="signon_one_key_signs")
        ]

    def __str__(self) -> str:
        return self.kid


class Client(models.Model, ClientMixin):
    """接入应用: a company's app, or another platform, whose users sign in with us. Of its secret a hash is kept."""

    client_id = models.CharField(max_length=40, unique=True)
    name = models.CharField("应用名称", max_length=60)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="apps")
    secret_hash = models.CharField(max_length=64)
    accounts = models.CharField(max_length=8, choices=Accounts.choices, default=Accounts.WORKER)
    redirect_uris = models.JSONField(default=list, help_text="whole addresses, compared letter by letter")
    goodbye_uris = models.JSONField(default=list, help_text="where to go after signing out")
    scopes = models.JSONField(default=list)
    token = models.OneToOneField(
        "api.ApiToken", null=True, blank=True, on_delete=models.SET_NULL, related_name="signon_app",
        help_text="manages its web hooks",
    )  # fmt: skip
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str | None:
        """None: every request names its return address (OpenID Connect Core 1.0, 3.1.2.1)."""
        return None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """What it asks for as far as it may have it; None without `openid`."""
        asked = (scope or "").split()
        return " ".join(name for name in asked if name in self.scopes) if "openid" in asked else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(self.secret_hash, hash_of_secret(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in TOKEN_ENDPOINTS

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in ("authorization_code", "refresh_token")


class Grant(models.Model):
    """授权: what one person lets one app be told. `subject` is the person to this app, and to no other (pairwise)."""

    account = models.ForeignKey(ACCOUNT, on_delete=models.CASCADE, related_name="signon_grants")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="grants")
    subject = models.CharField(max_length=43, unique=True)
    scopes = models.JSONField(default=list)
    asked = models.JSONField(default=list, help_text="what the person has decided about, granted or not")
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "client"], name="signon_grant_once")]

    def __str__(self) -> str:
        return f"grant {self.pk}"

    @property
    def stands(self) -> bool:
        return self.withdrawn_at is None


class AuthorizationCode(models.Model, AuthorizationCodeMixin):
    """授权码: exchanged once for tokens. `family` names all tokens that come from it."""

    code_hash = models.CharField(max_length=64, unique=True)
    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="codes")
    redirect_uri = models.CharField(max_length=300)
    scopes = models.JSONField(default=list)
    nonce = models.CharField(max_length=200, blank=True)
    code_challenge = models.CharField(max_length=128)
    code_challenge_method = models.CharField(max_length=8)
    auth_time = models.BigIntegerField()
    family = models.CharField(max_length=32)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="signon_code_age")]

    def __str__(self) -> str:
        return f"code {self.pk}"

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self.scopes)

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.auth_time

    def get_acr(self) -> str | None:
        return None

    def get_amr(self) -> list[str] | None:
        return None


class Token(models.Model, TokenMixin):
    """令牌: an access or a refresh token of an app. A refresh token serves once; the next one is of its family."""

    class Kind(models.TextChoices):
        ACCESS = "access", "access"
        REFRESH = "refresh", "refresh"

    token_hash = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="tokens")
    scopes = models.JSONField(default=list)
    family = models.CharField(max_length=32, db_index=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="signon_token_age")]

    def __str__(self) -> str:
        return f"{self.kind} token {self.pk}"

    def check_client(self, client: Client) -> bool:
        return self.grant.client_id == client.pk

    def get_scope(self) -> str:
        return " ".join(self.scopes)

    def get_expires_in(self) -> int:
        left: timedelta = self.expires_at - self.created_at
        return int(left.total_seconds())

    def is_expired(self) -> bool:
        return self.expires_at <= now()

    def is_revoked(self) -> bool:
        """Also when the person, the app or the consent behind it is gone."""
        grant = self.grant
        return self.revoked_at is not None or not (grant.stands and grant.client.active and grant.account.is_active)

    def get_user(self) -> Any:
        return self.grant.account

    def get_client(self) -> Client:
        return self.grant.client


class Partner(models.Model):
    """登录伙伴: another platform or a company's own directory that tells us who somebody is."""

    slug = models.SlugField(max_length=40, unique=True, help_text="in our addresses")
    name = models.CharField("名称", max_length=60)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="partners")
    issuer = models.CharField(max_length=300)
    client_id = models.CharField(max_length=200)
    partner_secret = EncryptedTextField()
    accounts = models.CharField(max_length=8, choices=Accounts.choices, default=Accounts.WORKER)
    shown = models.BooleanField(default=False, help_text="on the sign-in page; else only by its link")
    app = models.ForeignKey(
        Client, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="the app of the same company, to which what is applied for from its link belongs",
    )  # fmt: skip
    active = models.BooleanField(default=False)
    wanted_by = models.ForeignKey(
        ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="who registered it or wants it taken up again; another person confirms",
    )  # fmt: skip
    wanted_at = models.DateTimeField(null=True, blank=True, help_text="since when it waits to be put in force")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def asked(self) -> str:
        """Names what waits for confirmation, so that nobody confirms another thing than they saw."""
        return self.wanted_at.isoformat() if self.wanted_at is not None else ""


class ForeignIdentity(models.Model):
    """关联: who a partner's account is here. Made only by the person, who was signed in on both sides."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="identities")
    subject_hash = models.CharField(max_length=64)
    account = models.ForeignKey(ACCOUNT, on_delete=models.CASCADE, related_name="foreign_identities")
    linked_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "subject_hash"], name="signon_identity_once"),
            models.UniqueConstraint(fields=["partner", "account"], name="signon_account_once"),
        ]

    def __str__(self) -> str:
        return f"identity {self.pk}"


class AppMatter(models.Model):
    """从应用进来办的事: an application that the worker made after coming from an app, which they let be told of it."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="matters")
    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="matters")
    matter = models.OneToOneField("kernel.Matter", on_delete=models.CASCADE, related_name="app")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"matter {self.matter_id} by app {self.client_id}"
