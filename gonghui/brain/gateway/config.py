"""Providers, tasks, prompts and shares as data (`data/gateway.yaml`, `data/prompts/*.yaml`)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from gonghui import yamls
from gonghui.brain.gateway.types import SENSITIVITY, Kind

DATA = Path(__file__).resolve().parent / "data"
# What is set aside for a call is free again after a quarter of an hour (`ledger.LAPSE`): no call may last as long.
_LONGEST = 600.0
_KINDS: tuple[Kind, ...] = ("chat", "embed", "speech", "ocr")


class ConfigError(ValueError):
    """A data file of the gateway is wrong; the message names the place."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model of a provider: its name there, what it does, and yuan per thousand tokens in and out."""

    name: str
    kind: Kind
    price_in: Decimal
    price_out: Decimal


@dataclass(frozen=True, slots=True)
class Provider:
    """Where models are. `form`: `openai` (any compatible address) or `local`.

    clearance: the most sensitive matter that may be sent there unmasked.
    """

    name: str
    form: str
    url: str
    key_variable: str
    clearance: str
    timeout: float
    retries: int
    models: Mapping[str, Model]

    def key(self) -> str:
        """The secret, from the environment; empty when there is none."""
        return os.environ.get(self.key_variable, "") if self.key_variable else ""


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked for: `route` are `provider/model` in order of choice; budget in yuan a call; cache in seconds."""

    name: str
    kind: Kind
    route: tuple[str, ...]
    budget: Decimal
    cache: float
    prompt: str
    must_cite: bool


@dataclass(frozen=True, slots=True)
class Prompt:
    """A system text with its version: first 8 hex digits of its content, so that no change goes unseen."""

    name: str
    text: str
    version: str


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """Everything the gateway needs to know."""

    providers: Mapping[str, Provider]
    tasks: Mapping[str, Task]
    prompts: Mapping[str, Prompt]
    daily_yuan: Decimal
    daily_by_organisation: Mapping[str, Decimal]
    breaker_failures: int
    breaker_seconds: float

    def share_of(self, organisation: str) -> Decimal:
        """Yuan a day an organisation (`cn.52.5201`) may spend: its own entry, that of one above it, or the default."""
        path = organisation
        while path:
            if path in self.daily_by_organisation:
                return self.daily_by_organisation[path]
            path = path.rpartition(".")[0]
        return self.daily_yuan

    def model(self, name: str) -> tuple[Provider, Model]:
        """Provider and model of `provider/model`."""
        provider, _, model = name.partition("/")
        return self.providers[provider], self.providers[provider].models[model]


def load_config(path: Path | None = None) -> GatewayConfig:
    """Read and check the file (the packaged one by default). Raises ConfigError."""
    path = path or DATA / "gateway.yaml"
    try:
        raw = yamls.read(path.read_text(encoding="utf-8"))
        # Those beside the file stand in the place of the packaged ones.
        folders = (DATA, path.parent)
        prompts = {p.stem: _prompt(p) for folder in folders for p in sorted(folder.glob("prompts/*.yaml"))}
        providers = {name: _provider(name, row) for name, row in raw["providers"].items()}
        tasks = {name: _task(name, row) for name, row in raw["tasks"].items()}
        quotas = raw.get("quotas") or {}
        breaker = raw.get("breaker") or {}
        config = GatewayConfig(
            providers,
            tasks,
            prompts,
            _yuan(quotas.get("daily_yuan", 0)),
            {str(k): _yuan(v) for k, v in (quotas.get("organisations") or {}).items()},
            int(breaker.get("failures", 3)),
            float(breaker.get("seconds", 30)),
        )
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path.name}: {error!r}") from None
    _check(config, path.name)
    return config


def _check(config: GatewayConfig, name: str) -> None:
    for task in config.tasks.values():
        if task.prompt and task.prompt not in config.prompts:
            raise ConfigError(f"{name}: task {task.name}: no prompt {task.prompt}")
        for step in task.route:
            try:
                _, model = config.model(step)
            except KeyError:
                raise ConfigError(f"{name}: task {task.name}: no model {step}") from None
            if model.kind != task.kind:
                raise ConfigError(f"{name}: task {task.name}: {step} is for {model.kind}, not {task.kind}")


def _provider(name: str, row: Mapping[str, Any]) -> Provider:
    form = row["form"]
    if form not in ("openai", "local"):
        raise ConfigError(f"provider {name}: form must be openai or local")
    url = str(row.get("url") or "")
    if form == "openai" and urlsplit(url).scheme not in ("http", "https"):
        raise ConfigError(f"provider {name}: url must be an http(s) address")
    clearance = row.get("clearance", "public")
    if clearance not in SENSITIVITY:
        raise ConfigError(f"provider {name}: clearance must be one of {', '.join(SENSITIVITY)}")
    timeout = float(row.get("timeout", 20))
    if not 0 < timeout <= _LONGEST:
        raise ConfigError(f"provider {name}: timeout must be more than 0 and at most {_LONGEST:.0f} seconds")
    models = {}
    for model, entry in row["models"].items():
        if entry["kind"] not in _KINDS:
            raise ConfigError(f"provider {name}: model {model}: kind must be one of {', '.join(_KINDS)}")
        models[str(model)] = Model(
            str(entry.get("name", model)), entry["kind"], _yuan(entry.get("in", 0)), _yuan(entry.get("out", 0))
        )
    return Provider(
        name,
        form,
        url.rstrip("/"),
        str(row.get("key_variable") or ""),
        clearance,
        timeout,
        int(row.get("retries", 2)),
        models,
    )


def _task(name: str, row: Mapping[str, Any]) -> Task:
    return Task(
        name,
        row["kind"],
        tuple(row["route"]),
        _yuan(row.get("budget", 0)),
        float(row.get("cache", 0)),
        str(row.get("prompt") or ""),
        bool(row.get("must_cite", False)),
    )


def _prompt(path: Path) -> Prompt:
    text = str(yamls.read(path.read_text(encoding="utf-8"))["system"]).strip()
    return Prompt(path.stem, text, hashlib.sha256(text.encode()).hexdigest()[:8])


def _yuan(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise ConfigError(f"{value!r} is no sum of money") from None
