"""电子会员证: a card that proves itself for a minute (handbook 4.1 M02: the verifier sees name initial, union, status).

The QR code is an address of ours with the token behind `#`, which no server is sent; whoever scans it opens the page
that verifies it in the browser, without a network too (`portal.views.verify`).

A token is `GH1.<content>.<signature>`, both base64url without padding. The content is a JSON list: initial, union,
state, the second it ends (Unix), and a reference that only this installation can open, new in every token, so that no
verifier can follow a card from place to place. The signature is Ed25519 over `GH1.<content>`: the public key alone
verifies it, without a network. What was frozen a moment ago only the register knows (`standing`); the photo, too, is
shown to online verifiers alone and never in the code.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils.encoding import force_bytes
from django.utils.translation import gettext as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, KernelError, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.tickets import new_code
from gonghui.kernel.times import now
from gonghui.membership import tables
from gonghui.membership.models import CardCode, Membership

PREFIX = "GH1"
CODE = "card"
SECONDS = 60
# A card's clock and a verifier's may differ a little.
AHEAD = 30
TOKEN_MOST = 1000
_NONCE = 12


class WrongCard(KernelError):
    """The token is not a valid card now: `damaged`, `forged`, `expired` or `early`."""


@dataclass(frozen=True)
class Shown:
    """All that a verifier sees. `until` is the end of the token; `reference` opens in the register alone."""

    initial: str
    union: str
    state: str
    until: datetime
    reference: str = ""

    @property
    def status(self) -> str:
        return str(Membership.State(self.state).label)


def _secret(what: str) -> bytes:
    """A key of this installation: of GONGHUI_CARD_KEY, else of the index key, which stays as long as the register."""
    source = settings.CARD_KEY or settings.VAULT_INDEX_KEY
    return HKDF(hashes.SHA256(), 32, None, f"gonghui card {what}".encode()).derive(force_bytes(source))


def private_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_secret("signature"))


def public_pem() -> str:
    """The public key, as verifiers keep it."""
    made = private_key().public_key()
    return made.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def public_raw() -> str:
    """The public key for a browser's WebCrypto: 32 bytes, as base64url."""
    return _encode(private_key().public_key().public_bytes_raw())


def read_public(pem: str) -> Ed25519PublicKey:
    """Raises ImproperlyConfigured for what is no Ed25519 key."""
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except ValueError as error:
        raise ImproperlyConfigured("the file holds no public key in PEM") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ImproperlyConfigured("the file holds another kind of key, not Ed25519")
    return key


def issue(membership: Membership, at: datetime | None = None) -> str:
    """A token for the next minute. GuardRefused for a card that is lost or frozen, or a membership that ended."""
    if not membership.current or membership.card != Membership.Card.ACTIVE:
        raise GuardRefused([_("会员证现在不能使用。")])
    nonce = os.urandom(_NONCE)
    sealed = nonce + AESGCM(_secret("reference")).encrypt(nonce, membership.pk.to_bytes(8, "big"), None)
    ends = int((at or now()).timestamp()) + SECONDS
    content = [membership.name[:1], membership.organisation.name, membership.state, ends, _encode(sealed)]
    signed = f"{PREFIX}.{_encode(json.dumps(content, ensure_ascii=False, separators=(',', ':')).encode())}"
    return f"{signed}.{_encode(private_key().sign(signed.encode()))}"


def bare(text: str) -> str:
    """The token in what was scanned or typed: with our address before it, or alone, as codes were until now."""
    text = "".join(text.split())
    return text.partition("#")[2] if text.startswith(("https://", "http://")) else text


