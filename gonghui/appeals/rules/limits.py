"""Limits of the clocks (handbook 1.6, 1.11), read from `data/sla.yaml`. They look only at the matter itself:
urgency is its priority; nature, difficulty and whether it is a petition are facts the flow keeps in `matter.data`."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from gonghui.appeals import tables
from gonghui.appeals.rules.common import urgency_of
from gonghui.kernel.flow import limit
from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.models import Matter


def _step(step: str) -> Callable[[Matter], Limit | None]:
    def of(matter: Matter) -> Limit | None:
        return tables.step_limit(step, urgency_of(matter), matter.holder_path)

    return of


for _name in ("register", "dispatch", "sign_off", "review", "callback"):
    limit(f"appeals.limit_{_name}")(_step(_name))
limit("appeals.limit_assist_sign_off")(_step("sign_off"))


@limit("appeals.limit_first_contact")
def first_contact(matter: Matter) -> Limit | None:
    """No such clock once the worker was reached (P0: the agent may have called before the dispatch)."""
    if matter.data.get("contacted"):
        return None
    return tables.step_limit("first_contact", urgency_of(matter), matter.holder_path)


def result_step(matter: Matter) -> str:
    """The row of the table: a question has its own, everything else goes by difficulty."""
    if matter.data.get("nature") == "consult":
        return "result_consult"
    return f"result_{matter.data.get('difficulty') or 'ordinary'}"


@limit("appeals.limit_major_report")
def major_report(matter: Matter) -> Limit | None:
    """Only a matter of P0 that has not been reported to everybody who must know (信访工作条例 25)."""
    if matter.priority or matter.data.get("reported"):
        return None
    return Limit(minutes=Decimal(tables.number(tables.sla().major_report, "minutes")))


@limit("appeals.limit_result")
def result(matter: Matter) -> Limit | None:
    return tables.step_limit(result_step(matter), urgency_of(matter), matter.holder_path)


limit("appeals.limit_assist_result")(result)


@limit("appeals.limit_rework")
def rework(matter: Matter) -> Limit | None:
    """Only after the reviewer sent the result back; as long as a review may take."""
    if not matter.data.get("rework"):
        return None
    return tables.step_limit("review", urgency_of(matter), matter.holder_path)


@limit("appeals.limit_suspend_review")
def suspend_review(matter: Matter) -> Limit | None:
    return Limit(days=Decimal(tables.handling().suspend_review_days.value))


@limit("appeals.limit_suspend_end")
def suspend_end(matter: Matter) -> Limit | None:
    """Only for reasons with a longest time (waiting for the worker's material: 10 working days)."""
    most = matter.data.get("suspend_max")
    return Limit(working_days=Decimal(most)) if most else None


def _days(key: str) -> Limit:
    return Limit(days=Decimal(tables.number(tables.sla().petition, key)))


@limit("appeals.limit_petition_tell")
def petition_tell(matter: Matter) -> Limit | None:
    return _days("tell_days") if matter.data.get("petition") and not matter.data.get("petition_told") else None


@limit("appeals.limit_petition_finish")
def petition_finish(matter: Matter) -> Limit | None:
    """60 days from the acceptance (信访工作条例 34): not from the receipt, and not where it was not accepted."""
    return _days("finish_days") if matter.data.get("petition_accepted") else None


@limit("appeals.limit_petition_review")
def petition_review(matter: Matter) -> Limit | None:
    return _days("review_days")


@limit("appeals.limit_petition_wait")
def petition_wait(matter: Matter) -> Limit | None:
    return _days("rereview_request_days")


@limit("appeals.limit_petition_rereview")
def petition_rereview(matter: Matter) -> Limit | None:
    return _days("rereview_days")
