"""C25 服务期违约金上限 (劳动合同法 22, 25; 实施条例 16, 26)."""

from __future__ import annotations

from fractions import Fraction

from pydantic import model_validator

from gonghui.law.calculators.facts import Count, Facts, Money, YesNo, fact
from gonghui.law.calculators.money import cents, exact, show, yuan
from gonghui.law.calculators.registry import calculator
from gonghui.law.calculators.results import Missing, Result
from gonghui.law.calculators.sources import CONTRACT, CONTRACT_REGULATION, articles
from gonghui.law.calculators.working import Context, Working


class TrainingBondFacts(Facts):
    """C25 facts."""

    cost: Money = fact(
        "培训费用", unit="元", ask="单位为您付了多少培训费用（有凭证的）？", why="违约金不得超过培训费用"
    )
    total_months: Count = fact("服务期总月数", unit="个月", ask="约定服务期多少个月？", why="按未履行的比例分摊")
    served_months: Count = fact("已履行月数", unit="个月", ask="已经履行了多少个月？", why="已履行的部分不用赔")
    agreed: Money | None = fact(
        "约定的违约金", unit="元", ask="协议约定违约金多少？", why="约定低于上限的按约定", default=None
    )
    article_38: YesNo = fact(
        "是否因单位过错离开",
        ask="是因为单位欠薪、不缴社保等（第三十八条）离开的吗？",
        why="这种情况不用付违约金",
        default=False,
    )
    special_training: YesNo = fact(
        "是否专项技术培训",
        ask="是单位出钱的专业技术培训吗（不是入职、安全等一般培训）？",
        why="只有专项培训才能约定服务期违约金",
        default=True,
    )

    @model_validator(mode="after")
    def _possible(self) -> TrainingBondFacts:
        if self.total_months < 1:
            raise ValueError("服务期总月数至少填 1")
        return self


@calculator("C25", "服务期违约金上限", "Limit of a training bond")
def training_bond(facts: TrainingBondFacts, ctx: Context) -> Result | Missing:
    """服务期违约金: at most the training cost that falls on the months not served; nothing under article 38.

    劳动合同法 22, 25; 实施条例 16, 26. Yuan, an upper limit of what the employer may ask.
    """
    w = Working("C25", ctx)
    w.cite(*articles(CONTRACT, 22, 25), *articles(CONTRACT_REGULATION, 16, 26))
    w.mark("V")
    if not facts.special_training:
        w.step("不是专项技术培训，不得约定服务期违约金（第二十二条、第二十五条）")
        return w.result("不用支付违约金。", cents(0))
    if facts.article_38:
        w.step("依照第三十八条解除的，不属于违反服务期约定（实施条例第二十六条）")
        return w.result("不用支付违约金。", cents(0))
    left = max(facts.total_months - facts.served_months, 0)
    share = exact(facts.cost) * left / facts.total_months
    if left:
        w.step(f"尚未履行：{facts.total_months} - {facts.served_months} = {left} 个月")
    else:
        w.step(f"服务期 {facts.total_months} 个月已经履行完毕")
    w.step(f"{show(facts.cost)} × {left} ÷ {facts.total_months} = {yuan(share)}")
    amount: Fraction = share
    if facts.agreed is not None and exact(facts.agreed) < share:
        amount = exact(facts.agreed)
        w.step(f"约定的违约金 {show(facts.agreed)} 更低，按约定")
    w.warn("这是上限；培训费用须有凭证，培训期间的工资是否算在内有争议（未核对）")
    return w.result(f"违约金最多 {yuan(amount)}。", cents(amount))
