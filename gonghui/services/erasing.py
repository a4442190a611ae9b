"""删除: with an account go the forms begun and their files; what was handed in is the union's record."""

from __future__ import annotations

from gonghui.people.actions.erasure import erasure_part
from gonghui.people.models import Account
from gonghui.services.files import drop_files
from gonghui.services.models import Draft, FormFile


@erasure_part
def drop_begun(account: Account) -> None:
    Draft.objects.filter(account=account).delete()
    drop_files(FormFile.objects.filter(account=account, application=None))
