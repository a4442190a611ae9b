"""The pages of an application's form, made from the service's file."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.times import day_of, today
from gonghui.services import births, files, offers, refusals, stock
from gonghui.services.fields import SQUEEZED, OfferField, choices_of, form_field, tidy, whole_number
from gonghui.services.holding import holder_of
from gonghui.services.models import Offer
from gonghui.services.spec import FormField, Section, Service, ShowWhen
from gonghui.services.veiling import NumberField, veiled

Values = dict[str, Any]
# Stands in the names of a row that has no place yet.
PLACE = "__row__"


class RowsField(forms.Field):
    """多行: records of the same columns. Cleaned: a list of mappings; rows left empty are no rows. `held`: those that
    are kept already, whose numbers a page shows veiled.

    `shown` are the forms of the rows as the page asks for them; each wrong row says what is wrong beside its field.
    """

    widget = forms.HiddenInput

    def __init__(self, spec: FormField, name: str, day: date, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "required": False})
        self.spec, self.name, self.day = spec, name, day
        self.least, self.most = whole_number(spec.least, 1 if spec.required else 0), whole_number(spec.most, 20)
        self.shown: list[forms.Form] = []
        self.held: list[Mapping[str, Any]] = []

    @property
    def blank(self) -> forms.Form:
        """One empty row, its place not yet given: what a page's script makes further rows of."""
        return self._form(PLACE, {}, bound=False)

    def _form(self, place: int | str, row: Mapping[str, Any], bound: bool) -> forms.Form:
        prefix = f"{self.name}-{place}"
        data = {f"{prefix}-{key}": value for key, value in row.items()} if bound else None
        form = forms.Form(data, prefix=prefix, initial=dict(row))
        for column in self.spec.columns:
            asked = form.fields[column.name] = form_field(column, self.day)
            if isinstance(asked, NumberField):
                asked.hold(one.get(column.name) for one in self.held)
        return form

    def show(self, rows: list[Mapping[str, Any]], more: bool = False) -> None:
        """The rows to fill in: those held, as many as there must be at least, and one when asked for."""
        wanted = min(max(len(rows) + int(more), self.least, 1), self.most)
        self.shown = [
            self._form(place, rows[place] if place < len(rows) else {}, bound=False) for place in range(wanted)
        ]

    def sent(self, data: Any) -> list[dict[str, Any]]:
        """The rows of a page that was sent: `family-0-name`; or already a list, from what was kept."""
        held = data.get(self.name)
        if isinstance(held, list):
            return [dict(row) for row in held if isinstance(row, dict)]
        rows: list[dict[str, Any]] = []
        for place in range(self.most):
            names = {column.name: f"{self.name}-{place}-{column.name}" for column in self.spec.columns}
            many = {column.name for column in self.spec.columns if column.type == "multi"}
            row = {
                key: data.getlist(name) if key in many else data.get(name)
                for key, name in names.items()
                if data.get(name) not in (None, "")
            }
            if row:
                rows.append(row)
        return rows

    def clean(self, value: Any) -> list[Values]:
        rows = [row for row in value or [] if any(one not in (None, "", []) for one in row.values())]
        if len(rows) > self.most:
            raise ValidationError(_("最多填 %(most)d 行。") % {"most": self.most})
        self.show(rows)
        found: list[Values] = []
        wrong: list[str] = []
        for place, row in enumerate(rows):
            form = self._form(place, row, bound=True)
            self.shown[place] = form
            if form.is_valid():
                for name, text in births.disagreeing(self.spec.columns, form.cleaned_data).items():
                    form.add_error(name, text)
            if not form.errors:
                found.append(
                    {column.name: tidy(column, form.cleaned_data[column.name]) for column in self.spec.columns}
                )
                continue
            for name, texts in form.errors.items():
                label = form.fields[name].label
                said = {"row": place + 1, "label": label}
                wrong.extend(_("第 %(row)d 行，%(label)s：%(text)s") % {**said, "text": text} for text in texts)
        if wrong:
            raise ValidationError(wrong)
        if len(found) < self.least:
            raise ValidationError(_("至少要填 %(least)d 行。") % {"least": self.least})
        return found


