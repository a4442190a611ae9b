"""What may be done besides the flow's steps: begin a letter from an appeal, write it, add papers, keep the register."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gonghui.appeals.actions.attachments import save_attachment
from gonghui.appeals.models import WorkOrder
from gonghui.appeals.rules.common import LEAD_KIND
from gonghui.kernel import clocks, trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.flow import flow_of
from gonghui.kernel.matters import locked, open_matter, touch
from gonghui.kernel.models import Matter
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import as_system, within
from gonghui.kernel.times import now, today
from gonghui.law.documents.fields import paragraphs
from gonghui.law.documents.slots import day as day_in_words
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account, DutyAssignment
from gonghui.resolution import tables
from gonghui.resolution.models import Committee, Inquiry, Letter, LetterPaper, Member
from gonghui.resolution.rules.common import KIND, issuer, no_issuer

STARTERS = ("handler", "dispatcher", "leader", "supervisor")
KEEPERS = ("leader", "supervisor", "admin")
PAPERS_MOST = 20
TEXT_MOST = 4000


@dataclass(frozen=True)
class Content:
    """What a letter says. Findings, breaches, asks and attachments hold a point a line. None leaves it as it is."""

    scope: list[str] | None = None
    elsewhere: bool | None = None
    employer_name: str | None = None
    employer_uscc: str | None = None
    employer_address: str | None = None
    addressee: str | None = None
    people: int | None = None
    amount: Decimal | None = None
    findings: str | None = None
    breaches: str | None = None
    asks: str | None = None
    attachments: str | None = None
    rectify_by: date | None = None
    reply_days: int | None = None
    reply_unit: str | None = None
    contact: str | None = None
    phone: str | None = None


def may_start(actor: Actor, source: Matter) -> bool:
    """Those who handle or direct an appeal, at the unions that take part and above. Not from a restricted matter."""
    return source.kind == LEAD_KIND and not source.restricted and bool(_own_path(actor, source))


def _own_path(actor: Actor, source: Matter) -> str:
    """The lowest of the actor's unions from which they see the appeal; empty when there is none."""
    with as_system("role check"):
        seen = source.scopes.filter(path__in=actor.paths_as(*STARTERS)).values_list("path", flat=True)
        return max(seen, key=len, default="")


def start(actor: Actor, source: Matter, kind: str, content: Content | None = None, *, key: str | None = None) -> Matter:
    """Begin a letter to the employer of an appeal, as a draft. Sent twice with one key it is one.

    The nearest union with a committee issues it; the actor's own union takes part. Raises GuardRefused when no union
    may issue it, or the kind only follows another letter.
    """
    rules = tables.kind(kind)
    key = f"{source.pk}:{kind}:{key}"[:120] if key else None
    with transaction.atomic():
        seen = locked(source.pk, actor)
        if not may_start(actor, seen):
            raise NotAllowed
        own = _own_path(actor, seen)
        with as_system("the actor may begin a letter from this matter"):
            if key and (earlier := Letter.objects.filter(idempotency_key=key).first()) is not None:
                return earlier.matter
            if rules.after:
                before = tables.kind(rules.after).label
                raise GuardRefused(
                    [
                        _("%(kind)s要在%(before)s被拒绝、逾期没有答复或者没有改正以后，从那一件“升级”发出。")
                        % {"kind": rules.label, "before": before}
                    ]
                )
            committee = issuer(own, kind)
            if committee is None:
                raise GuardRefused([no_issuer(kind)])
            return _open(actor, seen, own, kind, committee, content or Content(), key)


def _open(
    actor: Actor, source: Matter, own: str, kind: str, committee: Committee, content: Content, key: str | None
) -> Matter:
    appeal = WorkOrder.objects.select_related("appeal__employer").get(matter=source).appeal
    usual = tables.reply_days(kind, committee.organisation.path).limit
    employer = appeal.employer
    values: dict[str, Any] = {
        "employer_name": employer.name if employer else appeal.employer_name,
        "employer_uscc": employer.uscc if employer else "",
        "employer_address": employer.address if employer else "",
        "people": appeal.people_count,
        "reply_days": int(usual.amount),
        "reply_unit": usual.unit,
        "phone": committee.organisation.phone,
        **_given(content),
    }
    letter = Letter(
        kind=kind, committee=committee, source=source, clues=[appeal.number], employer=employer, idempotency_key=key,
        **values,
    )  # fmt: skip
    return _lodge(letter, actor, own, source.category, source.region or appeal.work_region, now())


def _title(letter: Letter) -> str:
    return f"{tables.kind(letter.kind).zh}：{letter.employer_name or '（单位待填）'}"[:200]


def _lodge(letter: Letter, actor: Actor, own: str, category: str, region: str, at: datetime) -> Matter:
    """Open the matter of a letter that is not saved yet. In scope and accepted nowhere else, it is taken up at once."""
    holder = letter.committee.organisation.path
    matter = open_matter(
        KIND,
        actor=actor,
        title=_title(letter),
        holder_path=holder,
        number=f"JD-{at:%Y%m%d}-{next_number(f'resolution:{at:%Y%m%d}'):05d}",
        category=category,
        region=region,
        data={"accepted": True} if letter.scope and not letter.elsewhere else {},
        assist=[own] if own and own != holder else (),
        at=at,
    )
    letter.matter = matter
    letter.save(force_insert=True)
    return matter