def read(token: str, key: Ed25519PublicKey) -> Shown:
    """What a card signed by `key` shows, whenever that was. WrongCard `damaged` or `forged`."""
    token = bare(token)
    signed, _dot, signature = token.rpartition(".")
    prefix, _dot, content = signed.partition(".")
    if len(token) > TOKEN_MOST or prefix != PREFIX or not content or not signature:
        raise WrongCard(_("这不是会员证的二维码。"), "damaged")
    try:
        key.verify(_decode(signature), signed.encode())
    except (InvalidSignature, ValueError, UnicodeError):
        raise WrongCard(_("签名不对：会员证是伪造的，或者扫描不完整。"), "forged") from None
    # Signed by us, so its shape is ours.
    initial, union, state, ends, reference = json.loads(_decode(content))
    return Shown(initial, union, state, datetime.fromtimestamp(ends, UTC), reference)


def timely(shown: Shown, at: datetime | None = None) -> None:
    """WrongCard `expired` or `early` outside the card's minute."""
    moment, ends = (at or now()).timestamp(), shown.until.timestamp()
    if moment > ends:
        raise WrongCard(_("二维码已过期，请让对方刷新后再扫。"), "expired")
    if moment < ends - SECONDS - AHEAD:
        raise WrongCard(_("二维码的时间在以后，请核对本机时间。"), "early")


def verify(token: str, key: Ed25519PublicKey, at: datetime | None = None) -> Shown:
    """What the card shows, if it is signed by `key` and its minute lasts. WrongCard otherwise."""
    shown = read(token, key)
    timely(shown, at)
    return shown


def behind(shown: Shown) -> Membership | None:
    """The membership a verified card stands for. WrongCard `elsewhere` for a reference of another installation."""
    try:
        sealed = _decode(shown.reference)
        pk = int.from_bytes(AESGCM(_secret("reference")).decrypt(sealed[:_NONCE], sealed[_NONCE:], None), "big")
    except (InvalidTag, ValueError):
        raise WrongCard(_("这张会员证不是本平台签发的，登记里查不到。"), "elsewhere") from None
    with as_system("a verified card may be asked after: lost, frozen, ended"):
        return Membership.objects.select_related("organisation").filter(pk=pk).first()


def stopped(row: Membership | None) -> str:
    """Why the register says a card is not good now; empty when all is well."""
    if row is None or not row.current:
        return _("会籍已经终止。")
    return "" if row.card == Membership.Card.ACTIVE else _("会员证%(state)s。") % {"state": row.get_card_display()}


def standing(shown: Shown) -> str:
    """What the register says of a verified card now; empty when all is well."""
    try:
        return stopped(behind(shown))
    except WrongCard as error:
        return str(error)


def shown_of(row: Membership) -> Shown:
    """What a verifier sees of a membership, where its spoken code was told instead of the card shown."""
    return Shown(row.name[:1], row.organisation.name, row.state, now())


@transaction.atomic
def speak(actor: Actor, membership_id: int) -> CardCode:
    """口报码 for the member's own card, in place of the one before. GuardRefused when the card does not hold."""
    if actor.kind != "worker" or actor.account_id is None:
        raise NotFound
    with as_system("one's own card"):
        row = Membership.objects.select_for_update().filter(pk=membership_id, account_id=actor.account_id).first()
        if row is None:
            raise NotFound
        if stopped(row):
            raise GuardRefused([_("会员证现在不能使用。")])
        # No two at once, and none again as long as anybody may remember it for somebody else's.
        code, index = new_code(CODE, lambda index: CardCode.objects.filter(code_hash=index).exists())
        until = now() + timedelta(seconds=tables.numbers().spoken_seconds)
        return CardCode.objects.update_or_create(
            membership=row, defaults={"card_code": code, "code_hash": index, "until": until}
        )[0]


def spoken(row: Membership) -> CardCode | None:
    """The code that the member may read out now."""
    with as_system("one's own card"):
        return CardCode.objects.filter(membership=row, until__gte=now()).first()


def spoken_by(index: str) -> CardCode | None:
    """Whose code has this index, in time or not."""
    with as_system("a code that somebody was told"):
        return CardCode.objects.select_related("membership__organisation").filter(code_hash=index).first()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    """ValueError for what is no base64url, or is not written the one right way."""
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
    if _encode(raw) != text:
        raise ValueError("another spelling of the same bytes")
    return raw
