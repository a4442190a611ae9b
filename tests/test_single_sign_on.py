"""Two installations side by side, each with its own data: the accounts of one sign in at the other, over HTTP.

The first is called 127.0.0.1 and the second localhost, so that a browser keeps their cookies apart.
"""

from __future__ import annotations

import html
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from tests.support import browsing
from tests.support.axe import axe
from tests.support.fixtures import PHONE
from tests.support.processes import LiveProcess, run_command
from tests.support.sites import Site, make_template, sqlite_site

pytestmark = [pytest.mark.slow, pytest.mark.own, pytest.mark.timeout(600)]
VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
AT_HOME, ELSEWHERE = "13800001111", "13900002222"


@dataclass
class House:
    """One installation, running."""

    site: Site
    web: LiveProcess

    @property
    def url(self) -> str:
        return self.web.url

    def command(self, *words: str, stdin: str = "") -> str:
        environment = {"GONGHUI_PUBLIC_URL": self.url}
        return run_command(*words, folder=self.site.folder, environment=environment, stdin=stdin)

    def code_for(self, phone: str) -> str:
        """The newest code sent to this phone, as the development log tells it."""
        found = re.findall(rf"code for {phone[:3]}\*\*\*\*{phone[-4:]}: (\d+)", self.web.output())
        return found[-1]


class Browser(browsing.Browser):
    """A worker's."""

    def sign_in(self, house: House, phone: str) -> httpx.Response:
        """By phone, on the sign-in page it stands on."""
        assert "/accounts/sign-in/" in str(self.page.url), str(self.page.url)
        self.post("/accounts/sign-in/", phone=phone, consent="on")
        return self.post("/accounts/sign-in/code/", code=house.code_for(phone))


@dataclass
class Pair:
    """`home` knows the workers; `guest` lets them sign in with that account."""

    home: House
    guest: House
    client_id: str
    secret: str

    def start(self, browser: Browser, next_page: str = "/my/", until: str = "") -> httpx.Response:
        return browser.go(f"{self.guest.url}/signon/with/home/?{urlencode({'next': next_page})}", until)

    def registered_app(self, name: str, *scopes: str) -> App:
        back = "http://app.example:9/back"
        words = [word for scope in scopes for word in ("--scope", scope)]
        out = self.home.command(
            "signon", "client", "add", name, "--organisation", "cn.52", "--redirect", back, *words
        ).split()
        return App(self.home, out[0], out[1], back)


@dataclass
class App:
    """A company's app, played by the test: what it sends and is answered."""

    house: House
    client_id: str
    secret: str
    back: str

    def address(self, **changed: str) -> str:
        query = {
            "response_type": "code", "client_id": self.client_id, "redirect_uri": self.back, "scope": "openid profile",
            "state": "a-state", "nonce": sha256(str(changed).encode()).hexdigest(), "code_challenge": CHALLENGE,
            "code_challenge_method": "S256", **changed,
        }  # fmt: skip
        return f"{self.house.url}/signon/authorize/?{urlencode({k: v for k, v in query.items() if v})}"

    def code(self, browser: Browser, **changed: str) -> str:
        """Through sign-in (already done) and consent to a code."""
        answer = browser.go(self.address(**changed), until=self.back)
        if answer.status_code == 200:
            answer = agree(browser, until=self.back)
        return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]

    def tokens(self, code: str, **changed: str) -> httpx.Response:
        data = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self.back, "code_verifier": VERIFIER,
            **changed,
        }  # fmt: skip
        return self.ask("token", data)

    def ask(self, endpoint: str, data: dict[str, str]) -> httpx.Response:
        return httpx.post(f"{self.house.url}/signon/{endpoint}/", data=data, auth=(self.client_id, self.secret))

    def userinfo(self, access: str) -> httpx.Response:
        return httpx.get(f"{self.house.url}/signon/userinfo/", headers={"Authorization": f"Bearer {access}"})


