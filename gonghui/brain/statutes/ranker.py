"""The ranker: index, encoder and learnt order together."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gonghui.brain.encoder import Encoder
from gonghui.brain.statutes.corpus import CorpusError
from gonghui.brain.statutes.evidence import FEATURES, Evidence, Index, gather
from gonghui.brain.statutes.index import ARTEFACTS, FORMAT, Reduction
from gonghui.brain.statutes.postings import Floats

# The learnt order knows its training questions best; some of the rough order keeps it fair to articles never cited.
# Chosen by cross-validation among those of `fit.SHARES`.
ROUGH_SHARE = 2.5
_MAX_CHARS = 4_000


@dataclass(frozen=True, slots=True)
class Ranked:
    """One article found: id, full name, score (only its order means something), and why where it was asked for."""

    id: str
    name: str
    score: float
    why: dict[str, Any] | None = None


class Ranker:
    """Ranks the articles of one index. Loading takes a part of a second; several threads may ask."""

    def __init__(self, folder: Path, *, encoder: Encoder | None = None, artefacts: Path = ARTEFACTS) -> None:
        try:
            manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CorpusError(f"{folder}: no complete index ({error}); run `gonghui brain build`") from None
        if manifest.get("format") != FORMAT:
            raise CorpusError(f"{folder}: an index of another version; run `gonghui brain build`")
        import onnxruntime

        self.manifest = manifest
        self.index = Index(folder)
        self._encoder = encoder
        self._reduction = Reduction.load(artefacts)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._order: Any = onnxruntime.InferenceSession(
            os.fspath(artefacts / "order.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._lock = threading.Lock()

    @classmethod
    def load(cls, folder: Path) -> Ranker:
        """The ranker of an index made by `build_index`. Raises CorpusError when there is none or it is of old."""
        return cls(folder)

    def rank(self, question: str, k: int = 100, *, explain: bool = False) -> list[Ranked]:
        """At most `k` articles, best first; empty for a text without a letter. Any text is allowed."""
        text = question[:_MAX_CHARS]
        if not any(map(str.isalnum, text)):
            return []
        evidence = self.evidence(text)
        scores = self._scores(evidence)
        order = np.argsort(-scores, kind="stable")[:k]
        rows = zip(order.tolist(), evidence.candidates[order].tolist(), scores[order].tolist(), strict=True)
        ids, names = self.index.ids, self.index.names
        return [
            Ranked(ids[place], names[place], round(score, 4), self._why(evidence, row) if explain else None)
            for row, place, score in rows
        ]

    def evidence(self, text: str) -> Evidence:
        """What is known of the candidates of a question."""
        with self._lock:
            encoder = self._encoder = self._encoder or Encoder.default()
        return gather(self.index, text, self._reduction(encoder.encode([text]))[0])

    def _scores(self, evidence: Evidence) -> Floats:
        (learnt,) = self._order.run(None, {"table": evidence.table})
        learnt = learnt.ravel()
        spread = float(learnt.std()) or 1.0
        top = float(evidence.rough.max()) or 1.0
        scores: Floats = learnt / spread + np.float32(ROUGH_SHARE) * evidence.rough / top
        return scores

    def _why(self, evidence: Evidence, row: int) -> dict[str, Any]:
        """Words of the question in the article, like questions that it answered, and the numbers."""
        place = int(evidence.candidates[row])
        places, words = self.index.words.find(evidence.words)
        shared = [w for w, at in zip(words, places, strict=True) if place in self.index.words.holders(int(at))]
        asked = [v for v in evidence.voters if place in self.index.gold[v]]
        return {
            "words": sorted(shared, key=len, reverse=True)[:8],
            "like_questions": [self.index.questions[v] for v in asked[:3]],
            "numbers": {name: round(float(v), 3) for name, v in zip(FEATURES, evidence.table[row], strict=True)},
        }
