"""Partners (交换单位): proposed, confirmed by a second person, suspended, removed. Each step is in the trail.

Only the top organisation of an installation decides with whom it exchanges.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.exchange import fetching, signing, taking
from gonghui.exchange.models import Partner
from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import Conflict, GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now

KEEPERS = ("admin", "leader", "supervisor")
State, Wanted = Partner.State, Partner.Wanted


def keeps(actor: Actor) -> bool:
    """Whether somebody may propose and confirm: a duty at the top organisation, or the command line."""
    return actor.is_system or settings.ORGANISATION in actor.paths_as(*KEEPERS)


def stream(partner: Partner) -> str:
    return f"exchange:{partner.pk}"


def record(partner: Partner, verb: str, actor: Actor, **facts: Any) -> None:
    trail.record(
        stream(partner), verb, actor=actor, after={"issuer": partner.issuer, **facts}, org_path=settings.ORGANISATION
    )


def listed(actor: Actor) -> list[Partner]:
    """All partners that are not removed, those with something to decide first. NotAllowed for anybody else."""
    _may(actor)
    with as_system("the actor keeps the partners"):
        rows = list(Partner.objects.exclude(state=State.REMOVED).select_related("wanted_by").order_by("issuer"))
    return sorted(rows, key=lambda row: (not row.wanted, not row.problem, row.issuer))


def partner_of(actor: Actor, partner_id: int) -> Partner:
    """NotFound for who keeps no partners, too."""
    with as_system("the right to see it is asked in the same breath"):
        found = Partner.objects.filter(pk=partner_id).first() if keeps(actor) else None
    if found is None:
        raise NotFound(_("没有这个交换单位。"))
    return found


def named(address: str) -> Partner:
    """By its address, as the command line names it. NotFound."""
    with as_system("command line"):
        found = Partner.objects.filter(issuer=_site(address)).first()
    if found is None:
        raise NotFound(_("没有登记这个网址：%(address)s") % {"address": address})
    return found


def propose(actor: Actor, address: str, fingerprint: str, reason: str) -> Partner:
    """Register a partner, or another key of one, with the fingerprint that was compared. It takes a second person to
    put it in force. InvalidData beside the fields."""
    _may(actor)
    errors: dict[str, list[str]] = {}
    issuer = kid = ""
    try:
        issuer = _site(address)
        if issuer == settings.PUBLIC_URL:
            errors["address"] = [_("这是本平台自己的网址。")]
    except InvalidData as error:
        errors |= error.errors
    try:
        kid = signing.read_fingerprint(fingerprint)
    except ValueError:
        errors["fingerprint"] = [_("指纹是 64 个十六进制数字（0-9、A-F），分组写也可以。请按对方报的重新输入。")]
    if not reason.strip():
        errors["reason"] = [_("请写明在什么时候、怎样向谁核对了指纹。")]
    if errors:
        raise InvalidData(errors)
    with as_system("the actor keeps the partners"), transaction.atomic():
        row = Partner.objects.select_for_update().filter(issuer=issuer).first()
        if row is not None and row.state in (State.ACTIVE, State.SUSPENDED) and row.kid == kid:
            raise InvalidData({"fingerprint": [_("已经登记了这个单位，密钥也是这一把。")]})
        at = now()
        if row is None:
            row = Partner(issuer=issuer, created_at=at, next_at=at, state=State.PROPOSED, kid=kid)
        elif row.state in (State.PROPOSED, State.REMOVED):
            # The serial stays: what was once accepted is not to be followed by something older.
            row.state, row.kid, row.jwk, row.pending, row.next_at = State.PROPOSED, kid, {}, None, at
            row.problem = row.problem_detail = ""
        row.wanted_kid = kid if row.kid != kid else ""
        _want(row, actor, Wanted.ACTIVE, reason)
        row.save()
        record(row, "propose", actor, kid=kid, reason=reason)
    return row


def ask(actor: Actor, partner: Partner, wanted: str, reason: str) -> Partner:
    """Ask for a partner to be suspended, removed or taken up again; a second person confirms. InvalidData."""
    _may(actor)
    allowed = {
        State.ACTIVE: (Wanted.SUSPENDED, Wanted.REMOVED),
        State.SUSPENDED: (Wanted.ACTIVE, Wanted.REMOVED),
        State.PROPOSED: (Wanted.REMOVED,),
    }
    if wanted not in allowed.get(State(partner.state), ()):
        raise InvalidData({"wanted": [_("现在不能这样做，请刷新页面再看。")]})
    if not reason.strip():
        raise InvalidData({"reason": [_("请写明原因。")]})
    with as_system("the actor keeps the partners"), transaction.atomic():
        row = Partner.objects.select_for_update().get(pk=partner.pk)
        if row.state != partner.state:
            raise Conflict(message=_("别人刚刚更改了这个单位，请看最新情况再决定。"))
        row.wanted_kid = ""
        _want(row, actor, Wanted(wanted), reason)
        row.save()
        record(row, "ask", actor, wanted=wanted, reason=reason)
    return row


def withdraw(actor: Actor, partner: Partner, reason: str = "") -> None:
    """Not to do what was asked for: by who asked, or by the second person. A partner never accepted is removed."""
    _may(actor)
    with as_system("the actor keeps the partners"), transaction.atomic():
        row = Partner.objects.select_for_update().get(pk=partner.pk)
        if not row.wanted:
            raise Conflict(message=_("没有等待确认的事。"))
        record(row, "refuse", actor, wanted=row.wanted, reason=reason)
        if row.state == State.PROPOSED and row.wanted == Wanted.ACTIVE:
            row.state, row.pending = State.REMOVED, None
        _settle(row)
        row.save()


def confirm(actor: Actor, partner: Partner, *, seen: int = 0, asked: str = "") -> Partner:
    """Do what somebody else asked for. `seen`: serial of the catalogue that was looked through before the first
    acceptance; `asked`: what the person saw waiting (`Partner.asked`), else what `partner` has.

    GuardRefused where it is not a second person, signed in at the desk, or there is nothing to accept; Conflict where
    it changed meanwhile.
    """
    _may(actor)
    with as_system("the actor keeps the partners"), transaction.atomic():
        row = Partner.objects.select_for_update().get(pk=partner.pk)
        if not row.wanted or row.asked != (asked or partner.asked):
            raise Conflict(message=_("别人刚刚更改了这个单位，请看最新情况再决定。"))
        if actor.kind != "staff":
            raise GuardRefused([_("要由有权限的人登录工作台确认，命令行只能提出。")])
        if actor.account_id == row.wanted_by_id:
            raise GuardRefused([_("要由另一个人确认：提出的人自己不能确认。")])
        wanted = row.wanted
        if wanted == Wanted.ACTIVE:
            _begin(row, actor, seen)
        else:
            row.state = State.SUSPENDED if wanted == Wanted.SUSPENDED else State.REMOVED
            taking.hide(row)
        record(row, "confirm", actor, wanted=wanted, asked_by=row.wanted_name, kid=row.kid, serial=row.serial)
        _settle(row)
        row.save()
    return row


def _begin(row: Partner, actor: Actor, seen: int) -> None:
    """A new partner's looked-at catalogue comes into force; a new key or a pause's end waits for the next fetch."""
    if row.wanted_kid:
        row.kid, row.jwk, row.catalogue, row.etag = row.wanted_kid, {}, "", ""
        row.key_changed_at = None
    elif row.state == State.PROPOSED:
        if row.pending is None:
            raise GuardRefused([_("还没有取到对方的目录，看过目录才能确认。")])
        if seen != row.pending["serial"]:
            raise Conflict(message=_("您看过以后，对方的目录又变了，请再看一遍。"))
        row.state = State.ACTIVE
        taking.accept(row, actor)
        return
    row.state, row.next_at, row.etag = State.ACTIVE, now(), ""
    row.problem = row.problem_detail = ""


def _want(row: Partner, actor: Actor, wanted: Partner.Wanted, reason: str) -> None:
    row.wanted, row.wanted_reason, row.wanted_at = wanted, reason.strip()[:300], now()
    row.wanted_by_id, row.wanted_name = actor.account_id, actor.name[:60]


def _settle(row: Partner) -> None:
    row.wanted = row.wanted_kid = row.wanted_reason = row.wanted_name = ""
    row.wanted_by, row.wanted_at = None, None


def soon(partner: Partner) -> None:
    """Let the worker fetch at its next round."""
    with as_system("a matter of when"):
        Partner.objects.filter(pk=partner.pk).update(next_at=now() - timedelta(seconds=1))


def _may(actor: Actor) -> None:
    if not keeps(actor):
        raise NotAllowed(_("只有本平台最上级工会的管理员、领导和督办员能管理目录交换。"))


def _site(address: str) -> str:
    try:
        return fetching.site(address)
    except ValueError as error:
        text = _("网址要写成 https://gonghui.example.org 这样，不带后面的路径。")
        raise InvalidData({"address": [text]}) from error