def agree(browser: Browser, *explicit: str, until: str = "") -> httpx.Response:
    """Press 同意并登录 on the consent page."""
    action = re.search(r'<form method="post" action="(/signon/consent/[^"]+)"', browser.page.text)
    assert action is not None, browser.page.text
    return browser.post(html.unescape(action[1]), until=until, decision="agree", scope_granted=list(explicit))


def told(address: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Pair]:
    template = make_template(migrated, tmp_path_factory.mktemp("template"))
    houses = []
    try:
        for name, host in (("home", "127.0.0.1"), ("guest", "localhost")):
            site = sqlite_site(template, tmp_path_factory.mktemp(name))
            web = LiveProcess("serve", site.folder, site.database_url, host=host)
            houses.append(House(site, web))
            web.start()
        home, guest = houses
        back = f"{guest.url}/signon/back/home/"
        client_id, secret = home.command(
            "signon", "client", "add", "客省职工之家", "--organisation", "cn", "--redirect", back
        ).split()
        registered = guest.command(
            "signon", "partner", "add", "home", "全国平台", "--organisation", "cn.52", "--issuer", home.url,
            "--client-id", client_id, "--shown", stdin=secret + "\n",
        )  # fmt: skip
        assert registered.split()[-1] == back
        # The command only proposes: nobody signs in from there before an administrator has looked at it at the desk.
        assert "用全国平台账号登录" not in httpx.get(f"{guest.url}/accounts/sign-in/").text
        word = guest.command("staff", "create", "keeper", "林一", "--organisation", "cn.52").split()[-1]
        desk = browsing.staff_browser(guest.url, "keeper", word)
        desk.go(f"{guest.url}/signon/partners/{guest.site.value('SELECT id FROM signon_partner')}/")
        asked = re.search(r'name="asked" value="([^"]+)"', desk.page.text)
        assert asked is not None, "the page names what waits"
        desk.post("", step="confirm", asked=asked[1])
        yield Pair(home, guest, client_id, secret)
    finally:
        for house in houses:
            house.web.kill()


def test_a_worker_of_one_platform_signs_in_at_the_other_and_is_the_same_person_next_time(pair: Pair) -> None:
    browser = Browser()
    browser.go(f"{pair.guest.url}/accounts/sign-in/?next=/my/")
    assert "用全国平台账号登录" in browser.page.text
    pair.start(browser)
    browser.sign_in(pair.home, AT_HOME)
    assert "用工会账号登录“客省职工之家”" in browser.page.text
    assert "您的手机号码" not in browser.page.text, "what the other platform may not ask for is not on the page"
    agree(browser)
    assert str(browser.page.url) == f"{pair.guest.url}/signon/first/"
    browser.post("/signon/first/", step="new")
    assert str(browser.page.url) == f"{pair.guest.url}/my/" and "登录成功" in browser.page.text

    account = pair.guest.site.value("SELECT account_id FROM signon_foreignidentity")
    other = Browser()
    pair.start(other, "/accounts/profile/")
    other.sign_in(pair.home, ELSEWHERE)
    agree(other)
    other.post("/signon/first/", step="new")

    again = Browser()
    pair.start(again)
    again.sign_in(pair.home, AT_HOME)
    assert str(again.page.url) == f"{pair.guest.url}/my/", "consent and link stand: nothing more is asked"
    rows = pair.guest.site.rows("SELECT account_id, last_used_at FROM signon_foreignidentity ORDER BY id")
    assert len(rows) == 2 and rows[0][0] == account and rows[0][1] is not None
    assert pair.guest.site.value("SELECT count(*) FROM people_account WHERE kind='worker'") == 2


