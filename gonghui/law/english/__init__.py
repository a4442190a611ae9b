"""What the law's answers say, in English (英文): Chinese text in, English out, by catalogues of whole sentences.

The Chinese is the key, as in gettext: exact, or with `{}` where a working fills something in. The situations' sentences
stand in `topics/english/` (a file a situation, `persons.yaml`, `facts.yaml`), all others beside this file. Texts that
have an `en` beside them in their own file stay there. What must have English: `gonghui.law.english.texts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from gonghui import yamls
from gonghui.kernel.language import in_english
from gonghui.law.lexicon import LawDataError

HERE = Path(__file__).resolve().parent
SITUATIONS = HERE.parent / "topics" / "english"
SLOT = "{}"
CHINESE = re.compile(r"[\u3400-\u9fff]")
# A Chinese passage with its marks, as a screen reader should read it in one go.
_PASSAGE = re.compile(r"[《“（〔]*[\u3400-\u9fff][\u3400-\u9fff\u3000-\u303f\uff00-\uffef“”〔〕·0-9]*")
_ONE = re.compile(r"(?<![\d.,])1 (working day|day|month|year|hour|time|piece)s\b")
# Below so many characters of its own a form says too little to be taken with Chinese left in it.
_OWN = 2
# Values of data that are names or a person's own words, whatever the language.
_KEPT = frozenset({"id", "zh", "words", "fact", "law", "article", "place", "path", "code", "phrasings", "source"})


@dataclass(frozen=True, slots=True)
class Form:
    """A sentence with slots: what must stand in the text, how it is read, its English, and how much it says itself."""

    sign: str
    shortest: re.Pattern[str]
    longest: re.Pattern[str]
    english: str
    own: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All English there is: whole sentences, and forms with slots, those that say most first."""

    sentences: Mapping[str, str]
    forms: tuple[Form, ...]


@cache
def catalogue() -> Catalogue:
    """Read once. LawDataError where a file is no mapping of text to text, or slots got lost."""
    whole: dict[str, str] = {}
    for path in [*sorted(HERE.glob("*.yaml")), *sorted(SITUATIONS.glob("*.yaml"))]:
        for chinese, english in read_file(path).items():
            whole.setdefault(chinese, english)
    forms = [_form(chinese, english) for chinese, english in whole.items() if SLOT in chinese]
    return Catalogue(whole, tuple(sorted(forms, key=lambda form: -len(form.shortest.pattern))))


def read_file(path: Path) -> dict[str, str]:
    """One file of the catalogue."""
    rows = yamls.read(path.read_bytes()) or {}
    if not isinstance(rows, dict):
        raise LawDataError(f"{path.name}: not a mapping of Chinese to English")
    for chinese, english in rows.items():
        if not isinstance(chinese, str) or not isinstance(english, str) or not english.strip():
            raise LawDataError(f"{path.name}: {chinese!r}: {english!r} is no English text")
        if chinese.count(SLOT) != len(re.findall(r"\{\d?\}", english)):
            raise LawDataError(f"{path.name}: {chinese}: the English has other slots")
    return rows


def _form(chinese: str, english: str) -> Form:
    pieces = chinese.split(SLOT)
    shortest, longest = (
        re.compile(slot.join(re.escape(piece) for piece in pieces), re.DOTALL) for slot in ("(.+?)", "(.+)")
    )
    return Form(max(pieces, key=len), shortest, longest, english, len("".join(pieces).replace(" ", "")))


def english(text: str) -> str | None:
    """The text in English; what was filled in and has none (a name, a source) stays as it is. None where none is."""
    if text in catalogue().sentences or not CHINESE.search(text):
        return catalogue().sentences.get(text, text)
    found = _read(text)
    return found[0][:1].upper() + found[0][1:] if found else None


def _read(text: str) -> tuple[str, bool] | None:
    """The English of a text or of a part of one, and whether no Chinese was left in it."""
    known = catalogue().sentences.get(text)
    if known is not None or not CHINESE.search(text):
        return known or text, True
    rest: list[tuple[str, bool]] = []
    for said in _readings(text):
        if said[1]:
            return said
        rest.append(said)
    return rest[0] if rest else None


def _readings(text: str) -> Iterator[tuple[str, bool]]:
    """Ways to read a text that is no sentence of the catalogue: as a list, by its forms, sentence by sentence."""
    if (listed := _in_pieces(text, "、", ", ")) is not None and listed[1]:
        yield listed
    for form in catalogue().forms:
        if form.sign not in text:
            continue
        # A slot may take too little or too much where a mark of the form stands in it too.
        for reads in (form.shortest, form.longest):
            if (match := reads.fullmatch(text)) is None:
                break
            values = [_read(value) or (value, False) for value in match.groups()]
            said = _ONE.sub(r"1 \1", form.english.format(*(value for value, _ in values)))
            whole = all(clean for _, clean in values)
            if whole or form.own >= _OWN:
                yield said, whole
    if text.endswith("。") and (ended := _read(text[:-1])) is not None:
        yield f"{ended[0]}.", ended[1]
    for joint, between in (("。", ". "), ("；", "; ")):
        if (pieces := _in_pieces(text, joint, between)) is not None:
            yield pieces


def _in_pieces(text: str, joint: str, between: str) -> tuple[str, bool] | None:
    """The text read piece by piece; None where a piece says nothing in Chinese or has no English."""
    pieces = text.removesuffix(joint).split(joint)
    if len(pieces) < 2 or not all(CHINESE.search(piece) for piece in pieces):
        return None
    # Sentences stand in the catalogue with their full stop.
    whole = "。" if joint == "。" else ""
    read = [_read(piece + whole) or _read(piece) if whole else _read(piece) for piece in pieces]
    if any(piece is None for piece in read):
        return None
    found = [piece for piece in read if piece is not None]
    said = between.join(said.removesuffix(".") if whole else said for said, _ in found)
    return f"{said}." if whole and text.endswith(joint) else said, all(clean for _, clean in found)


def in_words(text: str, english_wanted: bool | None = None) -> str:
    """The text in the reader's language: English where it is wanted (None: as the active language says) and there."""
    wanted = in_english() if english_wanted is None else english_wanted
    return (english(text) or text) if wanted else text


def told(data: Any, english_wanted: bool | None = None) -> Any:
    """JSON-ready data with its texts in the reader's language; names and a person's own words as they are."""
    wanted = in_english() if english_wanted is None else english_wanted
    if not wanted:
        return data
    if isinstance(data, dict):
        return {name: value if name in _KEPT else told(value, True) for name, value in data.items()}
    if isinstance(data, list):
        return [told(value, True) for value in data]
    return in_words(data, True) if isinstance(data, str) else data


def named(chinese: str, english_name: str = "") -> str:
    """An office or a paper in English with the Chinese name, which one must show or ask for: Application (申请书)."""
    name = english_name or english(chinese)
    return f"{name} ({chinese})" if name else chinese


def marked(text: str) -> str:
    """For a page: Chinese in an English page is marked as such, so that a screen reader changes its voice."""
    if not in_english() or not CHINESE.search(text):
        return text
    parts, at = [], 0
    for match in _PASSAGE.finditer(text):
        parts += [conditional_escape(text[at : match.start()]), format_html('<span lang="zh">{}</span>', match[0])]
        at = match.end()
    return mark_safe(SafeString("").join([*parts, conditional_escape(text[at:])]))  # noqa: S308 - each part is escaped
