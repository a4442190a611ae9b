"""利益冲突检查: may this counsel act against this employer — and if not, why.

Employers and firms are compared by their code (统一社会信用代码) where both are known, else by the normalised name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from gonghui.legal.models import Counsel, Interest, LegalCase
from gonghui.organisations.matching import same_employer_ids
from gonghui.organisations.names import employer_key, split_name


@dataclass(frozen=True)
class Party:
    """An employer or a firm as far as it is known: name, code, the rows of our own table that are it."""

    name: str = ""
    uscc: str = ""
    employer_ids: frozenset[int] = frozenset()

    @property
    def known(self) -> bool:
        return bool(self.name or self.uscc or self.employer_ids)

    def same_as(self, other: Party) -> bool:
        """Two codes decide; else a row in common; else the names without legal form, where the places may be one."""
        if self.uscc and other.uscc:
            return self.uscc == other.uscc
        if self.employer_ids & other.employer_ids:
            return True
        mine, theirs = split_name(self.name), split_name(other.name)
        return bool(mine.key) and mine.key == theirs.key and mine.same_place(theirs)


def opponent(case: LegalCase) -> Party:
    """The employer of a case, with all names' rows that were found to be one."""
    ids = frozenset(same_employer_ids(case.employer)) if case.employer is not None else frozenset()
    uscc = case.employer_uscc or (case.employer.uscc if case.employer is not None else "")
    return Party(case.employer_name or (case.employer.name if case.employer is not None else ""), uscc, ids)


def firm(counsel: Counsel) -> Party:
    return Party(counsel.firm_name, counsel.firm_uscc)


def party(interest: Interest) -> Party:
    ids = frozenset((interest.employer_id,)) if interest.employer_id else frozenset()
    return Party(interest.party_name, interest.party_uscc, ids)


def refusal(counsel: Counsel, case: LegalCase, interests: Iterable[Interest]) -> str:
    """Why this counsel may not take this case; empty when nothing known stands against it.

    `interests` are all that may matter (`relevant`); those of a colleague of the firm bind too, except family ties.
    """
    against = opponent(case)
    if not against.known:
        return ""
    own = firm(counsel)
    if own.known and own.same_as(against):
        return _("所在单位就是对方单位。")
    union = case.employer.union if case.employer is not None else None
    if union is not None and union.pk == counsel.organisation_id:
        return _("在对方单位的工会任职。")
    for interest in interests:
        if not party(interest).same_as(against):
            continue
        if interest.counsel_id == counsel.pk:
            return _("本人%(what)s（%(party)s）。") % {"what": _what(interest), "party": interest.party_name}
        if interest.kind != Interest.Kind.RELATED and own.known and _firm_of(interest).same_as(own):
            return _("所在律所%(what)s（%(party)s）。") % {"what": _what(interest), "party": interest.party_name}
    return ""


def _what(interest: Interest) -> str:
    return {
        Interest.Kind.ACTS_FOR: _("正在代理对方单位或在其任职"),
        Interest.Kind.ACTED_FOR: _("曾经代理对方单位或在其任职"),
        Interest.Kind.OTHER_SIDE: _("在另一案件中代理对方单位"),
        Interest.Kind.RELATED: _("与对方单位有亲属或其他利害关系"),
    }[Interest.Kind(interest.kind)]


def _firm_of(interest: Interest) -> Party:
    if interest.counsel is not None:
        return firm(interest.counsel)
    return Party(interest.firm_name, interest.firm_uscc)


def relevant(case: LegalCase) -> list[Interest]:
    """Interests that may concern the employer of a case: narrowed by an index each, judged by `refusal`."""
    from django.db.models import Q

    against = opponent(case)
    wanted = Q(pk__in=())
    if against.uscc:
        wanted |= Q(party_uscc=against.uscc)
    if against.employer_ids:
        wanted |= Q(employer_id__in=against.employer_ids)
    if key := employer_key(against.name):
        wanted |= Q(party_key=key)
    return list(Interest.objects.filter(wanted).select_related("counsel"))
