"""Forms made from a flow's fields, so that a new step needs no new form: for the worker's own steps as for the desk's.

Values are judged by the kernel when the step is taken (one place for rules); a form only renders the fields and carries
back what was typed with the kernel's errors (`add_kernel_errors`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, KernelError
from gonghui.kernel.flow import cleaning
from gonghui.kernel.flow.schema import FieldSpec, Transition
from gonghui.kernel.models import Matter

# Up to so many choices lie open: one click or key instead of three.
RADIO_MOST = 6
LISTS = ("multi", "paths")


def step_form(transition: Transition, matter: Matter, actor: Actor, data: Any = None, prefix: str = "") -> forms.Form:
    """A form with the fields of one step. Their ids begin with the step's name: several forms stand on one page."""
    fields = {spec.name: plain_field(spec, matter, actor) for spec in transition.fields}
    return type("StepForm", (forms.Form,), fields)(data, auto_id=f"id_{prefix or transition.name}_%s")


def plain_field(
    spec: FieldSpec, matter: Matter, actor: Actor, hint: str = "", initial: Mapping[str, Any] | None = None
) -> forms.Field:
    """The field of a built-in type; others are typed as text. `hint` stands below the field's own help."""
    texts = [str(text) for text in (spec.help, hint) if text]
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
    widget = _WIDGETS.get(spec.type, forms.TextInput)()
    if spec.type == "long_text" and (begun := str((initial or {}).get(spec.name, ""))):
        widget.attrs["rows"] = max(4, min(20, len(begun) // 40 + begun.count("\n")))
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
}


def submitted(transition: Transition, post: Any) -> dict[str, Any]:
    """The raw values of a step's fields from a submitted form."""
    return {
        spec.name: post.getlist(spec.name) if spec.type in LISTS else post.get(spec.name) for spec in transition.fields
    }


def add_kernel_errors(form: forms.Form, errors: Mapping[str, list[str]]) -> forms.Form:
    """Put the kernel's errors beside the fields they belong to, in place of the form's own; the same form again."""
    form.is_valid()
    for name in list(form.errors):
        del form.errors[name]
    for name, texts in errors.items():
        for text in texts:
            form.add_error(name if name in form.fields else None, text)
    return form


def add_refusal(form: forms.Form, error: KernelError) -> None:
    """Put what the kernel refused into the form: what is wrong with fields beside them, any other refusal above all."""
    if isinstance(error, InvalidData):
        add_kernel_errors(form, error.errors)
    else:
        form.add_error(None, str(error))
