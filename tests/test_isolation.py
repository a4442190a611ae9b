"""No address shows, or lets anybody touch, what belongs to another organisation: the whole URL map, for every role.

The world has an organisation with cases in several states and everything that hangs on them. Each role of another
organisation, a worker, a visitor and other programs ask every address for them. A new route is in the walk by itself;
a new parameter has to be added to `World.known`.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gonghui.aid.models import Campaign, SheetPhoto
from gonghui.aid.tests.mutual_support import covered
from gonghui.aid.tests.support import care_class, trip_line
from gonghui.aid.trial import campaign_of
from gonghui.api.actions import create_token
from gonghui.api.models import WebhookEndpoint
from gonghui.api.rules import scopes
from gonghui.appeals import actions
from gonghui.appeals.actions.handling import REVEALABLE
from gonghui.appeals.models import AppealLink, MassAlert, SupervisionLetter, WorkOrder
from gonghui.appeals.tests.conftest import house, own_files
from gonghui.appeals.tests.support import COUNTY, ENTERPRISE, OTHER_COUNTY, PROVINCE, House, order_of
from gonghui.content import actions as texts
from gonghui.craft import contests
from gonghui.craft.models import (
    Contest,
    Contestant,
    Craftsman,
    CraftsmanVideo,
    Expert,
    ExpertSheet,
    Judge,
    JudgeSheet,
    TalkLine,
)
from gonghui.craft.tests.support import NEED, craftsman
from gonghui.dues import ledger, rebates
from gonghui.dues import lists as dues_lists
from gonghui.dues.models import Posting as Voucher
from gonghui.dues.models import Rebate
from gonghui.exchange.document import Entry
from gonghui.exchange.models import ForeignService, Partner
from gonghui.exchange.tests.support import service as offered_elsewhere
from gonghui.jobs import applying as jobs
from gonghui.jobs.models import JobApplication, Posting
from gonghui.jobs.tests.support import published, register
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.flow import get_flow
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, OutboxMessage, TrailEntry
from gonghui.kernel.times import now, today
from gonghui.knowledge import actions as knowledge
from gonghui.knowledge import answers
from gonghui.law.advice import advise
from gonghui.law.store import LawStore
from gonghui.learning import study
from gonghui.learning.models import Evidence, SessionRecord
from gonghui.learning.tests.support import course, session
from gonghui.legal import actions as legal
from gonghui.legal import bookings
from gonghui.legal.models import Counsel, DraftedPaper
from gonghui.membership.tests.support import member
from gonghui.organisations.models import Office, Organisation
from gonghui.people.models import Account, DutyAssignment
from gonghui.people.roles import ROLES
from gonghui.people.testing import sign_in, staff_account, worker_client
from gonghui.portal.tests.support import PNG
from gonghui.resolution import letters
from gonghui.resolution.models import Committee
from gonghui.services import actions as services
from gonghui.services.files import keep_file
from gonghui.services.models import Application, BankAnswer, FormFile, PaymentBatch, Stock
from gonghui.services.tests.support import ID_NUMBERS, KIT, fund, goods
from gonghui.signon import partners, registry
from gonghui.signon.models import Client as SignonClient
from gonghui.signon.models import Partner as SignonPartner
from gonghui.venues import bookings as slots
from gonghui.venues import faults as venue_faults
from gonghui.venues import till, visits
from gonghui.venues.models import Booking, Price, Venue, VenuePhoto
from gonghui.venues.tests.support import slot, venue
from gonghui.voice import bargaining, openness
from gonghui.voice.models import Bargaining
from gonghui.voice.tests.support import PROPOSAL, a_round, congress
from gonghui.wellbeing.models import EText, Settlement
from gonghui.wellbeing.tests.support import book, club, profile, shop
from tests.support.walk import Answer, Route, Visitor, routes, undone

__all__ = ["house", "own_files"]
pytestmark = pytest.mark.django_db

PHONE, BACKUP, ID_NO = "13912349417", "13712349418", "11010519491231002X"
# What no stranger may read, by what it is. Each is found nowhere else in the project.
MARKERS = {
    "title": "航标甲九四一七",
    "text": "暗礁甲九四一七",
    "demand": "罗盘甲九四一七",
    "name": "澹台灯塔",
    "employer": "桅杆甲九四一七修造厂",
    "address": "锚地甲九四一七号",
    "question": "缆绳甲九四一七",
    "note": "舵轮甲九四一七",
    "contact": "船坞甲九四一七",
    "file": "海图甲九四一七",
    "letter": "浮标甲九四一七",
    "instruction": "桅灯甲九四一七",
    "alert": "潮汐甲九四一七集团",
    "dead message": "信号旗甲九四一七",
    "delivery error": "断缆甲九四一七",
    "web hook": "hook-9417.example",
    "token": "灯船甲九四一七",
    "legal words": "沉钟甲九四一七",
    "letter to the employer": "锚链甲九四一七",
    "lawyer's interest": "缆绳甲九四一七",
    "receipt": "绞盘甲九四一七",
    "staff": "staff-9417",
    "application": "礼包甲九四一七",
    "goods": "雨靴甲九四一七",
    "member": "锅炉甲九四一七",
    "batch": "FF-9417",
    "course": "领航甲九四一七",
    "asked": "灯语甲九四一七",
    "sheet": "名册甲九四一七",
    "fault": "破窗甲九四一七",
    "transfer": "罗盘甲九四一七",
    "delegate": "舢板甲九四一七",
    "disclosure": "汽笛甲九四一七",
    "topic": "纤绳甲九四一七",
    "campaign": "棉衣甲九四一七",
    "campaign sheet": "签表甲九四一七",
    "certificate": "凭单甲九四一七",
    "craftsman": "船匠甲九四一七",
    "company's need": "龙骨甲九四一七",
    "company's secret": "桐油甲九四一七",
    "contest": "船模甲九四一七",
    "judge's interest": "桨手甲九四一七",
    "draft": "草稿甲九四一七",
    "merchant": "灯具甲九四一七商行",
    "seeker": "船歌甲九四一七",
    "words to an employer": "缆桩甲九四一七",
    "text in writing": "雾笛甲九四一七",
    "app": "艇笛甲九四一七",
    "partner": "岸标甲九四一七",
    "partner's reason": "灯塔甲九四一七",
    "rebate": "税单甲九四一七",
    "external id": "EXT-9417-7149",
    "phone": PHONE,
    "backup contact": BACKUP,
    "identity number": ID_NO,
}
# These no page shows even to those who handle the case, or only when asked for with a reason, or to programs.
NEVER_SHOWN = frozenset(
    {"name", "phone", "backup contact", "identity number", "query code", "draft", "token", "web hook", "external id"}
    | {"judge's interest"}
    | {"dead message", "address", "legal words", "batch", "member", "delegate", "disclosure", "company's secret"}
    | {"words to an employer", "lawyer's interest"}
    # The partners are the top organisation's.
    | {"partner's reason"}
    # What a session, a campaign, a merchant, a till or a union's books hold is the host's own union's: those above see
    # only figures.
    | {"asked", "sheet", "campaign", "campaign sheet", "certificate", "merchant", "rebate", "transfer"}
)
FAR_PROVINCE = "cn.62"
# Parameters that name one object of the other organisation; asked for, the answer must be a refusal.
OBJECTS = frozenset(
    {"matter_id", "number", "account_id", "duty_id", "link_id", "alert_id", "attachment_id", "webhook_id", "paper_id"}
    | {"partner_id"}
    | {"stock_id", "draft_id", "letter_paper_id", "answer_id", "fund_id", "batch_id", "bank_answer_id", "office_id"}
    | {"settlement_id", "profile_id", "interest_id"}
    | {"ledger_id", "dues_list_id", "voucher_id", "receipt_id", "rebate_id"}
    | {"course_id", "lesson_id", "question_id", "evidence_id"}
    | {"congress_id", "disclosure_id", "proposal_id", "agreement_id", "round_id"}
    | {"membership_id", "booking_id", "form_file_id", "item_file_id", "item_id"}
    | {"membership_id", "booking_id", "form_file_id", "item_file_id", "item_id", "campaign_id", "sheet_id"}
    | {"cover_id"}
    | {"membership_id", "booking_id", "form_file_id", "item_file_id", "item_id", "craftsman_id", "contest_id"}
    | {"video_id", "task_id", "judge_id", "judge_sheet_id"}
    | {"membership_id", "booking_id", "form_file_id", "item_file_id", "item_id", "own_posting_id"}
    | {"app_id", "partner_id"}
)
# The step that a page's form asks for, where it decides what is done.
STEPS = {
    "desk:bulk": "accept",
    "desk:dead_letters": "retry",
    "desk:alert": "charge",
    "people:staff_account": "disable",
}


@dataclass
class World:
    """One organisation's cases and everything that hangs on them."""

    house: House
    matter: Matter
    others: list[Matter] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    draft: str = ""
    markers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def build(cls, house: House, category: str = "", employer: str = MARKERS["employer"], **fields: Any) -> World:
        """The received case, with the worker's own additions: nothing that needs a duty yet."""
        worker = house.worker(PHONE)
        received = house.receive(
            worker, key="main-9417", category=category, title=f"{MARKERS['title']}拖欠工资",
            description=f"老板在{MARKERS['text']}拖欠我三个月工资，一共一万五千元。", demand=f"{MARKERS['demand']}补发",
            reporter_name=MARKERS["name"], phone=PHONE, backup_contact=BACKUP, id_no=ID_NO, employer_name=employer,
            work_address=MARKERS["address"], source="浮筒平台", external_id=MARKERS["external id"], **fields,
        )  # fmt: skip
        world = cls(house, received.matter)
        world.matter.refresh_from_db()
        picture = SimpleUploadedFile(f"{MARKERS['file']}.png", PNG, content_type="image/png")
        actions.add_material(worker, world.matter, f"补充：{MARKERS['text']}", [picture])
        appeal = received.appeal
        other = house.receive(key="link-9417", phone="13600009417", title=f"{MARKERS['title']}之二")
        link = AppealLink.objects.create(
            from_appeal=appeal, to_appeal=other.appeal, kind="duplicate", proposed_at=now(), reason=MARKERS["letter"]
        )
        dead = OutboxMessage.objects.create(
            topic="notice.sms", key="dead-9417", matter=world.matter, payload={"text": MARKERS["dead message"]},
            status="dead", created_at=now(), next_at=now(), attempts=9, last_error=MARKERS["delivery error"],
        )  # fmt: skip
        world.draft = actions.save_draft(worker, {"description": MARKERS["draft"]}).token
        world.others = [other.matter]
        world.ids = {
            "number": appeal.number,
            "link_id": str(link.pk),
            "attachment_id": str(appeal.attachments.get().pk),
            "message": str(dead.pk),
            "code": received.query_code,
            **world.asked_a_lawyer(worker, picture),
            **world.applied_for_a_service(worker, picture),
            **world.money(),
            **world.dues(),
            **world.used_a_place(worker),
            **world.asked_a_craftsman(worker),
            **world.looked_for_work(worker),
            **world.signed_up(worker),
            **world.has_a_say(),
            **world.gave(),
            "notice_id": "0",
            **world.wellbeing(),
            "nomination_id": "0",
            # Until there is a letter with a paper of its own.
            "letter_paper_id": "0",
            **world.wrote_a_text(picture),
            "answer_id": world.kept_an_answer(worker),
            **world.organisations_own(),
        }
        world.markers = {**MARKERS, "appeal number": appeal.number, "query code": received.query_code}
        world.number("matter number", world.matter)
        return world

    def asked_a_lawyer(self, worker: Actor, picture: SimpleUploadedFile) -> dict[str, str]:
        """A consultation with its file and a drafted paper, which are the worker's and the lawyer's alone."""
        question = legal.Request(f"想问{MARKERS['legal words']}的事。")
        case = legal.ask_lawyer(worker, self.matter, question)
        self.others.append(case)
        self.others.append(bookings.book(worker, self.matter, bookings.Wish("talk", f"想谈{MARKERS['legal words']}。")))
        written = DraftedPaper.objects.create(
            matter=case, document="arbitration_application", version=1, text=MARKERS["legal words"], at=now()
        )
        picture.seek(0)
        paper = legal.add_paper(worker, case, [picture])[0]
        lawyer = Counsel.objects.create(
            account_id=self.house.person("lawyer", COUNTY).account_id or 0,
            organisation=Organisation.objects.get(path=COUNTY),
        )
        interest = lawyer.interests.create(kind="related", party_name=MARKERS["lawyer's interest"], at=now())
        return {"paper_id": str(paper.pk), "draft_id": str(written.pk), "interest_id": str(interest.pk)}

    def applied_for_a_service(self, worker: Actor, picture: SimpleUploadedFile) -> dict[str, str]:
        """Goods of the county, an application of the worker's for one of them, and a file of its form."""
        stock = goods(5)
        Stock.objects.filter(pk=stock.pk).update(item=MARKERS["goods"], place=MARKERS["goods"])
        values = {**KIT, "platform": MARKERS["application"], "id_no": ID_NUMBERS[0]}
        handed = services.apply(worker, services.service_for("M04", "520102"), values)
        self.others.append(handed.matter)
        picture.seek(0)
        file = keep_file(worker.account_id, "M04", picture)
        FormFile.objects.filter(pk=file.pk).update(application=handed.application)
        return {"stock_id": str(stock.pk), "form_file_id": str(file.pk)}

    def asked_a_craftsman(self, worker: Actor) -> dict[str, str]:
        """A company's need with its talk, a craftsman without a public page, a contest that is not approved yet."""
        secret = MARKERS["company's secret"]
        values = {**NEED, "topic": MARKERS["company's need"], "problem": secret}
        need = services.apply(worker, services.service_for("M12", "520102"), values).matter
        TalkLine.objects.create(matter=need, side="company", said_text=secret, at=now())
        at = now()
        told = {
            "name": MARKERS["contest"], "brand": "", "trade": "welding", "level": "county", "organiser": "",
            "budget": None, "plan": "比一比", "items": "质量 100", "capacity": 9, "place": "车间",
            "closes": at + timedelta(days=1), "starts": at + timedelta(days=2), "ends": at + timedelta(days=3),
        }  # fmt: skip
        contest = contests.propose(self.house.person("handler", COUNTY), COUNTY, told)
        self.others += [need, contest]
        person = craftsman(1, name=MARKERS["craftsman"], consented_at=None)
        video = CraftsmanVideo.objects.create(
            craftsman=person, title=MARKERS["craftsman"], link="https://www.workercn.cn/1", transcript="讲", at=now()
        )
        judge = self.house.person("expert", COUNTY, 70)
        expert = Expert.objects.create(
            account_id=judge.account_id or 0, organisation=Organisation.objects.get(path=COUNTY), unit="技师学院"
        )
        task = ExpertSheet.objects.create(matter=contest, expert=expert, assigned_at=now())
        held = Contest.objects.get(matter=contest)
        named = Judge.objects.create(contest=held, name="裁判", unit="技师学院", expert=expert)
        one = Contestant.objects.create(
            contest=held, unit="一厂", registered_at=now(), blind_number=1,
            application=Application.objects.get(matter=need),
        )  # fmt: skip
        judged = JudgeSheet.objects.create(
            judge=named, contestant=one, round=0, assigned_at=now(),
            state="recused", conflict_text=MARKERS["judge's interest"],
        )  # fmt: skip
        return {
            "craftsman_id": str(person.pk),
            "contest_id": str(Contest.objects.get(matter=contest).pk),
            "video_id": str(video.pk),
            "task_id": str(task.pk),
            "judge_id": str(named.pk),
            "judge_sheet_id": str(judged.pk),
        }

    def dues(self) -> dict[str, str]:
        """A member of the county's union who paid dues, and what the county returns to a union below."""
        row = member(COUNTY, 1, unit=MARKERS["member"], phone=BACKUP)
        county, month = Organisation.objects.get(path=COUNTY), ledger.first_day(today())
        enters, posts = self.house.person("treasurer", COUNTY), self.house.person("leader", COUNTY)
        book, below = ledger.book_of(county), Organisation.objects.get(path=ENTERPRISE)
        wanted = [dues_lists.Wanted(row, due=Decimal(20), paid=Decimal(20))]
        kept = dues_lists.enter(enters, book, month, "counter", wanted)
        voucher = dues_lists.post(posts, kept.pk)
        rebates.receive(enters, book, below, month, Decimal("94.17"), MARKERS["rebate"])
        rebate = rebates.propose(enters, book, below, month, month, None, MARKERS["rebate"])
        return {
            "membership_id": str(row.pk), "ledger_id": str(book.pk), "dues_list_id": str(kept.pk),
            "voucher_id": str(voucher.pk), "dues_month": f"{month:%Y-%m}", "rebate_id": str(rebate.pk),
            "receipt_id": str(voucher.lines.exclude(receipt="").get().pk),
        }  # fmt: skip

    def money(self) -> dict[str, str]:
        """A budget of the county and a batch of payments."""
        county = Organisation.objects.get(path=COUNTY)
        batch = PaymentBatch.objects.create(
            organisation=county, number=MARKERS["batch"], count=0, total=Decimal(0), made_at=now()
        )
        answer = BankAnswer.objects.create(
            batch=batch, stored_name="9417.csv", original_name=f"{MARKERS['batch']}.csv", size=1, sha256="0", at=now()
        )
        return {
            "fund_id": str(fund("M10", "9417.00").pk), "batch_id": str(batch.pk), "bank_answer_id": str(answer.pk),
        }  # fmt: skip

    def used_a_place(self, worker: Actor) -> dict[str, str]:
        """A hall of the county, which everybody may see; the worker's booking and fault there, which they may not."""
        hall = venue(kind="hall", name="文化宫")
        Price.objects.create(venue=hall, hall="羽毛球", member=Decimal(5), public=Decimal(5), valid_from=today())
        booking = slots.book(worker, slot(hall).pk)
        till.tell_receipt(worker, booking.pk, MARKERS["transfer"])
        self.others.append(venue_faults.report(worker, hall, f"这里坏了：{MARKERS['fault']}"))
        return {
            "venue_id": str(hall.pk),
            "slot_id": str(booking.slot_id),
            "booking_id": str(booking.pk),
            "poster": visits.code_of(hall),
            # One that waits to be looked at.
            "venue_photo_id": str(VenuePhoto.objects.create(venue=hall, picture="", words="大厅", at=now()).pk),
        }

    def signed_up(self, worker: Actor) -> dict[str, str]:
        """A session of the county, which everybody may see; the worker's seat in it, which they may not."""
        taught = course("lecture", title=MARKERS["course"])
        taught.status = "draft"
        taught.save()
        row = session(taught)
        values = {"offer": row.pk, "name": MARKERS["name"], "phone": PHONE}
        matter = services.apply(worker, services.service_for("M08"), values).matter
        self.others.append(matter)
        study.ask_speaker(matter, MARKERS["asked"])
        record = SessionRecord.objects.create(offer=row, at=now())
        sheet = Evidence.objects.create(
            record=record, kind="sheet", stored_name="9417.png", original_name=f"{MARKERS['sheet']}.png", at=now()
        )
        return {
            "offer_id": str(row.pk), "door_code": "12345678", "desk:offer_new.service_id": "M08",
            "course_id": str(taught.pk), "lesson_id": str(taught.lessons.order_by("place")[0].pk),
            "question_id": str(taught.questions.order_by("pk")[0].pk), "evidence_id": str(sheet.pk),
            "certificate_number": "M08-2026-000000-000000",
        }  # fmt: skip

    def has_a_say(self) -> dict[str, str]:
        """A congress of the county's own staff, what is published to them, a round, a proposal, and an agreement."""
        county, handler = Organisation.objects.get(path=COUNTY), self.house.person("handler", COUNTY)
        session = congress(COUNTY, (MARKERS["delegate"],))
        shown = openness.publish(handler, county, "pay", MARKERS["disclosure"], MARKERS["disclosure"])
        bargained = bargaining.begin(handler, county, "wage", "南明区总工会")
        act(bargained.matter_id, "add_topic", handler, {"subject": "pay", "workers_say": MARKERS["topic"]})
        Bargaining.objects.filter(pk=bargained.pk).update(published_at=now(), agreement=MARKERS["topic"])
        values = {**PROPOSAL, "employer": "没有这个单位", "subject": MARKERS["topic"]}
        proposed = services.apply(self.house.worker(PHONE), services.service_for("V01", "520102"), values).matter
        self.others += [bargained.matter, proposed]
        return {
            "congress_id": str(session.pk),
            "disclosure_id": str(shown.pk),
            "round_id": str(a_round(COUNTY).pk),
            "proposal_id": str(proposed.proposal.pk),
            "agreement_id": str(bargained.pk),
        }

    def gave(self) -> dict[str, str]:
        """A campaign of the county with a signed sheet, a class for children, a line of a rest cure and somebody who
        joined a plan of mutual aid there."""
        campaign = campaign_of("M16", Organisation.objects.get(path=COUNTY))
        Campaign.objects.filter(pk=campaign.pk).update(title=MARKERS["campaign"], visits=MARKERS["campaign"])
        sheet = SheetPhoto.objects.create(
            campaign=campaign, sheet_no=MARKERS["campaign sheet"], stored_name="00/9417.png", original_name="9417.png",
            mime="image/png", size=1, at=now(),
        )  # fmt: skip
        return {
            "campaign_id": str(campaign.pk),
            "sheet_id": str(sheet.pk),
            "cover_id": str(covered(number=ID_NUMBERS[1], certificate=MARKERS["certificate"]).pk),
            "desk:care_class.offer_id": str(care_class().pk),
            "portal:lottery.offer_id": str(care_class().pk),
            "desk:trip_line.offer_id": str(trip_line().pk),
        }

    def wellbeing(self) -> dict[str, str]:
        """A merchant's settlement and somebody's profile, which are nobody else's; a book and a text for everybody."""
        account = Account.objects.create_worker("13700009417")
        merchant = shop(account, COUNTY, name=MARKERS["merchant"])
        settlement = Settlement.objects.create(merchant=merchant, month="2026-01", count=1, total=Decimal(20))
        text = EText.objects.create(
            organisation=merchant.organisation, title="故乡", author="鲁迅", rights="public", source="1936",
            body="我冒了严寒。", added_at=now(),
        )  # fmt: skip
        return {
            "settlement_id": str(settlement.pk),
            "profile_id": str(profile(account, COUNTY, "F", "小云").pk),
            "book_id": str(book(COUNTY).pk),
            "club_id": str(club(COUNTY, account).pk),
            "text_id": str(text.pk),
        }

    def looked_for_work(self, worker: Actor) -> dict[str, str]:
        """A job that everybody may read; the worker's registration and application, which only those concerned may."""
        boss = self.house.worker("13900009418")
        posting = published(boss, self.house.person("handler", COUNTY))
        seeker = register(worker, skills_told=MARKERS["seeker"], name=MARKERS["name"], phone=PHONE)
        self.others += [seeker.matter, jobs.apply(worker, posting.pk, MARKERS["words to an employer"]).matter]
        return {"posting_id": str(posting.pk), "own_posting_id": str(posting.pk)}

    def wrote_to_the_employer(self, handler: Actor) -> None:
        """A supervision letter with an uploaded receipt."""
        county = Organisation.objects.get(path=COUNTY)
        Committee.objects.create(organisation=county, code="南", since=date(2021, 1, 1))
        said = letters.Content(scope=["wages"], findings=MARKERS["letter to the employer"])
        letter = letters.start(handler, self.matter, "reminder", said)
        self.others.append(letter)
        receipt = SimpleUploadedFile(f"{MARKERS['receipt']}.png", PNG, content_type="image/png")
        letters.add_papers(handler, letter, "receipt", [receipt])
        self.ids["letter_paper_id"] = str(letter.letter_papers.get().pk)

    def wrote_a_text(self, picture: SimpleUploadedFile) -> dict[str, str]:
        """A draft of the county's, with a picture."""
        writer = self.house.person("handler", COUNTY)
        union = Organisation.objects.get(path=COUNTY)
        draft = texts.start(writer, union, {"title": MARKERS["text in writing"], "column": "news"})
        self.others.append(draft)
        picture.seek(0)
        row = texts.add_file(writer, draft.pk, picture, alt=MARKERS["text in writing"])
        return {"item_id": str(row.item_id), "item_file_id": str(row.pk)}

    def kept_an_answer(self, worker: Actor) -> str:
        """What the rights page told, kept with the case."""
        text = f"老板在{MARKERS['text']}拖欠我三个月工资。"
        return str(answers.keep(worker, advise(text), text=text, way="worker", matter=self.matter).pk)

    def organisations_own(self) -> dict[str, str]:
        """Staff, a warning, a key and a web hook of the organisation."""
        staff = staff_account(MARKERS["staff"], "leader", COUNTY)
        alert = MassAlert.objects.create(
            employer_key="潮汐", employer_name=MARKERS["alert"], region="520102", path=COUNTY, level="red", appeals=12,
            people=40, opened_at=now(), updated_at=now(),
        )  # fmt: skip
        token, _secret = create_token(MARKERS["token"], COUNTY, ["webhooks:manage"])
        hook = WebhookEndpoint.objects.create(
            token=token, url=f"https://{MARKERS['web hook']}/in", secret="whsec_x", path=COUNTY, created_at=now()
        )
        return {
            "account_id": str(staff.pk),
            "duty_id": str(staff.duties.get().pk),
            "alert_id": str(alert.pk),
            "webhook_id": str(hook.pk),
            "change_id": str(knowledge.begin(self.house.person("knowledge", "cn"), "situation", "R01").pk),
            "office_id": str(self.entered_an_office()),
            **self.lets_others_sign_in(),
            **self.exchanges(),
        }

    def lets_others_sign_in(self) -> dict[str, str]:
        """An app whose users sign in with us, and a partner whose accounts sign in here."""
        back = "https://app-9417.example/back"
        app, _secret = registry.register(SYSTEM, COUNTY, MARKERS["app"], "worker", [back], [], ["profile"])
        partner = partners.register(
            SYSTEM, COUNTY, "partner-9417", MARKERS["partner"], "https://idp-9417.example", "us", "a-secret", "worker"
        )
        # A stopped one: the walk goes to nobody's machine.
        partners.stop(SYSTEM, partner)
        return {"app_id": str(app.pk), "partner_id": str(partner.pk), "partner_slug": partner.slug}

    def exchanges(self) -> dict[str, str]:
        """A partner of the top organisation with a service that everybody is shown."""
        at = now()
        partner = Partner.objects.create(
            issuer="https://elsewhere-9417.example", state="active", name="甘肃省总工会", organisation="cn.62",
            level="province", region="620000", kid="A" * 43, wanted="suspended", wanted_at=at, created_at=at,
            wanted_reason=MARKERS["partner's reason"], next_at=at, expires_at=at + timedelta(days=5), serial=1,
        )  # fmt: skip
        told = Entry.model_validate(offered_elsewhere(partner.issuer))
        shown = ForeignService.objects.create(
            partner=partner, service_id=told.id, place=0, digest="", data=told.model_dump(mode="json"), stems=",62,",
            valid_from=told.valid_from,
        )  # fmt: skip
        return {"desk:exchange_partner.partner_id": str(partner.pk), "foreign_id": str(shown.pk)}

    def entered_an_office(self) -> int:
        """An office that everybody is shown, and only the region's own keepers may change."""
        return Office.objects.create(
            body="B2", region_id="520102", name="南明区仲裁院", phone="12333", source="区政府网站", checked_on=today()
        ).pk

    def number(self, name: str, matter: Matter) -> None:
        self.markers[name] = matter.number

    def handled(self) -> World:
        """Go on to what the staff add; beside the case in handling stand some in callback and in quality check."""
        house = self.house
        self.matter = house.handling(house.dispatched(self.matter, instruction=MARKERS["instruction"]))
        handler = house.person("handler", COUNTY)
        self.wrote_to_the_employer(handler)
        actions.ask_worker(handler, self.matter, f"请问{MARKERS['question']}的事？")
        actions.note(handler, self.matter, MARKERS["note"])
        actions.log_contact(handler, self.matter, "phone", True, MARKERS["contact"])
        SupervisionLetter.objects.create(
            order=order_of(self.matter), kind="supervision", at=now(), from_path=PROVINCE, to_path=COUNTY,
            text=MARKERS["letter"],
        )  # fmt: skip
        reached: tuple[Callable[..., Matter], ...] = (house.in_callback, house.in_quality)
        for number, reach in enumerate(reached):
            received = house.receive(key=f"{number}-9417", phone=PHONE, title=f"{MARKERS['title']}之{number}")
            self.others.append(reach(received.matter))
        WorkOrder.objects.filter(matter__in=[matter.pk for matter in self.matters]).update(supervised=True)
        self.matter.refresh_from_db()
        return self

    @property
    def matters(self) -> list[Matter]:
        return [self.matter, *self.others]

    def known(self, own: Matter | None = None) -> dict[str, list[str]]:
        """KNOWN: a value for every parameter name, `route.parameter` before `parameter`. `own` is asked for in place
        of this world's matters: then the rest of the address still names this world's objects."""
        kind = (own or self.matter).kind
        transitions = [step.name for step in get_flow(kind).transitions if not step.hidden]
        matters = [str(row.pk) for row in ([own] if own else self.matters)]
        article = LawStore.default().search("工资", k=1)[0].article.id
        return {
            **{name: [value] for name, value in self.ids.items()},
            "matter_id": matters,
            "field": list(REVEALABLE),
            "desk:transition.matter_id": matters[:1],
            "desk:transition.name": transitions,
            "desk:adopt.name": ["triage", "dispatch"],
            "desk:say.verb": ["ask", "note", "material"],
            "desk:flow.name": sorted({matter.kind for matter in self.matters}),
            "api:take_step.name": transitions[:8],
            "portal:case_act.verb": ["add", "answer", "speed_up", "rate", "withdraw", "dispute", "review"],
            "kind": ["ask", "aid", "book"],
            "portal:legal_act.verb": ["reply", "ask_again", "rate", "object", "withdraw", "cancel", "paper"],
            "portal:ask_step.name": ["text", "contact", "check"],
            # A draft's token is the key to it, as a query code is to its case: strangers can only guess.
            "token": ["gUeSsEdGuEsSeDgUeSsEdGuEsSeD"],
            "law:law.slug": [article.partition(":")[0]],
            "law:cited.slug": ["劳动合同法"],
            "place": ["38.1(3)"],
            "document": ["arbitration_application"],
            "article_id": [article],
            "service_id": ["M04"],
            "section_id": ["job", "person"],
        }

    def data(self, route: Route) -> dict[str, Any]:
        """What a form of any page might hold, with this world's objects wherever one may be named."""
        return {
            "text": "看一看这件事的情况", "description": "想知道这件事现在怎样了，请告诉我。",
            "reason": "工作需要看一看",
            "phone": PHONE, "q": "甲九四一七", "path": COUNTY, "below": PROVINCE, "since": "2020-01-01",
            "until": "2999-01-01", "closed": "1", "draft": self.draft, "step": STEPS.get(route.name, "save"),
            "message": self.ids["message"], "matter": self.ids.get("matter", str(self.matter.pk)),
            "into": self.matter.number, "code": "23456789", "confirmed": "yes", "reached": "yes", "way": "phone",
            "gist": "联系", "question": "1", "role": "handler", "organisation": COUNTY, "username": MARKERS["staff"],
            "url": "https://example.org/", "active": False, "events": [], "data": {"into": self.matter.number},
            "source": "浮筒平台", "external_id": MARKERS["external id"], "contacted": "yes", "resolution": "solved",
            "satisfaction": "good", "attitude": "good", "lead": COUNTY, "assignee": self.ids["account_id"],
        }  # fmt: skip

    def fingerprint(self) -> list[Any]:
        """Everything of this world as it stands in the database."""
        pks = [matter.pk for matter in self.matters]
        orders = WorkOrder.objects.filter(matter__in=pks)
        appeals = list(orders.values_list("appeal_id", flat=True))
        rows = [
            Matter.objects.filter(pk__in=pks),
            TrailEntry.objects.filter(matter__in=pks).values("pk"),
            OutboxMessage.objects.filter(matter__in=pks),
            MassAlert.objects.filter(pk=self.ids["alert_id"]),
            Account.objects.filter(username=MARKERS["staff"]),
            DutyAssignment.objects.filter(account_id=int(self.ids["account_id"])),
            WebhookEndpoint.objects.filter(pk=self.ids["webhook_id"]),
            Office.objects.filter(pk=self.ids["office_id"]),
            SignonClient.objects.filter(pk=self.ids["app_id"]),
            SignonPartner.objects.filter(pk=self.ids["partner_id"]),
            Partner.objects.filter(pk=self.ids["desk:exchange_partner.partner_id"]),
            orders,
            Venue.objects.filter(pk=self.ids["venue_id"]),
            Booking.objects.filter(pk=self.ids["booking_id"]),
            Craftsman.objects.filter(pk=self.ids["craftsman_id"]),
            Contest.objects.filter(pk=self.ids["contest_id"]),
            Judge.objects.filter(contest_id=int(self.ids["contest_id"])),
            JudgeSheet.objects.filter(pk=self.ids["judge_sheet_id"]),
            TalkLine.objects.filter(matter__in=pks),
            Voucher.objects.filter(book_id=int(self.ids["ledger_id"])),
            Rebate.objects.filter(pk=self.ids["rebate_id"]),
            Posting.objects.filter(pk=self.ids["posting_id"]),
            JobApplication.objects.filter(posting_id=int(self.ids["posting_id"])),
        ]
        for model in apps.get_app_config("appeals").get_models():
            if any(item.name == "appeal" for item in model._meta.fields) and model is not WorkOrder:
                rows.append(model._default_manager.filter(appeal__in=appeals))
        return [list(row.order_by("pk").values()) for row in rows]


