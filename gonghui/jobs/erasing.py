"""删除: with an account go the names, phones and words of its registrations, applications and postings; counts stay."""

from __future__ import annotations

from gonghui.jobs.models import JobApplication, Posting, PostingReport, Seeker
from gonghui.people.actions.erasure import erasure_part
from gonghui.people.models import Account


@erasure_part
def forget(account: Account) -> None:
    Seeker.objects.filter(account=account).update(
        seeker_name="", seeker_phone="", skills_told="", vector=b"", active=False, findable=False
    )
    JobApplication.objects.filter(account=account).update(
        opening_words="", told_text="", tap_code="", tap_hash="", tap_until=None, revealed=False
    )
    Posting.objects.filter(account=account).update(hr_name="", hr_phone="")
    PostingReport.objects.filter(account=account).update(report_text="", account=None)
