"""Reads citations such as 劳动合同法第三十八条第二款, 《劳动法》50条, 调仲27 (法条引用)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import cn2an

NUMERAL = r"[0-9]{1,4}|[零〇一二三四五六七八九十百千两]{1,9}"
PLACE = (
    rf"(?P<number>{NUMERAL})(?P<unit>\s*条)?(?:\s*之\s*(?P<suffix>[一二三四五六七八九十]))?"
    rf"(?:\s*第?\s*(?P<paragraph>{NUMERAL})\s*款)?(?:\s*第?\s*\(?(?P<item>{NUMERAL})\)?\s*项)?"
)


# What may follow a citation and still be of the same law: 、第四十条第一款和第四十一条
_FURTHER = re.compile(rf"(?:\s*[、和或及与至]\s*第\s*\(?(?:{NUMERAL})\)?\s*[款项])*\s*[、和或及与至]\s*第\s*{PLACE}")
OWN_NAMES = ("本法", "本条例", "本规定", "本办法", "本解释")


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a law: full title, article, suffix (之一 …), paragraph (款) and item (项) where named, else None."""

    law: str
    number: int
    suffix: str = ""
    paragraph: int | None = None
    item: int | None = None


def plain(text: str) -> str:
    """One spelling for what looks alike: full-width digits and brackets become ASCII (NFKC)."""
    return unicodedata.normalize("NFKC", text)


def to_int(numeral: str) -> int | None:
    """三十八 or 38 -> 38; None where the characters make no number."""
    numeral = plain(numeral).strip()
    if numeral.isascii() and numeral.isdigit():
        return int(numeral)
    try:
        return int(cn2an.cn2an(numeral.replace("〇", "零"), "normal"))
    except (ValueError, KeyError):
        # cn2an raises KeyError for 百百十三.
        return None


class CitationReader:
    """Finds citations by the names of the laws at hand.

    `names` maps each name or abbreviation to the full title. A longer name is tried before a shorter one.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._titles = {plain(name): title for name, title in names.items()}
        self._whole = self._pattern(self._titles, anywhere=False)
        # Within running text a one-character name (劳, 妇) would be found by chance.
        self._anywhere = self._pattern([*(n for n in self._titles if len(n) > 1), *OWN_NAMES], anywhere=True)

    @staticmethod
    def _pattern(names: Iterable[str], *, anywhere: bool) -> re.Pattern[str]:
        ordered = "|".join(re.escape(name) for name in sorted(names, key=lambda n: (-len(n), n)))
        opening = r"《?\s*(?:中华人民共和国)?" if not anywhere else r"《?"
        pattern = rf"{opening}(?P<law>{ordered})\s*》?\s*第?\s*{PLACE}"
        return re.compile(pattern if anywhere else rf"\s*{pattern}\s*")

    def title(self, name: str) -> str | None:
        """The full title behind a name, an abbreviation or the title itself; None if unknown."""
        name = plain(name).strip().strip("《》").strip()
        return self._titles.get(name) or self._titles.get(name.removeprefix("中华人民共和国"))

    def parse(self, text: str) -> Citation | None:
        """The citation that the whole text is, such as `劳动法 50`; None if it is anything else."""
        match = self._whole.fullmatch(plain(text)) if len(text) <= 200 else None
        return self._citation(match, self._titles[match["law"]]) if match else None

    def find(self, text: str, own: str | None = None) -> Iterator[Citation]:
        """Citations within running text, in order; here the word 条 must be there (工伤10级 is none).

        `own` is the title that 本法 and the like mean, where the text is itself an article.
        """
        text = plain(text)
        for match in self._anywhere.finditer(text):
            law = own if match["law"] in OWN_NAMES else self._titles[match["law"]]
            further: re.Match[str] | None = match
            while further and further["unit"] and law:
                if found := self._citation(further, law):
                    yield found
                further = _FURTHER.match(text, further.end())

    @staticmethod
    def _citation(match: re.Match[str], law: str) -> Citation | None:
        number = to_int(match["number"])
        if not number:
            return None
        paragraph = to_int(match["paragraph"]) if match["paragraph"] else None
        item = to_int(match["item"]) if match["item"] else None
        suffix = f"之{match['suffix']}" if match["suffix"] else ""
        return Citation(law, number, suffix, paragraph, item)
