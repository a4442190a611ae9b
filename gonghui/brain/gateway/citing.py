"""Which article of which law a text names (条文引用): 《劳动法》第五十条, 劳动法50条, 第五十一条, 第50至52条, 条之一.

Every reference is a pair of a law and a number. A number without a law belongs to the law named last.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

from gonghui.brain.gateway.types import Evidence
from gonghui.brain.laws import named_laws
from gonghui.brain.numerals import parse_number
from gonghui.brain.text import normalise

# Marks that stand between a name and its number and say nothing: **劳动法** 第50条, “劳动法”第50条.
_MARKS = re.compile(r"[*_`#“”‘’\"'「」『』]|(?<![A-Za-z])[^\S\n]+|[^\S\n]+(?![A-Za-z])")
# A number over two lines: 第九百 / 九十九条.
_BROKEN = re.compile(r"第[\s零〇○一二三四五六七八九十百千两\d]{1,16}[条條]")
_N = r"(?:\d{1,4}|[零〇○一二三四五六七八九十百千两]{1,9})"
_SUFFIX = r"之(?:[一二三四五六七八九十]{1,2}|\d{1,2})"
_ONE = rf"{_N}(?:{_SUFFIX})?"
_AND = r"(?:以及|[、和及与或至到~—–-])"
_THROUGH = ("至", "到", "~", "-", "—", "–")
# 第二款第(一)项: parts of an article are no articles.
_PART = rf"第?\(?{_N}\)?[款项目]"
_LIST = rf"{_ONE}(?:{_AND}第?{_ONE})*\s*[条條](?:{_SUFFIX})?"
_NUMBERS = rf"{_LIST}(?:(?:(?:{_AND}|,)?{_PART})*{_AND}第?{_LIST})*"
# 第一条途径 counts ways and no articles.
_GROUP = re.compile(
    rf"第\s*(?P<list>{_NUMBERS})(?!途径|路|建议|渠道|理由|消息|短信|线索)"
    r"|(?<![A-Za-z])[Aa]rt(?:icles?|\.)?(?P<english>\d{1,4})(?!\d)"
)
# Directly after a law's name the 第 may be missing (劳动法50条), and the 条 too (劳动合同法-82, 劳动合同法§82).
_AFTER_NAME = re.compile(
    rf"\s*(?P<list>(?=\d|[零〇一二三四五六七八九百千两]*[十百千]){_NUMBERS})"
    rf"|(?:-\d{{4}}-\d{{2}}-\d{{2}})?\s*[-§·]\s*(?P<id>{_ONE})(?![\d年月日号-])"
)
_ITEM = re.compile(rf"(?P<join>{_AND})?第?(?P<n>{_N})\s*[条條]?(?:之(?P<s>[一二三四五六七八九十]{{1,2}}|\d{{1,2}}))?")
_ID = re.compile(rf"(?P<law>[^\d〔〕].*?)(?:-\d{{4}}-\d{{2}}-\d{{2}})?-(?P<n>{_ONE})")
_TITLE = re.compile(r"《([^《》\n]{1,80}(?:《[^《》\n]{1,40}》[^《》\n]{0,60})?)》")
_KIND = r"(?:法典|法|条例|规定|办法|解释|细则|规则|决定|意见|通知|准则|标准|公约)"
_LAWLIKE = re.compile(rf"{_KIND}(?:\([一二三四五六七八九十]\))?$")
# A law's kind at the end of a run of words: a law that nobody knows, or one named before (本法, 上述规定).
_RUN = re.compile(rf"([\u4e00-\u9fff]{{0,40}}{_KIND}(?:\([一二三四五六七八九十]\))?)$")
_BACK = re.compile(
    rf"(?:^|[本该此其新]|上述|前述|同一?|[这那][部个些一]?|以[上下]|有关|相关|法律|法规|的|明确|具体|[都也还均并未没]|已经?|没有|"
    rf"依法|另有|按照?|根据|依照|依据|违反|符合|现行){_KIND}$"
)
_OWN = re.compile(rf"[本该]{_KIND}$")
_SAYS = re.compile(r"的?(?:明确|具体|还|也|又|同时|另外|中|里)?(?:规定|的)$|[中里]$")
# Papers with clauses of their own that are no law.
_PAPER = re.compile(r"(?:合同|协议|手册|制度|章程|守则|规章)书?$")
# A name in running words begins after one of these; after others it is the end of a longer name (贵州省…条例).
_BEFORE_NAME = re.compile(
    r"(?:^|[^\u4e00-\u9fff]|[据照依按反用合引援见如和与及或即在从对由以了的是为等看到于有新就凭因受背查阅读懂道定称着过给把"
    r"被将向跟同并且则但而也还都又只若当触犯询习说明行结]|我国)$"
)
# The letters of a name by chance: 工会法律援助, 劳动法规, 社会保险法定.
_NO_NAME = re.compile(r"律|规(?!定)|院|庭|官|治|制|定|人|学")
_LONGER = re.compile(r"实施(?:条例|细则|办法|规定)|若干(?:问题|规定)|(?:司法)?解释(?![了为说道])|修正案")
_VERSION = re.compile(r"\((?=[^()]*(?:\d{4}|修正|修订|修改|试行))[^()]*\)$")
CITE = re.compile(r"〔([^〔〕]{1,80})〕")
_UNIT_END = re.compile(r"[。!?;\n]+(?:〔[^〔〕]*〕[。!?;,、\n]*)*|(?:〔[^〔〕]*〕)+[。!?;\n]*")
_MANY = 300
NO_LAW = ""
UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class Article:
    """A law's title without 中华人民共和国 and 《》, the number, and 1 for 之一."""

    law: str
    number: int
    suffix: int = 0


