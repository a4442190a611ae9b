"""Facts from which limitation clocks are told (时效事实): the days things happened, and what interrupted a clock."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from gonghui.law.calculators.facts import Day, Facts, YesNo, fact

EventKind = Literal["claimed", "asked_authority", "agreed", "filed", "stopped"]
EVENTS: dict[str, str] = {
    "claimed": "向对方主张权利（书面催要等）",
    "asked_authority": "向有关部门请求救济（投诉、申请调解等）",
    "agreed": "对方同意履行（欠条、承诺等）",
    "filed": "申请仲裁或起诉",
    "stopped": "因不可抗力等不能行使权利的一段时间",
}


class LimitEvent(Facts):
    """Something that interrupts (中断) or stops (中止) a clock; `until` is the day a hindrance ended."""

    kind: EventKind = fact("发生了什么", ask="期间发生过哪些事？", why="主张权利、投诉等使时效重新计算", choices=EVENTS)
    day: Day = fact("日期", ask="哪一天？", why="时效从这一天起重新计算或暂停")
    until: Day | None = fact(
        "结束日期", ask="障碍（或办理程序）哪一天结束？", why="中止的时间不计算；没有结束的不填", default=None
    )

    @model_validator(mode="after")
    def _in_order(self) -> LimitEvent:
        if self.until is not None and self.until < self.day:
            raise ValueError("结束日期不能早于开始日期")
        return self


class LimitationFacts(Facts):
    """Days from which clocks run; only those given are computed."""

    rights_known: Day | None = fact(
        "知道权利被侵害的日期",
        ask="您哪一天知道（或应当知道）权利被侵害，例如收到解除通知的日期？",
        why="仲裁时效从知道或者应当知道权利被侵害之日起算一年",
        default=None,
    )
    wages_owed: YesNo = fact(
        "是否拖欠工资（含加班费）", ask="单位拖欠工资或加班费吗？", why="欠薪的时效另有规定", default=False
    )
    ended: Day | None = fact(
        "劳动关系终止的日期",
        ask="如已离职，哪一天离职？仍在职不填。",
        why="在职期间追索欠薪不受一年限制，离职后须在一年内提出",
        default=None,
    )
    violation: Day | None = fact(
        "违法行为发生的日期", ask="单位的违法行为发生在哪一天？", why="劳动监察只查处二年内的行为", default=None
    )
    violation_goes_on: YesNo = fact(
        "违法行为是否仍在继续", ask="这个行为现在还在继续吗？", why="连续的行为从终了之日起算", default=False
    )
    violation_ended: Day | None = fact(
        "违法行为终了的日期", ask="连续的违法行为哪一天停止？", why="连续的行为从终了之日起算", default=None
    )
    injured: Day | None = fact(
        "受伤或诊断职业病的日期",
        ask="事故发生（或诊断、鉴定为职业病）是哪一天？",
        why="单位三十日内、职工或工会一年内申请工伤认定",
        default=None,
    )
    appraised: Day | None = fact(
        "收到劳动能力鉴定结论的日期", ask="哪一天收到鉴定结论？", why="不服的十五日内申请再次鉴定", default=None
    )
    decision: Day | None = fact(
        "收到行政决定（如工伤认定）的日期", ask="哪一天收到决定？", why="复议六十日、诉讼六个月", default=None
    )
    review_decision: Day | None = fact(
        "收到复议决定书的日期", ask="哪一天收到复议决定书？", why="不服的十五日内起诉", default=None
    )
    award: Day | None = fact(
        "收到仲裁裁决书的日期", ask="哪一天收到裁决书？", why="不服的十五日内向法院起诉", default=None
    )
    harmed: Day | None = fact(
        "知道权利受到损害以及义务人的日期",
        ask="（歧视、性骚扰、劳务、侵权等）哪一天知道受到损害、是谁造成的？",
        why="民事诉讼时效三年",
        default=None,
    )
    performance_due: Day | None = fact(
        "生效文书规定履行的最后一日", ask="裁决、判决或调解书规定哪一天前履行？", why="二年内申请执行", default=None
    )
    agreement: Day | None = fact(
        "调解协议生效的日期", ask="调解协议哪一天签字生效？", why="三十日内共同申请司法确认", default=None
    )
    diagnosed: Day | None = fact(
        "收到职业病诊断证明书的日期", ask="哪一天收到诊断证明书？", why="有异议的申请鉴定", default=None
    )
    disease_appraised: Day | None = fact(
        "收到职业病首次鉴定书的日期", ask="哪一天收到首次鉴定书？", why="不服的申请再鉴定", default=None
    )
    events: tuple[LimitEvent, ...] = fact(
        "期间发生的事", ask="这期间催要过、投诉过，或对方承诺过吗？", why="这些会使时效重新计算或停止", default=()
    )

    @model_validator(mode="after")
    def _in_order(self) -> LimitationFacts:
        if self.violation and self.violation_ended and self.violation_ended < self.violation:
            raise ValueError("违法行为终了的日期不能早于发生的日期")
        if self.violation_goes_on and self.violation_ended:
            raise ValueError("填了终了的日期，就不是仍在继续")
        return self