def follow(letter: Letter, kind: str, actor: Actor, at: datetime) -> Letter:
    """The next letter of the chain, drafted from this one (in the escalation's transaction)."""
    committee = issuer(letter.matter.holder_path, kind)
    assert committee is not None, "checked by the guard"
    usual = tables.reply_days(kind, committee.organisation.path).limit
    copied = {
        name: getattr(letter, name)
        for name in (
            "source", "employer", "employer_name", "employer_uscc", "employer_address", "clues", "scope", "people",
            "amount", "findings", "breaches", "asks", "attachments", "contact", "phone",
        )
    }  # fmt: skip
    inquiries = Inquiry.objects.filter(matter_id=letter.matter_id).order_by("pk")
    found = [line for one in inquiries for line in paragraphs(one.text)]
    # The recommendation's own text says what the opinion came to.
    tried = [] if tables.kind(kind).to_authority else [_tried(letter)]
    copied["findings"] = "\n".join(dict.fromkeys([*paragraphs(letter.findings), *found, *tried]))
    copied["attachments"] = "\n".join(
        dict.fromkeys(
            [*paragraphs(letter.attachments), f"{tables.kind(letter.kind).full}（{letter.number}）和送达回证"]
        )
    )
    following = Letter(
        kind=kind,
        committee=committee,
        previous=letter,
        reply_days=int(usual.amount),
        reply_unit=usual.unit,
        addressee=authorities(committee.organisation)[0] if tables.kind(kind).to_authority else "",
        **copied,
    )
    _lodge(following, actor, letter.matter.holder_path, letter.matter.category, letter.matter.region, at)
    return following


def _tried(letter: Letter) -> str:
    """What the letter before came to, as a finding of the next one."""
    ground = tables.chinese(tables.words().escalations, letter.ground)
    on = day_in_words(letter.delivered_on)
    return f"我会于{on}送达《{tables.kind(letter.kind).full}》（{letter.number}），你单位{ground}。"


def authorities(organisation: Organisation) -> tuple[str, ...]:
    """Offices of the union's own level, the labour authority first: 贵州省人力资源和社会保障厅, 南明区…局.

    Their names differ from place to place, so the drafter may write another.
    """
    levels = (Organisation.Level.NATIONAL, Organisation.Level.PROVINCE)
    place = levels.index(organisation.level) if organisation.level in levels else 2
    region = organisation.region.full_name if organisation.region and place else ""
    return tuple(f"{region}{item.zh}{item.ends[place]}" for item in tables.words().authorities)


def _given(content: Content) -> dict[str, Any]:
    """The fields that are given, checked. Raises InvalidData."""
    values = {item.name: value for item in fields(content) if (value := getattr(content, item.name)) is not None}
    errors: dict[str, list[str]] = {}
    if set(values.get("scope", ())) - {item.code for item in tables.words().scope}:
        errors["scope"] = [_("没有这个监督事项。")]
    for name in ("findings", "breaches", "asks", "attachments"):
        if name in values:
            values[name] = "\n".join(paragraphs(values[name]))
            if len(values[name]) > TEXT_MOST:
                errors[name] = [_("最多 %(most)d 个字。") % {"most": TEXT_MOST}]
    if "reply_days" in values and not 1 <= values["reply_days"] <= 120:
        errors["reply_days"] = [_("答复期限请填 1 到 120。")]
    if "reply_unit" in values and values["reply_unit"] not in Letter.Unit.values:
        errors["reply_unit"] = [_("请选择日或者工作日。")]
    if errors:
        raise InvalidData(errors)
    return values


def writes(actor: Actor, matter: Matter) -> bool:
    """May the actor write the letter: those who draft, at the issuing union and the one that asked for it."""
    with as_system("role check"):
        parties = set(matter.scopes.filter(direct=True, relation__in=("lead", "assist")).values_list("path", flat=True))
    return bool(parties & set(actor.paths_as(*STARTERS)))


def _locked(actor: Actor, matter: Matter) -> Matter:
    """The letter's matter, to be changed. NotFound for another matter, NotAllowed for who does not write it."""
    seen = locked(matter.pk, actor)
    if seen.kind != KIND:
        raise NotFound
    if not writes(actor, seen):
        raise NotAllowed
    return seen


