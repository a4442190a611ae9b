"""演示: a few texts, written and released through the same steps as in earnest. Safe to repeat."""

from __future__ import annotations

from datetime import timedelta

from gonghui.content import actions
from gonghui.content.models import Item
from gonghui.kernel.actor import Actor, Duty
from gonghui.kernel.matters import act
from gonghui.kernel.times import now, time_shifted
from gonghui.organisations.models import Organisation

PROVINCE, COUNTY = "cn.52", "cn.52.5201.520102"
# Column, organisation, days ago, how far it came, title, summary, text. All of it is made up but the law.
TEXTS = (
    (
        "policy", PROVINCE, 20, "published", "工资应当什么时候发？一图看懂", "至少每月发一次，遇节假日提前发。",
        "## 法律怎么说\n\n工资应当以货币形式按月支付给劳动者本人，不得克扣或者无故拖欠"
        "（《劳动法》第五十条）。\n\n"
        "## 没按时发怎么办\n\n- 留好考勤、工资条、聊天记录\n- 先和单位沟通，也可以找单位工会\n"
        "- 打 12351，或者在这里写“我要诉求”\n",
    ),
    (
        "news", COUNTY, 6, "published", "南明区三个工会驿站延长开放到晚上十点", "送外卖的师傅晚上也能歇脚。",
        "从下周一开始，三个驿站的开放时间延长到 **22:00**。站里有热水、微波炉、充电插座和急救"
        "药箱。\n\n"
        "到站扫一扫门口的二维码签到，就能使用。\n",
    ),
    (
        "people", PROVINCE, 3, "published", "把一道焊缝焊到极致", "一位焊工和他的徒弟们。",
        "师傅常说：“焊枪要稳，心要静。”\n\n他带的徒弟里，已经有三名技师。\n",
    ),
    ("notice", COUNTY, 1, "first", "关于冬季送温暖活动的通知", "", "报名从下月一日开始，具体安排见附件。\n"),
    ("rights", COUNTY, 0, "draft", "一份口头约定的试用期", "", "试用期包含在合同期限里（《劳动合同法》第十九条）。\n"),
)  # fmt: skip
STEPS = ("submit", "pass_first", "pass_second", "release_now")
REACHED = {"draft": 0, "first": 1, "published": 4}


def load_demo() -> int:
    """How many texts were written now."""
    if Item.objects.exists() or not Organisation.objects.filter(path=COUNTY).exists():
        return 0
    for column, path, days, state, title, summary, body in TEXTS:
        union = Organisation.objects.get(path=path)
        people = [
            Actor("staff", None, f"{union.name}{name}", (Duty(role, path),))
            for name, role in (("撰稿", "handler"), ("一审", "handler"), ("二审", "leader"), ("三审", "leader"))
        ]
        with time_shifted(-timedelta(days=days)):
            values = {"column": column, "title": title, "summary": summary, "body": body, "origin": union.name}
            matter = actions.start(people[0], union, values)
            for step, person in zip(STEPS[: REACHED[state]], people, strict=False):
                act(matter.pk, step, person, {}, at=now())
    return len(TEXTS)