def test_who_has_an_account_here_links_it_after_signing_in_to_it(pair: Pair) -> None:
    browser = Browser()
    browser.go(f"{pair.guest.url}/accounts/sign-in/")
    browser.sign_in(pair.guest, "13700003333")
    before = pair.guest.site.value("SELECT count(*) FROM people_account")
    browser.client.cookies.clear()
    pair.start(browser)
    browser.sign_in(pair.home, "13700003333")
    agree(browser)
    assert pair.guest.site.value("SELECT count(*) FROM people_account") == before, "the same phone alone links nothing"
    assert "我在这里有账号" in browser.page.text
    browser.go(f"{pair.guest.url}/accounts/sign-in/?next=/signon/first/")
    # A code was sent to this phone a moment ago: the pause is waited for by ending it.
    pair.guest.site.rows("UPDATE people_phonecode SET created_at = '2026-01-01 00:00:00'")
    browser.sign_in(pair.guest, "13700003333")
    assert "137****3333" in browser.page.text
    browser.post("/signon/first/", step="link")
    assert str(browser.page.url) == f"{pair.guest.url}/my/"
    assert pair.guest.site.value("SELECT count(*) FROM people_account") == before

    browser.go(f"{pair.guest.url}/signon/mine/")
    which = re.search(r'value="partner"><input type="hidden" name="which" value="(\d+)"', browser.page.text)
    assert which is not None
    browser.post("/signon/mine/", what="partner", which=which[1])
    assert "没有关联外部账号" in browser.page.text


def test_a_return_that_this_browser_did_not_begin_signs_nobody_in(pair: Pair) -> None:
    victim, thief = Browser(), Browser()
    pair.start(thief)
    thief.sign_in(pair.home, "13600004444")
    answer = agree(thief, until=f"{pair.guest.url}/signon/back/")
    stolen = answer.headers["Location"]
    assert victim.go(stolen).status_code == 400
    forged = stolen.replace("state=", "state=x")
    assert thief.go(forged).status_code == 400
    assert (
        thief.go(stolen.replace(urlencode({"iss": pair.home.url}), "iss=http%3A%2F%2Fevil.example")).status_code == 400
    )
    assert thief.go(stolen).status_code == 400, "a state serves once, also after a failure"
    for browser in (victim, thief):
        assert "accounts/sign-in" in str(browser.go(f"{pair.guest.url}/accounts/profile/").url)


def test_an_app_is_never_answered_where_it_did_not_register(pair: Pair) -> None:
    app = pair.registered_app("星河应用", "profile", "membership", "phone", "offline_access")
    for changed in ({"redirect_uri": app.back + "/"}, {"redirect_uri": ""}, {"client_id": "app-none"}):
        answer = httpx.get(app.address(**changed))
        assert answer.status_code == 400 and "Location" not in answer.headers
    wrong = {
        "unsupported_response_type": {"response_type": "token"},
        "invalid_request": {"code_challenge_method": "plain"},
        "invalid_scope": {"scope": "profile"},
        "login_required": {"prompt": "none"},
        "request_not_supported": {"request": "x"},
    }
    for error, changed in wrong.items():
        address = httpx.get(app.address(**changed)).headers["Location"]
        assert address.startswith(app.back + "?"), address
        assert told(address)["error"] == error
        assert (told(address)["state"], told(address)["iss"]) == ("a-state", pair.home.url)


@pytest.fixture(scope="module")
def worker(pair: Pair) -> Browser:
    """Signed in at home."""
    browser = Browser()
    browser.go(f"{pair.home.url}/accounts/sign-in/")
    browser.sign_in(pair.home, "13500005555")
    return browser


def test_a_code_serves_once_for_its_app_its_address_and_its_verifier(pair: Pair, worker: Browser) -> None:
    app, other = pair.registered_app("甲公司"), pair.registered_app("乙公司")
    code = app.code(worker)
    assert other.tokens(code).json()["error"] == "invalid_grant"
    assert app.tokens(code, code_verifier="w" * 64).json()["error"] == "invalid_grant"
    assert app.tokens(code, redirect_uri="http://app.example:9/other").json()["error"] == "invalid_grant"
    assert App(app.house, app.client_id, "wrong", app.back).tokens(code).status_code == 401
    first = app.tokens(code)
    assert first.status_code == 200 and first.headers["Cache-Control"] and "refresh_token" not in first.json()
    access = first.json()["access_token"]
    assert app.userinfo(access).json()["account"] == "worker"
    assert app.tokens(code).json()["error"] == "invalid_grant"
    assert app.userinfo(access).status_code == 401, "a code that comes twice ends what came of it"

    subjects = [
        app.userinfo(one.tokens(one.code(worker, nonce=f"n-{one.client_id}")).json()["access_token"]).json()["sub"]
        for one in (app, other)
    ]
    assert len(set(subjects)) == 2, "two companies cannot match a worker"


