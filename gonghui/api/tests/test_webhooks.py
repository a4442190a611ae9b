"""Web hooks against a real server that misbehaves; who is told what; and where we never send."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
from datetime import timedelta
from typing import Any

import pytest

from gonghui.api.actions import revoke_token
from gonghui.api.models import WebhookEndpoint
from gonghui.api.rules import rules
from gonghui.api.tests.receiver import Receiver, answer, drip, flood, hang_up, receiver
from gonghui.api.tests.support import Program, lodge, problem
from gonghui.appeals.tests.support import ABROAD, COUNTY, OTHER_COUNTY, PROVINCE, House
from gonghui.kernel import outbox, reaching, worker
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, OutboxMessage, TrailEntry
from gonghui.kernel.times import time_shifted


def listen(path: str, server: Receiver, *events: str) -> tuple[Program, dict[str, Any]]:
    program = Program(path, "webhooks:manage")
    made = program.post("/webhooks", {"url": server.url, "events": list(events)})
    assert made.status_code == 201, made.content.decode()
    return program, made.json()


def work() -> None:
    """What the worker does with the outbox until nothing is due."""
    worker.discover()
    while outbox.process_batch():
        pass


def events(server: Receiver) -> list[str]:
    return [json.loads(body)["type"] for _headers, body in server.got]


def waiting() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(topic="webhook", status="waiting"))


def test_an_event_arrives_signed_as_the_specification_says(house: House) -> None:
    with receiver() as server:
        _program, hook = listen(PROVINCE, server)
        matter = house.receive(reporter_name="王小明").matter
        work()
    headers, body = server.got[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(hook["secret"].removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == expected
    said = json.loads(body)
    assert said["type"] == "appeals.work_order.open"
    assert (said["data"]["id"], said["data"]["matter"]) == (matter.pk, matter.number)
    assert b"13800138000" not in body and "王小明" not in body.decode()


def test_each_event_is_sent_once_to_each_end_point_that_wants_it(house: House) -> None:
    with receiver() as everything, receiver() as some, receiver() as none:
        listen(PROVINCE, everything)
        listen(PROVINCE, some, "appeals.work_order.dispatch", "other.*")
        listen(PROVINCE, none, "services.*")
        house.dispatched(house.receive().matter)
        work()
        for message in OutboxMessage.objects.filter(topic="event"):
            # The event comes again, as it may after a kill.
            outbox.handler_for("event").run(message)  # type: ignore[union-attr]
        work()
    assert events(some) == ["appeals.work_order.dispatch"]
    assert sorted(events(everything)) == sorted(set(events(everything)))
    assert {"appeals.work_order.open", "appeals.work_order.triage", "appeals.work_order.dispatch"} <= set(
        events(everything)
    )
    assert events(none) == []
    ids = [headers["webhook-id"] for headers, _body in everything.got]
    assert len(ids) == len(set(ids))


def test_only_those_who_see_the_matter_are_told(house: House) -> None:
    with receiver() as county, receiver() as other, receiver() as abroad:
        listen(COUNTY, county)
        listen(OTHER_COUNTY, other)
        listen(ABROAD, abroad)
        house.handling(house.receive().matter)
        house.receive(category="1603", description="举报某工会干部截留慰问品，数额很大。", key="2")
        work()
    assert {"appeals.work_order.dispatch", "appeals.work_order.start"} <= set(events(county))
    assert {json.loads(body)["data"]["holder"] for _headers, body in county.got} <= {PROVINCE, COUNTY}
    assert events(other) == events(abroad) == []


def test_restricted_matters_are_told_to_no_program(house: House) -> None:
    with receiver() as server:
        listen(PROVINCE, server)
        assert house.receive(category="1603", description="举报某工会干部截留慰问品，数额很大。").matter.restricted
        work()
    assert server.got == []


def test_what_became_restricted_meanwhile_is_not_told(house: House) -> None:
    from gonghui.kernel.scope import refresh_scope

    with receiver(answer(500), answer(200)) as server:
        listen(PROVINCE, server)
        matter = house.receive().matter
        work()
        assert len(server.got) == 1
        matter.restricted = True
        matter.save()
        refresh_scope(matter)
        with time_shifted(timedelta(hours=3)):
            work()
    assert len(server.got) == 1
    assert waiting() == []


def test_a_server_error_is_tried_again_with_the_same_id(house: House) -> None:
    with receiver(answer(500), answer(302, Location="http://127.0.0.1:1/"), answer(200)) as server:
        program, hook = listen(PROVINCE, server)
        program.post(f"/webhooks/{hook['id']}/test")
        work()
        assert program.get("/webhooks").json()[0]["failures"] == 1
        for hours in (3, 6):
            with time_shifted(timedelta(hours=hours)):
                work()
    assert [json.loads(body)["type"] for _headers, body in server.got] == ["test"] * 3
    assert len({headers["webhook-id"] for headers, _body in server.got}) == 1
    assert waiting() == []
    shown = program.get("/webhooks").json()[0]
    assert (shown["failures"], shown["failing_since"], shown["active"]) == (0, None, True)


@pytest.mark.parametrize("behaviour", [hang_up, drip, flood])
def test_a_receiver_that_misbehaves_holds_nobody_up(
    house: House, monkeypatch: pytest.MonkeyPatch, behaviour: Any
) -> None:
    monkeypatch.setitem(rules()["webhooks"], "whole", 0.5)
    with receiver(behaviour) as server:
        program, hook = listen(PROVINCE, server)
        program.post(f"/webhooks/{hook['id']}/test")
        work()
        (message,) = waiting()
    assert len(server.got) == 1
    assert message.attempts == 1 and message.last_error.startswith("NotSent")
    assert program.get("/webhooks").json()[0]["failures"] == 1


def test_nobody_listening_is_a_failure_that_is_tried_again(house: House) -> None:
    with receiver() as server:
        program, hook = listen(PROVINCE, server)
    program.post(f"/webhooks/{hook['id']}/test")
    work()
    assert [message.attempts for message in waiting()] == [1]


def test_gone_ends_the_end_point_at_once(house: House) -> None:
    with receiver(answer(410)) as server:
        program, _hook = listen(PROVINCE, server)
        house.receive()
        work()
        house.receive(key="2")
        work()
    assert len(server.got) == 1
    shown = program.get("/webhooks").json()[0]
    assert (shown["active"], shown["disabled_reason"]) == (False, "410 Gone")
    assert OutboxMessage.objects.get(topic="webhook").status == "dead"


def test_after_days_of_failures_it_is_switched_off_and_its_owner_may_switch_it_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(rules()["webhooks"], "give_up_failures", 3)
    with receiver(answer(503)) as server:
        program, hook = listen(PROVINCE, server)
        house.receive()
        for days in range(5):
            with time_shifted(timedelta(days=days)):
                work()
    assert len(server.got) == 4
    shown = program.get("/webhooks").json()[0]
    assert not shown["active"] and "503" in shown["disabled_reason"]
    on = program.send("PATCH", f"/webhooks/{hook['id']}", json.dumps({"active": True})).json()
    assert (on["active"], on["failures"], on["disabled_reason"]) == (True, 0, "")


def test_a_token_that_ended_hears_nothing_more(house: House) -> None:
    with receiver() as revoked, receiver() as expired:
        ending, _hook = listen(PROVINCE, revoked)
        listen(PROVINCE, expired)
        revoke_token(SYSTEM, ending.token)
        with time_shifted(timedelta(days=400)):
            house.receive()
            work()
    assert revoked.got == expired.got == []


def test_hooks_belong_to_their_token(house: House) -> None:
    with receiver() as server:
        program, hook = listen(PROVINCE, server)
    other = Program(PROVINCE, "webhooks:manage")
    assert "secret" not in program.get("/webhooks").json()[0]
    assert other.get("/webhooks").json() == []
    problem(other.send("DELETE", f"/webhooks/{hook['id']}"), 404, "not_found")
    problem(other.post(f"/webhooks/{hook['id']}/test"), 404, "not_found")
    assert program.send("DELETE", f"/webhooks/{hook['id']}").status_code == 204
    assert [entry.verb for entry in TrailEntry.objects.filter(stream=f"token:{program.token.pk}").order_by("seq")] == [
        "create", "webhook", "webhook_deleted",
    ]  # fmt: skip


def test_a_token_has_only_so_many_hooks(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rules()["webhooks"], "most", 1)
    program = Program(PROVINCE, "webhooks:manage")
    assert program.post("/webhooks", {"url": "https://example.org/a"}).status_code == 201
    problem(program.post("/webhooks", {"url": "https://example.org/b"}), 422, "invalid")


@pytest.mark.parametrize(
    "url",
    [
        "", "example.org", "ftp://example.org/", "https://", "https://user:pw@example.org/", "https://example.org:99999/",
        "https://exa mple.org/", "https://example.org/\n", "javascript:alert(1)", "https://[::1", "https://例子.org/",
        "https://example.org/" + "a" * 600,
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(house: House, url: str) -> None:
    program = Program(PROVINCE, "webhooks:manage")
    answer = program.post("/webhooks", {"url": url})
    # White space around an address is a slip of the hand, inside it is none of ours.
    if url.strip() == "https://example.org/":
        assert answer.json()["url"] == "https://example.org/"
    else:
        problem(answer, 422, "invalid")
        assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "https://127.0.0.1/", "https://localhost/", "https://10.0.0.1/", "https://[::1]/",
        "https://169.254.169.254/latest/meta-data", "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::a00:1]/",
        "https://[::7f00:1]/", "https://[64:ff9b:1::1]/", "https://[fec0::1]/", "https://168.63.129.16/metadata",
        "https://[2002:a00:1::]/", "https://0.0.0.0/", "https://0x7f000001/", "https://2130706433/",
        "https://224.0.1.1/", "https://100.64.0.1/", "https://[fe80::1%25lo]/",
    ],
)  # fmt: skip
def test_in_production_nothing_inside_is_reached(house: House, settings: Any, url: str) -> None:
    settings.PRODUCTION = True
    problem(Program(PROVINCE, "webhooks:manage").post("/webhooks", {"url": url}), 422, "invalid")
    assert not WebhookEndpoint.objects.exists()


def test_a_name_that_leads_inside_later_is_not_followed(
    house: House, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name resolved to a public address when the hook was made, and to ours when the event is sent."""
    with receiver() as server:
        program, hook = listen(PROVINCE, server)
        port = server.server_address[1]
        WebhookEndpoint.objects.update(url=f"http://rebound.example:{port}/hook")
        asked = []

        def leads_inside(host: str, *_args: Any, **_more: Any) -> Any:
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(reaching.socket, "getaddrinfo", leads_inside)
        settings.PRODUCTION = True
        program.post(f"/webhooks/{hook['id']}/test")
        work()
    assert asked == ["rebound.example"]
    assert server.got == []
    assert OutboxMessage.objects.get(topic="webhook").status == "dead"


def test_the_checked_address_is_the_one_that_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolved once, the connection goes to that address and names the host: a second look-up has no say."""
    with receiver() as server:
        monkeypatch.setattr(reaching, "public_addresses", lambda host: ["127.0.0.1"] if host == "told.example" else [])
        url = f"http://told.example:{server.server_address[1]}/hook"
        status = reaching.post(url, {"Host": "told.example"}, b"{}", reaching.Limits(5, 5, 10_000, public_only=True))
    assert status == 200
    assert server.got[0][0]["Host"] == "told.example"


def test_a_proxy_of_the_machine_is_not_used(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with receiver() as server:
        program, hook = listen(PROVINCE, server)
        program.post(f"/webhooks/{hook['id']}/test")
        work()
    assert len(server.got) == 1


def test_a_transfer_is_told_to_the_old_and_the_new_holder(house: House) -> None:
    with receiver() as server:
        program = Program(PROVINCE, "appeals:write")
        listen(PROVINCE, server, "appeals.work_order.accept")
        matter = house.dispatched(Matter.objects.get(pk=lodge(program)["matter_id"]))
        act(matter.pk, "accept", house.person("handler", COUNTY))
        work()
    assert events(server) == ["appeals.work_order.accept"]
