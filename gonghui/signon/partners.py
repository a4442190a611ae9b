"""登录伙伴: who may tell us who somebody is, and what their machines say of themselves (OpenID Connect Discovery)."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gonghui.appeals.staff import on_duty
from gonghui.kernel import outbox, reaching, trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import Conflict, GuardRefused, InvalidData, KernelError
from gonghui.kernel.outbox import Undeliverable
from gonghui.kernel.scope import ancestors
from gonghui.kernel.times import now
from gonghui.people.models import Account
from gonghui.people.roles import can
from gonghui.signon.models import Accounts, Client, Partner
from gonghui.signon.registry import KEEPERS, RIGHT, check_return, in_reach, organisation_at
from gonghui.signon.rules import numbers

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{1,38}[a-z0-9]")
# Whose accounts are offered to everybody on the sign-in page: a platform's own, not one company's.
PLATFORM_LEVELS = ("national", "province", "city", "county")
NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
TOO_MANY = 429


class PartnerFails(KernelError):
    """The partner's machine does not answer as it should. `str(error)` is fit to be shown; `cause` is for the log."""

    code = "partner_fails"

    def __init__(self, cause: str) -> None:
        self.cause = cause
        super().__init__(_("对方的登录服务现在不能用，请过一会儿再试，或换一种方式登录。"))


def partners_of(actor: Actor) -> QuerySet[Partner]:
    """The partners this actor keeps, those in use first."""
    return Partner.objects.filter(in_reach(actor)).select_related("organisation").order_by("-active", "name", "pk")


@transaction.atomic
def register(
    actor: Actor,
    organisation: str,
    slug: str,
    name: str,
    address: str,
    client_id: str,
    secret: str,
    accounts: str,
    *,
    shown: bool = False,
    app: str = "",
) -> Partner:
    """A new partner, which waits until another administrator puts it in force (`confirm`). InvalidData beside the
    fields, NotAllowed out of reach."""
    found = organisation_at(actor, organisation)
    slug, name, address = slug.strip().lower(), name.strip(), address.strip()
    errors: dict[str, list[str]] = {}
    if not SLUG.fullmatch(slug):
        errors["slug"] = [_("短名为 3–40 个小写字母、数字或短横线。")]
    elif Partner.objects.filter(slug=slug).exists():
        errors["slug"] = [_("这个短名已被使用，请换一个。")]
    if not 2 <= len(name) <= 60:
        errors["name"] = [_("名称 2–60 个字，会写在登录按钮上。")]
    if wrong := check_return(address) or ("?" in address and _("签发者地址不能带参数。")):
        errors["issuer"] = [str(wrong)]
    elif address.rstrip("/") == settings.PUBLIC_URL:
        errors["issuer"] = [_("这是本平台自己的地址。")]
    for field, text in (("client_id", client_id), ("secret", secret)):
        if wrong := _not_given(text):
            errors[field] = [wrong]
    if accounts not in Accounts.values:
        errors["accounts"] = [_("请选择谁从那里登录。")]
    if shown and found.level not in PLATFORM_LEVELS:
        errors["shown"] = [_("企业的账号只用链接登录，不放在大家的登录页上。")]
    client = Client.objects.filter(in_reach(actor), client_id=app.strip()).first() if app.strip() else None
    if app.strip() and client is None:
        errors["app"] = [_("没有这个应用，或不归您管。")]
    if errors:
        raise InvalidData(errors)
    partner = Partner.objects.create(
        slug=slug,
        name=name,
        organisation=found,
        issuer=address,
        client_id=client_id.strip(),
        partner_secret=secret.strip(),
        accounts=accounts,
        shown=shown,
        app=client,
        wanted_by_id=actor.account_id,
        wanted_at=now(),
        created_at=now(),
    )
    _record(actor, partner, "create", {"slug": slug, "issuer": address, "accounts": accounts, "shown": shown})
    _tell_keepers(partner, actor)
    return partner


def _locked(actor: Actor, partner: Partner) -> Partner:
    """The partner as it is, nobody else's to change. NotAllowed out of reach."""
    if not can(actor, RIGHT, partner.organisation.path):
        organisation_at(actor, partner.organisation.path)
    return Partner.objects.select_related("organisation").select_for_update(of=("self",)).get(pk=partner.pk)


@transaction.atomic
def stop(actor: Actor, partner: Partner) -> None:
    """It signs nobody in any more, at once, by one person; or what waited is not done. Who is linked stays so."""
    row = _locked(actor, partner)
    if not row.active and row.wanted_at is None:
        return
    row.active, row.wanted_by, row.wanted_at = False, None, None
    row.save(update_fields=["active", "wanted_by", "wanted_at"])
    _record(actor, row, "stop", {})


@transaction.atomic
def propose_again(actor: Actor, partner: Partner) -> None:
    """Ask for a stopped partner to be taken up again; another administrator confirms."""
    row = _locked(actor, partner)
    if row.active or row.wanted_at is not None:
        raise GuardRefused([_("已经启用，或者已经在等另一位管理员确认。")])
    row.wanted_by_id, row.wanted_at = actor.account_id, now()
    row.save(update_fields=["wanted_by", "wanted_at"])
    _record(actor, row, "ask", {})
    _tell_keepers(row, actor)


