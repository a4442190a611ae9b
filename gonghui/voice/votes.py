"""表决: whether a draft has passed at a congress, and by what it fell short (劳动合同法 51: the draft goes to the
congress or all workers). Two thirds present and more than half of all, not only of those present, as
most places rule."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Vote:
    """How many there are, came, and were in favour."""

    total: int
    present: int
    favour: int

    @property
    def adds_up(self) -> bool:
        return 0 <= self.favour <= self.present <= self.total and self.total > 0

    @property
    def quorate(self) -> bool:
        """三分之二以上 came; 以上 includes the number itself."""
        return 3 * self.present >= 2 * self.total

    @property
    def carried(self) -> bool:
        return 2 * self.favour > self.total

    @property
    def passed(self) -> bool:
        return self.adds_up and self.quorate and self.carried
