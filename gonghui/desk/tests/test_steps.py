"""The steps' forms: made from the flow, kept when refused, clear when somebody else was quicker."""

from __future__ import annotations

import pytest
from django.urls import reverse

from gonghui.appeals.models import TriageDecision
from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, PROVINCE, House, order_of, run_outbox
from gonghui.desk.tests.conftest import SignedIn
from gonghui.kernel.flow import get_flow
from gonghui.kernel.matters import act, allowed
from gonghui.kernel.models import Matter
from gonghui.organisations.models import Organisation

HTMX = {"HX-Request": "true"}


def step_url(matter: Matter, name: str) -> str:
    return reverse("desk:transition", args=[matter.pk, name])


def test_a_form_has_every_field_the_flow_names(house: House, at_desk: SignedIn) -> None:
    matter = house.contacted(house.handling(house.receive().matter))
    page = at_desk("handler", COUNTY).get(step_url(matter, "submit")).content.decode()
    for spec in get_flow(matter.kind).by_name["submit"].fields:
        assert f'name="{spec.name}"' in page
        assert spec.label in page
    assert f'name="version" value="{matter.version}"' in page


def test_every_offered_step_has_a_form_that_opens(house: House, at_desk: SignedIn) -> None:
    matters = [house.receive().matter, house.handling(house.receive(phone="13800138001").matter)]
    matters.append(house.in_callback(house.receive(phone="13800138002").matter))
    opened = 0
    for role, path in (("dispatcher", PROVINCE), ("handler", COUNTY), ("leader", COUNTY), ("callback", PROVINCE)):
        client = at_desk(role, path)
        for matter in matters:
            for offer in allowed(matter, house.person(role, path)):
                response = client.get(step_url(matter, offer.name))
                assert response.status_code == 200
                assert offer.label in response.content.decode()
                opened += 1
    assert opened > 25


def test_a_step_is_taken_and_leads_back_to_the_matter(house: House, at_desk: SignedIn) -> None:
    matter = house.dispatched(house.receive().matter)
    client = at_desk("handler", COUNTY)
    response = client.post(step_url(matter, "accept"), {"version": matter.version})
    assert response.status_code == 302
    assert response["Location"] == reverse("desk:matter", args=[matter.pk])
    assert Matter.objects.get(pk=matter.pk).state == "accepted"


def test_a_conflict_shows_what_changed_keeps_the_words_and_lets_them_be_sent_again(
    house: House, at_desk: SignedIn
) -> None:
    matter = house.handling(house.receive().matter)
    client = at_desk("handler", COUNTY)
    typed = {"version": matter.version, "way": "phone", "reached": "yes", "gist": "这段话不能丢"}
    house.contacted(matter)
    response = client.post(step_url(matter, "log_contact"), typed)
    page = response.content.decode()
    newest = Matter.objects.get(pk=matter.pk).version
    assert response.status_code == 409
    assert "这段话不能丢" in page
    assert "记录联系" in page
    assert f'value="{newest}"' in page
    assert order_of(matter).contacts.count() == 1
    again = client.post(step_url(matter, "log_contact"), {**typed, "version": newest})
    assert again.status_code == 302
    assert order_of(matter).contacts.count() == 2


def test_what_is_missing_is_said_beside_its_field_and_the_rest_is_kept(house: House, at_desk: SignedIn) -> None:
    matter = house.contacted(house.handling(house.receive().matter))
    response = at_desk("handler", COUNTY).post(
        step_url(matter, "submit"), {"version": matter.version, "findings": "查过了", "money_recovered": "很多"}
    )
    page = response.content.decode()
    assert response.status_code == 422
    assert "查过了" in page
    assert 'id="id_money_recovered_error"' in page
    assert 'id="id_result_text_error"' in page
    assert Matter.objects.get(pk=matter.pk).state == "handling"


def test_conditions_that_are_not_met_are_listed(house: House, at_desk: SignedIn) -> None:
    matter = house.handling(house.receive().matter)
    client = at_desk("handler", COUNTY)
    page = client.get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert "提交结果" in page
    response = client.post(
        step_url(matter, "submit"),
        {
            "version": matter.version,
            "findings": "查过了",
            "legal_basis": ["劳动合同法第三十条"],
            "result_code": "explained_accepted",
            "result_text": "已解释",
            "documents_attached": "on",
        },
    )
    assert response.status_code == 422
    assert "还不能办理" in response.content.decode()


def test_a_step_that_is_not_ones_own_is_refused_in_words(house: House, at_desk: SignedIn) -> None:
    matter = house.dispatched(house.receive().matter)
    response = at_desk("dispatcher", PROVINCE).post(step_url(matter, "accept"), {"version": matter.version})
    assert response.status_code == 403
    assert "岗位" in response.content.decode()


def test_htmx_gets_a_fragment_and_is_sent_on_afterwards(house: House, at_desk: SignedIn) -> None:
    matter = house.dispatched(house.receive().matter)
    client = at_desk("handler", COUNTY)
    fragment = client.get(step_url(matter, "accept"), headers=HTMX).content.decode()
    assert "<html" not in fragment
    assert 'class="step card"' in fragment
    done = client.post(step_url(matter, "accept"), {"version": matter.version}, headers=HTMX)
    assert done["HX-Redirect"] == reverse("desk:matter", args=[matter.pk])


