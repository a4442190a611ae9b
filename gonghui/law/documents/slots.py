"""The places of a paper that are filled (填空): what each is called, where it is read, how its blank looks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import cn2an

from gonghui import yamls
from gonghui.kernel.times import today
from gonghui.law.calculators.money import cents
from gonghui.law.documents.fields import Claim, Fields
from gonghui.law.topics import FactValue
from gonghui.people.identity import born_on

HERE = Path(__file__).parent
DAY_BLANK = "＿＿＿＿年＿＿月＿＿日"
SLOT = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)?)\}")


def blank(width: int) -> str:
    """A line to write on, `width` characters long."""
    return "＿" * width


def day(value: date | None) -> str:
    """2026年1月5日"""
    return f"{value.year}年{value.month}月{value.day}日" if value else ""


def money(value: Decimal | None) -> str:
    """18,000.00: sums in a paper have their cents."""
    return f"{cents(value):,.2f}" if value is not None else ""


@dataclass(frozen=True, slots=True)
class Words:
    """How a paper calls the two sides and the office it goes to, and how it words a claim."""

    me: str = "本人"
    they: str = "单位"
    office: str = ""
    claim: str = "支付{what}{amount}元。"

    def of(self, text: str) -> str:
        """`{me}` and `{they}` as this paper says them."""
        return text.replace("{me}", self.me).replace("{they}", self.they)


@dataclass(frozen=True, slots=True)
class Slot:
    """One place. `label` names it where it is missing."""

    label: str
    blank: str
    get: Callable[[Fields, Words], str]


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of places that repeat. Without any, `blanks` empty rows are left to write in."""

    label: str
    blanks: int
    columns: Mapping[str, str]
    get: Callable[[Fields, Words], list[dict[str, str]]]


def _plain(path: str) -> Callable[[Fields, Words], str]:
    def get(fields: Fields, _words: Words) -> str:
        value: Any = fields
        for name in path.split("."):
            value = getattr(value, name)
        return day(value) if isinstance(value, date) else "" if value is None else str(value)

    return get


def _fact(name: str) -> Callable[[Fields, Words], str]:
    def get(fields: Fields, _words: Words) -> str:
        value = fields.facts.get(name)
        if isinstance(value, date):
            return day(value)
        return money(value) if isinstance(value, Decimal) else "" if value is None else str(value)

    return get


def _born(fields: Fields) -> date | None:
    """From what was told, or from an identity number that is right; the number is never corrected."""
    if fields.person.birth is not None:
        return fields.person.birth
    return born_on(fields.person.id_number)


def _age(fields: Fields, _words: Words) -> str:
    if fields.person.age is not None:
        return str(fields.person.age)
    born, at = _born(fields), fields.date or today()
    if born is None or born > at:
        return ""
    return str(at.year - born.year - ((at.month, at.day) < (born.month, born.day)))


def _office(fields: Fields, words: Words) -> str:
    """The full name of the office: as told, or the place before what the office is called."""
    if fields.body:
        return fields.body
    # A city has several such offices: only a county's or district's name makes a whole one.
    return f"{fields.region}{words.office}" if fields.region and words.office else ""


def _wages(fields: Fields) -> list[Claim]:
    """What is owed for work, and what a person wrote there."""
    return [claim for claim in fields.claims if claim.wage or claim.text]


def advances(fields: Fields) -> list[Claim]:
    """What can be asked for before the award (先予执行), and what a person wrote there.

    Of a claim that it covers in part only the part, whose sum is not known. What hangs on another claim's failing is
    not clear enough for it."""
    found = []
    for claim in fields.claims:
        if claim.text or (claim.advance == claim.what and not claim.otherwise):
            found.append(claim)
        elif claim.advance and not claim.otherwise:
            found.append(Claim(what=claim.advance, advance=claim.advance))
    return found


def _total(claims: Iterable[Claim]) -> str:
    """Told only when every claim has its sum: a part of it would be read as the whole."""
    sums = [claim.amount for claim in claims if not claim.otherwise]
    whole = [amount for amount in sums if amount is not None]
    return money(sum(whole, Decimal(0))) if whole and len(whole) == len(sums) else ""


