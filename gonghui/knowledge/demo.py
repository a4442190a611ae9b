"""演示: one published change and one that waits, by the demonstration's editors. Safe to repeat."""

from __future__ import annotations

from datetime import date

from gonghui.knowledge import actions
from gonghui.knowledge.checking import parameter_text
from gonghui.knowledge.models import KnowledgeChange
from gonghui.law.topics.library import packaged
from gonghui.people.actors import actor_for
from gonghui.people.models import Account

CODE, SAID = "R01", "  - 老板说账上没钱，工资先欠着\n"
WAGE = "min_wage_month@52"


def load_demo() -> None:
    """Does nothing where changes are already there, or the demonstration's accounts are not."""
    names = ("knowledge1", "knowledge2", "knowledge_gz")
    people = {account.username: actor_for(account) for account in Account.objects.filter(username__in=names)}
    if KnowledgeChange.objects.exists() or len(people) < len(names):
        return
    text = packaged().packaged(CODE).replace("phrasings:\n", f"phrasings:\n{SAID}", 1)
    change = actions.begin(
        people["knowledge1"], "situation", CODE, content=text, reason="来电里常有人这样说，补一种说法",
        source="劳动合同法第三十条",
    )  # fmt: skip
    actions.propose(people["knowledge1"], change.pk)
    actions.approve(people["knowledge2"], change.pk)
    row = {
        "key": "min_wage_month", "region": "52", "value": {"一档": 2222, "二档": 2111}, "valid_from": date(2027, 1, 1),
        "valid_to": None, "source": "演示用的文件，不是真的通知", "status": "U",
    }  # fmt: skip
    waiting = actions.begin(
        people["knowledge_gz"], "parameter", WAGE, content=parameter_text(row),
        reason="演示：明年的标准，数值不是真的", source="演示用的文件",
    )  # fmt: skip
    actions.propose(people["knowledge_gz"], waiting.pk)
