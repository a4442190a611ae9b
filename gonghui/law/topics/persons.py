"""Persons whom labour law does not cover, or not in full (不适用或不完全适用劳动法的人): `persons.yaml`.

A situation's file is written for people under labour law. To a civil servant or a household worker its steps, bodies,
limits, sums and papers would be wrong; `Person` says which are closed to them and what is told instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import model_validator

from gonghui.law.topics.facts import Facts, When, holds
from gonghui.law.topics.topic import (
    DOCUMENTS,
    Body,
    Branch,
    Calculation,
    Limit,
    Mark,
    Paper,
    Part,
    Plain,
    Right,
    Step,
    Told,
    Topic,
)

P = TypeVar("P", bound=Told)


class Closed(Part):
    """What is not for such a person. `laws`: by title or short name; what rests on them is not told.

    `words`: of the help, dangers and doubts of a situation, what speaks of these is not told.
    """

    laws: tuple[str, ...]
    words: tuple[str, ...] = ()
    bodies: tuple[str, ...]
    limits: tuple[str, ...]
    calculators: tuple[str, ...]
    documents: tuple[str, ...]


class Ending(Part):
    """The conclusion where the situation's own rests on closed laws."""

    text: Plain
    en: str
    mark: Mark
    cites: tuple[str, ...] = ()
    basis: str = ""


class Person(Part):
    """A kind of person. `when`, `unless`: any of the rows. `same_in`: situations in which the law makes no difference.

    `recourse`: within what time and where, in one line, for those whose clocks are not counted here.
    """

    zh: str
    en: str
    when: tuple[When, ...]
    unless: tuple[When, ...] = ()
    same_in: tuple[str, ...] = ()
    closed: Closed
    conclusion: Ending
    rights: tuple[Right, ...]
    recourse: Plain
    bodies: tuple[Body, ...]
    limits: tuple[Limit, ...] = ()
    steps: tuple[Step, ...]
    documents: tuple[str, ...]

    @model_validator(mode="after")
    def _whole(self) -> Person:
        if unknown := {*self.documents, *self.closed.documents} - set(DOCUMENTS):
            raise ValueError(f"no document {sorted(unknown)}")
        return self

    @property
    def facts(self) -> frozenset[str]:
        """The facts by which such a person is known."""
        return frozenset(name for row in self.when for name in row)

    def is_in(self, code: str, known: Facts) -> bool:
        """Whether the facts say for certain that this is such a person, in a situation where it matters."""
        if code in self.same_in or any(holds(row, known) for row in self.unless):
            return False
        return any(holds(row, known) for row in self.when)

    def means(self, part: Told, name: str) -> bool:
        """Whether a part of a situation's file says itself that it holds for such a person, who is called `name`."""
        return bool(self.facts & set(part.when)) or "everyone" in part.also_for or name in part.also_for

    def conditions(self) -> list[tuple[str, When]]:
        """Every condition with its place."""
        rows = [(f"when[{n}]", row) for n, row in enumerate(self.when)]
        rows += [(f"unless[{n}]", row) for n, row in enumerate(self.unless)]
        parts = [*self.rights, *self.limits, *self.bodies, *self.steps]
        return rows + [(f"parts[{n}]", part.when) for n, part in enumerate(parts)]

    def citations(self) -> list[tuple[str, str]]:
        """Every citation with its place."""
        found = [("conclusion", cite) for cite in self.conclusion.cites]
        found += [(f"limits[{n}]", cite) for n, limit in enumerate(self.limits) for cite in limit.cites]
        return found + [
            (f"rights[{n}]", cite) for n, right in enumerate(self.rights) for cite in (*right.cites, *right.also_cites)
        ]


@dataclass(frozen=True, slots=True)
class View:
    """A situation as it is for one person: what of its file holds, and what stands instead of the rest.

    `person` is None for those under labour law: then all holds, as the conditions say.
    """

    topic: Topic
    name: str = ""
    person: Person | None = None
    law_of: Callable[[str], str] = str

    @property
    def rights(self) -> tuple[Right, ...]:
        if (person := self.person) is None:
            return self.topic.rights
        kept = (r for r in self.topic.rights if person.means(r, self.name) or not self._closed(r.cites))
        return (*person.rights, *kept)

    @property
    def calculators(self) -> tuple[Calculation, ...]:
        return tuple(self._open(self.topic.calculators, "calculators", lambda one: one.id))

    @property
    def limits(self) -> tuple[Limit, ...]:
        own = self.person.limits if self.person else ()
        codes = {one.code for one in own}
        kept = self._open(self.topic.limits, "limits", lambda one: one.code)
        return (*own, *(one for one in kept if one.code not in codes))

    @property
    def bodies(self) -> tuple[Body, ...]:
        own = self.person.bodies if self.person else ()
        codes = {one.code for one in own}
        kept = self._open(self.topic.bodies, "bodies", lambda one: one.code)
        # The situation's first: where there is danger, the police stand there.
        return (*(one for one in kept if one.code not in codes), *own)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The file's steps are those under labour law: for others only those that say so, then their own."""
        if (person := self.person) is None:
            return self.topic.steps
        return (*(step for step in self.topic.steps if person.means(step, self.name)), *person.steps)

    @property
    def documents(self) -> tuple[Paper, ...]:
        own = self.person.documents if self.person else ()
        kept = self._open(self.topic.documents, "documents", lambda one: one.id)
        return (*(Paper(id=name) for name in own), *(one for one in kept if one.id not in own))

    @property
    def union_help(self) -> tuple[str, ...]:
        return self._said(self.topic.union_help)

    @property
    def dangers(self) -> tuple[str, ...]:
        return self._said(self.topic.dangers)

    @property
    def uncertain(self) -> tuple[str, ...]:
        return self._said(self.topic.uncertain)

    def replaces(self, branch: Branch) -> bool:
        """Whether the person's own conclusion stands for that of a row, which rests on closed laws."""
        person = self.person
        return person is not None and not person.means(branch, self.name) and self._closed(branch.cites)

    def _said(self, lines: tuple[str, ...]) -> tuple[str, ...]:
        words = self.person.closed.words if self.person else ()
        return tuple(line for line in lines if not any(word in line for word in words))

    def _closed(self, cites: Sequence[str]) -> bool:
        """Whether it rests on a closed law, or on a secondary source, which the part itself must say is for them."""
        assert self.person is not None
        return not cites or any(self.law_of(cite) in self.person.closed.laws for cite in cites)

    def _open(self, parts: Sequence[P], kind: str, code: Callable[[P], str]) -> Iterator[P]:
        person = self.person
        shut = getattr(person.closed, kind) if person else ()
        return (one for one in parts if person is None or person.means(one, self.name) or code(one) not in shut)
