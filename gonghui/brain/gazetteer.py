"""Places (地名): from names in a text to GB/T 2260 codes, honest about names that several places bear."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import pairwise

from gonghui.brain.lexicon import load_yaml
from gonghui.brain.types import Entity

Row = tuple[str, str, int, str]  # code, name, level (1 province, 2 city, 3 county, 4 town), parent code or ""

_SUFFIXES = (
    "特别行政区",
    "自治区",
    "自治州",
    "自治县",
    "自治旗",
    "林区",
    "特区",
    "地区",
    "省",
    "市",
    "盟",
    "州",
    "县",
    "区",
    "旗",
)
# What may follow a name when it is a street or a firm's name and not the place: 北京路, 中山大道, 南京东路.
_STREET = re.compile(r"(?:[东南西北中]?(?:大?路|大?街|大道|巷|里弄)|大桥|牌|烤鸭|拉面|时间)")

# The reader's own place: 我们县, 本市, 我省. Not 本市场, 我们区别, 我省下的钱.
_OWN = re.compile(
    r"(?:(?:我们|咱们|俺们)(?:这个|这儿的?|那个)?|[我本咱])(?P<level>[市县区旗州]|省(?=[的内各里境人最有工规,。;、]|$))"
    r"(?![场值面价域别间分号委民])"
)
_OWN_LEVELS = {"省": 1, "市": 2, "州": 2, "县": 3, "区": 3, "旗": 3}
# Zones are no divisions of GB/T 2260: they answer with the city or county that they belong to.
_ZONE = re.compile(
    r"(?:国家级?|省级)?(?:高新技术(?:产业)?开发|经济技术开发|经济开发|高新|经开|开发|保税|综合保税|工业园|产业园|自贸)区"
    r"|(?:高新技术|工业|产业|科技|化工|物流|软件)园(?!区)"
)


@dataclass(frozen=True)
class Region:
    """One administrative division (行政区划)."""

    code: str
    name: str
    level: int
    parent: str


class Gazetteer:
    """All divisions by name. Immutable after building; safe to share between threads.

    Build from rows (code, name, level, parent), or take `Gazetteer.default()`.
    Full names always match; short names (贵阳, 黔东南) match for provinces and cities that are no ordinary word;
    a county's short name only right after its own city or province (贵阳南明).
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        settings = load_yaml("places.yaml")
        self._ordinary = frozenset(settings["ordinary_words"])
        self._peoples = tuple(sorted(settings["peoples"], key=len, reverse=True))
        made_up = frozenset(settings["made_up"])
        self.regions = {code: Region(code, name, int(level), parent) for code, name, level, parent in rows}
        self._names: dict[str, list[str]] = defaultdict(list)
        self._county_short: dict[str, list[str]] = defaultdict(list)
        for region in self.regions.values():
            if region.name in made_up:
                continue
            self._names[region.name].append(region.code)
            for short in self._shorts(region.name):
                target = self._names if region.level <= 2 and short not in self._ordinary else self._county_short
                target[short].append(region.code)
        self._index: dict[str, list[str]] = defaultdict(list)
        for name in set(self._names) | set(self._county_short):
            self._index[name[:2]].append(name)
        for names in self._index.values():
            names.sort(key=len, reverse=True)

    @staticmethod
    @cache
    def default() -> Gazetteer:
        """The packaged table (state of mid-2023), loaded once."""
        packed = files("gonghui").joinpath("data", "regions.csv.gz").read_bytes()
        reader = csv.DictReader(io.StringIO(gzip.decompress(packed).decode("utf-8")))
        return Gazetteer((row["code"], row["name"], int(row["level"]), row["parent"]) for row in reader)

    def _shorts(self, name: str) -> list[str]:
        stem = name
        for suffix in _SUFFIXES:
            if name.endswith(suffix) and len(name) > len(suffix) + 1:
                stem = name.removesuffix(suffix)
                break
        else:
            return []
        plain = stem
        while people := next((word for word in self._peoples if plain.endswith(word)), None):
            if len(plain) - len(people) < 2:
                break
            plain = plain.removesuffix(people)
        shorts = [stem] if stem != name else []
        if plain != stem:
            shorts.append(plain)
            if name.endswith(("自治州", "自治县")):
                shorts.append(plain + name[-1])
        return [short for short in dict.fromkeys(shorts) if len(short) >= 2 and short != name]

    def full_name(self, code: str) -> str:
        """贵州省贵阳市南明区 for 520102; made-up middle rows are left out; "" for an unknown code."""
        names: list[str] = []
        region = self.regions.get(code)
        while region is not None:
            if region.name in self._names:
                names.append(region.name)
            region = self.regions.get(region.parent)
        return "".join(reversed(names))

    def ancestors(self, code: str) -> list[str]:
        """Codes above, nearest first."""
        result = []
        region = self.regions.get(code)
        while region is not None and region.parent:
            result.append(region.parent)
            region = self.regions.get(region.parent)
        return result

    def six_digits(self, code: str) -> str:
        """The 6-digit code; a town of a city without districts answers with its city."""
        return code if len(code) == 6 else self.regions[code].parent

    def find(self, text: str, region_hint: str | None = None) -> list[Entity]:
        """Places in normalised text, in order. `region_hint`: code of the region the text comes from, if known.

        value = 6-digit code, or None when several places bear the name and nothing decides
        (then qualifier = candidate codes joined by `|`, confidence 0.3). 我们县, and a zone (高新区) that no place
        stands before, answer with the hint's county or city, or with None and no candidates when there is no hint.
        """
        mentions = self._mentions(text)
        known = {code for _, _, codes in mentions if len(codes) == 1 for code in [codes[0], *self.ancestors(codes[0])]}
        hint = self._hint_line(region_hint)
        chains: list[tuple[int, int, list[str], bool]] = []
        for start, end, codes in mentions:
            if chains:
                last_start, last_end, above, _ = chains[-1]
                below = [code for code in codes if set(self.ancestors(code)) & set(above)]
                if below and start - last_end <= 1:
                    chains[-1] = (last_start, end, below, True)
                    continue
            chains.append((start, end, codes, False))
        named = [
            self._entity(text, start, end, codes, chained, known, hint)
            for start, end, codes, chained in chains
            if chained or text[start:end] in self._names
        ]
        places = self._with_zones(text, [*named, *self._own(text, named, hint)], hint)
        return sorted(places, key=lambda place: place.start)

    def _with_zones(self, text: str, named: list[Entity], hint: list[str]) -> list[Entity]:
        """Zones joined to the place before them (贵阳高新区), or placed by the hint."""
        places = list(named)
        for match in _ZONE.finditer(text):
            start, end = match.span()
            if any(place.start < end and start < place.end for place in places):
                continue
            before = next((n for n, place in enumerate(places) if place.end == start and place.value), None)
            if before is not None:
                place = places[before]
                whole = text[place.start : end]
                places[before] = replace(place, text=whole, end=end, qualifier=f"{place.qualifier}{match.group(0)}")
                continue
            city = next((self.six_digits(code) for code in hint if self.regions[code].level == 2), None)
            places.append(self._unnamed(match, city))
        return places

    def _own(self, text: str, named: list[Entity], hint: list[str]) -> list[Entity]:
        """我们县, 本市: the division of that level on the hint's line."""
        found = []
        for match in _OWN.finditer(text):
            if any(place.start < match.end() and match.start() < place.end for place in named):
                continue
            level = _OWN_LEVELS[match.group("level")]
            found.append(self._unnamed(match, next((c for c in hint if self.regions[c].level == level), None)))
        return found

    def _unnamed(self, match: re.Match[str], code: str | None) -> Entity:
        name = self.full_name(code) if code else ""
        return Entity("place", match.group(0), *match.span(), code, 0.7 if code else 0.3, name or None)

    def _hint_line(self, region_hint: str | None) -> list[str]:
        if not region_hint:
            return []
        code = region_hint.ljust(6, "0")[:6] if region_hint.isdigit() else ""
        return [code, *self.ancestors(code)] if code in self.regions else []

    def _mentions(self, text: str) -> list[tuple[int, int, list[str]]]:
        mentions: list[tuple[int, int, list[str]]] = []
        free = 0
        for position, (one, two) in enumerate(pairwise(text)):
            names = self._index.get(one + two)
            if names is None or position < free:
                continue
            name = next((candidate for candidate in names if text.startswith(candidate, position)), None)
            if name is None:
                continue
            end = position + len(name)
            follows_place = bool(mentions) and position - mentions[-1][1] <= 1
            codes = self._names.get(name, [])
            if name in self._county_short and (follows_place or not codes):
                codes = [*codes, *self._county_short[name]]
            short = name in self._county_short or not name.endswith(_SUFFIXES)
            if (short and _STREET.match(text, end)) or (name not in self._names and not follows_place):
                continue
            mentions.append((position, end, codes))
            free = end
        return mentions

    def _entity(
        self, text: str, start: int, end: int, codes: list[str], chained: bool, known: set[str], hint: list[str]
    ) -> Entity:
        confidence = 0.95 if chained or text[start:end].endswith(_SUFFIXES) else 0.8
        if len(codes) > 1:
            codes, confidence = self._decide(codes, known, hint, confidence)
        if len(codes) == 1:
            code = codes[0]
            return Entity("place", text[start:end], start, end, self.six_digits(code), confidence, self.full_name(code))
        return Entity("place", text[start:end], start, end, None, 0.3, "|".join(sorted(codes)))

    def _decide(self, codes: list[str], known: set[str], hint: list[str], confidence: float) -> tuple[list[str], float]:
        """Choose among places of one name: by a higher place named in the text, the caller's hint, then rank."""
        shared = {code: [above for above in self.ancestors(code) if above in known] for code in codes}
        deepest = max((self.regions[lines[0]].level for lines in shared.values() if lines), default=0)
        by_text = [code for code, lines in shared.items() if lines and self.regions[lines[0]].level == deepest]
        if len(by_text) == 1:
            return by_text, min(confidence, 0.85)
        for above in hint:
            by_hint = [code for code in (by_text or codes) if above == code or above in self.ancestors(code)]
            if len(by_hint) == 1:
                return by_hint, 0.75
        # 吉林 is the province before the city; 海南 the province before the prefecture.
        highest = min(self.regions[code].level for code in codes)
        top = [code for code in codes if self.regions[code].level == highest]
        if len(top) == 1 and highest <= 2:
            return top, 0.6
        return codes, 0.3
