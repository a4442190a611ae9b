"""Names of employers and regions, brought to one spelling for matching. Words and endings are in `data/names.yaml`."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from gonghui import yamls
from gonghui.organisations.build import read

WORDS: dict[str, list[str]] = yamls.read((Path(__file__).parent / "data" / "names.yaml").read_text(encoding="utf-8"))
MADE_UP = frozenset(("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"))
KEY_MOST = 120


def _any_of(words: list[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


LEGAL_FORM = re.compile(rf"(?:{_any_of(WORDS['legal_forms'])})$")
TRADES = re.compile(rf"(?:{_any_of(WORDS['trades'])})+$")
# 昌吉回族自治州, but 伊犁哈萨克自治州: in Xinjiang the longer names stand without 族.
PEOPLE = re.compile(
    rf"(?:(?:{_any_of(WORDS['peoples'])})族|{_any_of([name for name in WORDS['peoples'] if len(name) > 1])})$"
)
REGION_ENDING = re.compile(rf"(?:{_any_of(WORDS['region_endings'])})$")
# 星河公司贵阳分公司: what stands before the branch's place is the employer.
BRANCH = re.compile(r"^(?P<firm>.{2,}?(?:公司|集团|厂)).{2,10}(?:分公司|分厂|项目部|分店|门店|营业部)$")
OFFICE_ENDING = re.compile(r"(?:管委会|行政委员会)$")
PUNCTUATION = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class EmployerName:
    """An employer's name in parts.

    `key`: without legal form, place and punctuation; what is compared. `own`: the key without the words for its trade
    (`星河` of `星河建筑工程`), or the key where nothing else is left. `places`: codes of the places that its beginning
    may mean, without trailing zeros (`5201`); empty where it names none.
    """

    key: str
    own: str
    places: frozenset[str]

    @property
    def trade(self) -> str:
        return self.key[len(self.own) :]

    def same_place(self, other: EmployerName) -> bool:
        """Whether the places may be one: one lies within the other, or one of the names has none."""
        if not self.places or not other.places:
            return True
        return any(a.startswith(b) or b.startswith(a) for a in self.places for b in other.places)


@lru_cache(maxsize=4096)
def split_name(name: str) -> EmployerName:
    """Cut a written name into parts: `贵州省贵阳市星河建筑工程（集团）有限公司` → key `星河建筑工程`, place 5201.

    A place stays in the key where the rest would only say what the firm does (`贵阳公交`).
    """
    text = PUNCTUATION.sub("", unicodedata.normalize("NFKC", name or "").upper())
    branch = BRANCH.match(text)
    bare = branch["firm"] if branch else text
    while len(bare) > 2 and (shorter := LEGAL_FORM.sub("", bare)) and shorter != bare:
        bare = shorter
    rest, places, short = _without_place(bare)
    if short and (len(rest) < 2 or TRADES.fullmatch(rest)):
        key = own = short + rest
    else:
        key, own = rest, TRADES.sub("", rest) or rest
    return EmployerName(key[:KEY_MOST], own[:KEY_MOST], places)


def employer_key(name: str) -> str:
    """The part of an employer's name that is compared; empty when the name has no letter in it."""
    return split_name(name).key


def grams(key: str) -> set[str]:
    """Two-character pieces of a key; a single character stands for itself."""
    return {key[index : index + 2] for index in range(len(key) - 1)} or ({key} if key else set())


def region_short_name(name: str) -> str:
    """`贵阳市` → `贵阳`, `黔东南苗族侗族自治州` → `黔东南`; a name of two characters stays (`城区`)."""
    short = REGION_ENDING.sub("", name)
    while "自治" in name and len(bare := PEOPLE.sub("", short)) >= 2 and bare != short:
        short = bare
    return short if len(short) >= 2 else name


def union_name(region_name: str) -> str:
    """`南明区` → `南明区总工会`; the office in a place's name is left out (`乌拉盖管理区管委会`)."""
    return f"{OFFICE_ENDING.sub('', region_name)}总工会"


@lru_cache(maxsize=1)
def _places() -> tuple[dict[str, list[str]], int]:
    """Place names that may begin an employer's name, with the codes they may mean, and the longest one's length.

    Short names (贵阳) only of provinces and cities: a county's (和平, 新华, 长安) is too often a firm's own name.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for row in read():
        if row["name"] in MADE_UP:
            continue
        code = significant(row["code"])
        found[row["name"]].append(code)
        short = region_short_name(row["name"])
        if row["level"] in ("1", "2") and short != row["name"] and short not in WORDS["not_places"]:
            found[short].append(code)
    return dict(found), max(map(len, found))


def significant(code: str) -> str:
    """A region code without the zeros that only fill it up: `520100` → `5201`."""
    return re.sub(r"(?:00)+$", "", code) if len(code) == 6 else code


def _without_place(text: str) -> tuple[str, frozenset[str], str]:
    """Take places off the beginning: the rest, the last place's codes, and its short name."""
    names, longest = _places()
    codes: list[str] = []
    short = ""
    while True:
        length = next((n for n in range(min(longest, len(text) - 1), 1, -1) if text[:n] in names), 0)
        if not length:
            return text, frozenset(codes), short
        here = names[text[:length]]
        # 鼓楼区 after 南京市 is Nanjing's; without a city before it, it may be any of the four.
        codes = [code for code in here if not codes or any(code.startswith(above) for above in codes)] or here
        short, text = region_short_name(text[:length]), text[length:]
