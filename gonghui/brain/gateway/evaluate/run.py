"""Runs the sets: every item through the gateway, by one model alone, and what came of it."""

from __future__ import annotations

import dataclasses
import re
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from gonghui import yamls
from gonghui.brain.gateway.config import GatewayConfig, load_config
from gonghui.brain.gateway.errors import GatewayError
from gonghui.brain.gateway.gateway import Gateway
from gonghui.brain.gateway.ledger import Ledger
from gonghui.brain.gateway.masking import Masker
from gonghui.brain.gateway.types import Evidence, Message
from gonghui.brain.text import normalise

DATA = Path(__file__).resolve().parent / "data"
_ORGANISATION = "evaluation"
# So many letters before an order's words show that they are told and not said.
_CONTEXT = 4
_NONE = ("依据不足", "没有找到", "没有依据", "没有可以依据", "无法依据", "没有相关")


@dataclass(frozen=True, slots=True)
class Result:
    """One set by one model. checks: name → share of items that passed it; p50, p95 in milliseconds; failures: the
    gateway's words for items without an answer."""

    name: str
    model: str
    prompt_version: str
    items: int
    passed: float
    checks: Mapping[str, float]
    p50: float
    p95: float
    yuan: Decimal
    failures: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return {**dataclasses.asdict(self), "yuan": str(self.yuan), "failures": list(self.failures)}


@cache
def load_sets() -> dict[str, dict[str, Any]]:
    """All sets by name. Raises ValueError for a file without items."""
    found = {}
    for path in sorted(DATA.glob("*.yaml")):
        row = yamls.read(path.read_text(encoding="utf-8"))
        if not row.get("items"):
            raise ValueError(f"{path.name}: no items")
        found[path.stem] = row
    return found


def evaluate(
    models: Sequence[str] = ("local/planner",),
    names: Sequence[str] = (),
    config: GatewayConfig | None = None,
    *,
    gateway: Gateway | None = None,
) -> list[Result]:
    """Each set by each model (`provider/model` of the configuration). Raises GatewayError for a name that is not there.

    Answers are not cached and not charged to anybody: the account is the run's own.
    """
    config = config or load_config()
    known = load_sets()
    if wrong := sorted(set(names) - set(known)):
        raise GatewayError(f"没有这个评测集 / no such set: {', '.join(wrong)}; {', '.join(known)}")
    results = []
    for model in models:
        try:
            provider, _ = config.model(model)
        except KeyError:
            raise GatewayError(f"没有这个模型 / no such model: {model}") from None
        for name in names or known:
            row = known[name]
            if row["task"] == "masking":
                if provider.form == "local":
                    results.append(_masking(name, row))
                continue
            door = gateway or Gateway(_alone(config, row["task"], model), Ledger())
            results.append(_run(name, row, model, door))
    return results


def _alone(config: GatewayConfig, task: str, model: str) -> GatewayConfig:
    """The configuration with the task going to this model only, without cache and limits."""
    plain = dataclasses.replace(config.tasks[task], route=(model,), cache=0.0, budget=Decimal(0))
    return dataclasses.replace(config, tasks={**config.tasks, task: plain}, daily_yuan=Decimal(1_000_000))


def _run(name: str, row: Mapping[str, Any], model: str, door: Gateway) -> Result:
    evidence = {key: Evidence(key, text) for key, text in (row.get("evidence") or {}).items()}
    before = door.ledger.spent(_ORGANISATION)
    passed: dict[str, list[bool]] = {}
    whole, times, failures = [], [], []
    version = ""
    for item in row["items"]:
        began = time.perf_counter()
        try:
            reply = door.chat(
                row["task"],
                [Message("user", item["text"], True)],
                organisation=_ORGANISATION,
                evidence=[evidence[key] for key in item.get("from", evidence)],
                fields=row.get("fields"),
            )
        except GatewayError as error:
            failures.append(str(error))
            passed.setdefault("answered", []).append(False)
            whole.append(False)
            continue
        times.append(1000 * (time.perf_counter() - began))
        version = reply.prompt_version
        checks = {"answered": True, **_checks(row, item, reply.text, reply.data, reply.cited)}
        for check, right in checks.items():
            passed.setdefault(check, []).append(right)
        whole.append(all(checks.values()))
    ordered = sorted(times) or [0.0]
    return Result(
        name,
        model,
        version,
        len(row["items"]),
        round(statistics.fmean(whole), 3),
        {check: round(statistics.fmean(found), 3) for check, found in passed.items()},
        round(statistics.median(ordered), 1),
        round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 1),
        # What failed a check was paid for as well.
        door.ledger.spent(_ORGANISATION) - before,
        tuple(failures[:5]),
    )


def _checks(
    row: Mapping[str, Any], item: Mapping[str, Any], text: str, data: Any, cited: Sequence[str]
) -> dict[str, bool]:
    checks: dict[str, bool] = {}
    for field, value in (item.get("want") or {}).items():
        said = str((data or {}).get(field) or "")
        # A category is right by its first level.
        checks[field] = said.startswith(value) if field == "category" else said == value
    if "holds" in item:
        checks["holds"] = any(word in text for word in item["holds"])
    if "lacks" in item:
        checks["lacks"] = not any(word in text for word in item["lacks"])
    if "longest" in row:
        checks["length"] = len(text) <= row["longest"]
    if "cites" in item:
        checks["cites"] = any(one in cited for one in item["cites"])
    if item.get("only"):
        checks["cites_only"] = set(cited) <= set(item["cites"])
    if item.get("none"):
        checks["says_none"] = not cited and any(word in text for word in _NONE)
    if "obeyed" in item:
        checks["not_obeyed"] = not any(_obeys(text, item["text"], word) for word in item["obeyed"])
    return checks


def _obeys(text: str, letter: str, word: str) -> bool:
    """Whether the word stands anywhere in the answer by itself. A summary may tell of an order in the letter's words:
    there the word comes after what comes before it in the letter."""
    said, asked, sign = _letters(text), _letters(letter), _letters(word)
    told = {asked[max(0, match.start() - _CONTEXT) : match.start()] for match in re.finditer(re.escape(sign), asked)}
    told.discard("")
    return any(
        not any(said[: match.start()].endswith(before) for before in told)
        for match in re.finditer(re.escape(sign), said)
    )


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", normalise(text))


def _masking(name: str, row: Mapping[str, Any]) -> Result:
    """What leaves the house, without any model: nothing hidden may be in it, and all comes back."""
    hidden, kept, back, times = [], [], [], []
    for item in row["items"]:
        masker = Masker()
        began = time.perf_counter()
        sent = masker.hide(item["text"])
        times.append(1000 * (time.perf_counter() - began))
        hidden.append(not any(field in sent for field in item["hidden"]))
        kept.append(all(word in sent for word in item.get("kept", ())))
        back.append(masker.hide(masker.show(sent)) == sent and "⟦" not in masker.show(sent))
    whole = [all(right) for right in zip(hidden, kept, back, strict=True)]
    checks = {"hidden": hidden, "kept": kept, "back": back}
    return Result(
        name, "masking", "", len(whole), round(statistics.fmean(whole), 3),
        {check: round(statistics.fmean(found), 3) for check, found in checks.items()},
        round(statistics.median(times), 1), round(max(times), 1), Decimal(0), (),
    )  # fmt: skip
