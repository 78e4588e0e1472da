"""Threads that meet again and again, and keep their connections, as those of a web process do."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from django.db import connection

Meet = Callable[[], object]
Call = Callable[[Meet], object]


@contextmanager
def side_by_side(count: int = 2) -> Iterator[Callable[..., list[object]]]:
    """
    Yield what runs as many calls as there are threads, and returns what each returned or raised.

    Each call is given what waits until all are there: it has to call it, and goes on with the others.
    """
    barrier = threading.Barrier(count, timeout=30)

    def run(call: Call) -> object:
        try:
            return call(barrier.wait)
        except BaseException as fault:
            return fault

    with ThreadPoolExecutor(count) as pool:

        def at_once(*calls: Call) -> list[object]:
            return list(pool.map(run, calls, timeout=120))

        try:
            yield at_once
        finally:
            at_once(*[lambda meet: (meet(), connection.close())] * count)
