"""Conditions of the flow. A text says why not and what to do instead; None lets pass."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from gonghui.appeals.models import WorkOrder
from gonghui.kernel.flow import guard
from gonghui.kernel.matters import Context
from gonghui.kernel.scope import ancestors
from gonghui.kernel.times import day_of
from gonghui.resolution import tables
from gonghui.resolution.models import Inquiry, Letter, LetterPaper, Member
from gonghui.resolution.rules.common import chain, chosen, issuer, letter_of, members, no_issuer, service_of

LEAST_SUPERVISORS = 2
# What a prefilled sentence has where a sum is not known.
BLANK = "＿＿"


def _today(ctx: Context) -> date:
    return day_of(ctx.now)


@guard("resolution.not_yet_accepted")
def not_yet_accepted(ctx: Context, args: Any) -> str | None:
    return _("已经受理。") if ctx.matter.data.get("accepted") else None


@guard("resolution.acceptable")
def acceptable(ctx: Context, args: Any) -> str | None:
    letter = letter_of(ctx)
    if letter.elsewhere:
        return _("行政机关、仲裁机构或者法院已经受理的，不予受理；登记有误的请先修改正文页。")
    return None if letter.scope else _("不属于监督范围的不予受理；属于的，请先在正文页勾选监督事项。")


@guard("resolution.refusable")
def refusable(ctx: Context, args: Any) -> str | None:
    """The ground must be what the letter says: nobody is turned away for a reason that does not hold."""
    letter = letter_of(ctx)
    if ctx.matter.data.get("accepted"):
        return _("已经受理的不能再不予受理；不再需要的请撤回。")
    if ctx.preview:
        return None
    if ctx.data["ground"] == "elsewhere" and not letter.elsewhere:
        return _("没有登记别处已经受理，请先在正文页登记。")
    if ctx.data["ground"] == "out_of_scope" and letter.scope:
        return _("已勾选监督事项，属于监督范围。登记有误的请先修改正文页。")
    if ctx.data["told_by"] == "app" and (letter.source is None or letter.source.owner_id is None):
        return _("职工没有平台账号，请邮寄或者当面交付书面通知。")
    return None


@guard("resolution.result_open")
def result_open(ctx: Context, args: Any) -> str | None:
    letter = letter_of(ctx)
    if tables.is_open(letter.kind, letter.stance):
        return None
    return _("只有主管部门答复已经立案、结果另行告知的，才登记处理结果。")


@guard("resolution.result_fits")
def result_fits(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    filed = letter_of(ctx).replied_on
    if ctx.data["day"] > _today(ctx) or (filed is not None and ctx.data["day"] < filed):
        return _("告知日期要在答复立案以后、今天以前。")
    return None


@guard("resolution.accepted")
def accepted(ctx: Context, args: Any) -> str | None:
    return None if ctx.matter.data.get("accepted") else _("还没有受理。请先受理，或者书面告知不予受理。")


@guard("resolution.complete")
def complete(ctx: Context, args: Any) -> str | None:
    """What a letter cannot go out without. The rest may stay blank and be written by hand."""
    letter = letter_of(ctx)
    needed = {
        _("用人单位"): letter.employer_name,
        _("查明的事实"): letter.findings,
        _("违反的规定"): letter.breaches,
        _("提示、意见或者建议的内容"): letter.asks,
        _("整改期限"): letter.rectify_by or tables.kind(letter.kind).to_authority,
        _("联系人"): letter.contact,
        _("联系电话"): letter.phone,
        _("主送机关"): letter.addressee or not tables.kind(letter.kind).to_authority,
    }
    missing = [name for name, value in needed.items() if not value]
    if missing:
        return _("还缺：%(what)s。请在正文页补上。") % {"what": "、".join(missing)}
    if BLANK in letter.asks:
        return _("要求里还有空着的地方：每一项都要能够核对是否做到，请在正文页填上或者改写。")
    if letter.rectify_by is not None and letter.rectify_by <= _today(ctx):
        return _("整改期限已经过了，请改成以后的日期。")
    return None


@guard("resolution.no_identity")
def no_identity(ctx: Context, args: Any) -> str | None:
    """The letter goes to the employer: it must not tell who complained, unless they agreed."""
    letter = letter_of(ctx)
    order = WorkOrder.objects.select_related("appeal").filter(matter_id=letter.source_id or 0).first()
    if order is None or order.appeal.disclose_ok:
        return None
    appeal = order.appeal
    text = "\n".join((letter.findings, letter.asks, letter.attachments, letter.breaches)).replace(" ", "")
    told = [
        name
        for name, value in (
            (_("姓名"), appeal.reporter_name),
            (_("电话"), appeal.phone),
            (_("证件号"), appeal.id_no),
            (_("备用联系方式"), appeal.backup_contact),
        )
        if len(value) > 1 and value.replace(" ", "") in text
    ]
    if not told:
        return None
    return _("职工没有同意向单位披露身份，正文里有职工的%(what)s，请删去。") % {"what": "、".join(told)}


@guard("resolution.inquired")
def inquired(ctx: Context, args: Any) -> str | None:
    """An opinion rests on an inquiry, of its own or of a letter before it."""
    letter = letter_of(ctx)
    if not tables.kind(letter.kind).inquiry:
        return None
    matters = [one.matter_id for one in chain(letter)]
    if Inquiry.objects.filter(matter__in=matters).exists():
        return None
    return _("意见书要在调查以后发出：请先“登记调查”，由两名以上监督员进行。")


@guard("resolution.two_supervisors")
def two_supervisors(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        found = members(ancestors(ctx.matter.holder_path), _today(ctx))
        if len(found) >= LEAST_SUPERVISORS:
            return None
        return _("登记的监督员不到两名，不能调查、核实。请先在“监督委员会”里登记监督员和证号。")
    day = ctx.data["day"]
    if day > _today(ctx):
        return _("日期不能晚于今天。")
    people = chosen(ctx.data["supervisors"])
    if len({one.certificate_no for one in people}) < LEAST_SUPERVISORS:
        return _("要由两名以上监督员进行。")
    late = [one.name for one in people if one.valid_until is not None and one.valid_until < day]
    if late:
        return _("%(names)s的监督员证那天已经过期。") % {"names": "、".join(late)}
    return None if ctx.data.get("shown") else _("监督员应当出示监督员证；没有出示的，请重新进行。")


@guard("resolution.may_sign")
def may_sign(ctx: Context, args: Any) -> str | None:
    """An opinion is signed by the chair or vice-chair (浙江 21); who that is, the committee's register says."""
    letter = letter_of(ctx)
    kind = tables.kind(letter.kind)
    if not kind.signers or signer(ctx, letter) is not None:
        return None
    posts = "、".join(str(Member.Post(post).label) for post in kind.signers)
    return _("%(kind)s由%(posts)s签发。您不是登记的%(posts)s，请由其本人签发，或者先在“监督委员会”里登记。") % {
        "kind": kind.label,
        "posts": posts,
    }


