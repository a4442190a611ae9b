"""取件码: codes of eight digits that somebody shows at a counter, found again by their blind index; and codes of
letters that people read to each other or a link holds."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from gonghui.kernel.vault import blind_index

DIGITS = 8
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
