"""A lawyer's own page of conflicts of interest."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY
from gonghui.kernel.errors import NotAllowed
from gonghui.kernel.times import now
from gonghui.legal import conflicts, interests
from gonghui.legal.models import Interest, LegalCase
from gonghui.legal.tests.conftest import SignedIn
from gonghui.legal.tests.support import Chambers
from gonghui.people.models import Account
from gonghui.people.testing import sign_in


def test_a_lawyer_declares_and_ends_interests_and_hears_of_cases_they_stand_against(
    chambers: Chambers, at_desk: SignedIn
) -> None:
    counsel = chambers.counsel(1)
    matter = chambers.accepted(chambers.asked(), counsel)
    desk = sign_in(Client(), Account.objects.get(pk=counsel.account_id))
    page = reverse("desk:legal_interests")
    assert "还没有登记" in desk.get(page).content.decode()
    wrong = desk.post(page, {"kind": "acts_for", "party_name": "", "note": "常年顾问"})
    assert wrong.status_code == 422
    assert "常年顾问" in wrong.content.decode()
    assert desk.post(page, {"kind": "acts_for", "party_name": "甲厂有限公司"}).status_code == 302
    shown = desk.get(page).content.decode()
    assert matter.number in shown
    assert "有冲突，请打开后交回" in shown
    # What has ended still binds.
    row = Interest.objects.get()
    desk.post(page, {"end": str(row.pk)})
    row.refresh_from_db()
    assert row.kind == Interest.Kind.ACTED_FOR
    case = LegalCase.objects.get(matter=matter)
    assert "曾经代理" in conflicts.refusal(counsel, case, conflicts.relevant(case))
    assert desk.post(page, {"end": "9" * 15}).status_code == 404


def test_a_mistake_is_taken_out_by_who_keeps_the_rota_with_a_reason(chambers: Chambers, at_desk: SignedIn) -> None:
    counsel = chambers.counsel(1)
    desk = sign_in(Client(), Account.objects.get(pk=counsel.account_id))
    desk.post(reverse("desk:legal_interests"), {"kind": "related", "party_name": "乙店"})
    row = Interest.objects.get()
    drop = reverse("desk:legal_interest_drop", args=[row.pk])
    assert desk.post(drop, {"reason": "写错"}).status_code == 403
    assert at_desk("dispatcher", OTHER_COUNTY).post(drop, {"reason": "写错"}).status_code == 404
    keeper = at_desk("dispatcher", COUNTY)
    keeper.post(drop, {"reason": " "})
    assert Interest.objects.exists()
    keeper.post(drop, {"reason": "单位名称写错"})
    assert not Interest.objects.exists()


def test_nobody_clears_themself(chambers: Chambers) -> None:
    keeper = chambers.dispatcher
    counsel = chambers.counsel(1)
    counsel.account_id = keeper.account_id or 0
    counsel.save()
    row = interests.own_counsel(keeper).interests.create(kind="related", party_name="乙店", party_key="乙店", at=now())
    with pytest.raises(NotAllowed, match="别人"):
        interests.drop(keeper, row.pk, "写错")


def test_who_is_not_on_the_rota_has_no_such_page(at_desk: SignedIn) -> None:
    assert at_desk("lawyer", OTHER_COUNTY).get(reverse("desk:legal_interests")).status_code == 404
    assert at_desk("handler", COUNTY).get(reverse("desk:legal_interests")).status_code == 403
