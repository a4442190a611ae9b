"""Article ids of the law collection (法条编号), written short: `articles(CONTRACT, 47, 87)`."""

from __future__ import annotations

CONTRACT = "劳动合同法-2012-12-28"
CONTRACT_REGULATION = "劳动合同法实施条例-2008-09-18"
LABOUR = "劳动法-2018-12-29"
ARBITRATION = "劳动争议调解仲裁法-2007-12-29"
INSURANCE = "社会保险法-2018-12-29"
INJURY = "工伤保险条例-2010-12-20"
INJURY_CASES = "最高人民法院关于审理工伤保险行政案件若干问题的规定-2014-06-18"
SUPERVISION = "劳动保障监察条例-2004-11-01"
MIGRANT_WAGES = "保障农民工工资支付条例-2019-12-30"
WAGES = "工资支付暂行规定-1994-12-06"
LEAVE = "职工带薪年休假条例-2007-12-14"
LEAVE_RULES = "企业职工带薪年休假实施办法-2008-07-17"
WOMEN = "女职工劳动保护特别规定-2012-04-28"
UNEMPLOYMENT = "失业保险条例-1999-01-22"
UNION = "工会法-2021-12-24"
RETIREMENT = "国务院关于渐进式延迟法定退休年龄的办法-2024-09-13"
INTERPRETATION_ONE = "最高人民法院关于审理劳动争议案件适用法律问题的解释（一）-2020-12-29"
UNPAID_CRIME = "最高人民法院关于审理拒不支付劳动报酬刑事案件适用法律若干问题-2013-01-16"
CIVIL_CODE = "民法典-2020-05-28"
CIVIL_PROCEDURE = "民事诉讼法-2023-09-01"
MEDIATION = "人民调解法-2010-08-28"
DISEASE = "职业病防治法-2018-12-29"
WAGE_BILL = "关于工资总额组成的规定-1990-01-01"


def articles(law: str, *numbers: int) -> tuple[str, ...]:
    """The ids of these articles of a law."""
    return tuple(f"{law}-{number}" for number in numbers)
