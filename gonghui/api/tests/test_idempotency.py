"""A request that is sent twice is done once, whatever happens in between."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from gonghui.api.door import forget_old_answers
from gonghui.api.models import IdempotencyRecord
from gonghui.api.tests.support import APPEAL, BASE, Program, lodge, problem
from gonghui.appeals.models import Appeal, Message
from gonghui.appeals.tests.support import ABROAD, PROVINCE, House
from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.tests import other_process
from gonghui.kernel.times import time_shifted

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def test_the_first_answer_is_given_again(house: House) -> None:
    program = Program(PROVINCE, "appeals:write")
    first, second = (program.post("/appeals", APPEAL, Idempotency_Key="k") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "Idempotency-Replayed" not in first and second["Idempotency-Replayed"] == "true"
    assert Appeal.objects.count() == 1


def test_keys_belong_to_their_token_and_to_one_request(house: House) -> None:
    program, other = Program(PROVINCE, "appeals:write"), Program(PROVINCE, "appeals:write")
    assert program.post("/appeals", APPEAL, Idempotency_Key="k").status_code == 201
    changed = {**APPEAL, "description": "公司不给我交社保已经两年了，怎么办？"}
    problem(program.post("/appeals", changed, Idempotency_Key="k"), 422, "idempotency_key_reused")
    assert other.post("/appeals", changed, Idempotency_Key="k").status_code == 201
    assert Appeal.objects.count() == 2


def test_after_a_refusal_the_key_is_free_again(house: House) -> None:
    program = Program(PROVINCE, "appeals:write")
    problem(program.post("/appeals", {**APPEAL, "phone": "1"}, Idempotency_Key="k"), 422, "invalid")
    assert program.post("/appeals", APPEAL, Idempotency_Key="k").status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 121])
def test_a_key_without_use_is_refused(house: House, key: str) -> None:
    program = Program(PROVINCE, "appeals:write")
    found = problem(program.post("/appeals", APPEAL, Idempotency_Key=key), 422, "invalid")
    assert found["errors"][0]["field"] == "Idempotency-Key"
    assert not Appeal.objects.exists()


def test_material_with_files_is_taken_once(house: House) -> None:
    program = Program(PROVINCE, "appeals:write")
    number = lodge(program)["number"]

    def send(name: str) -> Any:
        data = {"text": "这是欠条", "files": [SimpleUploadedFile(name, PNG, "image/png")]}
        return program.client.post(
            f"{BASE}/appeals/{number}/materials", data, headers=program.headers({"Idempotency-Key": "m"})
        )

    first, second = send("iou.png"), send("iou.png")
    assert first.status_code == 201, first.content.decode()
    assert first.json() == second.json() == {"message": first.json()["message"], "files": 1}
    problem(send("other.png"), 422, "idempotency_key_reused")
    assert Message.objects.count() == 1


def test_the_same_external_id_is_the_same_appeal(house: House) -> None:
    program = Program(PROVINCE, "appeals:write")
    said = {**APPEAL, "source": "12345", "external_id": "A-1"}
    first, second = (program.post("/appeals", said, Idempotency_Key=key) for key in ("a", "b"))
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == {**first.json(), "created": False}


def test_a_foreign_external_id_gives_nothing_away(house: House) -> None:
    said = {**APPEAL, "source": "12345", "external_id": "A-1"}
    first = Program(PROVINCE, "appeals:write").post("/appeals", said).json()
    answer = Program(ABROAD, "appeals:write").post("/appeals", said)
    problem(answer, 422, "invalid")
    text = answer.content.decode()
    assert first["number"] not in text and first["query_code"] not in text


def test_kept_answers_are_forgotten_but_the_appeal_is_still_one(house: House) -> None:
    program = Program(PROVINCE, "appeals:write")
    first = program.post("/appeals", APPEAL, Idempotency_Key="k").json()
    with time_shifted(timedelta(days=1)):
        assert forget_old_answers() == 0
    with time_shifted(timedelta(days=3)):
        assert forget_old_answers() == 1
        again = program.post("/appeals", APPEAL, Idempotency_Key="k")
    assert (again.status_code, again.json()["number"]) == (200, first["number"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", ["k", ""])
def test_two_sendings_at_once_become_one_appeal(transactional_db: None, key: str) -> None:
    house_of_threads()
    program = Program(PROVINCE, "appeals:write")
    together, answers = threading.Barrier(4), []
    said = APPEAL if key else {**APPEAL, "source": "12345", "external_id": "A-1"}

    def send() -> None:
        try:
            together.wait()
            headers = {"Idempotency_Key": key} if key else {}
            answers.append(program.post("/appeals", said, **headers))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {200, 201}, [answer.content for answer in answers]
    assert len({answer.json()["number"] for answer in answers}) == 1
    assert len({answer.json()["query_code"] for answer in answers}) == 1
    assert Appeal.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_process_that_dies_in_between_leaves_nothing_behind(transactional_db: None) -> None:
    house_of_threads()
    program = Program(PROVINCE, "appeals:write")
    status = other_process.run(
        f"""
        from django.db.models.signals import post_save
        from django.test import Client
        from gonghui.api.models import IdempotencyRecord

        def dies(sender, created, **more):
            if not created:
                die()

        post_save.connect(dies, IdempotencyRecord)
        Client().post(
            "{BASE}/appeals", {APPEAL!r}, content_type="application/json",
            headers={{"Authorization": "Bearer {program.secret}", "Idempotency-Key": "k"}},
        )
        """
    )
    assert status == -9
    assert not Appeal.objects.exists() and not IdempotencyRecord.objects.exists()
    answer = program.post("/appeals", APPEAL, Idempotency_Key="k")
    assert answer.status_code == 201 and answer.json()["created"]
    assert Appeal.objects.count() == 1
    assert OutboxMessage.objects.filter(topic="task.understand").count() == 1


def house_of_threads() -> None:
    """The house, committed, for tests whose threads and processes have connections of their own."""
    House.build()
