"""How messages leave the house: file, e-mail, HTTP gateway, message broker."""

from __future__ import annotations

import json
import resource
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pika
import pika.exceptions
import pytest
from django.core import mail

from gonghui.kernel import adapters, outbox
from gonghui.kernel.models import OutboxMessage

pytestmark = pytest.mark.django_db
PHONE = "13800138000"


@pytest.fixture(autouse=True)
def _places(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.OUTBOX_DIR = tmp_path / "outbox"
    settings.AMQP_URL = ""
    before = list(adapters._resolvers), list(adapters._listeners)
    adapters._resolvers[:] = [lambda message: str(message.payload.get("try_to", ""))]
    adapters._listeners.clear()
    yield
    adapters._resolvers[:], adapters._listeners[:] = before


def notice(channel: str, key: str = "k1", text: str = "您的诉求已受理。", to: str = PHONE) -> OutboxMessage:
    outbox.enqueue(f"notice.{channel}", key, {"text": text, "try_to": to, "subject": "受理通知\n请看"})
    outbox.process_batch()
    return OutboxMessage.objects.get(key=key)


def lines(settings: Any, channel: str = "sms") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (settings.OUTBOX_DIR / f"{channel}.jsonl").read_text("utf-8").splitlines()]


def test_the_file_adapter_leaves_one_readable_line_a_message(settings: Any) -> None:
    assert notice("sms").status == "done"
    assert notice("sms", "k2", "第二条\n换行").status == "done"
    first, second = lines(settings)
    assert (first["to"], first["text"], first["key"]) == (PHONE, "您的诉求已受理。", "k1")
    assert second["text"] == "第二条\n换行"
    assert (settings.OUTBOX_DIR / "sms.jsonl").stat().st_mode & 0o077 == 0


def test_the_file_adapter_drops_a_repeated_key_even_after_a_restart(settings: Any) -> None:
    adapters.to_file("sms", PHONE, "一", "k1", "")
    adapters.to_file("sms", PHONE, "一", "k1", "")
    adapters._sent.clear()
    adapters.to_file("sms", PHONE, "一", "k1", "")
    adapters.to_file("sms", PHONE, "二", "k2", "")
    assert [line["key"] for line in lines(settings)] == ["k1", "k2"]


def test_a_full_disk_leaves_no_half_line_and_the_message_is_tried_again(settings: Any) -> None:
    adapters.to_file("sms", PHONE, "一", "k1", "")
    path = settings.OUTBOX_DIR / "sms.jsonl"
    size = path.stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, hard))
    try:
        with pytest.raises(OSError, match="No space left"):
            adapters.to_file("sms", PHONE, "二" * 100, "k2", "")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.stat().st_size == size
    adapters.to_file("sms", PHONE, "二", "k2", "")
    assert [line["key"] for line in lines(settings)] == ["k1", "k2"]


def test_a_notice_without_an_address_or_adapter_is_given_up(settings: Any) -> None:
    assert notice("sms", to="").status == "dead"
    settings.OUTBOX_ADAPTERS = {"sms": "pigeon"}
    assert notice("sms", "k2").status == "dead"


def test_an_in_app_notice_needs_no_sending() -> None:
    assert notice("app", to="").status == "done"


@pytest.mark.parametrize(("length", "ok"), [(0, False), (1, True), (70, True), (71, False)])
def test_an_sms_holds_seventy_characters(length: int, ok: bool) -> None:
    assert adapters.sms_text_ok("字" * length) is ok


def test_an_email_goes_out_with_one_line_of_subject_and_an_id_made_of_the_key(settings: Any) -> None:
    settings.OUTBOX_ADAPTERS = {"email": "smtp"}
    assert notice("email", "键:1", to="wang@example.org").status == "done"
    (sent,) = mail.outbox
    assert (sent.to, sent.subject, sent.body) == (["wang@example.org"], "受理通知 请看", "您的诉求已受理。")
    identity = sent.message()["Message-ID"]
    adapters.to_smtp("email", "wang@example.org", "x", "键:1", "")
    assert mail.outbox[1].message()["Message-ID"] == identity


@pytest.fixture
def gateway(settings: Any) -> Iterator[dict[str, Any]]:
    """A province's gateway: answers with `status` and keeps what it got."""
    seen: dict[str, Any] = {"status": 200, "got": []}

    class Gateway(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen["got"].append((dict(self.headers), json.loads(body)))
            self.send_response(seen["status"])
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Gateway)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.OUTBOX_ADAPTERS = {"sms": "http"}
    settings.OUTBOX_GATEWAYS = {"sms": (f"http://127.0.0.1:{server.server_port}/send", "secret")}
    yield seen
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_http_gateway_gets_text_receiver_token_and_key(gateway: dict[str, Any]) -> None:
    assert notice("sms", "键1").status == "done"
    headers, body = gateway["got"][0]
    assert headers["Authorization"] == "Bearer secret"
    assert len(headers["Idempotency-Key"]) == 64
    assert (body["to"], body["text"], body["key"]) == (PHONE, "您的诉求已受理。", "键1")


@pytest.mark.parametrize(("answer", "status"), [(500, "waiting"), (429, "waiting"), (422, "dead")])
def test_a_gateway_that_is_down_is_tried_again_and_one_that_refuses_is_not(
    gateway: dict[str, Any], answer: int, status: str
) -> None:
    gateway["status"] = answer
    assert notice("sms").status == status


def test_a_gateway_that_is_not_configured_is_named(settings: Any) -> None:
    settings.OUTBOX_ADAPTERS = {"sms": "http"}
    message = notice("sms")
    assert message.status == "waiting"
    assert "GONGHUI_SMS_URL" in message.last_error


def test_without_a_broker_an_event_reaches_the_listeners_and_is_done() -> None:
    heard: list[str] = []
    adapters.on_event(lambda message: heard.append(message.key))
    outbox.enqueue("event", "e1", {"type": "errand.open"})
    outbox.process_batch()
    assert heard == ["e1"]
    assert OutboxMessage.objects.get(key="e1").status == "done"


@pytest.mark.broker
def test_an_event_is_published_with_its_key_and_again_after_the_connection_broke(settings: Any, amqp_url: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as receiver:
        settings.AMQP_URL = amqp_url
        channel = receiver.channel()
        channel.exchange_declare(adapters.EXCHANGE, exchange_type="topic", durable=True)
        queue = channel.queue_declare("", exclusive=True).method.queue
        # The same test may be running on the other database at the same time.
        kind = f"try-{uuid4().hex}"
        channel.queue_bind(queue, adapters.EXCHANGE, f"{kind}.*")
        outbox.enqueue("event", "e1", {"type": f"{kind}.open", "number": "甲"})
        assert outbox.process_batch() == 1
        adapters._broker.local.connection.close()
        outbox.enqueue("event", "e2", {"type": f"{kind}.take"})
        assert outbox.process_batch() == 1
        got = [channel.basic_get(queue, auto_ack=True) for _ in range(2)]
        assert [properties.message_id for _method, properties, _body in got] == ["e1", "e2"]
        assert got[0][1].delivery_mode == 2
        assert json.loads(got[0][2])["number"] == "甲"
    adapters._broker.drop()


def test_a_broker_that_is_down_leaves_the_event_waiting(settings: Any) -> None:
    settings.AMQP_URL = "amqp://guest:guest@127.0.0.1:9/%2F?connection_attempts=1&retry_delay=0"
    outbox.enqueue("event", "e1", {"type": "errand.open"})
    outbox.process_batch()
    assert OutboxMessage.objects.get(key="e1").status == "waiting"