def test_the_phone_only_with_a_tick_and_nothing_after_the_withdrawal(pair: Pair, worker: Browser) -> None:
    app = pair.registered_app("丙公司", "profile", "membership", "phone", "offline_access")
    scope = "openid profile membership phone offline_access"
    worker.go(app.address(scope=scope), until=app.back)
    answer = agree(worker, until=app.back)
    plain = app.tokens(told(answer.headers["Location"])["code"]).json()
    assert set(plain["scope"].split()) == {"openid", "profile", "membership"} and "refresh_token" not in plain
    info = app.userinfo(plain["access_token"]).json()
    assert "phone_number" not in info and info["membership"] == {"member": False, "union": None}

    worker.go(app.address(scope=scope, prompt="consent", nonce="again"), until=app.back)
    answer = agree(worker, "phone", "offline_access", until=app.back)
    more = app.tokens(told(answer.headers["Location"])["code"]).json()
    assert app.userinfo(more["access_token"]).json()["phone_number"] == "+8613500005555"

    fresh = app.ask("token", {"grant_type": "refresh_token", "refresh_token": more["refresh_token"]}).json()
    assert app.userinfo(fresh["access_token"]).status_code == 200
    replayed = app.ask("token", {"grant_type": "refresh_token", "refresh_token": more["refresh_token"]})
    assert replayed.json()["error"] == "invalid_grant"
    assert app.userinfo(fresh["access_token"]).status_code == 401, "a refresh token that comes twice ends its family"

    held = app.tokens(app.code(worker, scope=scope, nonce="third")).json()
    worker.go(f"{pair.home.url}/accounts/profile/")
    purpose = re.search(r'value="(signon:\d+)"><button[^>]*>撤回<span[^>]*> 用工会账号登录“丙公司”', worker.page.text)
    assert purpose is not None, worker.page.text
    worker.post("/accounts/profile/withdraw/", purpose=purpose[1])
    assert app.userinfo(held["access_token"]).status_code == 401
    refused = app.ask("token", {"grant_type": "refresh_token", "refresh_token": held["refresh_token"]})
    assert refused.json()["error"] == "invalid_grant"
    assert "用工会账号登录“丙公司”" in worker.go(app.address(scope=scope, nonce="fourth")).text, "it is asked anew"


def test_a_revoked_token_is_worth_nothing(pair: Pair, worker: Browser) -> None:
    app, other = pair.registered_app("丁公司"), pair.registered_app("戊公司")
    access = app.tokens(app.code(worker)).json()["access_token"]
    assert other.ask("revoke", {"token": access}).status_code == 400
    assert app.userinfo(access).status_code == 200
    assert app.ask("revoke", {"token": access}).status_code == 200
    assert app.userinfo(access).status_code == 401
    assert app.ask("revoke", {"token": "never-issued"}).status_code == 200


def test_the_documents_say_where_everything_is(pair: Pair) -> None:
    found = httpx.get(f"{pair.home.url}/.well-known/openid-configuration").json()
    assert found["issuer"] == pair.home.url and found["code_challenge_methods_supported"] == ["S256"]
    assert found["subject_types_supported"] == ["pairwise"]
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "revocation_endpoint"):
        assert httpx.get(found[name]).status_code in (400, 401, 405), name


