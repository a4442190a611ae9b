"""The one entry: from a message to everything the brain proposes about it (研判)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import repeat
from typing import NamedTuple

import numpy as np

from gonghui.brain.amounts import find_durations, find_money, find_people
from gonghui.brain.dates import day_of, find_dates
from gonghui.brain.facts import find_facts
from gonghui.brain.gazetteer import Gazetteer
from gonghui.brain.identity import find_employers, find_id_numbers, find_phones
from gonghui.brain.jurisdiction import propose
from gonghui.brain.lexicon import lexicon
from gonghui.brain.linear import Learnt, Model, Seen, batches, model
from gonghui.brain.text import MAX_CHARS, is_chinese, joined, summarise
from gonghui.brain.triage import (
    falling,
    find_topics,
    rank_categories,
    score_labour,
    score_nature,
    score_worker_type,
)
from gonghui.brain.types import VERSION, Entity, Jurisdiction, Scored, Understanding, Urgency
from gonghui.brain.urgency import score_urgency

# A real message has some dozens; more is a table or noise.
_MAX_ENTITIES = 300
_MIN_HAN = 6
_MIN_HAN_SHARE = 0.3


class Message(NamedTuple):
    """One message to read: raw text of any kind, when it was written (aware, or naive Chinese time)."""

    text: str
    title: str = ""
    time: datetime | None = None


class _Read(NamedTuple):
    """One message after the scan."""

    seen: Seen
    truncated: bool
    today: date | None
    entities: list[Entity]


def understand(
    text: str,
    title: str = "",
    time: datetime | None = None,
    region_hint: str | None = None,
    gazetteer: Gazetteer | None = None,
    *,
    learnt: Model | None = None,
    facts: bool = True,
    closely: bool = False,
) -> Understanding:
    """Read one message. Pure; never raises for any text.

    text, title: raw text of any kind; at most `text.MAX_CHARS` characters are read, `truncated` tells.
    time: when it was written (aware, or naive Chinese time); without it relative dates are left out.
    region_hint: 6-digit code of the region the message came from, used to choose among places of one name.
    gazetteer: places to know; the packaged ones by default.
    learnt: the triage model; the packaged one by default.
    facts: False leaves out all entities but numbers of people, which urgency needs: triage alone, many times as fast.
    closely: where the words leave the category in doubt, the sentence encoder reads the text too (some 25 ms).
    """
    messages = [Message(text, title, time)]
    return next(understand_many(messages, region_hint, gazetteer, learnt=learnt, facts=facts, closely=closely))


def understand_many(
    messages: Iterable[Message],
    region_hint: str | None = None,
    gazetteer: Gazetteer | None = None,
    *,
    learnt: Model | None = None,
    facts: bool = True,
    closely: bool = False,
) -> Iterator[Understanding]:
    """Read many messages, in order: each as `understand` alone would, quicker. See there for the rest."""
    trained = learnt or model()
    for batch in batches(messages, _size):
        read = _look(batch, region_hint, gazetteer, trained, facts)
        seen = [one.seen for one in read]
        said = trained.ask(seen)
        if closely:
            said = trained.look_closer(seen, said)
        for one, meant, codes in zip(read, said, _codes(seen, said, trained), strict=True):
            yield _conclude(one, meant, codes, trained, region_hint)


def _size(message: Message) -> int:
    return min(len(message.title) + len(message.text), MAX_CHARS)


def _look(
    messages: Sequence[Message], region_hint: str | None, gazetteer: Gazetteer | None, trained: Model, facts: bool
) -> list[_Read]:
    full = [joined(message.title, message.text) for message in messages]
    seen = trained.terms.see([text for text, _, _ in full], [title_end for _, title_end, _ in full])
    return [
        _Read(
            one,
            truncated,
            day_of(message.time),
            extract(text, message.time, region_hint, gazetteer, one.runs)
            if facts
            else find_people(text, one.runs)[:_MAX_ENTITIES],
        )
        for message, (text, _, truncated), one in zip(messages, full, seen, strict=True)
    ]


class _Codes(NamedTuple):
    """What one message is about: by what was learnt, and by its words alone."""

    categories: list[Scored]
    topics: list[Scored]


def _codes(seen: Sequence[Seen], said: Sequence[Learnt], trained: Model) -> list[_Codes]:
    known = lexicon()
    begin, end = known.families["category"]
    raw = np.array([one.evidence.totals[begin:end] for one in seen])
    topics = find_topics(raw, known)
    ranked = rank_categories(np.array([meant.levels for meant in said]), raw, trained.usual, known)
    scores = falling(trained.beliefs(said, ranked))
    names, level_of = list(known.categories), known.level_of.tolist()

    def scored(one: Seen, column: int, score: float) -> Scored:
        return Scored(names[column], round(score, 3), one.evidence.words_for(column))

    codes = []
    for one, meant, *rows in zip(
        seen, said, *(table.tolist() for table in (ranked.columns, scores, topics.columns, topics.scores)), strict=True
    ):
        categories = list(map(scored, repeat(one), rows[0], rows[1]))
        for category, column in zip(categories, rows[0], strict=True):
            # Where the lexicon saw nothing, the words that spoke most for the level.
            if not category.why:
                category.why.extend(trained.telling_words(level_of[column], meant))
        spoken = [scored(one, column, score) for column, score in zip(rows[2], rows[3], strict=True) if score > 0]
        codes.append(_Codes(categories, spoken))
    return codes


def _conclude(read: _Read, meant: Learnt, codes: _Codes, trained: Model, region_hint: str | None) -> Understanding:
    full, title_end, evidence, alarms, _, han, _ = read.seen
    body_start = title_end + 1 if title_end else 0
    # What the words say decides what is spoken of; what was learnt beside them decides what it is about.
    categories, lexical = codes
    nature = score_nature(evidence, *meant.nature)
    worker_type = score_worker_type(evidence, *meant.worker, len(full))
    is_labour = score_labour(evidence, meant.labour)
    urgency = score_urgency(
        full,
        read.entities,
        lexical,
        nature,
        is_labour,
        read.today,
        meant.public,
        found=alarms,
        second=lambda numbers: trained.urgent_share([*numbers, meant.danger]),
    )
    understood = _is_understood(full, han, bool(evidence or urgency.alarms))
    if not understood:
        categories, lexical, worker_type = [], [], None
        nature, is_labour = Scored("consult", 0.0), Scored("other", 0.0)
        jurisdiction = Jurisdiction(None, "unknown_place", ["没有读懂,需要询问"], 0.0)
    else:
        jurisdiction = propose(full, read.entities, lexical, is_labour, worker_type, urgency, region_hint)
    # A message with a title needs no other.
    best = None if title_end else evidence.strongest()
    return Understanding(
        version=VERSION,
        understood=understood,
        entities=read.entities,
        categories=categories,
        topics=lexical,
        urgency=urgency if understood or urgency.alarms else Urgency("P3", 0.0),
        nature=nature,
        worker_type=worker_type,
        is_labour=is_labour,
        jurisdiction=jurisdiction,
        summary=summarise(full[body_start:], full[:title_end], best),
        truncated=read.truncated,
        text=full,
        body_start=body_start,
    )


def extract(
    text: str,
    time: datetime | None = None,
    region_hint: str | None = None,
    gazetteer: Gazetteer | None = None,
    runs: Iterable[int] | None = None,
) -> list[Entity]:
    """The entities of normalised text, in text order, at most the first 300; `runs`: as `amounts.find_people`."""
    table = gazetteer if gazetteer is not None else Gazetteer.default()
    places = table.find(text, region_hint)
    personal = find_id_numbers(text) + find_phones(text)
    found = places + find_employers(text, places)
    found += find_dates(text, day_of(time)) + find_money(text) + find_durations(text) + find_people(text, runs)
    found += find_facts(text)
    taken = [(entity.start, entity.end) for entity in personal]
    # Digits of a phone or identity number are nothing else.
    found = [entity for entity in found if not any(entity.start < right and left < entity.end for left, right in taken)]
    return sorted(found + personal, key=lambda entity: (entity.start, -entity.end))[:_MAX_ENTITIES]


def _is_understood(text: str, han: int, has_cue: bool) -> bool:
    return is_chinese(text, han, _MIN_HAN, _MIN_HAN_SHARE) or (has_cue and is_chinese(text, han, 2, _MIN_HAN_SHARE / 3))
