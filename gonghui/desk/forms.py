"""Forms made from a flow's fields, so that a new transition needs no new form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gonghui.desk.panels import Help
from gonghui.desk.widgets import ArticlesInput, OrganisationInput, OrganisationsInput, chosen_paths, cited
from gonghui.kernel.actor import Actor
from gonghui.kernel.flow import cleaning
from gonghui.kernel.flow.schema import FieldSpec, Transition
from gonghui.kernel.models import Matter

NOTHING = Help()
# Up to so many choices lie open: one click or key instead of three.
RADIO_MOST = 6
LISTS = ("multi", "paths", "appeals.organisations", "appeals.articles")


def transition_form(
    transition: Transition, matter: Matter, actor: Actor, data: Any = None, help: Help = NOTHING
) -> forms.Form:
    """A form with the transition's fields and the hidden `version` the person saw.

    Values are judged by the kernel when the step is taken (one place for rules); this form only renders fields and
    carries back what was typed with the kernel's errors (`add_kernel_errors`). `help` brings what to begin with and
    what to say beside a field.
    """
    fields: dict[str, forms.Field] = {spec.name: _field(spec, matter, actor, help) for spec in transition.fields}
    fields["version"] = forms.IntegerField(widget=forms.HiddenInput, initial=matter.version)
    return type("TransitionForm", (forms.Form,), fields)(data, initial=help.initial)


def _field(spec: FieldSpec, matter: Matter, actor: Actor, help: Help) -> forms.Field:
    texts = [str(text) for text in (spec.help, help.hints.get(spec.name)) if text]
    common: dict[str, Any] = {"label": spec.label, "required": spec.required, "help_text": " ".join(texts)}
    if spec.type in ("choice", "multi"):
        options = cleaning.options(spec, matter, actor)
        if spec.type == "multi":
            return forms.MultipleChoiceField(choices=options, widget=forms.CheckboxSelectMultiple, **common)
        if spec.required and len(options) <= RADIO_MOST:
            return forms.ChoiceField(choices=options, widget=forms.RadioSelect, **common)
        return forms.ChoiceField(choices=[("", _("请选择")), *options], **common)
    if spec.type == "bool":
        return forms.BooleanField(**common)
    if spec.type == "appeals.organisations":
        return forms.Field(widget=OrganisationsInput(), **common)
    if spec.type == "appeals.articles":
        return forms.Field(widget=ArticlesInput(help.articles), **common)
    widget = _WIDGETS.get(spec.type, forms.TextInput)()
    if spec.type in ("text", "long_text"):
        usual = cleaning.MAX_LONG_TEXT if spec.type == "long_text" else cleaning.MAX_TEXT
        widget.attrs["maxlength"] = spec.max or usual
    elif spec.type == "int" and spec.max is not None:
        widget.attrs["max"] = spec.max
    return forms.CharField(widget=widget, **common)


def _typed(kind: str, **attrs: str) -> Any:
    def make() -> forms.Widget:
        widget = forms.TextInput(attrs=attrs)
        widget.input_type = kind
        return widget

    return make


_WIDGETS: dict[str, Any] = {
    "long_text": lambda: forms.Textarea(attrs={"rows": 4}),
    "date": _typed("date"),
    "datetime": _typed("datetime-local"),
    "int": _typed("number", min="0", step="1", inputmode="numeric"),
    "decimal": _typed("text", inputmode="decimal"),
    "money": _typed("text", inputmode="decimal"),
    "appeals.organisation": OrganisationInput,
}


def submitted(transition: Transition, post: Any) -> dict[str, Any]:
    """The raw values of a transition's fields from a submitted form."""
    return {spec.name: _raw(spec, post) for spec in transition.fields}


def _raw(spec: FieldSpec, post: Any) -> Any:
    if spec.type == "appeals.articles":
        return cited(post.getlist(spec.name))
    if spec.type in ("appeals.organisation", "appeals.organisations"):
        paths = chosen_paths(post.getlist(spec.name))
        return paths if spec.type == "appeals.organisations" else next(iter(paths), "")
    return post.getlist(spec.name) if spec.type in LISTS else post.get(spec.name)


def add_kernel_errors(form: forms.Form, errors: dict[str, list[str]]) -> None:
    """Put the kernel's errors beside the fields they belong to."""
    form.is_valid()
    for name in list(form.errors):
        del form.errors[name]
    for name, texts in errors.items():
        for text in texts:
            form.add_error(name if name in form.fields else None, text)