def staff(roles: tuple[str, ...], path: str) -> Visitor:
    """Somebody who holds all these roles at an organisation."""
    name = f"walker-{'-'.join(roles)[:30]}-{path[-6:]}"
    accounts = [staff_account(name, role, path) for role in roles]
    return Visitor(sign_in(Client(raise_request_exception=False), accounts[0]))


def program(path: str) -> Visitor:
    """Another program with every permission that a token can have."""
    _token, secret = create_token("another program", path, list(scopes()))
    return Visitor(Client(raise_request_exception=False), {"Authorization": f"Bearer {secret}"})


def walk(
    visitor: Visitor, world: World, own: Matter | None = None, writing: bool = True, turn: int | None = None
) -> tuple[list[str], set[str]]:
    """Ask every address. Returns what was wrong, and the names of the markers that were read.

    `turn`: this visitor asks only a share of the addresses, by turns with the visitors before and after; but someone of
    a role every page that lists something, as it is, and a program everything that is for programs.
    """
    before, wrong, read = world.fingerprint(), [], set()
    for route in routes():
        filled = world.known(own)
        named = OBJECTS & set(route.parameters) - ({"matter_id", "link_id"} if own else set())
        for address, parameters in route.addresses(filled):
            whole = turn is None or _ones_turn(address, turn) or (visitor.is_program and route.for_programs)
            if not whole and (parameters or visitor.is_program):
                continue
            for method in route.methods if writing and whole else ("GET",):
                data = world.data(route)
                for sent in ({}, data) if method == "GET" and not named else (data,):
                    if sent and not whole:
                        continue
                    with undone() as written:
                        answer = visitor.ask(method, address, sent)
                        if written and world.fingerprint() != before:
                            wrong.append(f"{answer} changed something")
                    # What the question itself says may be said back.
                    said = f"{address} {sent}"
                    found = {
                        name for name, marker in world.markers.items() if marker in answer.text and marker not in said
                    }
                    read |= found
                    wrong += faults(answer, found, must_refuse=bool(named))
    return wrong, read


