"""试办: the craftsmen and the contest that a walk through this room's services finds; draw, sheets and awards."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from gonghui.craft import contests
from gonghui.craft.models import Contest, Craftsman
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.matters import act, open_matter
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.organisations.models import Organisation
from gonghui.services.models import Offer
from gonghui.services.trial.walkers import Hands, Scene, stages, walks
from gonghui.services.trial.world import free_phone

ITEMS = [{"code": "i1", "zh": "质量", "weight": 60}, {"code": "safety", "zh": "安全文明", "weight": 40}]
POINTS = {"skill": "28", "contribution": "27", "teaching": "18", "conduct": "9", "people": "9"}
WORDS = "师傅一边焊一边讲：先看坡口，再看间隙，电流小一点，手要稳，每焊一道都要清渣。"


def a_craftsman(union: Organisation, number: int, **fields: Any) -> Craftsman:
    """A craftsman of the list."""
    values: dict[str, Any] = {
        "name": f"工匠{number}", "unit": f"第{number}机械厂", "trade": "电焊工", "tags": ["welding"],
        "technology": "厚板焊接变形控制", "hours_month": 40, "area": "city", "consented_at": now(),
        "phone": free_phone(), **fields,
    }  # fmt: skip
    return Craftsman.objects.create(organisation=union, region_id=str(union.region_id), listed_at=now(), **values)


def contest_for(offer: Offer) -> Contest:
    """An approved contest for which people sign up by this offer."""
    matter = open_matter(
        contests.KIND, actor=SYSTEM, title=offer.title, holder_path=offer.organisation.path, number=f"JS-{offer.pk}",
        state="open",
    )  # fmt: skip
    return Contest.objects.create(
        matter=matter, organisation=offer.organisation, offer=offer, name=offer.title, trade="welding", level="county",
        plan="焊接比武", items=ITEMS, theory=30, practice=70,
    )  # fmt: skip


def judges_for(contest: Contest, handler: Actor, count: int = 3) -> list[int]:
    return [contests.add_judge(handler, contest, f"裁判{number}", "技师学院").pk for number in range(count)]


def score_all(contest: Contest, handler: Actor, judges: list[int]) -> None:
    """Everybody's paper and sheets: the lower the number, the better."""
    for row in contest.contestants.exclude(blind_number=None).order_by("blind_number"):
        number = row.blind_number or 0
        contests.enter_paper(handler, contest, number, Decimal(90 - number), 600)
        for judge in judges:
            points = {"i1": (str(60 - number), "有瑕疵"), "safety": ("40", "")}
            contests.enter_sheet(handler, contest, number, judge, points)


@stages("craft_help")
def craftsmen_to_ask(scene: Scene) -> None:
    for number in (91, 92):
        a_craftsman(scene.union, number, tags=[], area="national")


@stages("craft_contest")
def a_contest(scene: Scene) -> None:
    for offer in Offer.objects.select_related("organisation").filter(pk__in=scene.offers):
        contest_for(offer)


@stages("craft_nominate")
def a_video(scene: Scene) -> dict[str, Any]:
    return {"video_link": "https://tv.cctv.com/2026/01/01/V1.shtml", "video_words": WORDS}


@walks("craft_nominate.close_scoring")
def three_sheets(hands: Hands, matter: Matter) -> str:
    """Three experts' sheets, then the scoring is closed."""
    handler = hands.clerk("handler", matter.holder_path)
    points = {f"point_{name}": value for name, value in POINTS.items()}
    for judge in ("甲", "乙", "丙"):
        act(matter.pk, "score", handler, {"judge": judge, "judge_unit": "技师学院", **points})
    act(matter.pk, "close_scoring", hands.clerk("leader", matter.holder_path))
    return _("三位专家各交一张评分表，再由领导结束评分。")


def _contest_of(matter: Matter) -> Contest:
    with as_system("the contest of the walk"):
        return Contest.objects.select_related("matter").get(offer_id=matter.data["offer"])


@walks("craft_contest.numbered")
def drawn(hands: Hands, matter: Matter) -> str:
    contest, handler = _contest_of(matter), hands.clerk("handler", matter.holder_path)
    judges_for(contest, handler)
    act(contest.matter_id, "draw", handler)
    return _("在“技能竞赛”里登记裁判，抽签编号。")


@walks("craft_contest.scored")
def published(hands: Hands, matter: Matter) -> str:
    contest, handler = _contest_of(matter), hands.clerk("handler", matter.holder_path)
    with as_system("the judges of the walk"):
        judges = list(contest.judges.values_list("pk", flat=True))
        score_all(contest, handler, judges)
    act(contest.matter_id, "lock", handler)
    act(contest.matter_id, "publish_ranking", hands.clerk("leader", matter.holder_path))
    return _("登记理论成绩和每位裁判的评分表，锁定，公布名次。")


@walks("craft_contest.finish")
def awarded(hands: Hands, matter: Matter) -> str:
    contest, handler = _contest_of(matter), hands.clerk("handler", matter.holder_path)
    hands.wait(timedelta(hours=3))
    hands.run_clocks(contest.matter_id)
    act(contest.matter_id, "notice", handler)
    hands.wait(timedelta(days=15))
    hands.run_clocks(contest.matter_id)
    prizes = {"first": "1", "second": "0", "third": "0"}
    act(contest.matter_id, "award", hands.clerk("leader", matter.holder_path), prizes)
    return _("申诉期满，公示十天以上，领导批准奖项。")