@dataclass(frozen=True, slots=True)
class Law:
    """A place where a text names a law."""

    start: int
    end: int
    title: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """A place where a text names articles by number. law: NO_LAW where none stands there; own: 本法第五条."""

    start: int
    written: str
    law: str
    articles: tuple[tuple[int, int], ...]
    own: bool = False
    english: bool = False


def clean(text: str) -> str:
    """One spelling for what looks alike: no full-width digits, marks, quotes, or spaces between Chinese words."""
    text = _MARKS.sub("", normalise(text)).replace("〈", "《").replace("〉", "》")
    return _BROKEN.sub(lambda match: re.sub(r"\s", "", match[0]), text)


def _bare(name: str) -> str:
    name = re.sub("中华人民共和国|[《》]", "", clean(name)).strip()
    return _VERSION.sub("", name) or name


@cache
def _packaged() -> dict[str, str]:
    """Title by name; a title is a name too."""
    return {_bare(name): _bare(law.title) for law in named_laws() for name in (law.title, *law.names)}


def law_title(name: str) -> str:
    """The one title of a law however it is called: 《中华人民共和国社会保险法》 and 社保法 are 社会保险法."""
    return _packaged().get(_bare(name), _bare(name))


@lru_cache(maxsize=64)
def _names(more: tuple[str, ...]) -> re.Pattern[str]:
    known = sorted({*_packaged(), *more}, key=lambda name: (-len(name), name))
    return re.compile("|".join(r"(?:中华人民共和国)?" + re.escape(name) for name in known if len(name) > 1))


def _laws(text: str, more: tuple[str, ...]) -> list[Law]:
    found = [Law(match.start(), match.end(), law_title(match[1])) for match in _TITLE.finditer(text)]
    titles = [(law.start, law.end) for law in found]
    for match in _names(more).finditer(text):
        start, end = match.span()
        if any(a < end and start < b for a, b in titles) or (match[0].endswith("法") and _NO_NAME.match(text, end)):
            continue
        if longer := _LONGER.match(text, end):
            # 劳动法实施细则 is not 劳动法; where it is known, its own name has been found.
            found.append(Law(start, longer.end(), UNKNOWN + text[start : longer.end()]))
        elif _BEFORE_NAME.search(text[max(0, start - 3) : start]):
            found.append(Law(start, end, law_title(match[0])))
        else:
            found.append(Law(start, end, UNKNOWN + text[max(0, start - 6) : end]))
    return sorted(found, key=lambda law: law.start)


