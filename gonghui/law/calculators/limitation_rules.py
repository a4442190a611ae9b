"""Kinds of limitation clocks (时效种类, handbook 2.2): what starts each, what interrupts or stops it, and its articles.

Their lengths are dated parameters (`limits.yaml`), not written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from gonghui.law.calculators.sources import (
    ARBITRATION,
    CIVIL_CODE,
    CIVIL_PROCEDURE,
    DISEASE,
    INJURY,
    INJURY_CASES,
    MEDIATION,
    SUPERVISION,
    articles,
)

Stops = Literal["no", "any_time", "last_six_months"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of clock: what starts it, whether it is interrupted, how it stops, and the articles it stands on.

    `after_procedure` says that an interruption by a procedure counts from its end (民法典 195), not from its beginning.
    `watched_by`: whose time it is. The end of the employer's is no loss of the worker's, who need not hurry for it.
    `told`: whether a worker is told of it; one that a worker would take for theirs is not.
    """

    code: str
    name: str
    start: str
    citations: tuple[str, ...]
    interrupted: bool
    stops: Stops
    after_procedure: bool = False
    advice: str = ""
    watched_by: Literal["worker", "employer"] = "worker"
    told: bool = True

    @property
    def key(self) -> str:
        return f"limit.{self.code}"


_DAYS = articles(CIVIL_CODE, 201, 202, 203)
_COURT = articles(CIVIL_PROCEDURE, 85)
RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.code: rule
        for rule in (
            Rule(
                "L1",
                "申请劳动仲裁",
                "知道或者应当知道权利被侵害",
                (*articles(ARBITRATION, 27), *_DAYS),
                True,
                "any_time",
            ),
            Rule(
                "L2",
                "欠薪申请劳动仲裁",
                "劳动关系终止",
                (*articles(ARBITRATION, 27), *_DAYS),
                True,
                "any_time",
                advice="劳动关系存续期间的欠薪（包括加班费）不受一年限制，离职后须在一年内提出",
            ),
            Rule(
                "L3",
                "向劳动监察投诉",
                "违法行为发生（连续的，为行为终了）",
                articles(SUPERVISION, 20),
                False,
                "no",
                advice="二年内被举报、投诉或发现的才查处；已经投诉的，请保存回执",
            ),
            Rule(
                "L4e",
                "单位申请工伤认定",
                "事故伤害发生或者被诊断、鉴定为职业病",
                articles(INJURY, 17),
                False,
                "no",
                advice="经社会保险行政部门同意可以适当延长；单位逾期不申请的，期间的工伤待遇费用由单位负担",
                watched_by="employer",
            ),
            Rule(
                "L4w",
                "职工、近亲属或工会申请工伤认定",
                "事故伤害发生或者被诊断、鉴定为职业病",
                (*articles(INJURY, 17, 18), *articles(INJURY_CASES, 7)),
                False,
                "any_time",
                advice="不是本人原因耽误的时间（含为确认劳动关系仲裁、诉讼的时间）不计算在内",
            ),
            Rule("L5", "申请再次劳动能力鉴定", "收到鉴定结论", articles(INJURY, 26), False, "no"),
            Rule(
                "L6r",
                "申请行政复议",
                "知道或者应当知道行政决定",
                (*articles(INJURY, 55), *_COURT),
                False,
                "any_time",
                advice="决定书没有告知复议权利和期限的，从知道之日起算，最长不超过一年（行政复议法第二十条第三款）",
            ),
            Rule(
                "L6s",
                "直接提起行政诉讼",
                "知道或者应当知道行政决定",
                (*articles(INJURY, 55), *_COURT),
                False,
                "any_time",
            ),
            Rule("L6d", "复议后提起行政诉讼", "收到复议决定书", (*articles(INJURY, 55), *_COURT), False, "any_time"),
            Rule(
                "L7s",
                "不服仲裁裁决向法院起诉",
                "收到裁决书",
                (*articles(ARBITRATION, 48, 50), *_COURT),
                False,
                "no",
                advice="逾期裁决书生效；因不可抗拒的事由耽误的，在障碍消除后十日内可以申请顺延（民事诉讼法第八十六条）",
            ),
            Rule(
                "L7a",
                "单位申请撤销终局裁决",
                "收到裁决书",
                (*articles(ARBITRATION, 47, 49), *_COURT),
                False,
                "no",
                watched_by="employer",
                told=False,
            ),
            Rule(
                "L8",
                "民事诉讼（侵权、歧视、劳务等）",
                "知道或者应当知道权利受到损害以及义务人",
                (*articles(CIVIL_CODE, 188, 194, 195), *_DAYS),
                True,
                "last_six_months",
                after_procedure=True,
            ),
            Rule(
                "L9",
                "申请强制执行",
                "履行期间的最后一日（没有规定的为文书生效日）",
                (*articles(CIVIL_PROCEDURE, 250), *_COURT, *articles(CIVIL_CODE, 194, 195)),
                True,
                "last_six_months",
                after_procedure=True,
            ),
            Rule(
                "L10",
                "申请司法确认调解协议",
                "调解协议生效",
                (*articles(CIVIL_PROCEDURE, 205), *articles(MEDIATION, 33), *_COURT),
                False,
                "no",
                advice="须由双方当事人共同申请",
            ),
            Rule("L11", "对职业病诊断申请鉴定", "收到诊断证明书", articles(DISEASE, 52), False, "no"),
            Rule("L11r", "对职业病鉴定申请再鉴定", "收到鉴定书", articles(DISEASE, 52), False, "no"),
        )
    }
)
