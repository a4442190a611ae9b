"""删除: with a worker's account goes the tie to it, the phone, what was told freely, the photo and the spoken code. The
union's register itself stays: it is the union's proof of who was a member, and the person may still be one."""

from __future__ import annotations

from gonghui.membership import photos
from gonghui.membership.models import CardCode, Membership
from gonghui.people.actions.erasure import erasure_part
from gonghui.people.models import Account


@erasure_part
def untie(account: Account) -> None:
    for row in Membership.objects.filter(account=account):
        row.account, row.phone = None, ""
        row.card = Membership.Card.FROZEN
        row.post, row.skill, row.dues_way = "", "", ""
        row.save(update_fields=["account", "phone", "phone_index", "card", "post", "skill", "dues_way"])
        photos.forget(row)
        CardCode.objects.filter(membership=row).delete()
