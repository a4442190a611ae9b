"""What is believed of a partner: functions of data, tried with whatever could come over the line."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.exchange import signing, verifying
from gonghui.exchange.document import read
from gonghui.exchange.tests.support import document, service, statement
from gonghui.exchange.trouble import SAID, WrongCatalogue, advice, said
from gonghui.exchange.verifying import Known

HOME, US = "https://gansu.example.org", "https://cn.example.org"
AT = datetime(2026, 6, 1, tzinfo=UTC)
KEY, OTHER_KEY = signing.new_key(), signing.new_key()


def signed(services: list[Any] | None = None, **more: Any) -> str:
    held = [service(HOME)] if services is None else services
    return signing.sign(document(HOME, held, **{"at": AT, **more}), KEY, signing.CATALOGUE)


NEW = Known(HOME)


def wrong(token: str, known: Known = NEW, at: datetime = AT, key: Any = KEY) -> str:
    """The code of what is wrong; empty when nothing is."""
    try:
        verifying.verified(token, key, known, us=US, at=at, source="catalogue")
    except WrongCatalogue as error:
        assert error.detail and said(error.code) and advice(error.code)
        return error.code
    return ""


def test_a_right_catalogue_is_read() -> None:
    found = verifying.verified(signed(serial=7), KEY, Known(HOME), us=US, at=AT, source="catalogue")
    assert (found.serial, found.organisation.code) == (7, "cn.62")
    assert [str(one.name) for one in found.services] == ["爱心雨伞"]


TOKEN = signed()


@given(st.integers(0, len(TOKEN) - 1), st.characters(min_codepoint=33, max_codepoint=126))
def test_no_letter_of_it_can_be_changed(place: int, letter: str) -> None:
    changed = TOKEN[:place] + letter + TOKEN[place + 1 :]
    # The last letters of a base64 text hold bits that belong to nothing.
    if changed != TOKEN and not _same_bytes(changed):
        assert wrong(changed) in ("bad_signature", "not_signed", "unknown_key")


def _same_bytes(changed: str) -> bool:
    def parts(token: str) -> list[bytes]:
        return [base64.urlsafe_b64decode(part + "==") for part in token.split(".")]

    try:
        return parts(changed) == parts(TOKEN)
    except ValueError:
        return False


@given(st.text(max_size=200) | st.text("ABCdef012-_.", max_size=200))
def test_anything_else_is_not_signed(text: str) -> None:
    assert wrong(text) in ("not_signed", "unknown_key")


def test_another_key_or_another_kind_of_document_is_not_believed() -> None:
    assert wrong(signed(), key=OTHER_KEY) == "unknown_key"
    assert wrong(signing.sign(document(HOME, [], at=AT), KEY, signing.STATEMENT)) == "not_signed"
    # Who names the pinned key in the header and signs with another one.
    theirs = signing.sign(document(HOME, [], at=AT), OTHER_KEY, signing.CATALOGUE).split(".")
    assert wrong(".".join([TOKEN.split(".")[0], *theirs[1:]])) == "bad_signature"


@given(last=st.integers(0, 50), serial=st.integers(1, 50))
def test_serials_never_go_back(last: int, serial: int) -> None:
    token = signed(serial=serial)
    held = verifying.digest_of(token) if serial == last else "0" * 64
    assert wrong(token, Known(HOME, serial=last, digest=held)) == ("replayed" if serial < last else "")
    if serial == last:
        assert wrong(token, Known(HOME, serial=last, digest="0" * 64)) == "same_serial"


@given(hours=st.integers(-2000, 2000), lasts=st.integers(-100, 2000))
def test_only_a_catalogue_of_now_is_taken(hours: int, lasts: int) -> None:
    issued = AT + timedelta(hours=hours)
    token = signed(at=issued, exp=int((issued + timedelta(hours=lasts)).timestamp()))
    good = hours <= 0 and 0 < lasts <= 744 and hours + lasts > 0
    assert (wrong(token) == "") == good


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("issuer", {"iss": US}),
        ("audience", {"aud": ["https://somebody.example.org"]}),
        ("", {"aud": [US, "https://somebody.example.org"]}),
        ("schema", {"format": 2}),
        ("schema", {"serial": 0}),
        ("schema", {"services": [service(HOME, zh="")]}),
        ("schema", {"services": [service(HOME, zh="雨\u202e伞")]}),
        ("schema", {"services": [service(HOME, regions=["62"])]}),
        ("schema", {"services": [service(HOME, id="../x")]}),
        ("schema", {"services": [service(HOME)] * 3001}),
        ("address", {"services": [service(HOME, address="https://evil.example.org/")]}),
        ("address", {"services": [service(HOME, address=f"{HOME}.evil.example.org/")]}),
        ("address", {"services": [service(HOME, address=f"{HOME}\\@evil.example.org/")]}),
        ("address", {"services": [service(HOME, address="javascript:alert(1)")]}),
        ("region", {"services": [service(HOME, regions=["520102"])]}),
        ("region", {"services": [service(HOME, regions=[])]}),
        ("", {"services": [service(HOME, regions=["620100", "620000"])]}),
        ("doubled", {"services": [service(HOME), service(HOME)]}),
        ("", {"services": [service(HOME), service(HOME, variant="6201")], "more": "is passed over"}),
    ],
)
def test_it_speaks_only_for_its_own(code: str, more: dict[str, Any]) -> None:
    assert wrong(signed(**more)) == code


def test_the_union_stays_the_one_that_was_accepted() -> None:
    known = Known(HOME, "cn.62", "province", "620000")
    assert wrong(signed(), known) == ""
    for change in ({"code": "cn.52"}, {"level": "national"}, {"region": "520000"}):
        union = {**document(HOME, [])["organisation"], **change}
        assert wrong(signed(organisation=union), known) == "organisation"


def test_a_mistake_names_its_place_like_a_file_and_line() -> None:
    with pytest.raises(WrongCatalogue) as caught:
        read(document(HOME, [service(HOME), service(HOME, "X02", level="moon")]), f"{HOME}/exchange/catalogue")
    assert caught.value.detail.startswith(f"{HOME}/exchange/catalogue: services.1.level: ")


def test_a_new_key_is_taken_when_the_pinned_one_vouches_for_it() -> None:
    first, second, third = (signing.new_key() for _ in range(3))
    chain = [statement(HOME, second, third), statement(HOME, first, second)]
    wanted = signing.kid_of(third)

    def follow(*said: Any, issuer: str = HOME, at: datetime | None = None) -> Any:
        return verifying.successor(first, wanted, said, issuer=issuer, at=at or datetime.now(UTC))

    assert signing.kid_of(follow(*chain)) == wanted
    late = datetime.now(UTC) + timedelta(days=60)
    forged = statement(HOME, OTHER_KEY, third)
    loop = [statement(HOME, first, second), statement(HOME, second, first)]
    for refused in (
        lambda: follow(chain[0]),
        lambda: follow(forged, 7, None),
        lambda: follow(*loop),
        lambda: follow(*chain, at=late),
        lambda: follow(*chain, issuer=US),
    ):
        with pytest.raises(WrongCatalogue, check=lambda error: error.code == "unknown_key"):
            refused()


@given(st.binary(min_size=32, max_size=32))
def test_fingerprints_are_read_as_people_write_them(raw: bytes) -> None:
    kid = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    shown = signing.fingerprint(kid)
    for written in (shown, shown.lower(), shown.replace(" ", ""), shown.replace(" ", ":"), f" {kid} "):
        assert signing.read_fingerprint(written) == kid
    with pytest.raises(ValueError, match="fingerprint"):
        signing.read_fingerprint(shown[:-1])


def test_every_trouble_is_told_with_what_to_do() -> None:
    assert all(str(what) and str(todo) for what, todo in SAID.values())
