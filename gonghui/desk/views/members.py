"""会员 at the desk: the register of one's own unions, one membership, and verifying a card that somebody shows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.desk.forms import UnionListForm
from gonghui.desk.union_lists import entered
from gonghui.kernel.errors import InvalidData, KernelError, NotFound
from gonghui.kernel.flow.step_forms import add_refusal
from gonghui.kernel.vault import mask_id, mask_name, mask_phone
from gonghui.membership import actions, cards, importing, photos, proposing, queries, tables
from gonghui.membership.models import CardPhoto, Membership, MembershipProposal
from gonghui.organisations.queries import employer_name, names_of
from gonghui.people.decorators import role_required
from gonghui.people.http import Request, made_book
from gonghui.venues import card_scans
from gonghui.venues.models import Venue

# Where this person verified the last card: the place stays chosen for the next one.
AT = "card_venue"


class TokenForm(forms.Form):
    venue = forms.ModelChoiceField(
        label=gettext_lazy("在哪里核验"),
        queryset=Venue.objects.none(),
        required=False,
        empty_label=gettext_lazy("办公地点"),
    )
    token = forms.CharField(
        label=gettext_lazy("会员码"),
        max_length=cards.TOKEN_MOST,
        help_text=gettext_lazy("扫职工手机上的二维码，或输入职工念的八位数字。"),
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false", "data-scan": ""}),
    )

    def __init__(self, *args: Any, venues: list[Venue], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["venue"].queryset = Venue.objects.filter(  # type: ignore[attr-defined]
            pk__in=[venue.pk for venue in venues]
        ).order_by("kind", "name")
        if not venues:
            del self.fields["venue"]


class ChangeForm(forms.Form):
    """One change of the membership or the card, with its reason."""

    to = forms.ChoiceField(label=gettext_lazy("改为"))
    reason = forms.CharField(label=gettext_lazy("理由"), max_length=actions.REASON_MOST)

    def __init__(self, *args: Any, row: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            ("", _("请选择")),
            *(
                (
                    f"state:{code}",
                    label if code in Membership.CURRENT else _("%(state)s（要另一人确认）") % {"state": label},
                )
                for code, label in Membership.State.choices
                if code != row.state
            ),
            *(
                (f"card:{code}", _("会员证：%(state)s") % {"state": label})
                for code, label in Membership.Card.choices
                if code not in (row.card, "lost")
            ),
        ]


class PhoneForm(forms.Form):
    """更正手机号, as another person is to confirm it."""

    prefix = "correct"
    phone = forms.CharField(
        label=gettext_lazy("正确的手机号"),
        max_length=20,
        help_text=gettext_lazy("先看本人的身份证，请本人说出手机号。另一人确认以后，本人用这个手机号登录认领。"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    reason = forms.CharField(label=gettext_lazy("理由和怎样核实的"), max_length=actions.REASON_MOST)


class RestoreForm(forms.Form):
    """恢复会籍, as another person is to confirm it."""

    prefix = "restore"
    reason = forms.CharField(label=gettext_lazy("理由"), max_length=actions.REASON_MOST)


@role_required(*queries.VERIFIERS)
@never_cache
@require_http_methods(["GET", "POST"])
def check(request: Request) -> HttpResponse:
    """Name initial, photo, union and status of a card that is shown, and whether the register has stopped it; kept for
    its member to see."""
    venues = card_scans.places(request.actor)
    place = {"venue": request.GET.get("venue") or request.session.get(AT)}
    form = TokenForm(request.POST or None, venues=venues, initial=place)
    found, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            venue = form.cleaned_data.get("venue")
            request.session[AT] = venue.pk if venue is not None else None
            found = card_scans.verify(request.actor, form.cleaned_data["token"], venue)
            if found.shown is not None:
                # A code is used once: the next one is scanned into an empty field.
                status, form = 200, TokenForm(venues=venues, initial={"venue": request.session[AT]})
            else:
                form.add_error("token", found.said)
    return render(request, "desk/card_check.html", {"form": form, "found": found}, status=status)


@role_required(*queries.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def members(request: Request) -> HttpResponse:
    """The members of one's own unions; found by number, identity number or phone, posted and never in an address."""
    asked = request.POST.get("q", "").strip()[:60]
    rows = queries.find(request.actor, asked)
    shown = [{"row": row, "name": mask_name(row.name), "phone": mask_phone(row.phone)} for row in rows]
    context = {"rows": shown, "asked": asked, "most": queries.SHOWN_MOST, "photos": photos.waiting(request.actor)}
    context["proposals"] = proposing.waiting(request.actor)
    return render(request, "desk/members.html", context)


