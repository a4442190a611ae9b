"""All situations of the package, checked against the law at hand and against each other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from yaml import YAMLError

from gonghui.law.articles import Article
from gonghui.law.lexicon import LawDataError, read_yaml
from gonghui.law.store import LawStore
from gonghui.law.topics import table
from gonghui.law.topics.facts import Between, Fact, FactValue, Test
from gonghui.law.topics.topic import Topic

HERE = Path(__file__).resolve().parent
STAMP = HERE / "checked.txt"
_CITE = re.compile(
    r"(?P<law>\S+?) ?(?P<number>\d+)(?P<suffix>之[一二三四五六七八九])?(?:\.(?P<paragraph>\d+))?(?:\((?P<item>\d+)\))?"
)


class TopicError(LawDataError):
    """A file of the topics is wrong; the message names file, place and cause, one a line."""


class Library:
    """Facts and topics of one folder. Immutable. `tables`: check the decision tables even if that was done before."""

    def __init__(self, folder: Path = HERE, store: LawStore | None = None, *, tables: bool = False) -> None:
        self._store = store or LawStore.default()
        self._bad: list[str] = []
        self.facts: Mapping[str, Fact] = self._read_facts(folder / "facts")
        self.topics: Mapping[str, Topic] = self._read_topics(folder / "data")
        body = b"".join(path.read_bytes() for path in sorted(folder.glob("*/*.yaml")))
        # Name of the state of facts and situations: an answer stores it.
        self.version = hashlib.sha256(body).hexdigest()[:8]
        # Holding the tables against every combination of facts takes seconds: done once for each state of the files.
        if not self._bad and (tables or not checked(self.version)):
            for topic in self.topics.values():
                self._bad += [f"{topic.id}.yaml: {problem}" for problem in table.problems(topic.branches, self.facts)]
        if self._bad:
            raise TopicError("\n".join(self._bad))

    def read(self, answers: Mapping[str, object]) -> tuple[dict[str, FactValue], dict[str, str]]:
        """Answers by fact name as values, and what is wrong with those that cannot be read. An empty one is none."""
        found: dict[str, FactValue] = {}
        wrong: dict[str, str] = {}
        for name, value in answers.items():
            if value is None or value == "":
                continue
            if name not in self.facts:
                wrong[name] = f"没有这个问题 / no such fact: {name}"
                continue
            try:
                found[name] = self.facts[name].read(value)
            except ValueError as error:
                wrong[name] = str(error)
        return found, wrong

    def cited(self, cite: str) -> Article | None:
        """The article that `劳动合同法 38.1(3)` names (article, paragraph 款, item 项), or None."""
        match = _CITE.fullmatch(cite)
        if match is None:
            return None
        article = self._store.by_number(match["law"], int(match["number"]), match["suffix"] or "")
        paragraph, item = (int(match[name]) if match[name] else None for name in ("paragraph", "item"))
        return article if article is not None and article.part(paragraph, item) is not None else None

    def _read_facts(self, folder: Path) -> dict[str, Fact]:
        found: dict[str, Fact] = {}
        for path in sorted(folder.glob("*.yaml")):
            for name, row in (read_yaml(path.read_bytes()) or {}).items():
                if name in found:
                    self._bad.append(f"{path.name}: {name} is defined twice")
                try:
                    found[name] = Fact.model_validate(row)
                except ValidationError as error:
                    self._bad += [f"{path.name}: {name}: {cause}" for cause in _causes(error)]
        return found

    def _read_topics(self, folder: Path) -> dict[str, Topic]:
        found: dict[str, Topic] = {}
        reader = TypeAdapter(Topic)
        for path in sorted(folder.glob("R*.yaml")):
            try:
                topic = reader.validate_python(read_yaml(path.read_bytes()))
            except ValidationError as error:
                self._bad += [f"{path.name}: {cause}" for cause in _causes(error)]
                continue
            except YAMLError as error:
                self._bad.append(f"{path.name}: {error}")
                continue
            if topic.id != path.stem:
                self._bad.append(f"{path.name}: its id is {topic.id}")
            found[topic.id] = topic
            self._check(path.name, topic)
        return found

    def _check(self, name: str, topic: Topic) -> None:
        for place, cite in topic.citations():
            article = self.cited(cite)
            if article is None:
                self._bad.append(f"{name}: {place}: no article {cite}")
            elif not article.fit_for_worker(topic.valid_from):
                self._bad.append(
                    f"{name}: {place}: {cite} is not in force or not checked; it may not be told to a worker"
                )
        unknown = [(f"asks.{asked.fact}", asked.fact) for asked in topic.asks if asked.fact not in self.facts]
        for place, when in topic.conditions():
            for fact, test in when.items():
                if fact not in self.facts:
                    unknown.append((place, fact))
                elif wrong := _misfit(self.facts[fact], test):
                    self._bad.append(f"{name}: {place}: {fact}: {wrong}")
        self._bad += [f"{name}: {place}: no fact {fact}" for place, fact in unknown]
        asked_for = {asked.fact for asked in topic.asks}
        self._bad += [
            f"{name}: branches.{branch.id}: tests {fact}, which the topic does not ask for"
            for branch in topic.branches
            for fact in branch.when
            if fact in self.facts and fact not in asked_for
        ]


def _misfit(fact: Fact, test: Test) -> str:
    """Why the test says nothing of such a fact; "" when it does."""
    if isinstance(test, Between):
        day = [edge for edge in (test.least, test.most) if edge is not None and not hasattr(edge, "as_tuple")]
        return "" if (fact.kind == "date") == bool(day) and fact.kind not in ("bool", "choice") else f"is a {fact.kind}"
    if isinstance(test, bool):
        return "" if fact.kind == "bool" else f"is a {fact.kind}, not yes or no"
    values = test if isinstance(test, tuple) else (test,)
    strange = [value for value in values if value not in fact.options]
    return f"has no option {strange}" if strange else ""


def _causes(error: ValidationError) -> list[str]:
    return [".".join(str(part) for part in row["loc"]) + ": " + row["msg"] for row in error.errors()]


def checked(version: str) -> bool:
    """Whether the decision tables of this state of the files were checked (`gonghui topic --check` notes it)."""
    return STAMP.exists() and STAMP.read_text(encoding="utf-8").strip() == version


@cache
def topics() -> Library:
    """The packaged situations, read at first use."""
    return Library()


def as_data(topic: Topic) -> dict[str, Any]:
    """The topic as JSON-ready data."""
    return topic.model_dump(mode="json", exclude_defaults=True)
