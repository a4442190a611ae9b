"""Patterns of text fields (正则): whether one can be used at all, and whether judging it always ends soon."""

from __future__ import annotations

import re
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

LONGEST = 200
MANY = 2
REPEATS = (kinds.MAX_REPEAT, kinds.MIN_REPEAT)


def wrong_pattern(pattern: str) -> str:
    """Why a pattern cannot be used; empty for a good one.

    Refused is also what may take for ever on a text that does not fit (`(a+)+b`, `(a|ab)*c`): a repetition without a
    small end over something that itself repeats or chooses. Python tries every way then, and holds everybody up
    meanwhile.
    """
    if len(pattern) > LONGEST:
        return f"the pattern is longer than {LONGEST} letters"
    try:
        parsed = parser.parse(pattern)
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"{pattern!r} is no pattern: {error}"
    return f"{pattern!r} may take for ever: a repetition within a repetition" if _slow(parsed, inside=False) else ""


def _slow(part: Any, inside: bool) -> bool:
    """`inside`: within a repetition that may go on and on."""
    for operation, argument in part:
        if operation in REPEATS:
            least, most, body = argument
            open_ended = most > least and most > MANY
            if (inside and most > least) or _slow(body, inside or open_ended):
                return True
        elif operation is kinds.BRANCH:
            if inside or any(_slow(one, inside) for one in argument[1]):
                return True
        elif operation is kinds.SUBPATTERN:
            if _slow(argument[3], inside):
                return True
        elif operation in (kinds.ASSERT, kinds.ASSERT_NOT):
            if _slow(argument[1], inside):
                return True
        elif operation in (kinds.GROUPREF, kinds.GROUPREF_EXISTS):
            return True
    return False


def example(pattern: str) -> str | None:
    """A text that the pattern takes; None where none is found simply."""
    try:
        text = _text(parser.parse(pattern))
    except (re.error, NotImplementedError, OverflowError):
        return None
    return text if re.fullmatch(pattern, text) else None


def _text(part: Any) -> str:
    found = ""
    for operation, argument in part:
        if operation is kinds.LITERAL:
            found += chr(argument)
        elif operation is kinds.ANY:
            found += "1"
        elif operation is kinds.IN:
            found += _one_of(argument)
        elif operation in REPEATS:
            least, most, body = argument
            # Rather one than none: an empty number is taken by few.
            found += _text(body) * min(max(int(least), 1), int(most))
        elif operation is kinds.BRANCH:
            found += _text(argument[1][0])
        elif operation is kinds.SUBPATTERN:
            found += _text(argument[3])
        elif operation is not kinds.AT:
            raise NotImplementedError(operation)
    return found


def _one_of(choices: Any) -> str:
    """A letter of a class: a digit where it takes digits."""
    for text in "12A中a- ,.":
        if any(_takes(kind, argument, text) for kind, argument in choices) != (choices[0][0] is kinds.NEGATE):
            return text
    for kind, argument in choices:
        if kind is kinds.LITERAL:
            return chr(argument)
        if kind is kinds.RANGE:
            return chr(argument[0])
    raise NotImplementedError(choices)


def _takes(kind: Any, argument: Any, text: str) -> bool:
    if kind is kinds.LITERAL:
        return bool(ord(text) == argument)
    if kind is kinds.RANGE:
        return bool(argument[0] <= ord(text) <= argument[1])
    if kind is kinds.CATEGORY:
        classes = {kinds.CATEGORY_DIGIT: r"\d", kinds.CATEGORY_WORD: r"\w", kinds.CATEGORY_SPACE: r"\s"}
        return kind is kinds.CATEGORY and argument in classes and bool(re.fullmatch(classes[argument], text))
    return False
