"""The scan for many words (`scan`) against looking for each word by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.brain.scan import Scanner, count_han, join

_LETTERS = st.text("欠薪工资a\n🙂", min_size=0, max_size=30)
_WORDS = st.lists(st.text("欠薪工资a🙂", min_size=1, max_size=5), min_size=1, max_size=12, unique=True)


def _plainly(text: str, words: list[str]) -> set[tuple[int, int]]:
    return {(at, number) for number, word in enumerate(words) for at in range(len(text)) if text.startswith(word, at)}


@given(_WORDS, st.lists(_LETTERS, min_size=1, max_size=4))
def test_every_word_is_found_wherever_it_stands(words: list[str], texts: list[str]) -> None:
    scanner = Scanner(words)
    side = join(texts, scanner.longest)
    places, numbers = scanner.find(side)
    found = sorted(zip(places.tolist(), numbers.tolist(), strict=True))
    begins = side.begins.tolist()
    assert found == sorted(
        (begin + at, number) for begin, text in zip(begins, texts, strict=False) for at, number in _plainly(text, words)
    )


def test_many_words_with_one_beginning_are_told_apart() -> None:
    words = [chr(first) + chr(second) for first in range(0x4E00, 0x4E20) for second in range(0x5000, 0x5100)]
    scanner = Scanner(words)
    side = join(words, scanner.longest)
    places, numbers = scanner.find(side)
    assert dict(zip(places.tolist(), numbers.tolist(), strict=True)) == {3 * at: at for at in range(len(words))}


def test_chinese_characters_are_counted_text_by_text() -> None:
    assert count_han(join(["欠薪3个月", "", "ok,好"])) == [4, 0, 1]


def test_an_empty_word_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        Scanner(["工资", ""])
