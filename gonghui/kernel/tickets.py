"""取件码: codes of eight digits that somebody shows at a counter, found again by their blind index; and codes of
letters that people read to each other or a link holds."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TypeVar

from django.utils.translation import gettext as _

from gonghui.kernel.errors import NotFound
from gonghui.kernel.rates import counted, so_far
from gonghui.kernel.vault import blind_index

DIGITS = 8
# [P] Wrong codes one person at a counter may type in an hour. A hundred millionth part of all codes is right by chance
# for each that waits somewhere; a counter in a hurry mistypes a few.
WRONG_MOST, WRONG_SECONDS = 60, 3600
T = TypeVar("T")
# None of them is taken for another.
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_letters(count: int, alphabet: str = LETTERS) -> str:
    """So many letters that nobody guesses."""
    return "".join(secrets.choice(alphabet) for _letter in range(count))


def code_index(kind: str, code: str) -> str:
    """The blind index of a code, as typed or scanned: only its digits count. Empty without digits."""
    return blind_index(kind, "".join(letter for letter in code if letter.isdigit()))


def new_code(kind: str, taken: Callable[[str], bool]) -> tuple[str, str]:
    """A code and its index. `taken` says of an index whether somebody who still waits has it."""
    while True:
        code = new_letters(DIGITS, "0123456789")
        index = code_index(kind, code)
        if not taken(index):
            return code, index


def guessing(kind: str, account_id: int | None) -> bool:
    """Whether this person has typed so many wrong codes that the next one is not looked at, right or not."""
    return so_far(_wrong(kind, account_id)) >= WRONG_MOST


def guessed_wrong(kind: str, account_id: int | None) -> None:
    """Count a wrong code, also where the transaction that found it so is rolled back."""
    counted(_wrong(kind, account_id), WRONG_SECONDS)


def _wrong(kind: str, account_id: int | None) -> str:
    return f"wrong-code:{kind}:{account_id or 0}"


def too_many_wrong() -> str:
    return _("输错太多次，请一小时后再试。")


def looked_up(kind: str, code: str, account_id: int | None, look: Callable[[str], T | None], missing: str) -> T:
    """What `look` finds for the code's index, for a person at a counter. NotFound, with `missing` as what is said, for
    none; and for everything once this person has typed too many wrong ones."""
    if guessing(kind, account_id):
        raise NotFound(too_many_wrong())
    index = code_index(kind, code)
    found = look(index) if index else None
    if found is None:
        guessed_wrong(kind, account_id)
        raise NotFound(missing)
    return found