# Each address is asked by every sixteenth role alone, and by all roles together.
SHARES = 16
# A world takes as long to build as a role's share to walk: some share one.
IN_ONE_WORLD = 4


def _ones_turn(address: str, turn: int) -> bool:
    return (zlib.crc32(address.encode()) + turn) % SHARES == 0


def faults(answer: Answer, found: set[str], must_refuse: bool) -> list[str]:
    wrong = [f"{answer} tells {', '.join(sorted(found))}"] if found else []
    if answer.status >= 500:
        wrong.append(f"{answer}: {answer.text[:300]}")
    if must_refuse and not answer.refused:
        wrong.append(f"{answer}: not refused")
    return wrong


def test_every_parameter_of_the_address_map_is_known(house: House) -> None:
    known = World.build(house).known()
    assert len(routes()) > 60
    for route in routes():
        assert list(route.addresses(known))


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Thousands of refusals are what is expected here, and no news."""
    caplog.set_level(logging.CRITICAL, "django.request")


@pytest.mark.parametrize("first", range(0, len(ROLES), IN_ONE_WORLD))
def test_no_role_of_another_county_reads_or_touches_anything(house: House, first: int) -> None:
    """Each role by itself; what one does not ask, the next ones do, and all roles together ask everything below."""
    world = World.build(house).handled()
    for turn, role in list(enumerate(ROLES))[first : first + IN_ONE_WORLD]:
        wrong, _read = walk(staff((role,), OTHER_COUNTY), world, turn=turn)
        assert not wrong, "\n".join([role, *wrong])


def test_all_roles_together_elsewhere_read_and_touch_nothing(house: House) -> None:
    world = World.build(house).handled()
    wrong, _read = walk(staff(ROLES, OTHER_COUNTY), world)
    assert not wrong, "\n".join(wrong)


def test_all_roles_together_in_another_province_read_and_touch_nothing(house: House) -> None:
    """Whom the county next door may not, a province far away may not either: its own pages, and a share of the rest."""
    world = World.build(house).handled()
    wrong, _read = walk(staff(ROLES, FAR_PROVINCE), world, turn=today().day)
    assert not wrong, "\n".join(wrong)


def test_other_programs_read_and_touch_nothing(house: House) -> None:
    world = World.build(house).handled()
    for turn, path in enumerate((OTHER_COUNTY, FAR_PROVINCE, ENTERPRISE)):
        wrong, _read = walk(program(path), world, turn=turn)
        assert not wrong, "\n".join(wrong)


def test_a_visitor_and_another_worker_read_and_touch_nothing(house: House) -> None:
    world = World.build(house).handled()
    for client in (Client(raise_request_exception=False), worker_client("13811110000")):
        client.raise_request_exception = False
        wrong, _read = walk(Visitor(client), world)
        assert not wrong, "\n".join(wrong)


def test_a_case_of_ones_own_is_no_way_to_the_cases_of_others(house: House) -> None:
    """The address names the asker's own matter, and everything else in it and in the form the other organisation's."""
    world = World.build(house).handled()
    own = house.handling(house.receive(key="own", phone="13500005555").matter, OTHER_COUNTY)
    wrong, _read = walk(staff(ROLES, OTHER_COUNTY), world, own)
    assert not wrong, "\n".join(wrong)


def test_the_walk_reads_it_all_where_it_may(house: House) -> None:
    """The same walk by the organisation itself does find the markers: it is able to see a leak."""
    world = World.build(house).handled()
    _wrong, read = walk(staff(ROLES, PROVINCE), world, writing=False)
    assert set(world.markers) - read <= NEVER_SHOWN, set(world.markers) - read