def signer(ctx: Context, letter: Letter) -> Member | None:
    """The actor as a member who may sign letters of this kind."""
    if ctx.actor.account_id is None:
        return None
    posts = tables.kind(letter.kind).signers
    return Member.objects.filter(
        committee_id=letter.committee_id, account_id=ctx.actor.account_id, post__in=posts, active=True
    ).first()


@guard("resolution.sendable")
def sendable(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    letter, day = letter_of(ctx), ctx.data["day"]
    if day > _today(ctx) or (letter.signed_on is not None and day < letter.signed_on):
        return _("发出日期要在签发以后、今天以前。")
    method = ctx.data["method"]
    if method in ("direct", "left") and len(chosen(ctx.data["supervisors"])) < LEAST_SUPERVISORS:
        return _("直接送达、留置送达由两人进行，请选送达人。")
    if method in ("post", "electronic") and not ctx.data.get("tracking"):
        return _("请写运单号或者电子地址，以便查证。")
    return None


@guard("resolution.deliverable")
def deliverable(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    service = service_of(ctx)
    if not service.sent_on <= ctx.data["day"] <= _today(ctx):
        return _("送达日期要在发出以后、今天以前。")
    if service.method == "left":
        return None if ctx.data.get("note") else _("留置送达的，请写明拒收经过和见证人。")
    return None if ctx.data.get("received_by") else _("请写签收人；电子送达写收件账号或者回执。")


@guard("resolution.reply_fits")
def reply_fits(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    letter = letter_of(ctx)
    if ctx.data["day"] > _today(ctx) or (letter.delivered_on is not None and ctx.data["day"] < letter.delivered_on):
        return _("答复日期要在送达以后、今天以前。")
    return None


@guard("resolution.closable")
def closable(ctx: Context, args: Any) -> str | None:
    if not LetterPaper.objects.filter(matter=ctx.matter, kind=LetterPaper.Kind.RECEIPT).exists():
        return _("还没有上传送达回证。")
    if not ctx.preview and letter_of(ctx).corrected != "yes" and not ctx.data.get("text"):
        return _("没有全部整改就办结的，请写明理由；应当继续监督的，请升级。")
    return None


@guard("resolution.ground_fits")
def ground_fits(ctx: Context, args: Any) -> str | None:
    """Escalated only for what happened: no reply in time, a refusal, or a verification that found no correction."""
    letter, state = letter_of(ctx), ctx.previous_state or ctx.matter.state
    refuses = any(item.code == letter.stance and item.refuses for item in tables.stances(letter.kind))
    holds = {
        "late": state == "overdue" or letter.in_time is False,
        "refused": refuses,
        "not_corrected": state == "verified" and letter.corrected in ("partly", "no"),
    }
    if not any(holds.values()):
        return _("按期答复、没有拒绝、也没有核实到未整改，不能升级。请先整改核实。")
    if ctx.preview:
        return None
    if not holds[ctx.data["ground"]]:
        return _("登记的情况和这个理由不符，请重新选择。")
    if not tables.kind(letter.kind).next and not ctx.data.get("onward"):
        return _("请选择建议书之后的去向。")
    return None


@guard("resolution.next_issuer")
def next_issuer(ctx: Context, args: Any) -> str | None:
    following = tables.kind(letter_of(ctx).kind).next
    if not following or issuer(ctx.matter.holder_path, following) is not None:
        return None
    return no_issuer(following)
