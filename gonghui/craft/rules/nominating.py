"""劳模工匠推荐: the unit's vote, notices, handing up, the experts' sheets, the award (handbook 5.10)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from gonghui.craft import scoring, tables, videos
from gonghui.craft.models import (
    Achievement,
    Craftsman,
    CraftsmanVideo,
    ExpertSheet,
    Honour,
    NominationScore,
    NoticeDeeds,
)
from gonghui.kernel.actor import Actor
from gonghui.kernel.calendar import default_calendar
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.flow import choices, effect, guard
from gonghui.kernel.flow.schema import Transition
from gonghui.kernel.matters import Context, move
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import ancestors
from gonghui.kernel.times import day_of, today
from gonghui.kernel.vault import blind_index
from gonghui.organisations.models import Organisation
from gonghui.organisations.queries import organisation_for_region
from gonghui.services.hooks import checks
from gonghui.services.models import PublicNotice
from gonghui.services.rules.common import application_of, values_of
from gonghui.services.rules.granting import post_notice
from gonghui.services.spec import Service

CHECKS = frozenset({"honest", "lawful", "safe", "green", "tax"})
POINT = "point_"


@checks("M13")
def video_fits(actor: Actor, service: Service, values: Mapping[str, Any]) -> None:
    """A link leads to an approved site and comes with the words of the video."""
    link, words = str(values.get("video_link") or ""), str(values.get("video_words") or "")
    if not link:
        return
    found = {"video_link": videos.wrong_link(link), "video_words": videos.wrong_transcript(words)}
    if wrong := {name: [text] for name, text in found.items() if text}:
        raise InvalidData(wrong)


@guard("craft.vote_fits")
def vote_fits(ctx: Context, args: Any) -> str | None:
    """More than half of those present, on a day that was."""
    if ctx.preview:
        return None
    if ctx.data["day"] > day_of(ctx.now):
        return _("民主推荐的日期还没到。")
    if ctx.data["votes"] > ctx.data["present"]:
        return _("同意票不能多于到会人数。")
    if 2 * ctx.data["votes"] <= ctx.data["present"]:
        return _("同意票没有过半，不能推荐。")
    return None


@guard("craft.checks_whole")
def checks_whole(ctx: Context, args: Any) -> str | None:
    if ctx.preview or set(ctx.data["checks"]) == CHECKS:
        return None
    return _("廉洁、守法、安全生产、环保、纳税五项都没有问题，才能推荐。")


@effect("craft.recommended")
def recommended(ctx: Context, args: Any) -> None:
    """民主推荐记录: the day and the votes stay with the matter."""
    record = {"day": ctx.data["day"].isoformat(), "present": ctx.data["present"], "votes": ctx.data["votes"]}
    ctx.matter.data = {**ctx.matter.data, "vote": record, "from": ctx.matter.holder_path}


@effect("craft.publish")
def publish(ctx: Context, args: str) -> None:
    """公示 of a nomination: the whole name with sex, unit, post and deeds; the working days of the clock `args`."""
    post_notice(ctx, Decimal(0))
    values, limit = values_of(ctx), ctx.flow.clocks[args].limit
    days = int(limit.amount) if limit is not None else 5
    notice = PublicNotice.objects.get(application=application_of(ctx))
    notice.masked_name = str(values["name"])[:30]
    notice.closes = day_of(default_calendar().add_working_days(ctx.now, days).at)
    notice.save(update_fields=["masked_name", "closes"])
    union = Organisation.objects.get(path=ctx.matter.holder_path)
    NoticeDeeds.objects.update_or_create(
        notice=notice,
        defaults={
            "honour": values["honour"],
            "gender": values["gender"],
            "post": values["post"],
            "deeds": values["deeds"],
            "contact": union.phone,
        },
    )


@effect("craft.hand_up")
def hand_up(ctx: Context, args: str) -> None:
    """Give the nomination to the union of a level above, or of the level that confers the honour. Who holds it at that
    level or above keeps it."""
    wanted = args
    if args == "honour":
        wanted = "city" if tables.honour(str(values_of(ctx)["honour"])).level in ("city", "county") else "province"
    above = Organisation.objects.filter(path__in=ancestors(ctx.matter.holder_path), level=wanted, active=True).first()
    if above is not None and above.path != ctx.matter.holder_path:
        move(ctx.matter, above.path)


def dimensions(step: Transition) -> dict[str, int]:
    """What an expert gives points for, with the most of each: the fields of the flow's own step (weights as data)."""
    return {field.name.removeprefix(POINT): field.max or 0 for field in step.fields if field.name.startswith(POINT)}


