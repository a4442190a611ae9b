"""Craftsmen, companies and what they fill in; `ready_for` makes what a walk through a service needs beforehand."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from gonghui.appeals.tests.support import COUNTY
from gonghui.craft import contests
from gonghui.craft.models import Contest, Craftsman
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.matters import act, open_matter
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, today
from gonghui.kernel.worker import run_once
from gonghui.organisations.models import Organisation
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.services.models import Offer

# A code with a right check character; no company has it.
USCC = "91520102MA0000003U"

NEED: dict[str, Any] = {
    "for_company": True, "company": "甲厂有限公司", "uscc": USCC, "size": "special", "region": "520102",
    "contact": "赵经理", "phone": "13800138000", "topic": "钢梁焊后变形", "trades": ["welding"],
    "equipment": "二氧化碳气体保护焊机", "problem": "钢梁焊完弯曲超过八毫米，要矫正一天。",
    "symptom": "两米以上的梁都这样。", "parameters": "Q355 钢，板厚 12 毫米", "expected": "弯曲不超过两毫米",
    "urgency": "urgent", "mode": "site", "hours": 8, "budget": "5000", "deadline": str(today().replace(year=2099)),
    "confidential": "yes", "promise": True,
}  # fmt: skip

NOMINEE: dict[str, Any] = {
    "honour": "city_craftsman", "name": "赵雷", "gender": "male", "id_no": "11010519491231002X",
    "phone": "13930000077", "unit": "星火机械厂", "ownership": "private", "region": "520102", "post": "焊工班长",
    "standing": "front_line", "trade": "电焊工", "trades": ["welding"], "skill_level": "senior_technician",
    "years": 18, "deeds": "攻克薄壁管焊接，一次合格率从八成到全部合格。", "quote": "焊缝里看得见人品。",
    "achievements": [
        {"metric": "一次合格率", "before": "80", "after": "100", "measure": "%", "evidence": "质检月报"},
        {"metric": "日产量", "before": "5", "after": "50", "measure": "件", "evidence": "生产台账"},
    ],
    "students": 12, "way": "colleague", "publish": True, "promise": True,
}  # fmt: skip

PROJECT: dict[str, Any] = {
    "project": "快换夹具", "kind": "invention", "problem": "换一次夹具要四十分钟。", "solution": "做了定位销快换座。",
    "novelty": "不用重新对刀。", "benefit": "260000", "finance": "yes", "used_since": "2026-01-05",
    "team": [{"name": "林一", "post": "车工", "part": "设计"}, {"name": "林二", "post": "钳工", "part": "制作"}],
    "unit": "甲厂有限公司", "region": "520102", "phone": "13930000088", "promise": True,
}  # fmt: skip


def worker(number: int) -> Actor:
    phone = f"139300{number:05d}"
    found = Account.objects.filter(username=f"w{phone}").first()
    return actor_for(found or Account.objects.create(kind="worker", username=f"w{phone}", phone=phone))


def craftsman(number: int, path: str = COUNTY, account: Actor | None = None, **fields: Any) -> Craftsman:
    """A craftsman of the list; with an account that may answer, where one is given."""
    union = Organisation.objects.get(path=path)
    values: dict[str, Any] = {
        "name": f"工匠{number}", "unit": f"第{number}机械厂", "trade": "电焊工", "tags": ["welding"],
        "technology": "厚板焊接变形控制", "hours_month": 40, "area": "city", "consented_at": now(), **fields,
    }  # fmt: skip
    return Craftsman.objects.create(
        organisation=union, region_id=str(union.region_id), listed_at=now(),
        account_id=account.account_id if account else None, phone=f"139300{number:05d}", **values,
    )  # fmt: skip


ITEMS = [{"code": "i1", "zh": "质量", "weight": 60}, {"code": "safety", "zh": "安全文明", "weight": 40}]


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


def ready_for(service_id: str, path: str) -> dict[str, Any]:
    """What a walk through the service needs beforehand: for a company's need somebody of the list to be asked."""
    if service_id == "M12":
        for number in (91, 92):
            craftsman(number, path, tags=[], area="national")
    if service_id == "M11":
        for row in Offer.objects.filter(service="M11", organisation__path=path, contest=None):
            contest_for(row)
    if service_id == "M13":
        words = "师傅一边焊一边讲：先看坡口，再看间隙，电流小一点，手要稳，每焊一道都要清渣。"
        return {"video_link": "https://tv.cctv.com/2026/01/01/V1.shtml", "video_words": words}
    return {}


def _graded_by_the_unit(walker: Any, matter: Matter) -> None:
    """The unit's review finds no more benefit than was declared."""
    found = {"unit_grade": "first", "benefit": "0", "minutes": "班组在用。"}
    act(matter.pk, "unit_grade", walker.house.person("handler", matter.holder_path, which=70), found)


def _three_sheets(walker: Any, matter: Matter) -> None:
    """Three experts' sheets, then the scoring is closed."""
    handler, leader = (walker.house.person(role, matter.holder_path, which=70) for role in ("handler", "leader"))
    most = {"skill": "28", "contribution": "27", "teaching": "18", "conduct": "9", "people": "9"}
    points = {f"point_{name}": value for name, value in most.items()}
    for judge in ("甲", "乙", "丙"):
        act(matter.pk, "score", handler, {"judge": judge, "judge_unit": "技师学院", **points})
    act(matter.pk, "close_scoring", leader)


def _contest_of(matter: Matter) -> Contest:
    with as_system("the contest of the walk"):
        return Contest.objects.select_related("matter").get(offer_id=matter.data["offer"])


def _drawn(walker: Any, matter: Matter) -> None:
    contest, handler = _contest_of(matter), walker.house.person("handler", matter.holder_path, which=70)
    judges_for(contest, handler)
    act(contest.matter_id, "draw", handler)


def _published(walker: Any, matter: Matter) -> None:
    contest, handler = _contest_of(matter), walker.house.person("handler", matter.holder_path, which=70)
    score_all(contest, handler, list(contest.judges.values_list("pk", flat=True)))
    act(contest.matter_id, "lock", handler)
    act(contest.matter_id, "publish_ranking", walker.house.person("leader", matter.holder_path, which=70))


def _awarded(walker: Any, matter: Matter) -> None:
    contest, handler = _contest_of(matter), walker.house.person("handler", matter.holder_path, which=70)
    walker.wait(timedelta(hours=3))
    run_once()
    act(contest.matter_id, "notice", handler)
    walker.wait(timedelta(days=15))
    run_once()
    prizes = {"first": "1", "second": "0", "third": "0"}
    act(contest.matter_id, "award", walker.house.person("leader", matter.holder_path, which=70), prizes)


# What a walk does beside the flow, by service and by the step that it brings.
BESIDE: dict[str, dict[str, Any]] = {
    "M11": {"numbered": _drawn, "scored": _published, "finish": _awarded},
    "M13": {"close_scoring": _three_sheets},
    "M14": {"unit_grade": _graded_by_the_unit},
}
