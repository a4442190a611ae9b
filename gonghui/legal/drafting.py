"""代拟文书: papers that the lawyer of a case writes for its worker, version by version, a draft until confirmed.

The first text is filled from the file by `law.documents`; blanks stay blanks. From then on it is the lawyer's text.
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.appeals.actions.conversation import is_owner
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.flow.cleaning import as_seen
from gonghui.kernel.matters import locked, touch
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system, bind, visible_to
from gonghui.kernel.times import now
from gonghui.law.advice import advise
from gonghui.law.documents import Employer, Person, from_plan, sources, text
from gonghui.law.topics.topic import DOCUMENTS
from gonghui.legal.drafts import words_of
from gonghui.legal.models import CaseFile, DraftedPaper, LegalCase
from gonghui.legal.queries import party_of, reads_file

LONGEST = 20_000
VERSIONS_MOST = 50


def documents() -> dict[str, str]:
    """The papers a lawyer may write for a worker, by name."""
    return {name: DOCUMENTS[name] for name, source in sources().items() if source.by == "worker" and name in DOCUMENTS}


def for_lawyer(actor: Actor, matter_id: int, document: str) -> tuple[Matter, list[DraftedPaper]]:
    """The matter with all versions of a paper, newest first. NotFound for all but the lawyer who has the case."""
    with bind(actor):
        matter = visible_to(actor).filter(pk=matter_id).first()
    if matter is None or document not in documents() or actor.kind != "staff" or not reads_file(actor, matter):
        raise NotFound
    with as_system("the actor reads this file"):
        rows = DraftedPaper.objects.filter(matter=matter, document=document).select_related("by")
        return matter, list(rows.order_by("-version"))


def beginning(matter: Matter, document: str) -> str:
    """The text a first version begins with, from what the file says."""
    with as_system("the actor reads this file"):
        file = CaseFile.objects.get(matter=matter)
        case = LegalCase.objects.select_related("employer").get(matter=matter)
        asked, _heard = words_of(matter)
    plan = advise(asked, codes=[matter.category] if matter.category else [], region=matter.region or None)
    employer = Employer(name=case.employer_name, uscc=case.employer_uscc)
    if case.employer is not None:
        employer = Employer(name=case.employer.name, uscc=case.employer.uscc, address=case.employer.address)
    person = Person(name=file.name, phone=file.phone)
    return text(document, from_plan(plan, person=person, employer=employer, story=file.story))


def save(actor: Actor, matter_id: int, document: str, words: str) -> DraftedPaper:
    """A new version; the same text again is the version there is. A confirmed one is not changed by it."""
    words = as_seen(words).strip()
    if not words:
        raise InvalidData({"text": [_("请写下文书内容。")]})
    if len(words) > LONGEST:
        raise InvalidData({"text": [_("最多 %(most)d 个字。") % {"most": LONGEST}]})
    with transaction.atomic():
        seen = locked(matter_id, actor)
        with as_system("checked here"):
            _matter, rows = for_lawyer(actor, matter_id, document)
            if not seen.is_open:
                raise GuardRefused([_("这一件已经办结，不能再改文书。")])
            if rows and rows[0].text == words:
                return rows[0]
            if len(rows) >= VERSIONS_MOST:
                raise GuardRefused([_("最多 %(most)d 个版本。") % {"most": VERSIONS_MOST}])
            paper = DraftedPaper.objects.create(
                matter=seen,
                document=document,
                version=rows[0].version + 1 if rows else 1,
                text=words,
                by_id=actor.account_id,
                at=now(),
            )
            touch(seen, "write_paper", actor, after={"document": document, "version": paper.version})
    return paper


def for_worker(actor: Actor, paper_id: int) -> DraftedPaper:
    """A version as its worker reads it. NotFound for everybody else."""
    with as_system("checked below"):
        paper = DraftedPaper.objects.select_related("matter").filter(pk=paper_id).first()
    if paper is None:
        raise NotFound
    party = party_of(actor, paper.matter_id)
    if party.kind == "staff" or not is_owner(party, paper.matter):
        raise NotFound
    return paper


def judge(actor: Actor, paper_id: int, *, right: bool, remark: str = "") -> DraftedPaper:
    """The worker says that a version is right, or what is to be changed. Only of the newest version."""
    paper = for_worker(actor, paper_id)
    with transaction.atomic():
        seen = locked(paper.matter_id, party_of(actor, paper.matter_id))
        with as_system("the worker reads their own file"):
            paper = DraftedPaper.objects.select_for_update(of=("self",)).get(pk=paper_id)
            if DraftedPaper.objects.filter(matter=seen, document=paper.document, version__gt=paper.version).exists():
                raise GuardRefused([_("律师已经写了新的一版，请看新的一版。")])
            if paper.confirmed_at is not None:
                raise GuardRefused([_("这一版您已经确认过。")])
            if right:
                paper.confirmed_at, paper.remark = now(), ""
            elif not remark.strip():
                raise InvalidData({"remark": [_("请写明哪里要改。")]})
            else:
                paper.remark = remark.strip()[:2000]
            paper.save(update_fields=["confirmed_at", "remark"])
            verb = "confirm_paper" if right else "remark_paper"
            touch(seen, verb, actor, after={"document": paper.document, "version": paper.version})
    return paper
