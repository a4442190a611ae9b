"""Forms made from a flow's fields, so that a new transition needs no new form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.flow import cleaning
from gonghui.kernel.flow.schema import FieldSpec, Transition
from gonghui.kernel.models import Matter


def transition_form(transition: Transition, matter: Matter, actor: Actor, data: Any = None) -> forms.Form:
    """A form with the transition's fields and the hidden `version` the person saw.

    Values are judged by the kernel when the step is taken (one place for rules); this form only renders fields and
    carries back what was typed with the kernel's errors (`add_kernel_errors`).
    """
    fields: dict[str, forms.Field] = {spec.name: _field(spec, matter, actor) for spec in transition.fields}
    fields["version"] = forms.IntegerField(widget=forms.HiddenInput, initial=matter.version)
    return type("TransitionForm", (forms.Form,), fields)(data)


def _field(spec: FieldSpec, matter: Matter, actor: Actor) -> forms.Field:
    common: dict[str, Any] = {
        "label": spec.label,
        "required": spec.required,
        "help_text": str(spec.help or ""),
    }
    if spec.type in ("choice", "multi"):
        options = cleaning.options(spec, matter, actor)
        if spec.type == "multi":
            return forms.MultipleChoiceField(choices=options, widget=forms.CheckboxSelectMultiple, **common)
        return forms.ChoiceField(choices=[("", _("请选择")), *options], **common)
    if spec.type == "bool":
        return forms.BooleanField(**common)
    widget = _WIDGETS.get(spec.type, forms.TextInput)()
    if spec.max and spec.type in ("text", "long_text"):
        widget.attrs["maxlength"] = spec.max
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
}


def submitted(transition: Transition, post: Any) -> dict[str, Any]:
    """The raw values of a transition's fields from a submitted form."""
    return {
        spec.name: post.getlist(spec.name) if spec.type in ("multi", "paths") else post.get(spec.name)
        for spec in transition.fields
    }


def add_kernel_errors(form: forms.Form, errors: dict[str, list[str]]) -> None:
    """Put the kernel's errors beside the fields they belong to."""
    form.is_valid()
    for name in list(form.errors):
        del form.errors[name]
    for name, texts in errors.items():
        for text in texts:
            form.add_error(name if name in form.fields else None, text)
