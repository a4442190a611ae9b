"""Fill in any service's form as its pages take it: right throughout, wrong in every field, wrong by one rule.

What is right the trial of a service finds (`gonghui.services.trial.filling`): a new service needs no test data.
"""

from __future__ import annotations

import itertools
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from gonghui.people.testing import PNG
from gonghui.services import conditions, files, forms
from gonghui.services.spec import FormField, Rule
from gonghui.services.trial import filling
from gonghui.services.trial.filling import Raw, empty, people

__all__ = ["Filler", "people"]


def picture(name: str = "材料.png", content: bytes = PNG) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/png")


class Filler(filling.Filler):
    """With real files, and pages filled in wrong."""

    def keep_file(self) -> int:
        return files.keep_file(self.actor.account_id, self.service.id, picture()).pk

    def bounds(self, spec: FormField) -> tuple[Any, Any]:
        """The least and the most of a field, as it is today."""
        return self._bounds(spec)

    def breaking(self, rule: Rule, right: Raw) -> Raw:
        """The right form changed so that this rule does not hold, each field by itself still being right."""
        names = sorted(conditions.names_in(rule.that))
        shown = {spec.name: self.values(spec) for spec in self.service.fields if spec.name in names}
        controls = self._controls(names)
        found = {**shown, **{spec.name: self.values(spec) for spec in controls}}
        for count in (1, 2, 3):
            for chosen in itertools.combinations(sorted(found), count):
                for values in itertools.islice(itertools.product(*(found[name][:18] for name in chosen)), 600):
                    raw = {**right, **dict(zip(chosen, values, strict=True))}
                    cleaned, errors = forms.whole(self.service, raw, self.actor.account_id)
                    only_rules = all(
                        text in {str(one) for one in self.service.rules} for t in errors.values() for text in t
                    )
                    if only_rules and conditions.holds(rule.that, cleaned) is False:
                        return raw
        raise AssertionError(f"{self.service.id}: nothing breaks the rule {rule.that!r}")

    def _controls(self, names: list[str]) -> list[FormField]:
        """The fields on which it depends whether these are asked."""
        wanted = {one.show_when.field for one in self.service.fields if one.name in names and one.show_when}
        return [spec for spec in self.service.fields if spec.name in wanted - set(names)]

    def posted(self, raw: Raw, section: int) -> Raw:
        """One page of the form as a browser sends it."""
        sent: Raw = {}
        for spec in self.service.form[section].fields:
            value = raw.get(spec.name)
            if value is None or empty(value):
                continue
            if spec.type == "rows":
                for place, row in enumerate(value):
                    told = {name: one for name, one in row.items() if not empty(one)}
                    sent |= {f"{spec.name}-{place}-{name}": "on" if one is True else one for name, one in told.items()}
            else:
                sent[spec.name] = "on" if value is True else value
        return sent

    def all_wrong(self, section: int) -> tuple[Raw, set[str]]:
        """One page with something wrong in every field that can be wrong, and the names of those fields."""
        sent: Raw = {}
        names: set[str] = set()
        for spec in self.service.form[section].fields:
            if spec.show_when is not None:
                # What depends on another answer is tried by itself (`spoiling`).
                continue
            if spec.type == "rows":
                sent[f"{spec.name}-0-{spec.columns[0].name}"] = "字" * 5000
            elif spec.type == "file":
                sent[spec.name] = [picture(content=b"no picture")]
            elif spec.type in ("text", "long_text"):
                sent[spec.name] = "字" * 5000
            elif spec.type not in ("promise", "bool"):
                sent[spec.name] = ["没有这一项"] if spec.type == "multi" else "没有这一项"
            if spec.type != "bool":
                names.add(spec.name)
        return sent, names
