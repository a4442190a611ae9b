"""试办: one application for a proposed service from its form to its end, each step by who may take it, nothing kept.

The kernel, the rules and the tables are the real ones. What a room does on pages of its own, and what must be there
beforehand, it registers itself (`walkers`); the bank's answer is made up. Where nobody has said how a step is taken,
the trial says where it stopped.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import Any

from django.db import DatabaseError
from django.utils.translation import gettext as _

from gonghui.kernel import clocks
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, KernelError
from gonghui.kernel.flow import cleaning, flow_of
from gonghui.kernel.flow.schema import Transition
from gonghui.kernel.matters import act
from gonghui.kernel.models import Clock, Matter, MatterParticipant
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, now, time_shifted, today
from gonghui.organisations.models import Organisation
from gonghui.people.actors import actor_for
from gonghui.services import actions, holding, queries
from gonghui.services.catalogue import tried
from gonghui.services.spec import Service
from gonghui.services.trial import paying as paying
from gonghui.services.trial import telling, walkers, world
from gonghui.services.trial.filling import Filler, NothingFits, Raw, people
from gonghui.services.trial.proposing import Proposal
from gonghui.services.trial.report import Report
from gonghui.services.trial.ways import go_on, values_for

logger = logging.getLogger(__name__)
STEPS_MOST, TRIES_MOST, CLOCKS_MOST = 40, 12, 8
# Of reckoning, and in all: on a busy machine a trial waits more than it works.
WORK_MOST, SECONDS_MOST = 20.0, 60.0
MORNING = clock_time(9, 0)
# One at a time in a process: a trial holds the database's pen while it lasts.
_turn, PATIENCE = threading.Lock(), 5.0


class TooLong(Exception):
    """The trial took longer than it may."""


def rehearse(proposal: Proposal, region: str, day: date, chosen: Mapping[str, Any] | None = None) -> Report:
    """Walk it for somebody made up in a place, beginning on a day. `chosen`: values of plain fields; the others are
    made. The report says how far it came; it never raises for what the file or the values do."""
    service = proposal.catalogue.find(proposal.service.id, region, day)
    if service is None or not region.startswith(proposal.region):
        service = proposal.service
    report = Report(service.id, str(service), service.version, proposal.name, region, day.isoformat())
    report.layers = list(service.layers)
    report.remarks += _of_layers(proposal, service)
    if not service.takes_applications:
        report.ended, report.reasons = "elsewhere", [_("这项服务没有表单，在自己的页面上办，没有可以试的。")]
        return report
    if not _turn.acquire(timeout=PATIENCE):
        report.reasons = [_("另一位同事正在试办，请过一会儿再试。")]
        return report
    try:
        with tried(proposal.catalogue), world.rolled_back(), ExitStack() as stack:
            start = datetime.combine(day, MORNING, SHANGHAI)
            stack.enter_context(time_shifted(start - now()))
            _Walk(service, region, report, stack, dict(chosen or {})).run()
    except TooLong:
        report.ended, report.reasons = "stuck", [_("试办超过 %(n)d 秒，停下了。") % {"n": int(WORK_MOST)}]
    except DatabaseError:
        logger.warning("the trial of %s met a busy database", service.id, exc_info=True)
        report.ended, report.reasons = "stuck", [_("数据库正忙，这次没有试完，请过一会儿再试。")]
    finally:
        _turn.release()
    return report


def _of_layers(proposal: Proposal, service: Service) -> list[str]:
    """Said where the places' own differences hold, and where the proposed one does not yet, or no more."""
    places = [one.partition(".")[0] for one in service.layers]
    found = []
    if proposal.region and proposal.region not in places:
        found.append(_("这份差异在这一天不生效（还没有开始，或者已经结束），按没有它来试。"))
    if others := [place for place in places if place != proposal.region]:
        found.append(_("这里用的是 %(code)s 的地区差异。") % {"code": "、".join(others)})
    return found


