"""What the steps of postings (J01) and registrations (M07) do."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from gonghui.jobs import postings, seekers
from gonghui.jobs.models import JobApplication, Posting, Seeker
from gonghui.kernel import outbox
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.flow import choices, effect, guard, limit
from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.matters import Context
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, now
from gonghui.services.models import Application


def _posting_for(matter: Matter) -> Posting:
    return Posting.objects.get(matter=matter)


def _seeker_for(matter: Matter) -> Seeker:
    return Seeker.objects.get(matter=matter)


@limit("jobs.limit_closing")
def limit_closing(matter: Matter) -> Limit:
    """Until the end of the closing day."""
    end = datetime.combine(_posting_for(matter).closes + timedelta(days=1), time(), SHANGHAI)
    minutes = max(1, int((end - now()).total_seconds() // 60))
    return Limit.model_validate({"minutes": minutes})


@guard("jobs.may_publish")
def may_publish(ctx: Context, args: Any) -> str | None:
    """What is serious needs a written finding; an employer on the list of wage defaulters is not published at all."""
    posting = ctx.once(_posting_for)
    blocked = postings.blocked_now(posting.uscc)
    if blocked is not None:
        return postings.blocked_words(blocked)
    found = postings.serious_hits(posting.checks)
    if found and not ctx.preview and not ctx.data["note"]:
        names = "；".join(str(hit.check) for hit in found)
        return _("有严重疑点：%(names)s。请写明核实了什么，或者退回、不予发布。") % {"names": names}
    return None


@effect("jobs.publish")
def publish(ctx: Context, args: Any) -> None:
    posting = ctx.once(_posting_for)
    posting.open, posting.published_at = True, ctx.now
    posting.save(update_fields=["open", "published_at"])
    found = [hit["code"] for hit in posting.checks]
    if found:
        ctx.record(doubts=found)


@effect("jobs.take_down")
def take_down(ctx: Context, args: Any) -> None:
    """Off the list. Who applied goes on with the employer."""
    posting = ctx.once(_posting_for)
    posting.open, posting.closed_at = False, ctx.now
    posting.save(update_fields=["open", "closed_at"])


@effect("jobs.put_back")
def put_back(ctx: Context, args: Any) -> None:
    posting = ctx.once(_posting_for)
    blocked = postings.blocked_now(posting.uscc)
    if blocked is not None:
        # A posting made under an earlier text of the flow has no guard on this step.
        raise GuardRefused([postings.blocked_words(blocked)])
    posting.open, posting.closed_at = True, None
    posting.save(update_fields=["open", "closed_at"])
    application = Application.objects.get(matter=ctx.matter)
    application.told_text = ""
    application.save(update_fields=["told_text"])
    postings.settle_reports(ctx.actor, posting, upheld=False, at=ctx.now)


@effect("jobs.uphold_reports")
def uphold_reports(ctx: Context, args: Any) -> None:
    """The posting is taken down: reports are answered, and who is in touch with the employer is warned."""
    posting = ctx.once(_posting_for)
    reporters = list(posting.reports.filter(settled_at__isnull=True).values_list("account_id", flat=True))
    postings.settle_reports(ctx.actor, posting, upheld=True, at=ctx.now)
    applied = posting.applications.filter(matter__is_open=True).values_list("account_id", "matter_id")
    words = f"“{posting.title}”因违规被工会下线，请先不要交钱、交证件，有损失请打 12351。"
    thanks = f"您举报的“{posting.title}”已核实下线，谢谢您。"
    for account_id, matter_id in applied:
        outbox.enqueue(
            "notice.app", f"jobs:{matter_id}:warned:{ctx.matter.version}", {"text": words}, account_id=account_id
        )
    for account_id in reporters:
        key = f"jobs:{ctx.matter.pk}:upheld:{account_id}:{ctx.matter.version}"
        outbox.enqueue("notice.app", key, {"text": thanks}, account_id=account_id)


# 求职登记.


@choices("jobs.fitting")
def fitting(matter: Matter, actor: Actor) -> list[tuple[str, str]]:
    """The jobs that fit this person, each with the reasons."""
    with as_system("the actor sees this registration, jobs are public"):
        seeker = Seeker.objects.filter(matter=matter).first()
        found = seekers.jobs_for(seeker) if seeker is not None else []
    return [
        (str(row.pk), f"{row.title} · {row.employer} · {postings.pay_words(row)}（{'、'.join(one.reasons)}）")
        for row, one in found
    ]


@guard("jobs.something_recommended")
def something_recommended(ctx: Context, args: Any) -> str | None:
    if ctx.preview or ctx.data["posting"] or ctx.data["text"]:
        return None
    return _("请选一个岗位，或者写明怎样帮。")


@effect("jobs.recommend")
def recommend(ctx: Context, args: Any) -> None:
    seeker = ctx.once(_seeker_for)
    lines = []
    if ctx.data["posting"]:
        posting = Posting.objects.get(pk=int(ctx.data["posting"]))
        ctx.matter.data["recommended"] = [*ctx.matter.data.get("recommended", []), posting.pk][-20:]
        lines.append(f"{posting.title}（{posting.employer}）")
        ctx.record(posting=posting.matter_id)
    if ctx.data["text"]:
        lines.append(ctx.data["text"])
    application = Application.objects.get(matter_id=seeker.matter_id)
    application.told_text = "\n".join(lines)
    application.save(update_fields=["told_text"])


@effect("jobs.end_seeking")
def end_seeking(ctx: Context, args: Any) -> None:
    """Employers find this person no more. Applications under way go on."""
    seeker = ctx.once(_seeker_for)
    seeker.active = False
    seeker.save(update_fields=["active"])
    how = ctx.data.get("how")
    if how:
        ctx.matter.data["how"] = how


def recommended(seeker: Seeker) -> list[Posting]:
    """What the union recommended and is still open, the last first."""
    wanted = list(reversed(seeker.matter.data.get("recommended", [])))
    with as_system("jobs are public"):
        had = set(
            JobApplication.objects.filter(account_id=seeker.account_id or 0, live=True).values_list(
                "posting_id", flat=True
            )
        )
        rows = {
            row.pk: row for row in Posting.objects.select_related("region", "matter").filter(pk__in=wanted, open=True)
        }
    return [rows[pk] for pk in dict.fromkeys(wanted) if pk in rows and pk not in had]
