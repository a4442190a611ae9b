"""Events of real appeals reach other programs over the broker, whatever happens to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pika
import pytest

from gonghui.kernel.adapters import EXCHANGE
from scripts import services
from tests.support.processes import LiveProcess
from tests.support.sites import lodge, make_template, sqlite_site, wait_until

pytestmark = [pytest.mark.broker, pytest.mark.slow]
QUEUE = "province"


@pytest.fixture
def broker() -> Iterator[services.PrivateBroker]:
    server = services.PrivateBroker()
    try:
        server.start()
        yield server
    finally:
        server.remove()


def bind_queue(url: str) -> None:
    """What another program does once: a queue of its own that outlives it, for all events of appeals."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.exchange_declare(EXCHANGE, exchange_type="topic", durable=True)
        channel.queue_declare(QUEUE, durable=True)
        channel.queue_bind(QUEUE, EXCHANGE, "appeals.#")


def collect(url: str, got: dict[str, list[dict[str, Any]]]) -> None:
    """Take what lies in the queue: key → bodies that came with it."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        while True:
            method, properties, body = channel.basic_get(QUEUE, auto_ack=True)
            if method is None:
                return
            got.setdefault(properties.message_id, []).append(json.loads(body))


def test_no_event_is_lost_while_the_broker_is_killed_and_away(
    broker: services.PrivateBroker, live_process: Callable[..., LiveProcess], tmp_path: Path, migrated: Path
) -> None:
    site = sqlite_site(make_template(migrated, tmp_path / "template"), tmp_path / "site")
    secret = site.token("appeals:write")
    bind_queue(broker.url)
    surroundings = {"GONGHUI_AMQP_URL": broker.url + "?connection_attempts=1&retry_delay=0&socket_timeout=3"}
    web = live_process("serve", site.database_url, folder=site.folder, **surroundings)
    live_process("worker", site.database_url, folder=site.folder, **surroundings)

    def done(number: int) -> None:
        wait_until(lambda: site.value(EVENTS_DONE) >= number)

    numbers = [lodge(web.url, secret, f"before-{n}").json()["matter"] for n in range(4)]
    done(4)
    # Confirmed and not yet taken by anybody: the broker must have them after its end.
    broker.kill()
    numbers += [lodge(web.url, secret, f"meanwhile-{n}").json()["matter"] for n in range(4)]
    wait_until(lambda: site.value(TRIED) > 0)
    broker.start()
    site.messages_due_now()
    done(8)
    got: dict[str, list[dict[str, Any]]] = {}
    collect(broker.url, got)

    keys = {key for (key,) in site.rows("SELECT key FROM kernel_outboxmessage WHERE topic = 'event'")}
    assert set(got) == keys
    opened = [bodies[0] for bodies in got.values() if bodies[0]["type"] == "appeals.work_order.open"]
    assert sorted(body["matter"] for body in opened) == sorted(numbers)
    assert {body["state"] for body in opened} == {"registered"}
    # A repeat is the same event under the same key; and no event says who somebody is.
    assert all(body == bodies[0] for bodies in got.values() for body in bodies)
    assert "13800138000" not in json.dumps(got)


EVENTS_DONE = "SELECT count(*) FROM kernel_outboxmessage WHERE topic = 'event' AND status = 'done' AND key LIKE '%:1'"
TRIED = "SELECT count(*) FROM kernel_outboxmessage WHERE topic = 'event' AND status = 'waiting' AND attempts > 0"
