"""Numbers of a series: one after the other, none twice."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from gonghui.kernel.numbering import next_number


@pytest.mark.django_db
def test_each_series_counts_from_one_by_itself() -> None:
    assert [next_number("a"), next_number("a"), next_number("b"), next_number("a")] == [1, 2, 1, 3]


@pytest.mark.django_db(transaction=True)
def test_a_number_whose_transaction_failed_is_given_out_again() -> None:
    assert next_number("a") == 1
    with pytest.raises(RuntimeError), transaction.atomic():
        assert next_number("a") == 2
        raise RuntimeError
    assert next_number("a") == 2


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_get_the_same_number() -> None:
    given: list[int] = []

    def work() -> None:
        try:
            for _ in range(10):
                with transaction.atomic():
                    given.append(next_number("a"))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == list(range(1, 41))