SLOTS: dict[str, Slot] = {
    "person.name": Slot("姓名", blank(6), _plain("person.name")),
    "person.sex": Slot("性别", blank(2), _plain("person.sex")),
    "person.age": Slot("年龄", blank(2), _age),
    "person.birth": Slot("出生日期", DAY_BLANK, lambda fields, _words: day(_born(fields))),
    "person.nation": Slot("民族", blank(3), _plain("person.nation")),
    "person.id_number": Slot("身份证号码", blank(12), _plain("person.id_number")),
    "person.phone": Slot("联系电话", blank(8), _plain("person.phone")),
    "person.address": Slot("住址", blank(16), _plain("person.address")),
    "person.job": Slot("职业（岗位）", blank(5), _plain("person.job")),
    "employer.name": Slot("单位名称", blank(14), _plain("employer.name")),
    "employer.uscc": Slot("统一社会信用代码", blank(12), _plain("employer.uscc")),
    "employer.address": Slot("单位地址", blank(16), _plain("employer.address")),
    "employer.representative": Slot("法定代表人（主要负责人）", blank(5), _plain("employer.representative")),
    "employer.post": Slot("法定代表人（主要负责人）职务", blank(4), _plain("employer.post")),
    "employer.phone": Slot("单位电话", blank(8), _plain("employer.phone")),
    "agent.name": Slot("受委托人姓名", blank(6), _plain("agent.name")),
    "agent.sex": Slot("受委托人性别", blank(2), _plain("agent.sex")),
    "agent.id_number": Slot("受委托人身份证号码", blank(12), _plain("agent.id_number")),
    "agent.phone": Slot("受委托人电话", blank(8), _plain("agent.phone")),
    "agent.unit": Slot("受委托人工作单位", blank(12), _plain("agent.unit")),
    "agent.relation": Slot("受委托人与本人的关系", blank(6), _plain("agent.relation")),
    "injury.on": Slot("受伤日期", DAY_BLANK, lambda f, w: day(f.injury.on) or _fact("injured_on")(f, w)),
    "injury.place": Slot("受伤地点", blank(10), _plain("injury.place")),
    "injury.cause": Slot("受伤原因", blank(14), _plain("injury.cause")),
    "injury.part": Slot("受伤部位", blank(8), _plain("injury.part")),
    "injury.diagnosed_on": Slot(
        "诊断日期", DAY_BLANK, lambda f, w: day(f.injury.diagnosed_on) or _fact("diagnosed_on")(f, w)
    ),
    "injury.hospital": Slot("医院", blank(8), _plain("injury.hospital")),
    "injury.disease": Slot("职业病名称（没有的不填）", blank(6), _plain("injury.disease")),
    "letter.number": Slot("文号", "＿＿工监＿〔＿＿＿＿〕＿＿号", _plain("letter.number")),
    "letter.union": Slot("发函工会", blank(12), _plain("letter.union")),
    "letter.clue": Slot("线索来源", blank(8), _plain("letter.clue")),
    "letter.people": Slot("涉及人数", blank(3), _plain("letter.people")),
    "letter.deadline": Slot("整改期限", DAY_BLANK, _plain("letter.deadline")),
    "letter.reply_days": Slot("答复期限（天数）", blank(2), _plain("letter.reply_days")),
    "letter.reply_unit": Slot("答复期限的单位", "（＿＿）日", lambda fields, _words: _reply_unit(fields)),
    "letter.supervisors": Slot("调查的监督员", "＿＿＿＿＿＿、＿＿＿＿＿＿", _plain("letter.supervisors")),
    "letter.previous_number": Slot("意见书文号", blank(8), _plain("letter.previous_number")),
    "letter.previous_on": Slot("意见书日期", DAY_BLANK, _plain("letter.previous_on")),
    "letter.previous_result": Slot(
        "意见书的结果",
        "□ 逾期没有答复　□ 拒绝接受意见　□ 无正当理由没有改正　□ ＿＿＿＿",
        _plain("letter.previous_result"),
    ),
    "letter.contact": Slot("联系人", blank(5), _plain("letter.contact")),
    "letter.phone": Slot("联系人电话", blank(8), _plain("letter.phone")),
    "letter.signer": Slot("签发人", blank(5), _plain("letter.signer")),
    "record.number": Slot("编号", blank(10), _plain("record.number")),
    "record.union": Slot("工会名称", blank(14), _plain("record.union")),
    "record.above": Slot("批准的工会", blank(12), _plain("record.above")),
    "record.approved_on": Slot("批准日期", DAY_BLANK, _plain("record.approved_on")),
    "record.chair": Slot("工会主席", blank(6), _plain("record.chair")),
    "record.legal_code": Slot("社会团体统一社会信用代码", blank(12), _plain("record.legal_code")),
    "record.seal_on": Slot("印章启用日期", DAY_BLANK, _plain("record.seal_on")),
    "record.bank": Slot("开户银行", blank(10), _plain("record.bank")),
    "record.member_no": Slot("会员号", blank(8), _plain("record.member_no")),
    "record.month": Slot("会费月份", blank(6), _plain("record.month")),
    "record.value": Slot("金额", blank(6), lambda fields, _words: money(fields.record.value)),
    "record.value_words": Slot("金额大写", blank(10), lambda fields, _words: _in_words(fields.record.value)),
    "record.way": Slot("缴纳方式", blank(5), _plain("record.way")),
    "record.signer": Slot("经手人", blank(5), _plain("record.signer")),
    "started_on": Slot("入职日期", DAY_BLANK, _fact("started_on")),
    "ended_on": Slot("最后上班日期", DAY_BLANK, _fact("ended_on")),
    "owed_since": Slot("从哪一天起欠薪", DAY_BLANK, _fact("owed_since")),
    "owed": Slot("欠薪总额", blank(6), _fact("owed")),
    "monthly_wage": Slot("月工资", blank(6), _fact("monthly_wage")),
    "total": Slot("合计金额", blank(6), lambda fields, _words: _total(fields.claims)),
    "wage_total": Slot("工资合计", blank(6), lambda fields, _words: _total(_wages(fields))),
    "ground": Slot("解除的理由（第三十八条第一款的哪一项）", blank(14), lambda fields, _words: _ground(fields)),
    "laws": Slot("法律依据", blank(14), lambda fields, _words: "、".join(fields.laws)),
    "office": Slot("交给哪个单位", "", _office),
    "date": Slot("日期", DAY_BLANK, _plain("date")),
}


