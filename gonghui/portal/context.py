"""What every page needs to know about how the reader wants to see it."""

from typing import Any

from gonghui.people.http import Request

LARGE_TEXT = "large_text"


def look(request: Request) -> dict[str, Any]:
    return {"large_text": request.COOKIES.get(LARGE_TEXT) == "1"}
