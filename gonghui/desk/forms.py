"""Forms made from a flow's fields, so that a new transition needs no new form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gonghui.desk.panels import Help
from gonghui.desk.widgets import ArticlesInput, OrganisationInput, OrganisationsInput, chosen_paths, cited
from gonghui.kernel.actor import Actor
from gonghui.kernel.flow.schema import FieldSpec, Transition
from gonghui.kernel.flow.step_forms import add_kernel_errors as add_kernel_errors
from gonghui.kernel.flow.step_forms import plain_field
from gonghui.kernel.models import Matter
from gonghui.organisations.models import Organisation

NOTHING = Help()
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
    hint = help.hints.get(spec.name) or ""
    texts = [str(text) for text in (spec.help, hint) if text]
    common: dict[str, Any] = {"label": spec.label, "required": spec.required, "help_text": " ".join(texts)}
    if spec.type == "appeals.organisation":
        return forms.CharField(widget=OrganisationInput(), **common)
    if spec.type == "appeals.organisations":
        return forms.Field(widget=OrganisationsInput(), **common)
    if spec.type == "appeals.articles":
        return forms.Field(widget=ArticlesInput(help.articles), **common)
    return plain_field(spec, matter, actor, hint, help.initial)


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


class OwnUnionForm(forms.Form):
    """For which of one's own unions."""

    organisation = forms.ModelChoiceField(label=gettext_lazy("工会"), queryset=Organisation.objects.none())

    def __init__(self, *args: Any, paths: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Organisation.objects.filter(path__in=paths, active=True).order_by("path")
        self.fields["organisation"].queryset = own  # type: ignore[attr-defined]
        if len(paths) == 1:
            self.fields["organisation"].initial = own.first()


class UnionListForm(OwnUnionForm):
    """A list in an Excel file, and for which of one's own unions it is."""

    file = forms.FileField(label=gettext_lazy("Excel 文件"), widget=forms.FileInput(attrs={"accept": ".xlsx"}))

    def __init__(self, *args: Any, rows_most: int, bytes_most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        said = _("最多 %(n)d 人。有一行不对，就一个也不登记，改好再传。")
        self.fields["file"].help_text = said % {"n": rows_most}
        self.bytes_most = bytes_most

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > self.bytes_most:
            raise forms.ValidationError(_("文件太大。"))
        return file
