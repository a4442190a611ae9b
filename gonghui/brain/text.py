"""Cleaning, clause borders and masking of text."""

from __future__ import annotations

import re
import unicodedata

# Longer texts are cut: an appeal has at most 4,000 characters (handbook 1.2), so this loses nothing that a form takes.
MAX_CHARS = 12_000
_TITLE_MAX = 200
# Cut before Unicode work too, so that a text of invisible characters costs no more than a long one.
_RAW_MAX_CHARS = 4 * MAX_CHARS

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u08e2\u115f\u1160\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
# Spaces are made one before lines are looked at: a pattern for both takes a second for a page of spaces.
_LINE_BREAKS = "\r\x85\u2028\u2029"
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n[ \n]*")
# Most messages hold nothing else: of these characters normalising changes only what `_NARROW` says.
_USUAL = "\n -~\u4e00-\u9fff、。·—“”‘’《》〈〉「」【】\u3000，：；！？（）％～…"
_COMMON = re.compile(f"[{_USUAL}]*")
# The others, and what stands before them, which they may join. None of those characters joins what stands before it.
_OTHERS = re.compile(f".?[^{_USUAL}]+", re.DOTALL)
_NARROW = tuple(zip("，：；！？（）％～\u3000", ",:;!?()%~ ", strict=True))
# Without one of these neither `_SPACES` nor `_LINES` changes a text of those characters.
_UNEVEN_LINES = (" \n", "\n ", "\n\n")
_LETTERS = re.compile(r"[^\W\d_]+")

# Characters that end a sentence in normalised text; a cue must not reach across them.
SENTENCE_END = "。!?;\n"
CLAUSE_END = SENTENCE_END + ",:"
_CLAUSE_END = re.compile(f"[{CLAUSE_END}]")
_SENTENCE_END = re.compile(f"[{SENTENCE_END}]")


def normalise(text: str) -> str:
    """NFKC, without invisible, bidi, control and surrogate characters; runs of space become one (文本规整).

    Pure and idempotent. Line breaks stay, as one `\\n` each. Full-width digits and punctuation become ASCII.
    """
    if _COMMON.fullmatch(text):
        cleaned = _narrowed(text)
        is_even = "  " not in cleaned and not ("\n" in cleaned and any(pair in cleaned for pair in _UNEVEN_LINES))
    else:
        cleaned, is_even = _composed(text), False
    if not is_even:
        cleaned = _LINES.sub("\n", _SPACES.sub(" ", cleaned))
    return cleaned.strip()


def _composed(text: str) -> str:
    for other in _LINE_BREAKS:
        if other in text:
            text = text.replace(other, "\n")
    cleaned = _nfkc(text)
    while True:
        bare = _INVISIBLE.sub("", cleaned)
        if bare == cleaned:
            return cleaned
        # Dropping a joiner may leave a base letter beside its mark: compose again.
        cleaned = _nfkc(bare)


def _nfkc(text: str) -> str:
    """As Unicode's, which takes a tenth of a millisecond for a thousand characters: only of what it can change."""
    return _narrowed(_OTHERS.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text))


def _narrowed(text: str) -> str:
    text = text.replace("…", "...")
    for wide, narrow in _NARROW:
        text = text.replace(wide, narrow)
    return text


def cut(text: str) -> tuple[str, bool]:
    """Normalise and cut to `MAX_CHARS`; the flag says whether something was left out."""
    truncated = len(text) > _RAW_MAX_CHARS
    cleaned = normalise(text[:_RAW_MAX_CHARS])
    if len(cleaned) > MAX_CHARS:
        return cleaned[:MAX_CHARS], True
    return cleaned, truncated


def joined(title: str, body: str) -> tuple[str, int, bool]:
    """A message as one normalised text: title (on one line, at most 200 characters), line break, body.

    Returns the text, where its title ends (0 without one), and whether something was left out.
    """
    head, head_cut = cut(title)
    rest, body_cut = cut(body)
    head = head.replace("\n", " ")[:_TITLE_MAX]
    full = f"{head}\n{rest}" if head else rest
    return full[:MAX_CHARS], len(head), head_cut or body_cut or len(full) > MAX_CHARS