class _Walk:
    def __init__(self, service: Any, region: str, report: Report, stack: ExitStack, chosen: dict[str, Any]) -> None:
        self.service, self.region, self.report, self.stack, self.chosen = service, region, report, stack, chosen
        self.until, self.work = time.monotonic() + SECONDS_MOST, time.thread_time() + WORK_MOST
        self.refused: list[str] = []

    def run(self) -> None:
        phone = world.free_phone()
        # Who moves to another union has one elsewhere.
        moves = self.service.handled_by.first == "own" and self.service.offer_field == ""
        home = next(iter(_near(self.region)), "") if moves else ""
        self.person = world.a_worker(self.service, self.region, phone, home)
        holder = holding.holder_of(self.service, self.region, self.chosen)
        if holder is None:
            self.report.ended, self.report.reasons = "refused", [_("这个地方没有工会可以办理。")]
            return
        with as_system("the trial's own rows"):
            shelf = world.provide(self.service, holder, today(), self.worker)
            before = telling.shelf_of(shelf)
        self.report.remarks += telling.provided(shelf)
        preset, offers = self._scene(holder, shelf)
        raw = self._form(phone, offers, preset)
        if raw is None:
            return
        try:
            handed = actions.apply(self.worker, self.service, raw)
        except InvalidData as error:
            self._not_taken(error.texts)
            return
        except GuardRefused as error:
            self._not_taken(error.reasons)
            return
        except KernelError as error:
            self._not_taken([str(error)])
            return
        except Exception as error:
            self._not_taken([telling.fault(error)])
            return
        matter = handed.matter
        self.flow = flow_of(matter)
        self.report.holder, self.report.holder_level = telling.union(matter.holder_path)
        self.report.remarks += telling.level_remark(self.service, matter.holder_path)
        with as_system("the trial's own application"):
            rows = queries.rows(self.service, actions.load(self.service, handed.application.values_json), clear=True)
        self.report.form = rows
        telling.step(self.report, self.flow, matter, _("提交申请"), _("职工本人"), "", [])
        self._to_the_end(matter)
        with as_system("the trial's own application"):
            telling.finish(self.report, self.service, matter, shelf, before)

    def _not_taken(self, reasons: list[str]) -> None:
        self.report.ended, self.report.reasons = "refused", [_("交不上去："), *reasons]

    def _scene(self, holder: Organisation, shelf: world.Shelf) -> tuple[Raw, list[int]]:
        """What the rooms say must be there: the values that the form must have, the offers to choose from."""
        scene = walkers.Scene(self.service, holder, self.worker, self.person.number, list(shelf.offers))
        with as_system("the trial's own rows"):
            preset = walkers.set_scene(scene)
        return preset, scene.offers

    def _form(self, phone: str, offers: list[int], begun: Raw) -> Raw | None:
        plain = {spec.name: spec for spec in self.service.fields if not world.made_up(spec)}
        given = {name: value for name, value in self.chosen.items() if name in plain and value not in (None, "", [])}
        preset = begun | given
        place = self.service.handled_by.place
        if place in plain and self.region:
            preset[place] = self.region
        filler = Filler(
            self.service,
            self.worker,
            offers,
            numbers=people(world.NOBODY),
            regions=(self.region, *_near(self.region)),
            phones=(phone, world.free_phone()),
            preset=preset,
            until=self.until,
        )
        try:
            return filler.right()
        except NothingFits as error:
            self._not_taken(list(error.args[0]))
        except (ValueError, TypeError, KeyError, ArithmeticError) as error:
            self._not_taken([telling.fault(error)])
        return None

    def _in_time(self) -> None:
        if time.monotonic() > self.until or time.thread_time() > self.work:
            raise TooLong

    def _to_the_end(self, matter: Matter) -> None:
        closed: set[tuple[str, str]] = set()
        for _turn in range(STEPS_MOST):
            self._again(matter)
            state = self.flow.states[matter.state]
            if state.final:
                self.report.ended = "bad" if state.side else "good"
                return
            if not go_on(self.flow, matter, closed, self._take, self.wait):
                break
        self.report.ended = "stuck"
        here = self.flow.states[matter.state].label
        why = _("停在“%(state)s”：往下的环节要在别的页面上办，或者条件没有满足。") % {"state": here}
        self.report.reasons = [why, *dict.fromkeys(self.refused[-6:])]

    def _again(self, matter: Matter) -> None:
        with as_system("the trial's own matter"):
            matter.refresh_from_db()

    def _take(self, matter: Matter, step: Transition) -> bool:
        """Whether it was taken."""
        self._in_time()
        before = matter.version
        walk = walkers.walk_of(self.service, step.name)
        if walk is not None:
            self._by_room(matter, step, walk)
        elif any(grant.role == "owner" for grant in step.roles):
            self._by(matter, step, self.worker, _("职工本人"), "")
        elif all(grant.role == "system" for grant in step.roles):
            self._by_platform(matter, step)
        else:
            self._by_staff(matter, step)
        self._again(matter)
        return matter.version != before

    def _by_room(self, matter: Matter, step: Transition, walk: walkers.Walk) -> None:
        """A step that a room brings about on its own pages."""
        before, staff = matter.version, [grant.role for grant in step.roles if grant.role not in ("owner", "system")]
        try:
            note = walk(self, matter)
        except KernelError as error:
            self.refused.append(f"{step.label}：{'；'.join(error.texts)}")
            return
        self._again(matter)
        if matter.version != before:
            label = telling.role_label(staff[0] if staff else step.roles[0].role)
            path = matter.holder_path if staff else ""
            telling.step(self.report, self.flow, matter, step.label, label, path, [], note)

    def clerk(self, role: str, path: str) -> Actor:
        self._in_time()
        return world.a_clerk(role, path, telling.role_label(role))

    def wait(self, by: timedelta) -> None:
        if by > timedelta(0):
            self.stack.enter_context(time_shifted(by))

    def run_clocks(self, matter_id: int) -> None:
        with as_system("the worker process of the trial"):
            for _turn in range(CLOCKS_MOST):
                if not clocks.run_due(matter_id=matter_id):
                    return

    def by_staff(self, matter: Matter, name: str, given: Mapping[str, str]) -> None:
        step = self.flow.by_name[name]
        for actor, _label, _path in self._who(matter, step):
            for values in self._fillings(matter, step, actor):
                if self._acted(matter, step, actor, {**values, **given}):
                    return

    @property
    def worker(self) -> Actor:
        return self.person.actor

    def _who(self, matter: Matter, step: Transition) -> Iterator[tuple[Actor, str, str]]:
        """Who may take a step as staff: somebody new with the duty, or to whom the matter was given."""
        with as_system("whom the trial's matter was given to"):
            rows = MatterParticipant.objects.filter(matter=matter, until=None).select_related("account")
            assigned = [(row.role, row.account) for row in rows]
        for grant in step.roles:
            label = telling.role_label(grant.role)
            if grant.role in ("owner", "system"):
                continue
            if grant.relation == "assigned":
                known = [account for role, account in assigned if role == grant.role]
                if not known:
                    self.refused.append(_("%(step)s：要先把事情交给某一个人") % {"step": step.label})
                for account in known:
                    yield actor_for(account), label, matter.holder_path
            else:
                yield world.a_clerk(grant.role, matter.holder_path, label), label, matter.holder_path

    def _by_staff(self, matter: Matter, step: Transition) -> None:
        for actor, label, path in self._who(matter, step):
            if self._by(matter, step, actor, label, path):
                return

    def _by(self, matter: Matter, step: Transition, actor: Actor, label: str, path: str, note: str = "") -> bool:
        for values in self._fillings(matter, step, actor):
            if self._acted(matter, step, actor, values):
                told = telling.filled(step, values)
                telling.step(self.report, self.flow, matter, step.label, label, path, told, note)
                return True
        return False

    def _acted(self, matter: Matter, step: Transition, actor: Actor, values: Mapping[str, Any]) -> bool:
        """Whether the step could be taken with these values; why not is kept."""
        self._in_time()
        try:
            act(matter.pk, step.name, actor, dict(values))
        except KernelError as error:
            self.refused.append(f"{step.label}：{'；'.join(error.texts)}")
            return False
        except (TooLong, DatabaseError):
            raise
        except Exception as error:
            # A guard or an effect that this file names wrongly: told, as any other mistake of it.
            logger.info("a trial met an error", exc_info=True)
            self.refused.append(f"{step.label}：{telling.fault(error)}")
            return False
        self._again(matter)
        return True

    def _fillings(self, matter: Matter, step: Transition, actor: Actor) -> Iterator[dict[str, Any]]:
        ways = []
        for spec in step.fields:
            options = None
            if spec.type in ("choice", "multi"):
                with as_system("what the page would offer"):
                    options = [code for code, _label in cleaning.options(spec, matter, actor) if code]
            ways.append(values_for(matter, spec, self._proposed(matter, spec.name), options))
        for values in itertools.islice(itertools.product(*ways), TRIES_MOST):
            named = zip(step.fields, values, strict=True)
            yield {spec.name: value for spec, value in named if value not in (None, False)}

    def _proposed(self, matter: Matter, name: str) -> Any:
        """What the desk's page puts into a field: the sum by the rules."""
        if name != "amount" or not self.service.amounts:
            return None
        found = queries.sum_by_rule(matter)
        return str(found.value) if found is not None else None

    def _by_platform(self, matter: Matter, step: Transition) -> None:
        """Let the clock run out that leads there; what no clock brings happens outside, and is taken to go well."""
        with as_system("the clocks of the trial's matter"):
            rows = list(Clock.objects.filter(matter=matter, status=Clock.Status.RUNNING).order_by("due_at"))
        due = [
            row.due_at
            for row in rows
            if any(tick.do == f"transition:{step.name}" for tick in self.flow.clocks[row.name].ticks)
        ]
        if not due:
            note = _("平台之外发生的事（例如银行回盘），试办时当作顺利。")
            self._by(matter, step, SYSTEM, _("系统"), "", note)
            return
        version = matter.version
        self.wait(due[0] - now() + timedelta(minutes=5))
        self.run_clocks(matter.pk)
        self._again(matter)
        if matter.version != version:
            note = _("时间到了，系统自动进行。")
            telling.step(self.report, self.flow, matter, step.label, _("系统"), "", [], note)


def _near(region: str) -> list[str]:
    """Another county of the city, for fields that ask for a second place."""
    county = Organisation.Level.COUNTY
    rows = Organisation.objects.filter(level=county, active=True, region__code__startswith=region[:4])
    return [str(code) for code in rows.exclude(region_id=region).values_list("region_id", flat=True)[:2]]
