"""Translations: `extract` the Chinese texts from code and templates, `compile` the English, list what is `missing`.

The source language is Chinese; `gonghui/locale/en/LC_MESSAGES/django.po` holds the English.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).parent.parent / "gonghui"
PO = PACKAGE / "locale" / "en" / "LC_MESSAGES" / "django.po"
KEYWORDS = {"_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2), "N_": None}
TRANSLATE = re.compile(r"""\{%\s*trans(?:late)?\s+(?:"([^"]+)"|'([^']+)')""")
BLOCK = re.compile(r"\{%\s*blocktrans(?:late)?\b(.*?)%\}(.*?)\{%\s*endblocktrans(?:late)?\s*%\}", re.S)
VARIABLE = re.compile(r"\{\{\s*([\w.]+)(?:\|[^}]*)?\s*\}\}")


def texts() -> Catalog:
    """Every text marked for translation, in order of file and line."""
    found = Catalog(locale="en", project="gonghui")
    for path in sorted(PACKAGE.rglob("*.py")):
        if "migrations" in path.parts or "tests" in path.parts:
            continue
        for line, message, _comments, _context in extract_from_file("python", str(path), keywords=KEYWORDS):
            found.add(message, locations=[(str(path.relative_to(PACKAGE.parent)), line)])
    for path in sorted(PACKAGE.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        where = [(str(path.relative_to(PACKAGE.parent)), 1)]
        for match in TRANSLATE.finditer(text):
            found.add(match.group(1) or match.group(2), locations=where)
        for match in BLOCK.finditer(text):
            options, body = match.groups()
            body = VARIABLE.sub(r"%(\1)s", body.replace("%", "%%") if "{{" not in body else body)
            if "trimmed" in options.split():
                body = " ".join(line.strip() for line in body.strip().splitlines())
            if "{% plural %}" in body:
                singular, plural = body.split("{% plural %}")
                found.add((singular, plural), locations=where)
            else:
                found.add(body, locations=where)
    return found


def catalogue() -> Catalog:
    if not PO.exists():
        return Catalog(locale="en", project="gonghui")
    with PO.open("rb") as file:
        return read_po(file, locale="en")


def extract() -> int:
    """Bring the catalogue up to the code: new texts come in empty, texts that are gone are dropped."""
    have, now = catalogue(), texts()
    have.update(now, no_fuzzy_matching=True)
    have.obsolete.clear()
    have.revision_date = have.creation_date = datetime(2026, 1, 1, tzinfo=UTC)
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        write_po(file, have, width=120, sort_output=True, include_previous=False, no_location=True)
    return 0


def compile_() -> int:
    if PO.exists():
        with PO.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue())
    return 0


PLACEHOLDER = re.compile(r"%\(\w+\)[-0-9.]*[a-z]")


def _texts_of(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(item) for item in value or ())


def missing() -> int:
    """List texts without English and translations whose placeholders differ; exit status 1 when there are any."""
    have, wrong = catalogue(), []
    for message in texts():
        if not message.id:
            continue
        source = _texts_of(message.id)
        found = have.get(source[0])
        english = _texts_of(found.string) if found else ()
        if not english or not all(english):
            wrong.append(f"no English: {source[0]}")
        elif any(set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(source[-1])) for text in english):
            wrong.append(f"placeholders differ: {source[0]}")
    for text in wrong:
        print(text)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit({"extract": extract, "compile": compile_, "missing": missing}[sys.argv[1]]())