def _values(written: str) -> tuple[tuple[int, int], ...]:
    """The numbers of 50条、第51条 or 50至52条; none where they make no number or are beyond counting."""
    found: list[tuple[int, int]] = []
    for match in _ITEM.finditer(re.sub(_PART, "", written)):
        value, suffix = parse_number(match["n"]), parse_number(match["s"]) if match["s"] else 0
        if value is None or suffix is None or not 0 < value < 10_000:
            return ()
        if match["join"] in _THROUGH and found:
            if not 0 <= value - found[-1][0] <= _MANY:
                return ()
            found.extend((between, 0) for between in range(found[-1][0] + 1, int(value)))
        found.append((int(value), int(suffix)))
    return tuple(found)


@dataclass(frozen=True)
class Reading:
    """What a clean text names: laws and numbers, each in order."""

    text: str
    laws: list[Law]
    numbers: list[Numbers]

    @staticmethod
    def of(text: str, known: Iterable[str] = ()) -> Reading:
        """known: titles beside the packaged ones."""
        text = clean(text)
        laws = _laws(text, tuple(sorted({_bare(law) for law in known if law})))
        ends = {law.end: law.title for law in laws}
        found = []
        for law in laws:
            if match := _AFTER_NAME.match(text, law.end):
                name = "list" if match["list"] else "id"
                written = text[law.start : match.end()]
                found.append(Numbers(match.start(name), written, law.title, _values(match[name])))
        for match in _GROUP.finditer(text):
            values = _values(match["list"] or match["english"])
            if match["english"]:
                found.append(Numbers(match.start(), match[0], NO_LAW, values, english=True))
                continue
            named, own = _law_before(text, match.start(), ends)
            written = f"《{named.removeprefix(UNKNOWN)}》{match[0]}" if named else match[0]
            found.append(Numbers(match.start(), written, named, values, own))
        return Reading(text, laws, sorted(found, key=lambda numbers: numbers.start))

    @cached_property
    def _borders(self) -> list[int]:
        return [*dict.fromkeys([*(match.end() for match in _UNIT_END.finditer(self.text)), len(self.text)])]

    @cached_property
    def _cited(self) -> list[Law]:
        """Laws within 〔…〕."""
        cites = [match.span() for match in CITE.finditer(self.text)]
        starts = [start for start, _ in cites]
        return [law for law in self.laws if (at := bisect_right(starts, law.start)) and law.start < cites[at - 1][1]]

    @cached_property
    def _said(self) -> list[Law]:
        """Laws in the words themselves that articles can belong to."""
        cited = set(self._cited)
        return [law for law in self.laws if law not in cited and _stands(law.title)]

    def unit(self, at: int) -> tuple[int, int]:
        """Where the sentence around a place begins and ends, the 〔…〕 behind it included."""
        which = min(bisect_right(self._borders, at), len(self._borders) - 1)
        return self._borders[which - 1] if which else 0, self._borders[which]

    def said_before(self, at: int) -> Law | None:
        """The law that the words name last before a place."""
        which = bisect_right(self._said, at, key=lambda law: law.end)
        return self._said[which - 1] if which else None

    def law_of(self, numbers: Numbers) -> str:
        """The law that a number without one belongs to: named last in the words before it; else in the 〔…〕 behind its
        sentence; else in a 〔…〕 before; NO_LAW where there is none."""
        if said := self.said_before(numbers.start):
            return said.title
        which = bisect_right(self._cited, numbers.start, key=lambda law: law.start)
        if which < len(self._cited) and self._cited[which].start < self.unit(numbers.start)[1]:
            return self._cited[which].title
        return self._cited[which - 1].title if which else NO_LAW


def _stands(title: str) -> bool:
    """Whether a title is one that articles belong to; 《仲裁申请书》 is not."""
    return bool(title.startswith(UNKNOWN) or title in _packaged() or _LAWLIKE.search(title) or _PAPER.search(title))


def _law_before(text: str, at: int, ends: dict[int, str]) -> tuple[str, bool]:
    """The law whose name stands right before a place, and whether it is the text's own (本法)."""
    first = max(0, at - 60)
    before = shorter = text[first:at].rstrip()
    while True:
        if first + len(shorter) in ends:
            return ends[first + len(shorter)], False
        if (cut := _SAYS.sub("", shorter).rstrip()) == shorter:
            break
        shorter = cut
    if run := _RUN.search(before[-48:]):
        if _OWN.search(run[1]):
            return NO_LAW, True
        return (NO_LAW if _BACK.search(run[1]) else UNKNOWN + run[1]), False
    if paper := _PAPER.search(before[-8:]):
        return paper[0], False
    return NO_LAW, False


