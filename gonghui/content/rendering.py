"""Markdown as HTML. Raw HTML in a text stays text, links lead to web pages only, pictures are the item's own."""

from __future__ import annotations

import re
from functools import cache

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

# A picture is named by its number: `![words](图3)`; anything else would load from elsewhere.
_PICTURE = re.compile(r"!\[([^\]\n]*)\]\(图(\d{1,9})\)")


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable("image")


def pictures_in(body: str) -> list[int]:
    """The numbers of the pictures that a text shows, in its order."""
    return [int(number) for _words, number in _PICTURE.findall(body)]


def as_html(body: str, pictures: dict[int, tuple[str, str]]) -> SafeString:
    """The text as HTML. `pictures`: number → (address, words for who cannot see it); unknown ones are left out."""
    html = _markdown().render(_PICTURE.sub(lambda found: f"\n\n\ufffc{found[2]}\ufffc\n\n", body))

    def put(found: re.Match[str]) -> str:
        known = pictures.get(int(found[1]))
        if known is None:
            return ""
        address, words = known
        safe = words.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
        return f'<figure><img src="{address}" alt="{safe}" loading="lazy"></figure>'

    html = re.sub("<p>\ufffc(\\d+)\ufffc</p>", put, html)
    # A heading in the text is below the page's own.
    html = re.sub(r"<(/?)h([1-5])>", lambda found: f"<{found[1]}h{min(int(found[2]) + 1, 6)}>", html)
    return mark_safe(html.replace("<a href=", '<a rel="noopener" href='))  # noqa: S308 - raw HTML is off, see above
