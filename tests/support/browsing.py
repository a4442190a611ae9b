"""Somebody's browser without a screen: it follows redirects and sends the forms of the page it stands on."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

REFRESH = re.compile(r'http-equiv="refresh" content="0;url=([^"]+)"')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
PASSWORD = "a-Password-of-my-own-9417"


@dataclass
class Browser:
    """Cookies of every site, and the page it stands on."""

    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60))
    page: httpx.Response = field(default_factory=lambda: httpx.Response(200))
    seen: list[str] = field(default_factory=list)

    def go(self, address: str, until: str = "") -> httpx.Response:
        """Follow redirects, and pages that go on by themselves, to the end or to an address beginning with `until`."""
        return self._follow(self.client.get(address), until)

    def post(self, address: str, until: str = "", **values: Any) -> httpx.Response:
        """Send a form of the page it stands on."""
        token = TOKEN.search(self.page.text)
        assert token is not None, self.page.text[:500]
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(str(self.page.url)))
        data = {"csrfmiddlewaretoken": token[1], **values}
        headers = {"Referer": str(self.page.url), "Origin": origin}
        return self._follow(self.client.post(urljoin(str(self.page.url), address), data=data, headers=headers), until)

    def _follow(self, response: httpx.Response, until: str) -> httpx.Response:
        for _number in range(15):
            self.seen.append(str(response.url))
            onward = response.headers.get("Location")
            if response.status_code == 200 and (found := REFRESH.search(response.text)):
                onward = html.unescape(found[1])
            if not onward:
                break
            address = urljoin(str(response.url), onward)
            self.seen.append(address)
            if until and address.startswith(until):
                return httpx.Response(302, headers={"Location": address})
            response = self.client.get(address)
        self.page = response
        return response


def staff_browser(url: str, username: str, first_password: str) -> Browser:
    """A member of staff at the desk, who has just got an account: signed in, with a password of their own."""
    browser = Browser()
    browser.go(f"{url}/accounts/staff/sign-in/")
    browser.post("/accounts/staff/sign-in/", username=username, password=first_password)
    browser.post("/accounts/password/", old=first_password, new=PASSWORD, again=PASSWORD)
    return browser