@dataclass(frozen=True, slots=True)
class Given:
    """A piece of evidence: its own law and what it names, itself included."""

    id: str
    words: str
    law: str
    articles: frozenset[Article]


def given(evidence: Sequence[Evidence]) -> list[Given]:
    """What each piece stands for, by its id (《劳动法》第五十条, 劳动法-50) or first words, and what its text names."""
    return [_given(piece) for piece in evidence]


@lru_cache(maxsize=512)
def _given(piece: Evidence) -> Given:
    key = clean(piece.id)
    found = [(n.law, n.articles) for n in Reading.of(key).numbers if n.law and not n.law.startswith(UNKNOWN)]
    if not found and (match := _ID.fullmatch(key)):
        found = [(law_title(match["law"]), _values(match["n"]))]
    first = next(iter(Reading.of(piece.text[:120]).numbers), None)
    if not found and first and first.law and first.start < 60:
        found = [(first.law, first.articles)]
    # A notice counts its parts without 条: 《…的通知》二、
    law = found[0][0] if found else next((x.title for x in Reading.of(key).laws if x.title[0] != UNKNOWN), NO_LAW)
    named = {Article(title, *number) for title, numbers in found for number in numbers}
    reading = Reading.of(piece.text, (law,))
    for numbers in reading.numbers:
        start, _ = reading.unit(numbers.start)
        near = reading.said_before(numbers.start)
        title = numbers.law or (near.title if near and near.start >= start and not numbers.own else law)
        named |= {Article(title, *number) for number in numbers.articles}
    return Given(key, reading.text, law, frozenset(named))


def said_in(text: str) -> frozenset[Article]:
    """The articles that a letter names, each under the law it means."""
    reading = Reading.of(text)
    return frozenset(
        Article(numbers.law or reading.law_of(numbers), *number)
        for numbers in reading.numbers
        for number in numbers.articles
    )


def invented(text: str, evidence: Sequence[Evidence], said: str = "", *, from_letter: bool = False) -> str | None:
    """The first reference of a text that is not among the evidence as that pair of law and number; None if all are.

    said: the letter. The clauses of its papers (合同第五条) may be named too; from_letter: any article that it names.
    """
    pieces = given(evidence)
    laws = {piece.law for piece in pieces if piece.law}
    allowed: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for article in {article for piece in pieces for article in piece.articles}:
        allowed[article.law].add((article.number, article.suffix))
    for article in said_in(said) if said else ():
        if from_letter or _PAPER.search(article.law):
            allowed[article.law].add((article.number, article.suffix))
    anywhere = {number for numbers in allowed.values() for number in numbers}
    reading = Reading.of(text, laws)
    for numbers in reading.numbers:
        law = numbers.law or _quoted(reading, numbers, pieces) or reading.law_of(numbers)
        if not law and len(laws) == 1:
            law = next(iter(laws))
        # Where no law is named at all, a summary repeats the letter; an English text names laws as we do not know them.
        right = anywhere if numbers.english or (from_letter and not law) else allowed[law]
        if not numbers.articles or not right.issuperset(numbers.articles):
            return f"《{law.removeprefix(UNKNOWN)}》{numbers.written}" if law and not numbers.law else numbers.written
    return None


def _quoted(reading: Reading, numbers: Numbers, pieces: Sequence[Given]) -> str:
    """The law of a piece that the sentence quotes word for word and cites: there 本法 is that piece's law."""
    start, end = reading.unit(numbers.start)
    unit = reading.text[start:end]
    near = reading.said_before(numbers.start)
    if near and near.start >= start and not numbers.own:
        return NO_LAW
    cites = set(CITE.findall(unit))
    words = CITE.sub("", unit).strip("。!?;,、\n")
    for piece in pieces:
        if piece.id in cites and piece.law:
            # 根据现有材料：… is no part of what is quoted.
            quoted = words if words in piece.words else words.partition(":")[2].strip()
            if quoted and quoted in piece.words and numbers.written.rpartition("》")[2] in quoted:
                return piece.law
    return NO_LAW
