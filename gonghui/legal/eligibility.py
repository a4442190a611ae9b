"""法律援助条件: may this worker have legal aid, why or why not, and what else (法律援助法 31, 32, 41, 42, 44).

Plain functions over typed facts. The rules are dated data (`data/eligibility.yaml`); a fact that is not known leads to
a question, never to a refusal. A person decides; this says what the law's conditions come to.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

from django.utils.translation import gettext

from gonghui.kernel.tables import Row, Words, read_table
from gonghui.law.parameters import Mark, ParameterError, ParameterStore

DATA = Path(__file__).parent / "data" / "eligibility.yaml"
Answer = Literal["yes", "no", "ask"]


class ListedMatter(Words):
    """A matter the law lists. `means: false`: whatever the means (32). `local`: where local rules add it (31(9))."""

    code: str
    source: str
    article: int | None = None
    item: str = ""
    means: bool = True
    migrant_exempt: bool = False
    local: bool = False
    valid_from: date | None = None
    valid_to: date | None = None


class Ground(Words):
    code: str
    source: str
    article: int
    item: str
    valid_from: date | None = None
    valid_to: date | None = None


class Where(Words):
    """管辖: which legal-aid body takes an application (38)."""

    code: str
    article: int
    source: str


class Number(Row):
    value: int
    source: str


class DefaultLine(Row):
    """A number that gives an idea where no line is known: a share of a local value. It never decides."""

    key: str
    share: Decimal
    source: str


class Line(Row):
    """经济困难标准: what a head may have a month at most, in a region, from a day on.

    `status` as handbook 0.1; only a line that was read in the province's paper (V) decides, others are hints.
    """

    region: str
    monthly: Decimal
    valid_from: date
    valid_to: date | None = None
    source: str
    status: Mark = "U"

    @property
    def sure(self) -> bool:
        return self.status == "V"

    def in_force(self, region: str, on: date) -> bool:
        return (
            region.startswith(self.region) and self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)
        )


class Means(Row):
    hint: DefaultLine
    lines: tuple[Line, ...]


class Table(Row):
    law: str
    in_force: date
    matters: tuple[ListedMatter, ...]
    exempt: tuple[Ground, ...]
    urgent: tuple[Ground, ...]
    urgent_days: Number
    where: tuple[Where, ...]
    means: Means
    instead: dict[str, Words]


@cache
def table() -> Table:
    found: Table = read_table(DATA, Table)
    return found


@dataclass(frozen=True)
class Facts:
    """What the application says. None: not known. Money is yuan a month; income is the household's, all heads together.

    `local_line` is the province's line a head, where the person who checks has looked it up; `proof` says that the
    papers for an exemption were seen (42 asks for papers that prove it).
    """

    matter: str
    migrant: bool | None = None
    no_income_group: bool | None = None
    relief: bool | None = None
    proof: bool | None = None
    has_agent: bool | None = None
    income: Decimal | None = None
    household: int | None = None
    pledge: bool = False
    local_line: Decimal | None = None
    locally_listed: bool | None = None
    deadline: date | None = None
    preservation: bool = False
    region: str = ""

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, default=str)

    @classmethod
    def from_json(cls, text: str) -> Facts:
        data = json.loads(text)
        for name in ("income", "local_line"):
            data[name] = Decimal(data[name]) if data.get(name) is not None else None
        data["deadline"] = date.fromisoformat(data["deadline"]) if data.get("deadline") else None
        return cls(**{item.name: data[item.name] for item in fields(cls) if item.name in data})

    def with_changes(self, **changes: Any) -> Facts:
        """These facts with what is not None put in."""
        return replace(self, **{name: value for name, value in changes.items() if value is not None})


@dataclass(frozen=True)
class Reason:
    """One condition: is it met (`yes`), not (`no`), or still to be asked (`ask`)."""

    code: str
    answer: Answer
    text: str
    article: int | None = None
    instead: tuple[str, ...] = ()

    @property
    def instead_words(self) -> list[str]:
        return [str(table().instead[code]) for code in self.instead]


@dataclass(frozen=True)
class Verdict:
    """What the conditions come to. `exempt` names why no means are asked for; `urgent` the grounds of 44."""

    answer: Answer
    reasons: tuple[Reason, ...]
    exempt: str = ""
    urgent: tuple[Reason, ...] = ()

    @property
    def refusals(self) -> list[Reason]:
        return [reason for reason in self.reasons if reason.answer == "no"]

    @property
    def questions(self) -> list[Reason]:
        return [reason for reason in self.reasons if reason.answer == "ask"]

    @property
    def instead(self) -> list[str]:
        """What one may have instead, each once."""
        return list(dict.fromkeys(word for reason in self.refusals for word in reason.instead_words))


def _valid(row: Any, on: date) -> bool:
    return (row.valid_from is None or row.valid_from <= on) and (row.valid_to is None or on <= row.valid_to)


def listed(code: str, on: date) -> ListedMatter | None:
    return next((row for row in table().matters if row.code == code and _valid(row, on)), None)


@dataclass(frozen=True)
class Known:
    """A line a head a month as far as it is known. `sure`: somebody answers for it; else it is a hint and asks."""

    monthly: Decimal
    source: str
    sure: bool


def line_for(facts: Facts, on: date, entered: Sequence[Line] = ()) -> Known | None:
    """The line of the place on a day; None where nothing is known.

    What the person who checks has looked up counts first, then the nearest row of the table and of those that unions
    `entered`, a sure one before a hint; last a hint from the local minimum wage.
    """
    if facts.local_line is not None:
        return Known(facts.local_line, gettext("经办人核定的当地标准"), sure=True)
    means = table().means
    fitting = [row for row in (*means.lines, *entered) if facts.region and row.in_force(facts.region, on)]
    if fitting:
        row = max(fitting, key=lambda one: (one.sure, len(one.region), one.valid_from))
        return Known(row.monthly, row.source, row.sure)
    try:
        found = ParameterStore.default().find(means.hint.key, on, facts.region) if facts.region else None
        return Known(found.number * means.hint.share, found.source, sure=False) if found is not None else None
    except ParameterError:
        # A province with several bands: which of them holds here is not at hand.
        return None


def judge(facts: Facts, on: date, entered: Sequence[Line] = ()) -> Verdict:
    """The conditions one by one, and what they come to, by the rules of a day; `entered`: lines set by unions."""
    if on < table().in_force:
        early = Reason(
            "before_law", "ask", gettext("法律援助法自 2022 年 1 月 1 日起施行，之前的申请按当时的规定人工核对。")
        )
        return Verdict("ask", (early,))
    row = listed(facts.matter, on)
    reasons = [_matter(row, facts), _agent(facts)]
    exempt, means = _means(row, facts, line_for(facts, on, entered))
    reasons.append(means)
    answers = {reason.answer for reason in reasons}
    answer: Answer = "no" if "no" in answers else "ask" if "ask" in answers else "yes"
    return Verdict(answer, tuple(reasons), exempt, tuple(urgent(facts, on)))


def _matter(row: ListedMatter | None, facts: Facts) -> Reason:
    others = ("consultation", "drafting", "mediation", "justice_bureau")
    if row is not None and row.article is not None:
        return Reason(
            "matter",
            "yes",
            gettext("属于可以申请援助的事项：%(matter)s。") % {"matter": row},
            row.article,
        )
    if row is not None and row.local and facts.locally_listed is None:
        text = gettext("“%(matter)s”是否列入，由地方性法规规定，请核对本地规定。") % {"matter": row}
        return Reason("matter_local", "ask", text, 31)
    if row is not None and row.local and facts.locally_listed:
        return Reason("matter_local", "yes", gettext("本地规定把它列入援助事项。"), 31)
    return Reason("matter", "no", gettext("不在可以申请援助的事项之内。"), 31, others)


def _agent(facts: Facts) -> Reason:
    if facts.has_agent is None:
        return Reason("agent", "ask", gettext("是否已经自行委托了律师或其他代理人？"), 31)
    if facts.has_agent:
        return Reason("agent", "no", gettext("已经自行委托了代理人。"), 31, ("own_lawyer", "consultation"))
    return Reason("agent", "yes", gettext("没有委托代理人。"), 31)


def exemption(row: ListedMatter | None, facts: Facts) -> str:
    """Why this applicant's means do not matter, as the law's conditions go; empty when none is said to hold."""
    if row is not None and not row.means:
        return "listed"
    if row is not None and row.migrant_exempt and facts.migrant:
        return "migrant"
    return "no_income_group" if facts.no_income_group else "relief" if facts.relief else ""


def _means(row: ListedMatter | None, facts: Facts, line: Known | None) -> tuple[str, Reason]:
    exempt = exemption(row, facts)
    if exempt == "listed":
        return exempt, Reason("means", "yes", gettext("这类事项不受经济困难条件的限制。"), 32)
    if exempt:
        ground = next(one for one in table().exempt if one.code == exempt)
        text = gettext("%(ground)s，免予核查经济困难状况。") % {"ground": ground}
        if facts.proof:
            return exempt, Reason("means", "yes", text, ground.article)
        # Without papers the exemption is not proved, but low means may show that it is not needed.
        shown = _by_means(facts, line)
        if shown.answer == "yes":
            return exempt, shown
        asked = text + gettext("请提供证明材料（例如户口簿、居住证、救助证）。")
        return exempt, Reason("proof", "ask", asked, ground.article)
    shown = _by_means(facts, line)
    unknown = _unasked(row, facts) if shown.answer == "no" else []
    if unknown:
        # Who may be exempt is not refused for income before they were asked.
        text = gettext("人均月收入高于经济困难标准；先问清是不是免予核查经济困难的人员：%(who)s。")
        return "", Reason("exempt", "ask", text % {"who": "；".join(unknown)}, 42)
    return "", shown


def _unasked(row: ListedMatter | None, facts: Facts) -> list[str]:
    """The exemptions of which it is not known whether they hold."""
    asked = {
        "migrant": facts.migrant if row is not None and row.migrant_exempt else False,
        "no_income_group": facts.no_income_group,
        "relief": facts.relief,
    }
    return [str(ground) for ground in table().exempt if asked.get(ground.code, False) is None]


def _by_means(facts: Facts, line: Known | None) -> Reason:
    """The means test alone (34, 41): income a head against the line of the place. A mere hint of a line asks."""
    if facts.income is None or not facts.household:
        if facts.income is None and facts.pledge:
            return Reason("means", "yes", gettext("申请人作出了经济困难的个人诚信承诺。"), 41)
        return Reason("means", "ask", gettext("请说明家庭收入和人数，或者作出个人诚信承诺。"), 41)
    if line is None or not line.sure:
        asked = gettext("请填写本地经济困难标准（元/人·月）：由省级政府规定。")
        if line is not None:
            asked += gettext("供参考的数 %(line)s 元（%(source)s），没有核对过，不能直接作为依据。") % {
                "line": f"{line.monthly:.2f}",
                "source": line.source,
            }
        return Reason("line", "ask", asked, 34)
    each = facts.income / facts.household
    words = {"each": f"{each:.2f}", "line": f"{line.monthly:.2f}", "source": line.source}
    if each <= line.monthly:
        return Reason("means", "yes", gettext("人均月收入 %(each)s 元，不高于 %(line)s 元（%(source)s）。") % words, 34)
    return Reason(
        "means",
        "no",
        gettext("人均月收入 %(each)s 元，高于经济困难标准 %(line)s 元（%(source)s）。") % words,
        34,
        ("consultation", "drafting", "mediation", "arbitration", "inspection"),
    )


def urgent(facts: Facts, on: date) -> list[Reason]:
    """The grounds on which aid may begin before the decision (44)."""
    found: list[Reason] = []
    grounds = {ground.code: ground for ground in table().urgent if _valid(ground, on)}
    left = (facts.deadline - on).days if facts.deadline is not None else None
    if left is not None and 0 <= left <= table().urgent_days.value and "expiring" in grounds:
        text = gettext("%(ground)s：还有 %(days)d 天。") % {"ground": grounds["expiring"], "days": left}
        found.append(Reason("expiring", "yes", text, 44))
    if facts.preservation and "preservation" in grounds:
        found.append(Reason("preservation", "yes", str(grounds["preservation"]), 44))
    return found
