"""What the steps of founding and of a change of term need and do."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gonghui.founding import planning, signing, tables
from gonghui.founding.models import Founding, Signature, Term
from gonghui.kernel import outbox
from gonghui.kernel.calendar import months_later
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.flow import effect, guard
from gonghui.kernel.matters import Context, set_fields
from gonghui.kernel.models import Matter
from gonghui.kernel.times import day_of
from gonghui.membership import actions as register
from gonghui.membership import queries as members
from gonghui.organisations.actions import employers
from gonghui.organisations.models import Employer, Organisation
from gonghui.people.actions.codes import clean_phone
from gonghui.services.rules.common import values_of

WRONG = {
    "numbers": gettext_lazy("人数对不上：实到不能超过应到，得票不能超过实到。"),
    "present": gettext_lazy("到会不足应到人数的三分之二，选举不成立，请再召开一次。"),
    "votes": gettext_lazy("得票没有超过应到会人数的半数，不能当选，请再选一次。"),
}


def founding_for(matter: Matter) -> Founding:
    return Founding.objects.get_or_create(matter=matter)[0]


def founding_of(ctx: Context) -> Founding:
    return ctx.once(founding_for)


def _last_day(since: date, years: int) -> date:
    return months_later(since, 12 * years) - timedelta(days=1)


@effect("founding.petition")
def petition(ctx: Context, args: Any) -> None:
    set_fields(founding_of(ctx), petition_text=ctx.data["words"])


@effect("founding.open_list")
def open_list(ctx: Context, args: Any) -> None:
    """批复: from now on colleagues may sign, by an address that nobody can guess."""
    set_fields(founding_of(ctx), token=secrets.token_urlsafe(24), opened_at=ctx.now)


@guard("founding.enough_members")
def enough_members(ctx: Context, args: Any) -> str | None:
    """工会法 11: a committee of its own from 25 members on; fewer may, or together with others, or by an organiser. Who
    is a member elsewhere does not count."""
    signed = signing.counting(founding_of(ctx))
    way = values_of(ctx).get("way")
    least = tables.number("members_for_own_committee") if way == "single" else 1
    if signed >= least:
        return None
    if way == "single" and signed:
        employees = int(values_of(ctx).get("employees") or 0)
        if employees < least:
            return None
        return _("签名的有 %(n)d 人。满 %(least)d 人应当建立委员会；不到的，请先继续发展会员。") % {
            "n": signed,
            "least": least,
        }
    return _("还没有人签名入会。请把签名页发给愿意入会的职工。")


@guard("founding.counted_right")
def counted_right(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    data = ctx.data
    if data["held_on"] > day_of(ctx.now):
        return _("开会日期还没有到，开完会再登记结果。")
    wrong = tables.election_wrong(data["entitled"], data["present"], data["votes"])
    return str(WRONG[wrong]) if wrong else None


@guard("founding.held_since_reply")
def held_since_reply(ctx: Context, args: Any) -> str | None:
    """Nobody elects before the union above has agreed to the preparation."""
    opened = founding_of(ctx).opened_at
    if ctx.preview or opened is None or ctx.data["held_on"] >= day_of(opened):
        return None
    return _("开会日期早于上级同意筹建的日期 %(day)s，请核对。") % {"day": day_of(opened).isoformat()}


@effect("founding.elected")
def elected(ctx: Context, args: Any) -> None:
    data = ctx.data
    row = founding_of(ctx)
    set_fields(row, held_on=data["held_on"], entitled=data["entitled"], present=data["present"], votes=data["votes"])
    years, who = int(data["term"]), data["committee"]
    # Names of who was elected are encrypted: they do not stand in the matter's open data.
    set_fields(row, chair_name=data["chair"], committee_text=who, term_years=years)


@guard("founding.name_free")
def name_free(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    taken = Organisation.objects.filter(parent__path=ctx.matter.holder_path, name=ctx.data["union_name"]).exists()
    if taken:
        return _("已经有同名的工会。")
    # Asked at the application; meanwhile another founding may have been approved.
    return planning.union_stands(values_of(ctx)) or None


@effect("founding.found")
def found(ctx: Context, args: Any) -> None:
    """批准成立: a union in the tree below the one that approved, its term, its members; its employer leads to it."""
    row, values = founding_of(ctx), values_of(ctx)
    above = Organisation.objects.get(path=ctx.matter.holder_path)
    union = Organisation.objects.create(
        path=f"{above.path}.f{row.pk}",
        name=ctx.data["union_name"],
        level=Organisation.Level.GRASSROOTS,
        region_id=values["region"],
        parent=above,
        address=str(values.get("address") or ""),
    )
    day = day_of(ctx.now)
    since = row.held_on or day
    Term.objects.create(
        union=union,
        since=since,
        until=_last_day(since, row.term_years),
        chair_name=row.chair_name,
        committee_text=row.committee_text,
    )
    set_fields(row, union=union, founded_on=day, token="")
    _employer(ctx, values, union)
    joined = others = 0
    for signature in row.signatures.order_by("pk"):
        if _join(ctx, union, signature, str(values["unit"])):
            joined += 1
        else:
            others += 1
    ctx.matter.data = {**ctx.matter.data, "told": {"joined": joined, "elsewhere": others}}
    ctx.record(union=union.path, members=joined)


def _employer(ctx: Context, values: Any, union: Organisation) -> None:
    """From now on who names this employer is led to its union; one that nobody had registered is from now on."""
    unit, uscc, region = planning.workplace(values)
    known = planning.employer_known(unit, uscc, region)
    if known is None:
        address = str(values.get("address") or "")
        employers.create_employer(ctx.actor, unit, uscc=uscc, region_id=region, address=address, union=union)
        return
    row = Employer.objects.select_for_update(of=("self",)).select_related("union").get(pk=known.pk)
    if row.union is not None and row.union.active:
        raise GuardRefused([planning.union_stands(values)])
    facts: dict[str, Any] = {"union": union} | ({"uscc": uscc} if uscc and not row.uscc else {})
    employers.update_employer(ctx.actor, row, **facts)


def _join(ctx: Context, union: Organisation, signature: Signature, unit: str) -> bool:
    """Whether who signed is a member by it; who was one already is told how to move."""
    member = register.Member(
        name=signature.name, id_no=signature.id_no, phone=signature.phone, unit=unit, account_id=signature.account_id
    )
    known = members.own(signature.account_id, signature.id_no)
    try:
        number = register.join(ctx.actor, union, member, at=ctx.now, matter=ctx.matter).number
        outcome, text = "joined", f"{union.name}成立了，您签名入会，现在是会员，会员号{number}。"
    except GuardRefused:
        outcome = "elsewhere"
        # Somebody else's number tells nothing.
        text = (
            f"{union.name}成立了。您在{known.organisation.name}已有会籍，没有重复登记；要转过来的，请办“转会”。"
            if known is not None
            else f"{union.name}成立了，您的签名没有登记成会员，请带身份证到{union.parent}核对。"
        )
    set_fields(signature, outcome=outcome)
    if signature.account_id is not None:
        key = f"founding:signature:{signature.pk}"
        outbox.enqueue("notice.app", key, {"text": text}, account_id=signature.account_id)
    return outcome == "joined"


@effect("founding.enter_signature")
def enter_signature(ctx: Context, args: Any) -> None:
    """登记纸面签名: who has no phone signs on paper, and whoever handles it answers for that."""
    phone = clean_phone(ctx.data["phone"]) if ctx.data["phone"] else ""
    signing.enter(founding_of(ctx), ctx.data["signer"], ctx.data["id_no"], phone)


@guard("founding.papers_told")
def papers_told(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    whole = all(ctx.data[name] for name in ("legal_code", "seal_on", "account_bank"))
    return None if whole or ctx.data["none_because"] else _("代码、印章、账户有没办的，请写明哪一项没有、为什么。")


@effect("founding.papers")
def papers(ctx: Context, args: Any) -> None:
    term = Term.objects.filter(union__founding__matter=ctx.matter).latest("since")
    data = ctx.data
    set_fields(
        term, legal_code=data["legal_code"] or "", seal_on=data["seal_on"], account_bank=data["account_bank"] or ""
    )


# 换届


def term_of(ctx: Context) -> Term:
    return Term.objects.get(renewal=ctx.matter)


@effect("founding.keep_result")
def keep_result(ctx: Context, args: Any) -> None:
    """The result waits for the approval, the names encrypted."""
    term, data = term_of(ctx), ctx.data
    ctx.matter.data["held_on"] = data["held_on"].isoformat()
    Term.objects.update_or_create(
        union=term.union,
        since=data["held_on"],
        defaults={
            "until": _last_day(data["held_on"], int(data["term"])),
            "chair_name": data["chair"],
            "committee_text": data["committee"],
            "approved": False,
        },
    )


@effect("founding.new_term")
def new_term(ctx: Context, args: Any) -> None:
    """批准: the old term ends the day before the new one begins; seal, code and account carry over."""
    old = term_of(ctx)
    new = Term.objects.get(union=old.union, since=date.fromisoformat(ctx.matter.data["held_on"]))
    carried = {name: getattr(old, name) for name in ("legal_code", "seal_on", "account_bank")}
    set_fields(new, approved=True, **carried)
    set_fields(old, until=min(old.until, new.since - timedelta(days=1)), renewal=ctx.matter)


@effect("founding.postpone")
def postpone(ctx: Context, args: Any) -> None:
    set_fields(term_of(ctx), until=ctx.data["until"], renewal=None)