def test_signing_out_of_an_app_asks_before_it_signs_out_here(pair: Pair) -> None:
    app = pair.registered_app("庚公司")
    browser = Browser()
    browser.go(f"{pair.home.url}/accounts/sign-in/")
    browser.sign_in(pair.home, "13300007777")
    hint = app.tokens(app.code(browser)).json()["id_token"]
    wrong = urlencode({"id_token_hint": hint, "post_logout_redirect_uri": "http://evil.example/"})
    assert browser.go(f"{pair.home.url}/signon/end-session/?{wrong}").status_code == 400
    browser.go(f"{pair.home.url}/signon/end-session/?{urlencode({'id_token_hint': hint})}")
    assert "也退出职工之家吗" in browser.page.text and "庚公司" in browser.page.text
    browser.post("/signon/leave/", id_token_hint=hint)
    assert "accounts/sign-in" in str(browser.go(f"{pair.home.url}/accounts/profile/").url)


def test_a_link_of_a_partner_leads_signed_in_to_a_service(pair: Pair) -> None:
    browser = Browser()
    browser.go(f"{pair.guest.url}/signon/go/?client=home&next=/services/M04/")
    browser.sign_in(pair.home, "13100008888")
    agree(browser)
    browser.post("/signon/first/", step="new")
    assert str(browser.page.url) == f"{pair.guest.url}/services/M04/"
    away = browser.go(f"{pair.guest.url}/signon/go/?client=home&next=https://evil.example/")
    assert str(away.url) == f"{pair.guest.url}/"


def looks_right(page: Page) -> None:
    """No serious accessibility fault, nothing to scroll sideways."""
    assert axe(page) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), page.url


@pytest.mark.browser
def test_a_browser_with_its_content_policy_goes_the_whole_way_on_a_phone(pair: Pair, browser: Chromium) -> None:
    """Browsers hold the redirects of a form to its own site: the way back leads through a page."""
    phone = "13200009999"
    page = browser.new_context(viewport=PHONE, locale="zh-CN").new_page()  # type: ignore[arg-type]
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    for first in (True, False):
        page.context.clear_cookies()
        page.goto(f"{pair.guest.url}/accounts/sign-in/?next=/signon/mine/")
        looks_right(page)
        page.click("text=用全国平台账号登录")
        page.fill("input[name=phone]", phone)
        page.check("input[name=consent]")
        page.click("text=获取验证码")
        page.fill("input[name=code]", pair.home.code_for(phone))
        page.click("main form button[type=submit]")
        if first:
            page.wait_for_selector("text=同意后，它会知道")
            looks_right(page)
            page.click("text=同意并登录")
            page.wait_for_url(f"{pair.guest.url}/signon/first/")
            looks_right(page)
            page.click("text=同意，开新账号")
        page.wait_for_url(f"{pair.guest.url}/signon/mine/")
        looks_right(page)
    assert not refused, refused
    page.context.close()


def test_a_replaced_key_is_known_at_once_and_what_the_old_one_signed_still_counts(pair: Pair, worker: Browser) -> None:
    app = pair.registered_app("己公司")

    def published() -> list[str]:
        return [key["kid"] for key in httpx.get(f"{pair.home.url}/signon/jwks.json").json()["keys"]]

    old = app.tokens(app.code(worker)).json()["id_token"]
    before = published()
    pair.home.command("signon", "key", "--rotate")
    after = published()
    assert after[1:] == before and after[0] not in before
    keys = KeySet.import_key_set(httpx.get(f"{pair.home.url}/signon/jwks.json").json())
    new = app.tokens(app.code(worker, nonce="after")).json()["id_token"]
    for token in (old, new):
        claims = jwt.decode(token, keys, algorithms=["RS256"]).claims
        assert (claims["iss"], claims["aud"]) == (pair.home.url, app.client_id)
    browser = Browser()
    pair.start(browser)
    browser.sign_in(pair.home, "13400006666")
    agree(browser)
    assert "第一次用“全国平台”的账号登录" in browser.page.text, "the other platform fetches the new key"
    pair.home.command("signon", "key", "--at-once")
    assert len(published()) == 1
