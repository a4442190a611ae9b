"""试办: colleagues sign by the address that the founders pass on, before the election is entered."""

from __future__ import annotations

from django.utils.translation import gettext as _

from gonghui.founding import signing
from gonghui.founding.models import Founding
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.vault import blind_index
from gonghui.people.actors import actor_for
from gonghui.people.identity import with_check
from gonghui.people.models import Account
from gonghui.services.trial.walkers import Hands, walks
from gonghui.services.trial.world import NOBODY

SIGNED, PRESENT, VOTES = 30, 25, 20


def sign_up(matter: Matter, count: int, first: int = 0) -> None:
    """So many colleagues who are nobody sign, each under their own phone."""
    with as_system("the address that was passed on"):
        token = Founding.objects.get(matter=matter).token
    for place in range(first, first + count):
        signing.sign(actor_for(colleague(place)), token, f"工友{place}", number_of(place))


def colleague(place: int) -> Account:
    phone = f"1990000{place:04d}"
    known = Account.objects.filter(kind=Account.Kind.WORKER, phone_index=blind_index("phone", phone)).first()
    return known or Account.objects.create_worker(phone)


def number_of(place: int) -> str:
    """A made-up identity number; the check digit is right, the place was never given out."""
    return with_check(f"{NOBODY}198{place // 28 % 10}01{place % 28 + 1:02d}{place:03d}"[:17])


@walks("founding.elect")
def elect(hands: Hands, matter: Matter) -> str:
    with as_system("who has signed"):
        signed = Founding.objects.get(matter=matter).signatures.exists()
    if not signed:
        sign_up(matter, SIGNED)
    given = {"entitled": str(SIGNED), "present": str(PRESENT), "votes": str(VOTES)}
    hands.by_staff(matter, "elect", given)
    return _("%(n)d 位职工在签名页签名入会，再登记选举结果。") % {"n": SIGNED}


@walks("founding.complete_papers")
def complete_papers(hands: Hands, matter: Matter) -> str:
    hands.by_staff(matter, "complete_papers", {"none_because": "试办：代码、印章和账户都没有办。"})
    return _("写明代码、印章和账户没有办的原因，登记手续。")
