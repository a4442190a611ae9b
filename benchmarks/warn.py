"""Early warning on a real stream and on floods injected into it, beside a fixed count and a daily z-score, in one run.

    python -m benchmarks.warn [--split test] [--list]

`appeals/stream.jsonl`: 4,326 messages of thirteen months. `data/hot_events.jsonl`: 27 events (four messages and more by
three people and more about one thing at one place within two months; or, of large ones, all), found by another grouping
(words, average linkage), by votes and by names of places, then read and completed by hand by one reader, a language
model; ids only, split by a hash of the event's name. Rules were set on `tune`.
An alarm is of an event when half of its first messages (those it began with) are. Precision counts alarms of matters:
of marked events, and, apart, those that a reader finds real though smaller (`data/small_events.jsonl`).
`sooner` is how many days before the event's tenth message the alarm came, for events that have ten.
Shuffled: the same messages with their times dealt out anew; what is alarmed then is false.
Floods: n messages of different people in d days at one place, in words that overlap as in real events (sentences of one
real event under new writers), at random times.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.common import DATA, machine
from gonghui.brain.alarms import find_alarms
from gonghui.brain.moments import read_time
from gonghui.brain.statutes.corpus import read_rows
from gonghui.brain.warn import Alarm, Message, Watcher
from gonghui.kernel.times import SHANGHAI

FOLDER = Path(__file__).parent / "data"
_PLACE = re.compile(r"[A-Z]\d*[市区县]")
Alarms = list[tuple[datetime, Alarm]]


def place_of(text: str) -> str:
    """The first coded place as a path: districts of A市 under it."""
    found = _PLACE.findall(text)
    if not found:
        return ""
    narrow = next((place for place in found if len(place) > 2), found[0])
    return f"{narrow[0]}市/{narrow}" if len(narrow) > 2 else narrow


def read_stream(data: Path) -> list[Message]:
    """The stream in the order of time."""
    messages = []
    for _, row in read_rows(data / "appeals" / "stream.jsonl"):
        at = read_time(row["time"])
        if at is None or at.year < 2018:
            continue
        words = tuple(
            dict.fromkeys(a.word for a in find_alarms(row["text"]) if not a.negated and a.level in ("P0", "P1"))
        )
        place = place_of(row["title"]) or place_of(row["text"])
        at = at if at.tzinfo else at.replace(tzinfo=SHANGHAI)
        messages.append(Message(str(row["id"]), at, row["text"], row["title"], place, "", "", row["user"], 1, words))
    return sorted(messages, key=lambda m: (m.at, m.id))


def run(messages: Sequence[Message]) -> Alarms:
    """First and later states of all alarms of matters, with the time of the message that made them."""
    watcher = Watcher()
    return [(m.at, alarm) for m in messages for alarm in watcher.see(m) if alarm.kind != "repeat"]


def first_of(alarms: Alarms) -> dict[int, tuple[datetime, Alarm]]:
    first: dict[int, tuple[datetime, Alarm]] = {}
    for at, alarm in alarms:
        first.setdefault(alarm.number, (at, alarm))
    return first


def fixed_count(messages: Sequence[Message], group: Callable[[Message], str], least: int) -> dict[str, datetime]:
    """When a group's messages reach a fixed number."""
    counts: Counter[str] = Counter()
    found: dict[str, datetime] = {}
    for message in messages:
        counts[name := group(message)] += 1
        if name and counts[name] == least:
            found[name] = message.at
    return found


def z_scores(messages: Sequence[Message], least: float = 4.0) -> list[tuple[datetime, set[str]]]:
    """The plain way: a place's day against mean and deviation of its 56 days before."""
    days: dict[str, dict[Any, set[str]]] = defaultdict(lambda: defaultdict(set))
    for message in messages:
        days[message.place][message.at.date()].add(message.id)
    found = []
    for kept in days.values():
        for day in sorted(kept):
            before = [len(kept.get(day - timedelta(days=n), ())) for n in range(1, 57)]
            deviation = max(statistics.pstdev(before), 0.5)
            if (len(kept[day]) - statistics.fmean(before)) / deviation >= least and len(kept[day]) >= 3:
                found.append((datetime.combine(day, datetime.max.time(), SHANGHAI), kept[day]))
    return found


