"""案卷只给承办律师: a colleague, the employer's union and a foreign union see nothing of it, in SQL neither."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from gonghui.appeals.tests.support import ABROAD, CITY, COUNTY, ENTERPRISE, OTHER_COUNTY, PROVINCE
from gonghui.appeals.tests.test_row_security import app_role, count
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import visible_to
from gonghui.legal import actions, bookings, drafting, drafts, queries
from gonghui.legal.models import FilePaper
from gonghui.legal.tests.support import PNG, QUESTION, Chambers
from gonghui.people.actors import actor_for
from gonghui.people.models import Account

FILES = ("legal_casefile", "legal_fileentry", "legal_filepaper")
WRITTEN = ("legal_answerdraft", "legal_draftedpaper")
# Who the lawyers are and when they are on duty is no secret of a worker: those two are open.
OPEN = ("legal_counsel", "legal_counselshift", "legal_meansline")
TABLES = [name for model in apps.get_app_config("legal").get_models() if (name := model._meta.db_table) not in OPEN]
on_postgres = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no row-level security")


def again(actor: Actor) -> Actor:
    return actor_for(Account.objects.get(pk=actor.account_id or 0))


@pytest.fixture
def running(chambers: Chambers) -> Matter:
    """A consultation and legal aid, both with an answer or progress, papers and decisions, each with a lawyer."""
    first, second = chambers.counsel(1), chambers.counsel(2)
    matter = chambers.accepted(chambers.asked(share=True), first)
    drafts.make_draft(chambers.lawyer(first), matter)
    drafting.save(chambers.lawyer(first), matter.pk, "wage_demand_letter", "催告函")
    said = {"text": "可以。", "articles": ["劳动法第四十四条"]}
    matter = act(matter.pk, "answer", chambers.lawyer(first), said)
    bookings.book(chambers.worker, chambers.source, bookings.Wish("talk", "想谈谈。"))
    actions.add_paper(chambers.worker, matter, [SimpleUploadedFile("工资条.png", PNG)])
    aid = chambers.acting(chambers.applied(), second)
    act(aid.pk, "progress", chambers.lawyer(second), {"milestone": "filed", "text": "已立案", "other_side": "某某律所"})
    return matter


def strangers(chambers: Chambers) -> list[Actor]:
    house = chambers.house
    return [
        house.person("lawyer", COUNTY, 9),
        chambers.lawyer(chambers.counsel(2)),
        house.person("leader", ENTERPRISE),
        house.person("handler", ENTERPRISE),
        house.person("handler", ABROAD),
        house.person("lawyer", ABROAD),
        house.person("leader", OTHER_COUNTY),
        house.worker("13900139000"),
    ]


def test_strangers_do_not_learn_that_there_is_a_case(chambers: Chambers, running: Matter) -> None:
    for actor in strangers(chambers):
        assert not visible_to(actor).filter(pk=running.pk).exists(), actor.name
        with pytest.raises(NotFound):
            queries.case_page(actor, running.pk)
        for paper in FilePaper.objects.filter(matter=running):
            with pytest.raises(NotFound):
                queries.open_paper(actor, paper.pk)


@pytest.mark.parametrize(
    ("role", "path"),
    [("handler", COUNTY), ("dispatcher", COUNTY), ("leader", COUNTY), ("supervisor", CITY), ("auditor", PROVINCE)],
)
def test_who_sees_that_it_moves_does_not_read_the_file(
    chambers: Chambers, running: Matter, role: str, path: str
) -> None:
    actor = chambers.house.person(role, path)
    page = queries.case_page(actor, running.pk)
    assert (page.opens_file, page.file, page.entries, page.papers) == (False, None, [], [])
    with pytest.raises(NotFound):
        queries.open_paper(actor, FilePaper.objects.filter(matter=running).first().pk)  # type: ignore[union-attr]


def test_the_handler_of_the_appeal_sees_the_state_and_the_enterprises_union_nothing(
    chambers: Chambers, running: Matter
) -> None:
    found = queries.linked_cases(chambers.house.person("handler", COUNTY), chambers.source)
    assert {row.state for row in found} == {"已答复", "办理中", "待确认"}
    assert queries.linked_cases(chambers.house.person("handler", ENTERPRISE), chambers.source) == []
    assert len(queries.linked_cases(chambers.worker, chambers.source)) == 3


def test_the_worker_and_the_assigned_lawyer_read_it(chambers: Chambers, running: Matter) -> None:
    lawyer = chambers.lawyer(chambers.counsel(1))
    for actor in (chambers.worker, lawyer):
        page = queries.case_page(actor, running.pk)
        assert page.file is not None
        assert page.file.asked_words == QUESTION
        assert page.entries
        _paper, content = queries.open_paper(actor, page.papers[-1].pk)
        with content:
            assert content.read(4) == b"\x89PNG"


def test_a_case_of_the_enterprises_own_work_order_is_kept_above_it(chambers: Chambers) -> None:
    assert actions.desks_above(ENTERPRISE) == COUNTY


def test_the_household_is_read_by_those_who_decide_only(chambers: Chambers) -> None:
    matter = chambers.applied()
    house = chambers.house
    assert queries.case_page(house.person("leader", COUNTY), matter.pk).facts is not None
    assert queries.case_page(chambers.worker, matter.pk).facts is not None
    for role, path in (("auditor", COUNTY), ("quality", COUNTY), ("handler", CITY), ("callback", PROVINCE)):
        assert queries.case_page(house.person(role, path), matter.pk).facts is None


def test_a_visitor_with_the_query_code_asks_and_reads(chambers: Chambers) -> None:
    source = chambers.house.receive(phone="13700137000", key="visitor").matter
    holder = Actor(kind="anonymous", matter_ids=(source.pk,))
    matter = actions.ask_lawyer(holder, source, actions.Request(QUESTION))
    assert queries.case_page(holder, matter.pk).opens_file
    assert actions.worker_step(holder, matter, "withdraw", {}).state == "withdrawn"
    with pytest.raises(NotFound):
        queries.case_page(Actor(kind="anonymous"), matter.pk)


@on_postgres
@pytest.mark.parametrize("table", TABLES)
def test_every_table_of_the_room_is_locked(chambers: Chambers, running: Matter, table: str) -> None:
    assert count(table), "nothing there that could be hidden"
    for actor in (Actor(kind="anonymous"), *strangers(chambers)):
        if actor.assigned_ids and table != "legal_interest":
            continue
        with app_role(actor):
            assert count(table) == 0, (table, actor.name)


@on_postgres
def test_the_file_is_hidden_from_the_whole_union_in_sql_too(chambers: Chambers, running: Matter) -> None:
    house = chambers.house
    for actor in (house.person("leader", COUNTY), house.person("supervisor", CITY), house.person("dispatcher", "cn")):
        with app_role(actor):
            assert count("legal_legalcase") == 2
            assert [count(table) for table in FILES] == [0, 0, 0]
            assert [count(table) for table in WRITTEN] == [0, 0]
    with app_role(chambers.worker):
        # The machine's draft is the lawyer's alone; a paper that is written for the worker is theirs to read.
        assert [count(table) for table in WRITTEN] == [0, 1]
    with app_role(chambers.lawyer(chambers.counsel(1))):
        assert [count(table) for table in WRITTEN] == [1, 1]
        assert count("legal_casefile") == 1
        assert count("legal_filepaper") == 1
    with app_role(chambers.worker):
        assert count("legal_casefile") == 2


@on_postgres
def test_an_offer_alone_opens_nothing_in_sql(chambers: Chambers) -> None:
    counsel = chambers.counsel()
    matter = chambers.offered(chambers.asked(), counsel)
    with app_role(chambers.lawyer(counsel)):
        assert count("legal_legalcase") == 1
        assert count("legal_casefile") == 0
    act(matter.pk, "accept", chambers.lawyer(counsel), {"no_conflict": "on"})
    with app_role(chambers.lawyer(counsel)):
        assert count("legal_casefile") == 1


@on_postgres
def test_the_room_works_as_the_applications_role(chambers: Chambers) -> None:
    counsel = chambers.counsel()
    assert connection.vendor == "postgresql"
    with app_role(chambers.worker):
        matter = chambers.asked()
    with app_role(chambers.dispatcher):
        chambers.offered(matter, counsel)
    lawyer = chambers.lawyer(counsel)
    with app_role(lawyer):
        act(matter.pk, "accept", lawyer, {"no_conflict": "on"})
        act(matter.pk, "answer", lawyer, {"text": "可以。", "articles": ["劳动法第四十四条"]})
        assert queries.own_cases(lawyer)
    with app_role(chambers.worker):
        assert queries.case_page(chambers.worker, matter.pk).entries
        actions.worker_step(chambers.worker, matter, "rate", {"satisfaction": "good"})