def _in_words(value: Decimal | None) -> str:
    """20.50 as 贰拾元伍角: what stands on a receipt beside the figures."""
    return str(cn2an.an2cn(f"{cents(value):f}", "rmb")) if value is not None else ""


def _reply_unit(fields: Fields) -> str:
    """Working days unless the letter says another unit; nothing where no number of days is known."""
    return fields.letter.reply_unit or ("个工作日" if fields.letter.reply_days else "")


def _ground(fields: Fields) -> str:
    """Which items of 劳合38.1 the facts give; no item is guessed."""
    facts = fields.facts
    owed = facts.get("owed") or facts.get("owed_since")
    grounds = ["第（二）项“未及时足额支付劳动报酬”"] if owed else []
    if facts.get("insured") in ("none", "partly"):
        grounds.append("第（三）项“未依法为劳动者缴纳社会保险费”")
    return "、".join(grounds)


@cache
def _sentences() -> dict[str, Any]:
    """How a fact is told in a paper; facts without a sentence are not told."""
    loaded: dict[str, Any] = yamls.read((HERE / "sentences.yaml").read_bytes())
    return loaded


def _account(fields: Fields, words: Words) -> list[dict[str, str]]:
    """事实与理由: the facts as sentences, the worker's own words, the workings of the sums; or what a person wrote."""
    if fields.account is not None:
        return _texts(fields.account)
    told = "".join(words.of(sentence) for sentence in _told(fields.facts))
    workings = [f"{claim.what}的计算：{'；'.join(claim.working)}。" for claim in fields.claims if claim.working]
    return _texts([*([told] if told else []), *fields.story, *workings])


