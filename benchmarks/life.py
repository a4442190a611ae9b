"""Threats to life: what the rules find alone and what is heard beside them (`gonghui.brain.life`), in one run.

    python -m benchmarks.life [DATA_FOLDER]

Texts of two writers who saw neither the rules nor what teaches (`data/life_first.yaml`, at which the method was chosen,
and `data/life_second.yaml`): the share of threats that are P0, and P0 or P1; the share of harmless texts that are. Of
real letters that nobody labelled and that did not teach, how many each rings at: there they are false alarms, unless
somebody finds one that is none. Speed: texts a second of listening alone, on one core.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import DATA, show
from gonghui import yamls
from gonghui.brain import understand
from gonghui.brain.alarms import LIFE, find_alarms
from gonghui.brain.learn_life import texts_of, unlabelled_letters
from gonghui.brain.life import life

HERE = Path(__file__).parent
LABELS = HERE / "data" / "triage_labels.jsonl"
Level = Callable[[str], str]


def threat_level(text: str, *, heard: bool) -> str:
    """The gravest level of what threatens a life; P3 where nothing does."""
    found = find_alarms(text, heard=heard)
    return min((alarm.level for alarm in found if alarm.kind == LIFE and not alarm.negated), default="P3")


WAYS: dict[str, Level] = {
    "rules": lambda text: threat_level(text, heard=False),
    "rules and heard": lambda text: threat_level(text, heard=True),
    "urgency of the whole": lambda text: understand(text).urgency.level,
}


def share(texts: Sequence[str], level: Level, *levels: str) -> float:
    return round(sum(level(text) in levels for text in texts) / len(texts), 4)


def main() -> None:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    printed: dict[str, Any] = {}
    for name in ("first", "second"):
        texts, threats = texts_of(yamls.read((HERE / "data" / f"life_{name}.yaml").read_text(encoding="utf-8")))
        bad = [text for text, threat in zip(texts, threats, strict=True) if threat]
        good = [text for text, threat in zip(texts, threats, strict=True) if not threat]
        printed[name] = {"threats": len(bad), "harmless": len(good)}
        for way, level in WAYS.items():
            printed[name][way] = {
                "threats P0": share(bad, level, "P0"),
                "threats P0 or P1": share(bad, level, "P0", "P1"),
                "harmless P0": share(good, level, "P0"),
                "harmless P0 or P1": share(good, level, "P0", "P1"),
            }
        printed[name]["missed"] = [text for text in bad if WAYS["urgency of the whole"](text) not in ("P0", "P1")]
    letters = unlabelled_letters(data, LABELS, held=True)
    printed["letters"] = {"number": len(letters)}
    for way in ("rules", "rules and heard"):
        printed["letters"][way] = {"P0": share(letters, WAYS[way], "P0"), "P1": share(letters, WAYS[way], "P1")}
    best = min(_seconds(letters) for _ in range(5))
    printed["texts a second"] = round(len(letters) / best)
    show(printed)


def _seconds(texts: Sequence[str]) -> float:
    begun = time.process_time()
    for text in texts:
        life().hear(text)
    return time.process_time() - begun


if __name__ == "__main__":
    main()