def measured(
    messages: Sequence[Message], events: Sequence[dict[str, Any]], small: set[str], show: bool
) -> dict[str, Any]:
    """Recall of events, precision of alarms, days gained."""
    alarms = run(messages)
    first = first_of(alarms)
    of_event = {i: e["event"] for e in events for i in e["ids"]}
    hit: dict[str, datetime] = {}
    unknown, real, split_up = [], 0, 0
    for number, (at, alarm) in first.items():
        counted = Counter(of_event.get(case.id, "") for case in alarm.cases)
        name, most = counted.most_common(1)[0]
        if name and 2 * most >= len(alarm.cases):
            split_up += name in hit
            hit.setdefault(name, at)
        elif sum(case.id in small for case in alarm.cases) * 2 >= len(alarm.cases):
            real += 1
        else:
            unknown.append((number, at, alarm))
    tenth = fixed_count(messages, lambda m: of_event.get(m.id, ""), 10)
    sooner = {name: round((tenth[name] - at) / timedelta(days=1), 1) for name, at in hit.items() if name in tenth}
    z_hit = {
        of_event[i]
        for _, ids in z_scores(messages)
        for i in ids
        if sum(of_event.get(j) == of_event.get(i) for j in ids) >= 2 and i in of_event
    }
    z_all = z_scores(messages)
    known = [e["event"] for e in events]
    span = (messages[-1].at - messages[0].at) / timedelta(days=7)
    if show:
        titles = {m.id: m.title for m in messages}
        for number, at, alarm in unknown:
            print(
                number,
                f"{at:%Y-%m-%d}",
                alarm.place,
                alarm.people,
                [titles[c.id][:24] for c in alarm.cases],
                [c.id for c in alarm.cases],
            )
        print("missed:", [name for name in known if name not in hit])
    return {
        "events": len(known),
        "recall": {
            split: round(statistics.fmean(e["event"] in hit for e in events if e["split"] == split), 3)
            for split in ("tune", "test")
        },
        "alarms": len(first),
        "of_marked_events": len(hit),
        "of_one_event_again": split_up,
        "real_but_smaller": real,
        "none": len(unknown),
        "precision_marked": round((len(hit) + split_up) / len(first), 3),
        "precision_judged": round((len(hit) + split_up + real) / len(first), 3),
        "alarms_a_week": round(len(first) / span, 2),
        "days_sooner_than_ten": sooner,
        "fixed_count_of_ten": {"recall": round(len(tenth) / len(known), 3)},
        "daily_z_score": {"recall": round(len(z_hit) / len(known), 3), "alarms": len(z_all)},
    }


def shuffled(messages: Sequence[Message], rounds: int) -> float:
    """False alarms a week on shuffled times."""
    found = []
    for seed in range(rounds):
        luck = random.Random(seed)
        times = [m.at for m in messages]
        luck.shuffle(times)
        dealt = sorted((replace(m, at=at) for m, at in zip(messages, times, strict=True)), key=lambda m: (m.at, m.id))
        span = (dealt[-1].at - dealt[0].at) / timedelta(days=7)
        found.append(len(first_of(run(dealt))) / span)
    return round(statistics.fmean(found), 2)


def flooded(messages: Sequence[Message], events: Sequence[dict[str, Any]], rounds: int) -> list[dict[str, Any]]:
    """Delay and recall of injected floods by their size and length."""
    by_id = {m.id: m for m in messages}
    pools = [[by_id[i] for i in e["ids"] if i in by_id] for e in events]
    pools = [pool for pool in pools if len(pool) >= 5]
    marked = {i for e in events for i in e["ids"]}
    plain = [m for m in messages if m.id not in marked]
    first, last = plain[0].at + timedelta(days=60), plain[-1].at - timedelta(days=40)
    rows = []
    for size, days in ((3, 7), (5, 7), (10, 7), (20, 7), (10, 28), (20, 28)):
        delays, counts = [], []
        for seed in range(rounds):
            luck = random.Random(1000 * size + 10 * days + seed)
            pool = luck.choice(pools)
            start = first + (last - first) * luck.random()
            place = luck.choice([f"A市/A{n}区" for n in range(1, 7)])
            flood = []
            for n in range(size):
                model = luck.choice(pool)
                sentences = re.split(r"(?<=[。!！?？;；])", model.text)
                luck.shuffle(sentences)
                at = start + timedelta(days=days) * luck.random()
                title = model.title if n % 2 == 0 else ""
                flood.append(Message(f"flood{n}", at, "".join(sentences[:4]), title, place, "", "", f"new{n}"))
            mixed = sorted([*plain, *flood], key=lambda m: (m.at, m.id))
            mixed = [m for m in mixed if start - timedelta(days=90) < m.at < start + timedelta(days=days + 3)]
            hit = None
            for at, alarm in run(mixed):
                inside = [c for c in alarm.cases if c.id.startswith("flood")]
                if 2 * len(inside) >= len(alarm.cases):
                    hit = (at, len(inside))
                    break
            if hit:
                delays.append((hit[0] - min(m.at for m in flood)) / timedelta(days=1))
                counts.append(hit[1])
        rows.append(
            {
                "messages": size,
                "days": days,
                "found": round(len(delays) / rounds, 2),
                "delay_days": round(statistics.median(delays), 1) if delays else None,
                "messages_until": statistics.median(counts) if counts else None,
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=DATA)
    parser.add_argument("--list", action="store_true", help="print alarms of no marked event, and missed events")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    messages = read_stream(options.data)
    events = [row for _, row in read_rows(FOLDER / "hot_events.jsonl")]
    small = {i for _, row in read_rows(FOLDER / "small_events.jsonl") for i in row["ids"]}
    began = time.perf_counter()
    run(messages)
    took = time.perf_counter() - began
    result = {
        "messages": len(messages),
        "milliseconds_a_message": round(1000 * took / len(messages), 2),
        "real": measured(messages, events, small, options.list),
        "false_alarms_a_week_shuffled": shuffled(messages, min(options.rounds, 5)),
        "floods": flooded(messages, events, options.rounds),
        "machine": machine(),
    }
    print(json.dumps(result, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