@transaction.atomic
def confirm(actor: Actor, partner: Partner, asked: str) -> None:
    """Put in force what somebody else registered or asked for. `asked`: what the person saw waiting (`Partner.asked`).

    GuardRefused for who asked themselves, and for the command line, which does not know who speaks; Conflict where it
    changed meanwhile.
    """
    row = _locked(actor, partner)
    if not asked or row.asked != asked:
        raise Conflict(message=_("别人刚刚更改了这个登录伙伴，请看最新情况再决定。"))
    if actor.kind != "staff":
        raise GuardRefused([_("要由有权限的管理员登录工作台确认，命令行只能登记和停用。")])
    if actor.account_id == row.wanted_by_id:
        raise GuardRefused([_("要由另一位管理员确认：登记或提出的人自己不能确认。")])
    asker = row.wanted_by_id
    row.active, row.wanted_by, row.wanted_at = True, None, None
    row.save(update_fields=["active", "wanted_by", "wanted_at"])
    _record(actor, row, "confirm", {"asked_by": asker})
    if asker is not None:
        _tell(row, asker, "confirmed", _("登录伙伴“%(name)s”已由另一位管理员确认启用。") % {"name": row.name})


def keepers(partner: Partner) -> list[Account]:
    """The administrators who may confirm: of its union, and of those above it."""
    found = {account.pk: account for path in ancestors(partner.organisation.path) for account in on_duty(path, KEEPERS)}
    return list(found.values())


def _tell_keepers(partner: Partner, actor: Actor) -> None:
    words = _("登录伙伴“%(name)s”等待确认，请核对签发者地址和编号，再在“单点登录”里确认或停用。") % {
        "name": partner.name
    }
    for account in keepers(partner):
        if account.pk != actor.account_id:
            _tell(partner, account.pk, f"asked:{partner.asked}", words)


def _tell(partner: Partner, account_id: int, what: str, words: str) -> None:
    key = f"signon:partner:{partner.pk}:{what}:{account_id}:{now().timestamp():.0f}"
    outbox.enqueue("notice.app", key, {"text": words}, account_id=account_id)


@transaction.atomic
def new_secret(actor: Actor, partner: Partner, secret: str) -> None:
    """The partner gave us another secret."""
    organisation_at(actor, partner.organisation.path)
    if wrong := _not_given(secret):
        raise InvalidData({"secret": [wrong]})
    partner.partner_secret = secret.strip()
    partner.save(update_fields=["partner_secret"])
    _record(actor, partner, "new_secret", {})


def _not_given(text: str) -> str:
    """What is wrong with what a partner gave for us; empty for a plain line."""
    plain = text.strip() and text.isascii() and text.isprintable() and len(text) <= 200
    return "" if plain else _("请填写对方登记本平台时给出的内容。")


def _record(actor: Actor, partner: Partner, verb: str, after: dict[str, Any]) -> None:
    trail.record(
        f"partner:{partner.pk}", verb, actor=actor, role="" if actor.is_system else "admin", after=after,
        org_path=partner.organisation.path,
    )  # fmt: skip


def ask(method: str, url: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, dict[str, Any]]:
    """The status and the JSON object that a partner's machine answers. PartnerFails for anything else.

    Only over https in production, and only to public addresses, but for the hosts the operator named: whoever registers
    a partner must not reach into our inner network by it.
    """
    limits = numbers()["partner"]
    try:
        parts = urlsplit(url)
        host, scheme = parts.hostname or "", parts.scheme
    except ValueError as error:
        raise PartnerFails(f"{url}: {error}") from error
    if settings.PRODUCTION and scheme != "https":
        raise PartnerFails(f"{url} is not https")
    bounds = reaching.Limits(
        limits["whole"],
        limits["connect"],
        limits["answer_bytes"],
        settings.PRODUCTION and host not in settings.SIGNON_INNER_HOSTS,
    )
    lines = {"Host": parts.netloc, "User-Agent": "gonghui-signon", "Accept": "application/json", **headers}
    try:
        got = reaching.ask(method, url, lines, body, bounds)
        found = json.loads(got.body)
    except (reaching.NotSent, Undeliverable, ValueError) as error:
        raise PartnerFails(f"{url}: {error}") from error
    if not isinstance(found, dict):
        raise PartnerFails(f"{url} answered {got.status} without a JSON object")
    return got.status, found


def _key(partner: Partner, what: str) -> str:
    return f"signon:{what}:{partner.pk}:{hashlib.sha256(partner.issuer.encode()).hexdigest()[:16]}"


def metadata(partner: Partner) -> dict[str, Any]:
    """The partner's discovery document, kept for an hour. PartnerFails when it is not what it must be."""
    kept = cache.get(_key(partner, "metadata"))
    if kept is not None:
        found: dict[str, Any] = kept
        return found
    status, found = ask("GET", f"{partner.issuer.rstrip('/')}/.well-known/openid-configuration", {})
    if status != 200 or any(not isinstance(found.get(name), str) for name in NEEDED):
        raise PartnerFails(f"{partner.issuer}: the discovery document is incomplete ({status})")
    if found["issuer"] != partner.issuer:
        # Discovery 4.3: exactly the one we asked, or somebody answers in another's name.
        raise PartnerFails(f"{partner.issuer} calls itself {found['issuer']}")
    if wrong := check_return(found["authorization_endpoint"]):
        raise PartnerFails(wrong)
    cache.set(_key(partner, "metadata"), found, numbers()["partner"]["documents"])
    return found


def key_set(partner: Partner, kid: str) -> dict[str, Any]:
    """The partner's keys; fetched again for one that is not among them, as after it was replaced."""
    limits, name = numbers()["partner"], _key(partner, "keys")
    kept = cache.get(name)
    known = kept is not None and any(key.get("kid") == kid for key in kept["keys"])
    # `add` says False while the pause after the last fetching runs.
    if known or (kept is not None and not cache.add(f"{name}:again", 1, limits["again"])):
        found: dict[str, Any] = kept
        return found
    status, found = ask("GET", metadata(partner)["jwks_uri"], {})
    if status != 200 or not isinstance(found.get("keys"), list):
        raise PartnerFails(f"{partner.issuer}: no keys ({status})")
    cache.set(name, found, limits["documents"])
    return found