def test_an_organisation_is_taken_from_the_list_with_its_path(house: House, at_desk: SignedIn) -> None:
    matter = house.triaged(house.receive().matter)
    client = at_desk("dispatcher", PROVINCE)
    options = client.get(reverse("desk:organisations"), {"lead": "南明"}).content.decode()
    assert f"南明区总工会（{COUNTY}）" in options
    data = {
        "version": matter.version,
        "lead": f"南明区总工会（{COUNTY}）",
        "assist": ["", f"云岩区总工会（{OTHER_COUNTY}）"],
        "reason": "试派",
    }
    assert client.post(step_url(matter, "dispatch"), data).status_code == 302
    matter.refresh_from_db()
    assert matter.holder_path == COUNTY
    assert [row.organisation_path for row in order_of(matter).assists.all()] == [OTHER_COUNTY]


def test_a_name_that_several_organisations_have_is_not_guessed(house: House, at_desk: SignedIn) -> None:
    Organisation.objects.create(path="cn.62.6201.620199", name="南明区总工会", level="county")
    matter = house.triaged(house.receive().matter)
    data = {"version": matter.version, "lead": "南明区总工会", "reason": "试派"}
    response = at_desk("dispatcher", PROVINCE).post(step_url(matter, "dispatch"), data)
    assert response.status_code == 422
    assert 'id="id_lead_error"' in response.content.decode()


def test_ticked_and_written_articles_go_in_together(house: House, at_desk: SignedIn) -> None:
    matter = house.contacted(house.handling(house.receive().matter))
    page = at_desk("handler", COUNTY).get(step_url(matter, "submit")).content.decode()
    assert 'type="checkbox" name="legal_basis"' in page
    data = {
        "version": matter.version,
        "findings": "经核实，单位确有拖欠。",
        "legal_basis": ["《中华人民共和国劳动法》第五十条", "工资支付暂行规定第七条\n劳动合同法第三十条"],
        "result_code": "solved",
        "result_text": "已补发。",
        "money_recovered": "15,000.00",
        "documents_attached": "on",
    }
    assert at_desk("handler", COUNTY).post(step_url(matter, "submit"), data).status_code == 302
    assert [row["article"] for row in order_of(matter).legal_basis] == [
        "《中华人民共和国劳动法》第五十条",
        "工资支付暂行规定第七条",
        "劳动合同法第三十条",
    ]


@pytest.fixture
def understood(house: House) -> Matter:
    matter = house.receive().matter
    run_outbox()
    matter.refresh_from_db()
    return matter


def proposal_of(matter: Matter) -> int:
    return order_of(matter).appeal.triages.latest("at").pk


def test_a_proposal_is_taken_over_with_one_click_as_a_human_decision(understood: Matter, at_desk: SignedIn) -> None:
    client = at_desk("dispatcher", PROVINCE)
    page = client.get(reverse("desk:matter", args=[understood.pk])).content.decode()
    assert reverse("desk:adopt", args=[understood.pk, "triage"]) in page
    data = {"version": understood.version, "proposal": proposal_of(understood)}
    assert client.post(reverse("desk:adopt", args=[understood.pk, "triage"]), data).status_code == 302
    understood.refresh_from_db()
    decision = TriageDecision.objects.get(appeal=order_of(understood).appeal)
    assert understood.state == "triaged"
    assert decision.agreed is True
    assert decision.by is not None
    data["version"] = understood.version
    client.post(reverse("desk:adopt", args=[understood.pk, "dispatch"]), data)
    understood.refresh_from_db()
    assert (understood.state, understood.holder_path) == ("dispatched", COUNTY)


def test_a_proposal_that_has_changed_meanwhile_is_not_taken_over(understood: Matter, at_desk: SignedIn) -> None:
    client = at_desk("dispatcher", PROVINCE)
    data = {"version": understood.version, "proposal": proposal_of(understood) + 1}
    client.post(reverse("desk:adopt", args=[understood.pk, "triage"]), data)
    understood.refresh_from_db()
    assert understood.state == "registered"


def test_an_adopted_proposal_on_a_changed_matter_is_a_conflict(understood: Matter, at_desk: SignedIn) -> None:
    client = at_desk("dispatcher", PROVINCE)
    data = {"version": understood.version - 1, "proposal": proposal_of(understood)}
    client.post(reverse("desk:adopt", args=[understood.pk, "triage"]), data)
    understood.refresh_from_db()
    assert understood.state == "registered"


def test_the_trail_page_says_that_the_chain_is_whole(house: House, at_desk: SignedIn) -> None:
    matter = house.dispatched(house.receive().matter)
    act(matter.pk, "accept", house.person("handler", COUNTY))
    page = at_desk("handler", COUNTY).get(reverse("desk:trail", args=[matter.pk])).content.decode()
    assert "散列链完整" in page
    assert "签收" in page
