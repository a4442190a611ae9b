"""The one entry: from a message to everything the brain proposes about it (研判)."""

from __future__ import annotations

from datetime import datetime

from gonghui.brain.amounts import find_durations, find_money, find_people
from gonghui.brain.dates import day_of, find_dates
from gonghui.brain.facts import find_facts
from gonghui.brain.gazetteer import Gazetteer
from gonghui.brain.identity import find_employers, find_id_numbers, find_phones
from gonghui.brain.jurisdiction import propose
from gonghui.brain.lexicon import lexicon
from gonghui.brain.linear import Model, describe, model
from gonghui.brain.text import han_share, joined, summarise
from gonghui.brain.triage import (
    labour_numbers,
    rank_categories,
    score_categories,
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


def understand(
    text: str,
    title: str = "",
    time: datetime | None = None,
    region_hint: str | None = None,
    gazetteer: Gazetteer | None = None,
    *,
    learnt: Model | None = None,
    facts: bool = True,
) -> Understanding:
    """Read one message. Pure; never raises for any text.

    text, title: raw text of any kind; at most `text.MAX_CHARS` characters are read, `truncated` tells.
    time: when it was written (aware, or naive Chinese time); without it relative dates are left out.
    region_hint: 6-digit code of the region the message came from, used to choose among places of one name.
    gazetteer: places to know; the packaged ones by default.
    learnt: the triage model; the packaged one by default.
    facts: False leaves out all entities but numbers of people, which urgency needs: triage alone, three times as fast.
    """
    full, title_end, truncated = joined(title, text)
    body_start = title_end + 1 if title_end else 0
    today = day_of(time)

    entities = extract(full, time, region_hint, gazetteer) if facts else find_people(full)
    evidence = lexicon().scan(full, title_end=title_end)
    # What the words say decides how urgent it is; what was learnt beside them decides what it is about.
    lexical = score_categories(evidence, lexicon())
    learnt = learnt or model()
    places, weights = learnt.words.vector(full)
    of_levels, of_natures, whole = describe(evidence, full, title_end, lexicon())
    levels = learnt.level.shares(of_levels, whole, places, weights)
    categories = rank_categories(
        evidence,
        levels,
        learnt.usual,
        learnt.belief,
        lambda level: learnt.telling_words(level, places, weights),
    )
    nature = score_nature(evidence, learnt.nature.shares(of_natures, whole, places, weights))
    worker_type = score_worker_type(evidence)
    is_labour = score_labour(evidence, learnt.labour_share(places, weights, labour_numbers(evidence, lexicon())))
    urgency = score_urgency(full, entities, lexical, nature, is_labour, today, levels["99"])
    understood = _is_understood(full, bool(evidence.raw or urgency.alarms))
    if not understood:
        categories, lexical, worker_type = [], [], None
        nature, is_labour = Scored("consult", 0.0), Scored("other", 0.0)
        jurisdiction = Jurisdiction(None, "unknown_place", ["没有读懂,需要询问"], 0.0)
    else:
        jurisdiction = propose(full, entities, lexical, is_labour, worker_type, urgency, region_hint)
    best = max((span for span in evidence.spans if span[1] >= body_start), default=None, key=lambda span: span[0])
    best_span = (best[1] - body_start, best[2] - body_start) if best else None
    return Understanding(
        version=VERSION,
        understood=understood,
        entities=entities,
        categories=categories,
        topics=lexical,
        urgency=urgency if understood or urgency.alarms else Urgency("P3", 0.0),
        nature=nature,
        worker_type=worker_type,
        is_labour=is_labour,
        jurisdiction=jurisdiction,
        summary=summarise(full[body_start:], full[:title_end], best_span),
        truncated=truncated,
        text=full,
        body_start=body_start,
    )


def extract(
    text: str, time: datetime | None = None, region_hint: str | None = None, gazetteer: Gazetteer | None = None
) -> list[Entity]:
    """The entities of normalised text, in text order, at most the first 300."""
    table = gazetteer if gazetteer is not None else Gazetteer.default()
    places = table.find(text, region_hint)
    personal = find_id_numbers(text) + find_phones(text)
    found = places + find_employers(text, places)
    found += find_dates(text, day_of(time)) + find_money(text) + find_durations(text) + find_people(text)
    found += find_facts(text)
    taken = [(entity.start, entity.end) for entity in personal]
    # Digits of a phone or identity number are nothing else.
    found = [entity for entity in found if not any(entity.start < right and left < entity.end for left, right in taken)]
    return sorted(found + personal, key=lambda entity: (entity.start, -entity.end))[:_MAX_ENTITIES]


def _is_understood(text: str, has_cue: bool) -> bool:
    han, share = han_share(text)
    return (share >= _MIN_HAN_SHARE and han >= _MIN_HAN) or (share >= _MIN_HAN_SHARE / 3 and han >= 2 and has_cue)