def lowered(text: str) -> str:
    """Lower case where that keeps every offset, as it does for all but a few rare letters; else the text itself."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text


def is_chinese(text: str, han: int, least: int, share: float) -> bool:
    """Whether a text with `han` Chinese characters has so many, and they are that share of all its letters."""
    # Letters need not be counted where most of all characters are Chinese.
    return han >= least and (han >= share * len(text) or han >= share * sum(map(len, _LETTERS.findall(text))))


def clause_around(text: str, start: int, end: int, *, sentence: bool = False) -> tuple[int, int]:
    """Offsets of the clause (or whole sentence) that holds [start, end)."""
    left = max(text.rfind(stop, 0, start) for stop in (SENTENCE_END if sentence else CLAUSE_END)) + 1
    right = (_SENTENCE_END if sentence else _CLAUSE_END).search(text, end)
    return left, right.start() if right else len(text)


# \d takes full-width digits too, so raw text can be masked before it is normalised.
ID_OR_CARD = re.compile(r"(?<![\dA-Za-z])(\d(?:[ -]?\d){13,18}[XxＸｘ]?|\d{17}[XxＸｘ])(?![\dA-Za-z])")
_PHONE = re.compile(
    r"(?<!\d)(?:(?:\+?86[ -]?)?"
    r"[1１][3-9３-９]\d[ -]?\d{4}[ -]?\d{4}|[0０]\d{2,3}[ -]?\d{7,8}|400[ -]?\d{3}[ -]?\d{4})(?!\d)"
)


def mask_personal(text: str) -> str:
    """Hide the middle of phones, identity numbers and bank cards (脱敏), for lists and exports.

    Takes raw or normalised text; everything else is unchanged. 13812345678 -> 138****5678;
    identity numbers and cards keep the first four and last two digits.
    """

    def card(match: re.Match[str]) -> str:
        return _stars(match.group(0), head=4, tail=2)

    def phone(match: re.Match[str]) -> str:
        return _stars(match.group(0), head=3, tail=4)

    return _PHONE.sub(phone, ID_OR_CARD.sub(card, text))


def _stars(text: str, *, head: int, tail: int) -> str:
    """Replace all but the outer `head` and `tail` alphanumerics by stars; separators stay."""
    total = sum(1 for character in text if character.isalnum())
    out: list[str] = []
    seen = 0
    for character in text:
        if character.isalnum():
            out.append(character if seen < head or seen >= total - tail else "*")
            seen += 1
        else:
            out.append(character)
    return "".join(out)


_GREETING = re.compile(
    r"^(?:尊敬的|敬爱的|亲爱的)?[\u4e00-\u9fff]{0,12}(?:领导|书记|市长|县长|区长|厅长|局长|主席|同志|平台)(?:们)?"
    r"[:,!。 ]*|^(?:你|您|大家)们?好[啊呀]?[,!。 ]*|^(?:您好|你好)[,!。 ]*"
)


# Normalising makes these ASCII; beside a Chinese character people write them full-width.
_FULL_WIDTH = str.maketrans(",;:!?()", "，；：！？（）")
_BY_HAN = re.compile(r"(?<=[\u4e00-\u9fff])[,;:!?()]|[,;:!?()](?=[\u4e00-\u9fff])")


def in_chinese(text: str) -> str:
    """Normalised text with the punctuation that Chinese is written with: `欠薪,没给` → `欠薪，没给`; `12:30` stays."""
    return _BY_HAN.sub(lambda match: match[0].translate(_FULL_WIDTH), text)


def summarise(text: str, title: str, best_span: tuple[int, int] | None) -> str:
    """A title of at most 40 characters (摘要标题): the given one, or the clause with the best cue, masked.

    `text` and `title` are normalised, `text` holds the body; `best_span` is where the strongest cue lies in it.
    """
    source = title.strip()
    if not source:
        if best_span is not None:
            left, right = clause_around(text, *best_span)
            if right - left < 10:
                left, right = clause_around(text, *best_span, sentence=True)
            if right - left > 40:
                left = max(left, best_span[0] - 20)
            source = text[left:right]
        else:
            source = text
        source = source.strip()
        while greeting := _GREETING.match(source):
            if not greeting.group(0):
                break
            source = source[greeting.end() :].strip()
        source = _CLAUSE_END.split(source)[0] if best_span is None and source else source
    source = in_chinese(mask_personal(source.replace("\n", " ").strip(" ,。;:、")))
    return source if len(source) <= 40 else source[:39] + "…"