class SectionForm(forms.Form):
    """One page of a service's form. `known`: the values of the earlier pages, by which fields are shown or not.
    `initial`: what is kept, shown with its numbers veiled (`typed`: but for these, which somebody types right now).
    `begun`: the day an application that is completed was handed in, by which its round is taken."""

    def __init__(
        self,
        *args: Any,
        service: Service,
        section: Section,
        known: Mapping[str, Any],
        account_id: int | None = None,
        region: str = "",
        held: Offer | None = None,
        typed: Mapping[str, Any] | None = None,
        begun: date | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kept = dict(self.initial)
        specs = {spec.name: spec for spec in section.fields}
        self.initial = {
            name: veiled(specs[name], value) if name in specs else value for name, value in self.kept.items()
        } | dict(typed or {})
        self.account_id, self.region, self.held = account_id, region, held
        self.service, self.section, self.known = service, section, dict(known)
        self.day, self.begun = today(), begun
        within = {field.name for field in section.fields}
        for spec in section.fields:
            condition = spec.show_when
            if condition is not None and condition.field not in within and not condition.holds(self.known):
                continue
            asked = self._pick_up(spec) if spec.name == service.result.pick_up else self._field(spec, region, held)
            if asked is None:
                continue
            self.fields[spec.name] = asked
            if condition is not None:
                # Judged in `clean`: the browser must not ask for it where it is not asked.
                self.fields[spec.name].must = spec.required  # type: ignore[attr-defined]
            if condition is not None and condition.field in within:
                self.fields[spec.name].asked_when = self._asked_when(condition)  # type: ignore[attr-defined]
                wanted = "true" if condition.is_ else "" if condition.is_ is not None else " ".join(condition.one_of)
                self.fields[spec.name].widget.attrs.update(
                    {"data-show-field": condition.field, "data-show-for": wanted}
                )

    def _asked_when(self, condition: ShowWhen) -> str:
        """When a field is to be filled in, for who sees it all the time because no script hides it."""
        other = self.service.field(condition.field)
        if condition.is_ is not None:
            words = _("勾了“%(other)s”才填。") if condition.is_ else _("没有勾“%(other)s”才填。")
            return words % {"other": other}
        named = dict(choices_of(other, Actor(kind="worker", account_id=self.account_id)))
        answers = _("”或“").join(str(named.get(code, code)) for code in condition.one_of)
        return _("“%(other)s”选了“%(answers)s”才填。") % {"other": other, "answers": answers}

    def _field(self, spec: FormField, region: str, held: Offer | None) -> forms.Field:
        kwargs: dict[str, Any] = {"label": str(spec), "help_text": str(spec.help or "")}
        if spec.type == "offer":
            return self._offer_field(spec, region, held)
        if spec.type == "file":
            most = whole_number(spec.most, files.MOST)
            asked = files.FilesField(
                account_id=self.account_id,
                service=self.service.id,
                most=most,
                required=spec.required and spec.show_when is None,
                **kwargs,
            )
            asked.kept = None if self.is_bound else list(self.initial.get(spec.name) or [])
            return asked
        if spec.type == "rows":
            field = RowsField(spec, spec.name, self.day, **kwargs)
            if self.is_bound:
                # A page sends rows by their places; what was kept is a list already.
                field.widget = _Sent(field)  # type: ignore[assignment]
            else:
                field.show(self.initial.get(spec.name) or [])
            field.held = [row for row in self.kept.get(spec.name) or [] if isinstance(row, Mapping)]
            return field
        # Choices that a room gives are those of who fills the form in.
        actor = Actor(kind="worker", account_id=self.account_id)
        offer_day = self._offer_day() if spec.counts_from_offer else None
        plain = form_field(spec, self.day, actor, offer_day, self.service.rounds, self.begun)
        if isinstance(plain, NumberField):
            plain.hold([self.kept.get(spec.name)])
        return plain

    def _pick_up(self, spec: FormField) -> forms.Field | None:
        """The points of the union that will hand over, by the place told on an earlier page. None: none to choose."""
        place = str(self.known.get(self.service.handled_by.place) or self.region)
        holder = holder_of(self.service, place, self.known) if place else None
        kept = self.data.get(spec.name) or self.kept.get(spec.name)
        pairs = stock.points(self.service, holder.path, self.day.year, kept) if holder is not None else []
        if not pairs:
            return None
        help_text = str(spec.help or "")
        return forms.ChoiceField(
            label=str(spec), help_text=help_text, choices=pairs, widget=forms.RadioSelect, required=False
        )

    def _offer_day(self) -> date | None:
        """The first day of the offer that is chosen: held, on this page, or on an earlier one."""
        name = self.service.offer_field
        number = self.data.get(name) or self.initial.get(name) or self.known.get(name)
        chosen = self.held or offers.by_number(self.service.id, number)
        return day_of(chosen.starts) if chosen is not None and chosen.starts is not None else None

    def with_one_more(self, name: str) -> SectionForm:
        """The page again with what was typed, unchecked, and one more row of `name`."""
        typed: Values = {}
        for key, field in self.fields.items():
            typed[key] = field.widget.value_from_datadict(self.data, self.files, key)
            if isinstance(field, files.FilesField):
                with contextlib.suppress(ValidationError):
                    field.clean(typed[key])
                typed[key] = field.kept
        again = SectionForm(
            None,
            service=self.service,
            section=self.section,
            known=self.known,
            account_id=self.account_id,
            region=self.region,
            held=self.held,
            begun=self.begun,
            initial=self.kept,
            typed=typed,
        )
        asked = again.fields.get(name)
        if isinstance(asked, RowsField):
            asked.show(typed[name], more=True)
        return again

    def _offer_field(self, spec: FormField, region: str, held: Offer | None) -> OfferField:
        field = OfferField(
            service=self.service,
            region=region,
            held=held,
            label=str(spec),
            help_text=str(spec.help or ""),
            required=True,
        )
        if held is None:
            field.name_one(self.data.get(spec.name) or self.initial.get(spec.name))
        else:
            self.initial[spec.name] = held.pk
        return field

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for spec in self.section.fields:
            if spec.name not in self.fields or spec.name in self.errors:
                continue
            value = data.get(spec.name)
            if spec.type in SQUEEZED:
                data[spec.name] = value = tidy(spec, value) or ""
            if spec.show_when is None:
                continue
            if not spec.show_when.holds({**self.known, **data}):
                data[spec.name] = None
            elif spec.required and value in (None, "", [], ()):
                self.add_error(spec.name, _("请填写这一项。"))
        return data


def all_at_once(service: Service) -> Section:
    """The pages of the form as one, for who fills it in without a network and sends it whole."""
    return service.form[0].model_copy(update={"fields": tuple(service.fields)})


def wrong_rules(service: Service, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """The conditions over several fields that do not hold, beside the field each names: those of the service's file,
    and that of every form, that a birthday is the one in the identity number."""
    wrong = {name: [text] for name, text in births.disagreeing(service.fields, values).items()}
    for rule in refusals.broken(service, values):
        wrong.setdefault(rule.field, []).append(str(rule))
    return wrong


class _Sent(forms.HiddenInput):
    """Reads the rows of a page that was sent."""

    def __init__(self, field: RowsField) -> None:
        super().__init__()
        self.of = field

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return self.of.sent(data)


def whole(
    service: Service,
    raw: Mapping[str, Any],
    account_id: int | None = None,
    held: Offer | None = None,
    begun: date | None = None,
) -> tuple[Values, dict[str, list[str]]]:
    """All pages at once, as handed in: (values, errors by field). `account_id`: whose files they may be; `held`: the
    offer that the application has; `begun`: as of `SectionForm`."""
    values: Values = {}
    errors: dict[str, list[str]] = {}
    given = {name: value for name, value in raw.items() if value is not None}
    for section in service.form:
        form = SectionForm(
            given, service=service, section=section, known=values, account_id=account_id, held=held, begun=begun
        )
        for name, texts in form.errors.items():
            errors.setdefault(name, []).extend(str(text) for text in texts)
        for spec in section.fields:
            value = form.cleaned_data.get(spec.name)
            values[spec.name] = None if value in ("", []) else value
    if not errors:
        errors = wrong_rules(service, values)
    return values, errors
