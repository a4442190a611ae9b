"""The paper of a letter: its fields for the templates of `law.documents`. What is missing is a visible blank there."""

from __future__ import annotations

from django.conf import settings
from django.utils import translation

from gonghui.law.documents import Claim, Employer, Fields
from gonghui.law.documents import Letter as LetterFields
from gonghui.law.documents.fields import paragraphs
from gonghui.resolution import tables
from gonghui.resolution.models import Inquiry, Letter
from gonghui.resolution.rules.common import chain


def fields_of(letter: Letter) -> Fields:
    """What is known of a letter. The clue is the appeal's number: who complained stays hidden.

    The paper is Chinese, in whatever language its drafter reads the pages.
    """
    before = letter.previous
    with translation.override(settings.LANGUAGE_CODE):
        unit = str(Letter.Unit(letter.reply_unit).label)
    people = _supervisors(letter)
    return Fields(
        employer=Employer(name=letter.employer_name, uscc=letter.employer_uscc, address=letter.employer_address),
        # The sum in the first sentence; what is asked for stands in the asks.
        claims=(Claim(what="涉及金额", amount=letter.amount),) if letter.amount is not None else (),
        letter=LetterFields(
            number=letter.number,
            union=letter.committee.organisation.name,
            clue=f"12351 诉求 {'、'.join(letter.clues)}" if letter.clues else "",
            people=letter.people or None,
            findings=paragraphs(letter.findings),
            breaches=paragraphs(letter.breaches),
            asks=paragraphs(letter.asks),
            attachments=paragraphs(letter.attachments),
            deadline=letter.rectify_by,
            reply_days=letter.reply_days,
            reply_unit=unit,
            contact=letter.contact,
            phone=letter.phone,
            signer=letter.signer,
            supervisors="、".join(people),
            previous_number=before.number if before else "",
            previous_on=before.signed_on if before else None,
            previous_result=tables.chinese(tables.words().escalations, before.ground) if before else "",
        ),
        body=letter.addressee,
        date=letter.signed_on,
    )


def document(letter: Letter) -> str:
    """The name of its template."""
    return tables.kind(letter.kind).document


def _supervisors(letter: Letter) -> list[str]:
    """Those who inquired, of this letter or the ones before it."""
    rows = Inquiry.objects.filter(
        matter__in=[one.matter_id for one in chain(letter)], purpose=Inquiry.Purpose.INVESTIGATE
    ).order_by("pk")
    return list(dict.fromkeys(f"{one['name']}（证号{one['certificate']}）" for row in rows for one in row.supervisors))
