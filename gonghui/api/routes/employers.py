"""What other programs know of employers (单位风险信号): lawsuits, insolvency, pay days, unanswered letters."""

from __future__ import annotations

from datetime import date

from ninja import Router, Schema, Status
from pydantic import Field

from gonghui.api.door import operation
from gonghui.api.http import Request
from gonghui.appeals import actions

router = Router()


class SignalIn(Schema):
    kind: str = Field(description="pay_day, lawsuit, insolvency, letter_unanswered")
    day: date
    source: str = Field(max_length=80, description="the register, court or office that says so")
    uscc: str = Field(default="", max_length=18)
    name: str = Field(default="", max_length=120)
    note: str = Field(default="", max_length=300)


class SignalOut(Schema):
    id: int
    kind: str
    day: date
    known_employer: bool


@router.post("/employers/signals", response={201: SignalOut}, summary="报送单位风险信号 / report a signal")
@operation("signals:write", idempotent=True)
def report_signal(request: Request, data: SignalIn) -> Status[dict[str, object]]:
    """One fact about an employer, by its unified social credit code or its name. The same kind and day for the same
    employer is one fact. It shows on the employer's warning card and counts there."""
    signal = actions.note_signal(request.actor, **data.model_dump())
    answer = SignalOut(id=signal.pk, kind=signal.kind, day=signal.day, known_employer=signal.employer_id is not None)
    return Status(201, answer.model_dump(mode="json"))
