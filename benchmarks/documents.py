"""What a paper costs: filling Word, the preview, and Chromium's printing, in milliseconds.

    python -m benchmarks.documents [--times 10] [--at-once 2]

Each of the thirteen papers is filled from one made-up case. PDF is a process of its own each time, so its time is
mostly Chromium's start; `at once` prints several side by side as several readers would; `pages`: how long papers are.
LibreOffice's conversion of the Word file is measured where it is installed.
"""

from __future__ import annotations

import argparse
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pypdfium2

os.environ.setdefault("GONGHUI_ENV", "development")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gonghui.settings")

from benchmarks.common import show, timed
from gonghui.law import documents
from gonghui.law.advice import advise
from gonghui.law.documents.pdf import chromium, from_word, libreoffice

WORDS = "我在贵阳市南明区一家饭店打工，老板拖欠我三个月工资一万八，要了很多次都不给"
ANSWERS = {"owed": "18000", "monthly_wage": "6000", "started_on": "2024-03-01", "employed": "yes"}


def case() -> documents.Fields:
    person = documents.Person(name="王小明", sex="男", phone="13800138000", address="贵阳市南明区花果园 1 号")
    employer = documents.Employer(name="贵阳好味道餐饮有限公司", address="贵阳市南明区中华南路 2 号")
    return documents.from_plan(advise(WORDS, ANSWERS), person=person, employer=employer, story=WORDS)


def length(body: bytes) -> int:
    document = pypdfium2.PdfDocument(body)
    try:
        return len(document)
    finally:
        document.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--at-once", type=int, default=2)
    asked = parser.parse_args()
    fields, names = case(), list(documents.sources())
    figures: dict[str, Any] = {
        "papers": len(names),
        "word_all": timed(lambda: [documents.fill(name, fields) for name in names], asked.times),
        "preview_all": timed(lambda: [documents.html(name, fields) for name in names], asked.times),
        "word_bytes": {name: len(documents.fill(name, fields)) for name in names},
    }
    if chromium():
        figures["pages"] = {name: length(documents.to_pdf(name, fields)) for name in names}
        figures["pdf_one"] = timed(lambda: documents.to_pdf("arbitration_application", fields), asked.times)
        began = time.perf_counter()
        with ThreadPoolExecutor(asked.at_once) as pool:
            list(pool.map(lambda name: documents.to_pdf(name, fields), names))
        figures["pdf_at_once"] = {
            "at_once": asked.at_once, "papers_a_minute": round(60 * len(names) / (time.perf_counter() - began), 1),
        }  # fmt: skip
    if libreoffice():
        word = documents.fill("arbitration_application", fields)
        figures["libreoffice_one"] = timed(lambda: from_word(word), asked.times)
    show(figures)


if __name__ == "__main__":
    main()