def _findings(fields: Fields, words: Words) -> list[dict[str, str]]:
    """查明的事实, one a row. The worker's own words stay out: they may tell who complained."""
    if fields.letter.findings is not None:
        return _texts(fields.letter.findings)
    return _texts([words.of(sentence) for sentence in _told(fields.facts) if sentence])


def _breaches(fields: Fields, _words: Words) -> list[dict[str, str]]:
    return _texts(fields.laws if fields.letter.breaches is None else fields.letter.breaches)


def _asks(fields: Fields, words: Words) -> list[dict[str, str]]:
    if fields.letter.asks is not None:
        return _texts(fields.letter.asks)
    return _claims(fields, words)


def _told(facts: Mapping[str, FactValue]) -> Iterator[str]:
    for name, wording in _sentences().items():
        value = facts.get(name)
        if value is None:
            continue
        if isinstance(wording, Mapping):
            key = ("yes" if value else "no") if isinstance(value, bool) else str(value)
            yield wording.get(key, "")
        else:
            said = day(value) if isinstance(value, date) else money(value) if isinstance(value, Decimal) else str(value)
            yield wording.replace("{value}", said)


def _claims(fields: Fields, words: Words) -> list[dict[str, str]]:
    return [{"text": claim_text(claim, words)} for claim in fields.claims]


def _wage_claims(fields: Fields, words: Words) -> list[dict[str, str]]:
    return [{"text": claim_text(claim, words)} for claim in _wages(fields)]


def claim_text(claim: Claim, words: Words) -> str:
    """A claim as this paper words it; the sum that is not known is a blank."""
    if claim.text:
        return claim.text
    said = words.of(words.claim).partition("{what}")
    before, after = said[0], said[2].partition("{amount}")
    return f"{before}{claim.what or blank(6)}{after[0]}{money(claim.amount) or blank(6)}{after[2]}"


def _advance_claims(fields: Fields, words: Words) -> list[dict[str, str]]:
    return [{"text": claim_text(claim, words)} for claim in advances(fields)]


def _texts(lines: Iterable[str]) -> list[dict[str, str]]:
    return [{"text": line} for line in lines]


def _proofs(fields: Fields, _words: Words) -> list[dict[str, str]]:
    return [proof.model_dump() for proof in fields.evidence]


def _witnesses(fields: Fields, _words: Words) -> list[dict[str, str]]:
    return [witness.model_dump() for witness in fields.witnesses]


_LINE = {"text": blank(24)}
ROWS: dict[str, Rows] = {
    "claims": Rows("请求事项", 3, _LINE, _claims),
    "wages": Rows("拖欠的工资", 2, _LINE, _wage_claims),
    "advances": Rows("要先付的钱", 2, _LINE, _advance_claims),
    "account": Rows("事实与理由", 4, _LINE, _account),
    "evidence": Rows(
        "证据",
        5,
        {"what": blank(5), "proves": blank(6), "source": blank(3), "form": blank(2), "pages": blank(1)},
        _proofs,
    ),
    "witnesses": Rows("证人", 1, {"name": blank(6), "address": blank(14)}, _witnesses),
    "findings": Rows("查明的事实", 3, _LINE, _findings),
    "breaches": Rows("违反的规定", 2, _LINE, _breaches),
    "asks": Rows("要求（建议）内容", 3, _LINE, _asks),
    "attachments": Rows("附件", 2, _LINE, lambda fields, _words: _texts(fields.letter.attachments)),
}


def slot_value(name: str, fields: Fields, words: Words) -> str:
    """What is known for a place; "" where nothing is."""
    return SLOTS[name].get(fields, words)


def slot_blank(name: str, words: Words) -> str:
    """What stands there instead: an office keeps its kind behind the line for its place."""
    return f"{blank(8)}{words.office}" if name == "office" else SLOTS[name].blank


def filled_rows(name: str, fields: Fields, words: Words) -> list[dict[str, str]]:
    """The rows as they stand in the paper, numbered; empty cells are blanks."""
    kind = ROWS[name]
    rows = kind.get(fields, words) or [{} for _ in range(kind.blanks)]
    return [
        {"n": str(number), **{column: row.get(column) or line for column, line in kind.columns.items()}}
        for number, row in enumerate(rows, start=1)
    ]
