"""The door itself: choose, mask, hold the money, call, check, settle."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

import httpx

from gonghui.brain.gateway import guard, local
from gonghui.brain.gateway.breaker import Breaker
from gonghui.brain.gateway.calls import Attempts, Over, Pieces, Work, key_of, masked, size_of
from gonghui.brain.gateway.config import GatewayConfig, Model, Provider, Task, load_config
from gonghui.brain.gateway.errors import CheckFailed, GatewayError, ProviderFailed
from gonghui.brain.gateway.ledger import Books, Ledger
from gonghui.brain.gateway.masking import Masker
from gonghui.brain.gateway.remote import Remote
from gonghui.brain.gateway.types import SENSITIVITY, Evidence, Message, Reply, Usage

_THOUSAND = Decimal(1000)
_T = TypeVar("_T")
# What the account says of a call: used, no usable answer, or the verdict of the check that it failed (`CheckFailed`).
OK, FAILED = "ok", "failed"


class Gateway:
    """One per process; thread-safe. `sleep` and `transport` are for tests that must not wait or go out."""

    def __init__(
        self,
        config: GatewayConfig | None = None,
        ledger: Books | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.config = config or load_config()
        self.ledger: Books = ledger or Ledger()
        self._sleep = sleep
        self._remotes = {
            name: Remote(provider, transport)
            for name, provider in self.config.providers.items()
            if provider.form == "openai"
        }
        self.breakers = {
            name: Breaker(self.config.breaker_failures, self.config.breaker_seconds) for name in self.config.providers
        }

    def chat(
        self,
        task: str,
        messages: Sequence[Message],
        *,
        organisation: str,
        sensitivity: str = "personal",
        evidence: Sequence[Evidence] = (),
        fields: Mapping[str, Collection[str] | None] | None = None,
        most: int = 800,
    ) -> Reply:
        """The first answer along the task's route that passes the checks.

        fields: the answer must be a JSON object with just these fields, each with one of the values (None: any).
        Raises QuotaExceeded, Refused (no provider may or could).
        """
        wanted = self._task(task, "chat")
        turns, version = self._turns(wanted, messages)
        key = key_of(wanted, self._route(wanted), turns, evidence, fields, organisation, sensitivity, most)
        if wanted.cache and (kept := self.ledger.kept(key)):
            return kept

        def ask(provider: Provider, model: Model) -> Reply:
            masker = self._masker(provider, sensitivity)
            sent = masked(guard.with_evidence(guard.fence(turns), evidence), masker)
            work = Work(wanted, provider, model, version, organisation)
            asked = partial(self._asked, work, messages, sent, evidence, fields, most, masker)
            return self._paid(work, size_of(sent), most, asked)

        attempts = Attempts()
        reply = replace(self._first(wanted, attempts, ask), attempts=tuple(attempts.lines))
        # A makeshift answer is not kept: when the first choice is back, it is asked.
        if wanted.cache and not attempts.lines:
            self.ledger.keep(key, reply, wanted.cache)
        return reply

    def stream(
        self,
        task: str,
        messages: Sequence[Message],
        *,
        organisation: str,
        sensitivity: str = "personal",
        evidence: Sequence[Evidence] = (),
        most: int = 800,
    ) -> Iterator[str]:
        """Pieces of the answer, whole sentences that passed the checks.

        A provider that fails, or fails a check, before anything was shown is passed over. After that the stream ends
        with ProviderFailed or CheckFailed, so that neither half an answer nor a bad one is taken for a good one.
        """
        wanted = self._task(task, "chat")
        turns, version = self._turns(wanted, messages)
        attempts = Attempts()
        for provider, model in self._route(wanted):
            breaker = self.breakers[provider.name]
            # One that is left alone is not asked, and that is no failure of its own.
            if provider.form != "local" and not breaker.allows():
                attempts.failed(provider, model, ProviderFailed(_ALONE))
                continue
            masker = self._masker(provider, sensitivity)
            sent = masked(guard.with_evidence(guard.fence(turns), evidence), masker)
            work = Work(wanted, provider, model, version, organisation)
            held = self._hold(work, size_of(sent), most)
            if held is None:
                breaker.untried()
                attempts.over(provider, model)
                continue
            pieces = self._pieces(work, messages, sent, evidence, most)
            gate = guard.Gate(
                partial(self._cited, wanted, messages, evidence), must=wanted.must_cite and bool(evidence)
            )
            shown = False
            try:
                for piece in pieces:
                    if text := gate.take(piece):
                        shown = True
                        yield masker.show(text) if masker else text
                rest = gate.end()
            except ProviderFailed as error:
                if error.blamed:
                    breaker.failed()
                else:
                    breaker.succeeded()
                self._settle(held, work, Usage(size_of(sent), pieces.size) if pieces.started else error.spent, FAILED)
                attempts.failed(provider, model, error)
                if shown:
                    raise
                continue
            except CheckFailed as error:
                pieces.close()
                breaker.succeeded()
                self._settle(held, work, Usage(size_of(sent), pieces.size), error.verdict)
                attempts.failed(provider, model, error)
                if shown:
                    raise CheckFailed(f"{_STOPPED}{error}", error.verdict) from None
                continue
            except GeneratorExit:
                # The reader has gone; what has come so far was paid for.
                pieces.close()
                breaker.succeeded()
                self._settle(held, work, Usage(size_of(sent), pieces.size))
                raise
            except BaseException:
                breaker.untried()
                self.ledger.release(held)
                raise
            breaker.succeeded()
            self._settle(held, work, Usage(size_of(sent), pieces.size))
            if rest:
                yield masker.show(rest) if masker else rest
            return
        raise attempts.ended()

    def embed(self, task: str, texts: Sequence[str], *, organisation: str, sensitivity: str = "personal") -> Any:
        """Vectors, shape (texts, n). Raises QuotaExceeded, Refused."""
        wanted = self._task(task, "embed")

        def ask(provider: Provider, model: Model) -> Any:
            masker = self._masker(provider, sensitivity)
            sent = [masker.hide(text) for text in texts] if masker else list(texts)
            work = Work(wanted, provider, model, "", organisation)
            return self._paid(work, sum(map(len, sent)), 0, partial(self._vectors, provider, model, sent))

        return self._first(wanted, Attempts(), ask)

    def transcribe(self, sound: bytes, name: str, *, organisation: str) -> str:
        """What was said in a recording. Raises QuotaExceeded, Refused when no speech model may have it.

        A recording is reckoned as one token a kilobyte, which for speech is some ten a second.
        """
        return self._unmasked("speech", "speech", len(sound) // 1024 + 1, organisation, lambda provider, model: partial(
            self._remotes[provider.name].transcribe, model, sound, name
        ))  # fmt: skip

    def read_image(self, image: bytes, *, organisation: str) -> str:
        """The text on a picture, one line each. Raises QuotaExceeded, Refused.

        The local reader needs no network; a picture cannot be masked, so only a provider that is cleared for personal
        matter may see it.
        """

        def call(provider: Provider, model: Model) -> Callable[[], str]:
            if provider.form == "local":
                return partial(local.read_image, image)
            return partial(self._remotes[provider.name].read_image, model, image)

        return self._unmasked("ocr", "ocr", 1000, organisation, call)

    def _unmasked(
        self,
        name: str,
        kind: str,
        size: int,
        organisation: str,
        call: Callable[[Provider, Model], Callable[[], str]],
    ) -> str:
        """A call with what cannot be masked: only providers cleared for personal matter have it."""
        wanted = self._task(name, kind)

        def ask(provider: Provider, model: Model) -> str:
            if provider.clearance != "personal":
                raise ProviderFailed("不得接收 / may not have it")
            work = Work(wanted, provider, model, "", organisation)
            return self._paid(work, size, 1000, partial(_read, call(provider, model), size))

        return self._first(wanted, Attempts(), ask)

    def _first(self, task: Task, attempts: Attempts, ask: Callable[[Provider, Model], _T]) -> _T:
        """The first answer along the task's route. Raises QuotaExceeded, Refused where nobody gives one."""
        for provider, model in self._route(task):
            try:
                return ask(provider, model)
            except Over:
                attempts.over(provider, model)
            except (ProviderFailed, CheckFailed) as error:
                attempts.failed(provider, model, error)
        raise attempts.ended()

    def _asked(
        self,
        work: Work,
        asked: Sequence[Message],
        sent: Sequence[Message],
        evidence: Sequence[Evidence],
        fields: Mapping[str, Collection[str] | None] | None,
        most: int,
        masker: Masker | None,
    ) -> tuple[Reply, Usage]:
        """One answer that passed the checks. Raises ProviderFailed, CheckFailed."""
        task = work.task
        if work.provider.form == "local":
            # It reads the question itself: evidence and rules among the turns would be taken for it.
            text, usage = local.chat(task.name, asked, evidence)
        else:
            text, usage = self._remotes[work.provider.name].chat(work.model, sent, most, fields is not None)
        try:
            data = guard.parse(text, fields) if fields is not None else None
            # JSON may write an article as \u300a: what it says is checked, not how it is spelt.
            words = text if fields is None else guard.words_of(data)
            named = self._cited(task, asked, evidence, words, True)
        except CheckFailed as error:
            error.spent = usage
            raise
        if masker:
            text, data = masker.show(text), masker.show_all(data)
        # One and the same in both, also where the model spelt a sign with escapes.
        text = text if fields is None else json.dumps(data, ensure_ascii=False)
        return replace(self._reply(work, usage, text), cited=named, data=data), usage

    def _cited(
        self, task: Task, asked: Sequence[Message], evidence: Sequence[Evidence], text: str, whole: bool
    ) -> tuple[str, ...]:
        """Ids that an answer cites. A summary may name what the letter names; an answer rests on evidence alone."""
        said = "\n".join(message.text for message in asked if message.role == "user")
        return guard.cited(text, evidence, must=whole and task.must_cite, said=said, from_letter=not task.must_cite)

    def _vectors(self, provider: Provider, model: Model, texts: list[str]) -> tuple[Any, Usage]:
        spent = Usage(sum(map(len, texts)), 0)
        if provider.form == "local":
            from gonghui.brain.encoder import Encoder

            return Encoder.default().encode(texts), spent
        return self._remotes[provider.name].embed(model, texts), spent

    def _paid(self, work: Work, size: int, most: int, ask: Callable[[], tuple[_T, Usage]]) -> _T:
        """Hold the money, ask, settle; again after a growing pause where that may help. Raises Over.

        Every call is in the account with what came of it. Only what speaks against the provider itself counts for the
        breaker: a letter that provokes bad answers must not close the door to everybody else.
        """
        provider, breaker = work.provider, self.breakers[work.provider.name]
        refused = False
        for attempt in range(provider.retries + 1):
            if not breaker.allows():
                raise ProviderFailed(_ALONE)
            held = self._hold(work, size, most)
            if held is None:
                breaker.untried()
                raise Over
            try:
                result, spent = ask()
            except CheckFailed as error:
                breaker.succeeded()
                self._settle(held, work, error.spent, error.verdict)
                # The local planner says the same again, and others mostly do: one more answer is paid for, no third.
                if provider.form == "local" or refused or attempt == provider.retries:
                    raise
                refused = True
            except ProviderFailed as error:
                if error.blamed:
                    breaker.failed()
                else:
                    breaker.succeeded()
                self._settle(held, work, error.spent, FAILED)
                if not error.again or attempt == provider.retries:
                    raise
                # Full jitter, so that many processes do not come back at once.
                pause = random.uniform(0, min(8.0, 0.5 * 2**attempt))  # noqa: S311 - no secret
                self._sleep(error.after if error.after is not None else pause)
            except BaseException:
                breaker.untried()
                self.ledger.release(held)
                raise
            else:
                breaker.succeeded()
                self._settle(held, work, spent)
                return result
        raise ProviderFailed("没有答复 / no answer")

    def _pieces(
        self,
        work: Work,
        asked: Sequence[Message],
        sent: Sequence[Message],
        evidence: Sequence[Evidence],
        most: int,
    ) -> Pieces:
        if work.provider.form == "local":
            return Pieces(iter([local.chat(work.task.name, asked, evidence)[0]]))
        return Pieces(self._remotes[work.provider.name].stream(work.model, sent, most))

    def _turns(self, task: Task, messages: Sequence[Message]) -> tuple[list[Message], str]:
        """The task's prompt before the messages, and its version."""
        prompt = self.config.prompts.get(task.prompt)
        return ([Message("system", prompt.text), *messages], prompt.version) if prompt else (list(messages), "")

    def _reply(self, work: Work, spent: Usage, text: str = "") -> Reply:
        cost = self._cost(work.model, spent)
        return Reply(text, work.provider.name, work.model.name, work.task.prompt, work.version, spent, cost)

    def _settle(self, held: int, work: Work, spent: Usage, outcome: str = OK) -> None:
        self.ledger.settle(held, work.organisation, work.task.name, self._reply(work, spent), outcome)

    def _task(self, name: str, kind: str) -> Task:
        task = self.config.tasks.get(name)
        if task is None or task.kind != kind:
            raise GatewayError(f"没有这个任务 / no such task: {name}")
        return task

    def _route(self, task: Task) -> Iterator[tuple[Provider, Model]]:
        for step in task.route:
            yield self.config.model(step)

    def _masker(self, provider: Provider, sensitivity: str) -> Masker | None:
        """None where the provider may see the matter as it is."""
        cleared = SENSITIVITY.index(provider.clearance) >= SENSITIVITY.index(sensitivity)
        return None if provider.form == "local" or cleared else Masker()

    def _hold(self, work: Work, size: int, most: int) -> int | None:
        worst = self._cost(work.model, Usage(size, most))
        if work.task.budget and worst > work.task.budget:
            return None
        return self.ledger.hold(work.organisation, worst, self.config.share_of(work.organisation))

    def _cost(self, model: Model, usage: Usage) -> Decimal:
        return (model.price_in * usage.prompt + model.price_out * usage.completion) / _THOUSAND


_ALONE = "暂停使用 / left alone for a while"
_STOPPED = (
    "答复没有通过核查，已经停止，前面的内容请不要采用 / the answer failed a check and was stopped, do not use it: "
)


def _read(read: Callable[[], str], size: int) -> tuple[str, Usage]:
    text = read()
    return text, Usage(size, len(text))