@role_required(*queries.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def member(request: Request, membership_id: int) -> HttpResponse:
    """One membership: who, since when, what happened; change its state or the card's, propose and confirm what takes
    two."""
    try:
        row = queries.kept(request.actor, membership_id)
    except NotFound as error:
        raise Http404 from error
    post = request.POST
    photo, proposal, what = post.get("photo", ""), post.get("proposal", ""), post.get("what", "")
    other = bool(photo or proposal or what)
    form = ChangeForm(None if other else post or None, row=row)
    phone_form = PhoneForm(post if what == "phone" else None)
    restore_form = RestoreForm(post if what == "restore" else None)
    status, wrong = 200, ""
    if photo:
        try:
            photos.decide(
                request.actor,
                row.pk,
                int(photo) if photo.isdigit() else 0,
                post.get("accepted") == "yes",
                post.get("refusal", ""),
            )
            messages.success(request, _("已处理，会员会收到通知。"))
            return redirect("desk:member", row.pk)
        except InvalidData as error:
            status, wrong = 422, error.errors["refusal"][0]
        except NotFound as error:
            status, wrong = 409, str(error)
    elif proposal:
        try:
            number = int(proposal) if proposal.isdigit() else 0
            proposing.decide(request.actor, row.pk, number, post.get("agreed") == "yes")
            messages.success(request, _("已处理。"))
        except KernelError as error:
            messages.error(request, "".join(getattr(error, "reasons", ())) or str(error))
        return redirect("desk:member", row.pk)
    elif request.method == "POST":
        status = 422
        sent: forms.Form = {"phone": phone_form, "restore": restore_form}.get(what, form)
        if sent.is_valid():
            try:
                messages.success(request, _change(request, row, what, sent.cleaned_data))
                return redirect("desk:member", row.pk)
            except KernelError as error:
                add_refusal(sent, error)
    changes = list(row.changes.select_related("by").order_by("-at", "-pk")[:100])
    names = names_of(path for change in changes for path in (change.from_path, change.to_path) if path)
    told = [{"change": change, "value": _value(change, names)} for change in changes]
    history = photos.of(row)
    context = {
        "row": row,
        "id_no": mask_id(row.id_no),
        "form": form,
        "changes": told,
        "photo": photos.shown(row),
        "waiting": next(((one, photos.picture(one)) for one in history if one.state == one.State.PENDING), None),
        "wrong": wrong,
        "refusal": request.POST.get("refusal", ""),
        "proposal": (proposed := proposing.of(row)),
        "to": _proposed(proposed),
        "mine": proposed is not None and proposed.by_id == request.actor.account_id,
        "phone_form": phone_form if proposing.may_correct_phone(row) else None,
        "restore_form": restore_form if proposing.state_before(row) else None,
        "undo_days": tables.numbers().undo_days,
    }
    return render(request, "desk/member.html", context, status=status)


def _change(request: Request, row: Membership, what: str, data: dict[str, Any]) -> str:
    """Carry a change out, or propose it; what the page then says."""
    actor, reason = request.actor, data["reason"]
    if what == "phone":
        proposing.propose_phone(actor, row.pk, data["phone"], reason)
    elif what == "restore":
        proposing.propose_restore(actor, row.pk, reason)
    else:
        kind, _colon, value = data["to"].partition(":")
        if kind == "card":
            actions.set_card(actor, row.pk, value, reason)
            return _("已保存，会员会收到通知。")
        if value in Membership.CURRENT:
            actions.set_state(actor, row.pk, value, reason)
            return _("已保存，会员会收到通知。")
        proposing.propose_end(actor, row.pk, value, reason)
    return _("已提出，等另一位同事确认。")


def _proposed(proposal: MembershipProposal | None) -> str:
    """What a waiting change would come to."""
    if proposal is None:
        return ""
    return proposal.phone if proposal.kind == proposal.Kind.PHONE else str(Membership.State(proposal.state).label)


def _value(change: Any, names: dict[str, str]) -> str:
    if change.kind == change.Kind.STATE:
        return str(Membership.State(change.value).label)
    if change.kind == change.Kind.CARD:
        return str(Membership.Card(change.value).label)
    if change.kind == change.Kind.PHONE:
        return _("已更正")
    if change.kind == change.Kind.PHOTO:
        return str(CardPhoto.State(change.value).label)
    return " → ".join(names.get(path, path) for path in (change.from_path, change.to_path) if path)


@role_required(*queries.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def member_import(request: Request) -> HttpResponse:
    """Bring the members of one's own union in from a file: all of them, or none and the reasons."""
    paths = request.actor.paths_as(*queries.KEEPERS)
    form = UnionListForm(
        request.POST or None, request.FILES or None,
        paths=paths, rows_most=importing.ROWS_MOST, bytes_most=importing.BYTES_MOST,
    )  # fmt: skip

    def take(data: dict[str, Any]) -> importing.Report:
        union = data["organisation"]
        return importing.import_members(request.actor, union, data["file"], employer_name(union))

    return entered(request, form, take, "desk/member_import.html", "desk:members")


@role_required(*queries.KEEPERS)
@require_GET
def member_template(request: Request) -> HttpResponse:
    """The empty file."""
    return made_book(importing.template(), "members.xlsx")
