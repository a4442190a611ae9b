"""All situations of the package, checked against the law at hand and against each other."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from yaml import YAMLError

from gonghui import yamls
from gonghui.law.articles import Article, today
from gonghui.law.lexicon import LawDataError
from gonghui.law.published import Published, published
from gonghui.law.store import LawStore
from gonghui.law.topics import table
from gonghui.law.topics.facts import Between, Fact, Facts, FactValue, Test, When
from gonghui.law.topics.persons import Person, View
from gonghui.law.topics.topic import Topic

logger = logging.getLogger(__name__)
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
        self.folder = folder
        self.facts: Mapping[str, Fact] = self._bounded(self._read_facts(folder / "facts"), folder / "plausible.yaml")
        self.persons: Mapping[str, Person] = self._read_persons(folder / "persons.yaml")
        self.topics: Mapping[str, Topic] = self._read_topics(folder / "data")
        files = [*folder.glob("facts/*.yaml"), *folder.glob("data/*.yaml"), *folder.glob("p*.yaml")]
        body = b"".join(path.read_bytes() for path in sorted(files))
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

    def view(self, topic: Topic, known: Facts) -> View:
        """The situation as it is for this person: for those outside labour law, what holds for them."""
        for name, person in self.persons.items():
            if person.is_in(topic.id, known):
                return View(topic, name, person, self._law_of)
        return View(topic)

    def _law_of(self, cite: str) -> str:
        article = self.cited(cite)
        assert article is not None, "checked when the situations were read"
        return article.law

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
            for name, row in (yamls.read(path.read_bytes()) or {}).items():
                if name in found:
                    self._bad.append(f"{path.name}: {name} is defined twice")
                try:
                    found[name] = Fact.model_validate(row)
                except ValidationError as error:
                    self._bad += [f"{path.name}: {name}: {cause}" for cause in _causes(error)]
        return found

    def _bounded(self, facts: Mapping[str, Fact], path: Path) -> dict[str, Fact]:
        """The facts with what nearly every answer lies between, where `plausible.yaml` says it."""
        found = dict(facts)
        for row in (yamls.read(path.read_bytes()) or []) if path.exists() else ():
            try:
                bounds = Between.model_validate({end: row[end] for end in ("least", "most") if end in row})
            except ValidationError as error:
                self._bad += [f"{path.name}: {row['facts']}: {cause}" for cause in _causes(error)]
                continue
            for name in row["facts"]:
                fact = facts.get(name)
                wrong = _misfit(fact, bounds) if fact is not None else "no such fact"
                if fact is None or wrong or found[name].plausible is not None:
                    self._bad.append(f"{path.name}: {name}: {wrong or 'is there twice'}")
                else:
                    found[name] = fact.model_copy(update={"plausible": bounds})
        return found

    def _read_persons(self, path: Path) -> dict[str, Person]:
        found: dict[str, Person] = {}
        for name, row in (yamls.read(path.read_bytes()) or {}).items() if path.exists() else ():
            try:
                person = Person.model_validate(row)
            except ValidationError as error:
                self._bad += [f"{path.name}: {name}: {cause}" for cause in _causes(error)]
                continue
            titles = [(law, self._store.citations.title(law)) for law in person.closed.laws]
            self._bad += [f"{path.name}: {name}: closed.laws: no law {law}" for law, title in titles if title is None]
            closed = person.closed.model_copy(update={"laws": tuple(title for _, title in titles if title)})
            found[name] = person.model_copy(update={"closed": closed})
            wrong = [*self._wrong_conditions(person.conditions()), *self._wrong_citations(person.citations(), today())]
            self._bad += [f"{path.name}: {name}: {place}: {cause}" for place, cause in wrong]
        return found

    def _read_topics(self, folder: Path) -> dict[str, Topic]:
        found: dict[str, Topic] = {}
        reader = TypeAdapter(Topic)
        for path in sorted(folder.glob("R*.yaml")):
            try:
                topic = reader.validate_python(yamls.read(path.read_bytes()))
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
        self._bad += [f"{name}: {place}: {wrong}" for place, wrong in self.findings(topic)]

    def findings(self, topic: Topic) -> Iterator[tuple[str, str]]:
        """What is wrong with a situation beside its form, each with its place (`rights[2]`, `branches.site`)."""
        yield from self._wrong_citations(topic.citations(), topic.valid_from)
        for asked in topic.asks:
            if asked.fact not in self.facts:
                yield f"asks.{asked.fact}", f"没有这个事实 / no fact {asked.fact}"
        yield from self._wrong_conditions(topic.conditions())
        parts = [part for _, part in topic.parts()]
        strange = {one for part in (*parts, *topic.branches) for one in part.also_for} - {"everyone", *self.persons}
        for one in sorted(strange):
            yield "also_for", f"persons.yaml 里没有 / no person {one} in persons.yaml"
        asked_for = {asked.fact for asked in topic.asks}
        for branch in topic.branches:
            for fact in branch.when:
                if fact in self.facts and fact not in asked_for:
                    yield f"branches.{branch.id}", f"asks 里没有 / tests {fact}, which the topic does not ask for"

    def packaged(self, code: str) -> str:
        """The situation's file as it came with the package, "" where there is none of that code."""
        path = self.folder / "data" / f"{code}.yaml"
        return path.read_text(encoding="utf-8") if code in self.topics and path.is_file() else ""

    def with_situations(self, texts: Mapping[str, str]) -> Library:
        """These situations instead of those of the package. One that fits no longer (a fact was renamed since, an
        article has ended) is left out and logged: the package's stands then, and the review names it."""
        found = dict(self.topics)
        told = hashlib.sha256(self.version.encode())
        for code, text in sorted(texts.items()):
            try:
                topic = TypeAdapter(Topic).validate_python(yamls.read(text.encode()))
                wrong = [f"{place}: {cause}" for place, cause in self.findings(topic)]
            except (ValidationError, YAMLError) as error:
                topic, wrong = None, [str(error)]
            if topic is None or wrong:
                logger.error("published situation %s does not fit, the packaged one is used: %s", code, wrong[:3])
                continue
            found[code] = topic
            told.update(f"{code}\0{text}\0".encode())
        made = object.__new__(Library)
        made.__dict__.update(self.__dict__)
        made.topics = {code: found[code] for code in sorted(found)}
        made.version = told.hexdigest()[:8]
        return made

    def _wrong_citations(self, citations: Iterable[tuple[str, str]], on: date) -> Iterator[tuple[str, str]]:
        for place, cite in citations:
            article = self.cited(cite)
            if article is None:
                yield place, f"找不到法条 / no article {cite}"
            elif not article.fit_for_worker(on):
                yield place, f"{cite} 已失效或未核对 / is not in force or not checked; it may not be told to a worker"

    def _wrong_conditions(self, conditions: Iterable[tuple[str, When]]) -> Iterator[tuple[str, str]]:
        for place, when in conditions:
            for fact, test in when.items():
                if fact not in self.facts:
                    yield place, f"没有这个事实 / no fact {fact}"
                elif wrong := _misfit(self.facts[fact], test):
                    yield place, f"{fact}: {wrong}"


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
def packaged() -> Library:
    """The packaged situations, read at first use."""
    return Library()


def topics() -> Library:
    """The situations that hold now: the packaged ones, with what editors published over them."""
    return _with(published())


@lru_cache(maxsize=8)
def _with(state: Published) -> Library:
    return packaged().with_situations(state.situations) if state.situations else packaged()


def as_data(topic: Topic) -> dict[str, Any]:
    """The topic as JSON-ready data."""
    return topic.model_dump(mode="json", exclude_defaults=True)
