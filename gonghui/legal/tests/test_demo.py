"""演示: the rota and the cases load through the flows' own steps, once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gonghui.appeals.tests.conftest import own_files
from gonghui.appeals.tests.support import COUNTY, House
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import today
from gonghui.legal import demo
from gonghui.legal.models import AidDecision, AnswerDraft, Booking, DraftedPaper, LegalCase
from gonghui.organisations.models import Organisation
from gonghui.people.actions.demo import ACCOUNTS, WORKER
from gonghui.people.models import Account, DutyAssignment

__all__ = ["own_files"]
pytestmark = pytest.mark.django_db


def test_the_demonstration_shows_every_kind_of_case_once() -> None:
    with as_system("builds the house"):
        House.build()
        county = Organisation.objects.get(path=COUNTY)
        Organisation.objects.create(path=f"{COUNTY}.e001", name="星河工会", level="grassroots", parent=county)
        Account.objects.create(username=WORKER, kind=Account.Kind.WORKER, display_name="演示职工")
        for username, name, duties in ACCOUNTS:
            account = Account.objects.create(username=username, display_name=name)
            for role, path in duties:
                organisation = Organisation.objects.filter(path=path).first()
                if organisation is not None:
                    DutyAssignment.objects.create(
                        account=account, role=role, organisation=organisation, valid_from=today()
                    )
        made = demo.load_demo()
        cases = {
            case.appeal.idempotency_key.rpartition(":")[2]: case
            for case in LegalCase.objects.select_related("matter", "appeal")
            if case.appeal is not None and case.appeal.idempotency_key
        }
        assert made == len(cases) + Booking.objects.count()
        assert cases["answered"].satisfaction == "very_good"
        assert cases["overdue"].matter.clocks.filter(overdue=True).exists()
        assert cases["late"].matter.data["handed_on"] == 1
        assert (cases["urgent"].aid_first, cases["urgent"].matter.state) == (True, "acting")
        assert cases["recovered"].recovered == Decimal(22000)
        assert "您还可以" in AidDecision.objects.get(matter=cases["refused"].matter, step="decide").notice_text
        assert AnswerDraft.objects.filter(matter=cases["answering"].matter).exists()
        assert DraftedPaper.objects.filter(confirmed_at__isnull=False).exists()
        assert demo.load_demo() == 0