@guard("craft.score_fits")
def score_fits(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    for name, most in dimensions(ctx.transition).items():
        if ctx.data[POINT + name] > most:
            return _("有一项超过了满分，请核对。")
    if ctx.data["judge_unit"] == values_of(ctx)["unit"]:
        return _("专家和被推荐人同单位，要回避。")
    if NominationScore.objects.filter(
        matter=ctx.matter, judge=ctx.data["judge"], judge_unit=ctx.data["judge_unit"]
    ).exists():
        return _("这位专家的评分已经录入，不能改。")
    return None


@effect("craft.add_score")
def add_score(ctx: Context, args: Any) -> None:
    points = {name: ctx.data[POINT + name] for name in dimensions(ctx.transition)}
    NominationScore.objects.create(
        matter=ctx.matter,
        judge=ctx.data["judge"],
        judge_unit=ctx.data["judge_unit"],
        points={name: str(value) for name, value in points.items()},
        total=sum(points.values(), Decimal(0)),
        by_id=ctx.actor.account_id,
        at=ctx.now,
    )


@guard("craft.sheets_enough")
def sheets_enough(ctx: Context, args: Any) -> str | None:
    least = tables.numbers().judges_least
    count = NominationScore.objects.filter(matter=ctx.matter).count()
    if count < least:
        return _("至少要 %(least)d 位专家评分，现在有 %(count)d 位。") % {"least": least, "count": count}
    return None


@guard("craft.sheets_in")
def sheets_in(ctx: Context, args: Any) -> str | None:
    """Every expert who was handed a sheet has scored it, stays away, or was relieved of it."""
    waiting = ExpertSheet.objects.filter(matter=ctx.matter, state=ExpertSheet.State.ASSIGNED).count()
    return _("还有 %(n)d 位专家没有交评分；等他们交，或者收回。") % {"n": waiting} if waiting else None


def total_of(matter: Matter) -> Decimal | None:
    """The mean of the sheets, by the rule of the numbers; None without any."""
    totals = list(NominationScore.objects.filter(matter=matter).values_list("total", flat=True))
    return scoring.mean(totals, tables.numbers().judges_drop) if totals else None


@effect("craft.total")
def total(ctx: Context, args: Any) -> None:
    """The sheets are locked with their fingerprint: a later change would show."""
    rows = {f"{row.judge}|{row.judge_unit}": row.points for row in NominationScore.objects.filter(matter=ctx.matter)}
    found = str(total_of(ctx.matter))
    ctx.matter.data = {**ctx.matter.data, "total": found, "lock": scoring.lock_hash(rows)}
    ctx.record(total=found, lock=ctx.matter.data["lock"])


@choices("craft.years")
def years(matter: Matter, actor: Actor) -> list[tuple[str, str]]:
    """The year of an honour: this one, or the one before, whose round may end late."""
    year = today().year
    return [(str(one), str(one)) for one in (year, year - 1)]


@effect("craft.award")
def award(ctx: Context, args: Any) -> None:
    """Into the library, with the honour and the number that changed; shown where the person consented."""
    values, application = values_of(ctx), application_of(ctx)
    index = blind_index("id_no", str(values["id_no"]))
    row = Craftsman.objects.filter(person_index=index).first()
    union = organisation_for_region(str(values["region"])) or Organisation.objects.get(path=ctx.matter.holder_path)
    if row is None:
        row = Craftsman(listed_at=ctx.now, organisation=union, technology="")
    for name in ("name", "id_no", "phone", "unit", "trade", "skill_level", "years"):
        setattr(row, name, values[name])
    row.region_id, row.tags, row.story = str(values["region"]), list(values["trades"]), str(values["deeds"])
    for name in ("quote", "patents", "workshop"):
        setattr(row, name, str(values[name] or getattr(row, name)))
    if values["photo"]:
        row.photo_id = values["photo"][0]
    if values["publish"]:
        row.consented_at = row.consented_at or ctx.now
    account = application.account_id if values["way"] == "self" else None
    if account is not None and not Craftsman.objects.filter(account_id=account).exclude(pk=row.pk).exists():
        row.account_id = account
    row.save()
    Honour.objects.get_or_create(
        craftsman=row, kind=values["honour"], year=int(ctx.data["year"]), defaults={"matter": ctx.matter}
    )
    for told in values["achievements"]:
        Achievement.objects.update_or_create(
            craftsman=row,
            metric=told["metric"],
            defaults={name: str(told.get(name) or "") for name in ("before", "after", "measure", "evidence")},
        )
    if values["video_link"] and not row.videos.filter(link=values["video_link"]).exists():
        CraftsmanVideo.objects.create(
            craftsman=row, title=str(values["name"]), link=values["video_link"], transcript=values["video_words"],
            by_id=ctx.actor.account_id, at=ctx.now,
        )  # fmt: skip
    ctx.record(craftsman=row.pk, honour=values["honour"])