def write(actor: Actor, matter: Matter, content: Content, *, clear: Sequence[str] = ()) -> Letter:
    """拟稿: change what the letter says while it is a draft. `clear` names fields that are emptied."""
    values = _given(content)
    with transaction.atomic():
        seen = _locked(actor, matter)
        if seen.state != "draft":
            raise GuardRefused([_("只有拟稿时可以修改正文；请先退回修改。")])
        with as_system("the actor drafts this letter"):
            letter = Letter.objects.select_related("committee__organisation", "employer").get(matter=seen)
            changed = []
            for name, value in {**dict.fromkeys(clear), **values}.items():
                blank = Letter._meta.get_field(name)
                value = "" if value is None and not getattr(blank, "null", False) else value
                if getattr(letter, name) != value:
                    setattr(letter, name, value)
                    changed.append(name)
            if not changed:
                return letter
            if letter.employer is not None and letter.employer.name != letter.employer_name:
                letter.employer = None
            letter.save(update_fields=[*changed, "employer"])
            if seen.data.get("accepted") and (letter.elsewhere or not letter.scope):
                # What was taken up turns out not to be the union's: the days for saying so run from the beginning.
                del seen.data["accepted"]
                clocks.start(seen, "acceptance", flow_of(seen).clocks["acceptance"], seen.opened_at)
                clocks.refresh_due(seen)
            seen.title = _title(letter)
            touch(seen, "write_letter", actor, after={"fields": changed})
            letter.matter = seen
            return letter


def add_papers(actor: Actor, matter: Matter, kind: str, files: Sequence[File]) -> list[LetterPaper]:
    """上传: the receipt, the answer, evidence. The same content twice is one paper."""
    if kind not in LetterPaper.Kind.values:
        raise InvalidData({"kind": [_("请选择材料的种类。")]})
    if not files:
        raise InvalidData({"files": [_("请选择文件。")]})
    with transaction.atomic():
        seen = _locked(actor, matter)
        with as_system("the actor handles this letter"):
            if not seen.is_open:
                raise GuardRefused([_("这一件已经结束，不能再加材料。")])
            if seen.letter_papers.count() + len(files) > PAPERS_MOST:
                raise GuardRefused([_("最多 %(most)d 份材料。") % {"most": PAPERS_MOST}])
            papers = []
            for file in files:
                stored = save_attachment(file)
                paper, _made = LetterPaper.objects.get_or_create(
                    matter=seen,
                    kind=kind,
                    sha256=stored.sha256,
                    defaults={**stored.columns, "by_id": actor.account_id, "at": now()},
                )
                papers.append(paper)
            touch(seen, "letter_paper", actor, after={"kind": kind, "papers": [one.sha256 for one in papers]})
            return papers


def keeps(actor: Actor, path: str) -> bool:
    """May the actor keep the register of this union's committee?"""
    return any(duty.role in KEEPERS and within(path, duty.path) for duty in actor.duties)


def keep_committee(actor: Actor, organisation: Organisation, code: str, since: date) -> Committee:
    """登记监督委员会. A second time changes code and day."""
    if not keeps(actor, organisation.path):
        raise NotAllowed
    code = code.strip()
    if not 1 <= len(code) <= 8:
        raise InvalidData({"code": [_("文号代字请填 1 到 8 个字，例如“南”。")]})
    if since > today():
        raise InvalidData({"since": [_("日期不能晚于今天。")]})
    with transaction.atomic():
        committee, _made = Committee.objects.update_or_create(
            organisation=organisation, defaults={"code": code, "since": since, "active": True}
        )
        trail.record(
            f"committee:{committee.pk}", "keep", actor=actor, after={"organisation": organisation.path, "code": code}
        )
    return committee


def add_member(
    actor: Actor,
    committee: Committee,
    *,
    name: str,
    post: str,
    certificate_no: str = "",
    valid_until: date | None = None,
    username: str = "",
) -> Member:
    """登记成员: who signs needs an account, who inquires a certificate."""
    if not keeps(actor, committee.organisation.path):
        raise NotAllowed
    errors: dict[str, list[str]] = {}
    name, certificate_no, username = name.strip(), certificate_no.strip(), username.strip()
    if not name or post not in Member.Post.values:
        errors["name"] = [_("请写明姓名和职务。")]
    if post == Member.Post.SUPERVISOR and not certificate_no:
        errors["certificate_no"] = [_("监督员要有监督员证，请写证号。")]
    if post != Member.Post.SUPERVISOR and not username:
        errors["username"] = [_("签发要本人登录，请写用户名。")]
    account = None
    if username:
        account = Account.objects.filter(username=username, kind=Account.Kind.STAFF, is_active=True).first()
        held = DutyAssignment.objects.filter(
            account=account, organisation=committee.organisation, valid_to__isnull=True
        )
        if account is None or not held.exists():
            errors["username"] = [_("这个单位没有这位工作人员，请先由管理员开通账号和岗位。")]
    if errors:
        raise InvalidData(errors)
    try:
        with transaction.atomic():
            member = Member.objects.create(
                committee=committee,
                account=account,
                name=name[:40],
                post=post,
                certificate_no=certificate_no[:40],
                valid_until=valid_until,
            )
            trail.record(f"committee:{committee.pk}", "add_member", actor=actor, after={"post": post})
    except IntegrityError:
        raise InvalidData({"certificate_no": [_("这个证号已经登记过。")]}) from None
    return member


def drop_member(actor: Actor, member: Member) -> None:
    """No longer a member; letters keep what was written down of them."""
    if not keeps(actor, member.committee.organisation.path):
        raise NotAllowed
    with transaction.atomic():
        member.active = False
        member.save(update_fields=["active"])
        trail.record(f"committee:{member.committee_id}", "drop_member", actor=actor, after={"member": member.pk})
