"""What other rooms may ask about people."""

from __future__ import annotations

from gonghui.people.models import Account, Person


def own_name(account: Account) -> str:
    """The name a worker wrote into the own profile, for the worker's own forms; "" when there is none."""
    person = Person.objects.filter(account=account).only("name").first()
    return person.name if person else ""
