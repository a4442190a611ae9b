"""The local planner (本地规划器): answers without a network from what it is given. Plain, and never inventive.

It chooses sentences; it does not write new ones. So what it says stands in the text or the evidence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from gonghui.brain.gateway.errors import ProviderFailed
from gonghui.brain.gateway.types import Evidence, Message, Usage
from gonghui.brain.statutes.postings import pairs

# Of a law never half a sentence: what stands after ； may say the contrary.
_WHOLE = re.compile(r"[^。！？!?\n]+[。！？!?]?")
_SENTENCE = re.compile(r"[^。！？!?;；\n]+[。！？!?;；]?")


def _text_of(messages: Sequence[Message]) -> str:
    return "\n".join(m.text for m in messages if m.role == "user").strip()


def sentences(text: str) -> list[str]:
    """Sentences of a text, cut at their end marks."""
    return [s.strip() for s in _SENTENCE.findall(text) if s.strip()]


def summarise(messages: Sequence[Message], evidence: Sequence[Evidence]) -> str:
    """The one or two sentences that share most with the rest, in their own order, at most 120 characters."""
    found = sentences(_text_of(messages))
    if not found:
        return "没有可以概括的内容。"
    grams = [set(pairs(s)) for s in found]
    whole = [sum(len(g & other) for other in grams if other is not g) / (len(g) + 8) for g in grams]
    best = sorted(sorted(range(len(found)), key=lambda i: -whole[i])[:2])
    summary = ""
    for number in best:
        if len(summary) + len(found[number]) <= 120 or not summary:
            summary += found[number]
    return summary[:120]


def answer(messages: Sequence[Message], evidence: Sequence[Evidence]) -> str:
    """The sentence of each piece of evidence nearest to the question, cited; honest when there is none."""
    asked = set(pairs(_text_of(messages)))
    lines = []
    for piece in evidence[:3]:
        choice = max(_WHOLE.findall(piece.text), key=lambda s: len(set(pairs(s)) & asked), default="").strip()
        if choice:
            lines.append(f"{choice}〔{piece.id}〕")
    if not lines:
        return "没有找到可以依据的法条，请由工作人员答复。"
    return "根据现有材料：" + "".join(lines) + "以上是法条摘录，不是法律意见。"


def classify(messages: Sequence[Message], evidence: Sequence[Evidence]) -> str:
    """JSON of the brain's own triage."""
    from gonghui.brain.understand import understand

    meaning = understand(_text_of(messages))
    return json.dumps(
        {
            "category": meaning.categories[0].code if meaning.categories else None,
            "urgency": meaning.urgency.level,
            "nature": meaning.nature.code,
        },
        ensure_ascii=False,
    )


def read_image(image: bytes) -> str:
    """Lines of text on a picture, by the brain's own reader. Raises ProviderFailed for bytes that are none."""
    from gonghui.brain.papers import PaperError, read_lines

    try:
        return "\n".join(line.text for line in read_lines(image))
    except PaperError as error:
        raise ProviderFailed(str(error)) from None


PLANNERS: dict[str, Callable[[Sequence[Message], Sequence[Evidence]], str]] = {
    "summarise": summarise,
    "answer": answer,
    "classify": classify,
}


def chat(task: str, messages: Sequence[Message], evidence: Sequence[Evidence]) -> tuple[str, Usage]:
    """The planner for a task, or the summary where there is none of its own."""
    text = PLANNERS.get(task, summarise)(messages, evidence)
    return text, Usage(sum(len(m.text) for m in messages), len(text))
