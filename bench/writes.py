"""Writing: what the record costs, with many clients at once; and how fast followers drain."""

import threading
import time
from collections import Counter

import psycopg

from bench.load import DESKS, HUGE
from bench.place import Place, use

CLIENTS = (2, 8, 32)
_LOCK = "select id, status, version from referrals_referral where id = %s for update"
_CHANGE = """
update referrals_referralgrant set due_at = due_at + interval '1 second'
where content_object_id = %s and group_id = %s
"""
_SHARE = """
update cases_casegrant set until = until + interval '1 second' where content_object_id = %s
"""
_RECORD = """
select audit_append('referral.seen', %s, null, clock_timestamp(), '{"bench": true}'::jsonb,
                    null::uuid, 'live')
"""


def throughput(place: Place, *, clients: int, seconds: float, recorded: bool) -> Counter[str]:
    """
    Return how many transactions were committed and aborted by so many clients at once.

    One transaction is an acceptance's: it locks the referral, changes both sides' lines and the
    case's grants; with `recorded` it writes an entry too, with its body and a pending row for each
    follower.
    """
    outcome: Counter[str] = Counter()
    lock, stop = threading.Lock(), time.monotonic() + seconds

    def work(number: int) -> None:
        done: Counter[str] = Counter()
        with psycopg.connect(place.urls.worker) as connection:
            step = 0
            while time.monotonic() < stop:
                step += 1
                key = 1 + (number * 7919 + step * 104729) % place.size
                try:
                    with connection.transaction():
                        connection.execute(
                            "select set_config('relay.actor', '1', true),"
                            " set_config('relay.desk', '1', true)"
                        )
                        connection.execute(_LOCK, [key])
                        connection.execute(_CHANGE, [key, HUGE])
                        connection.execute(_CHANGE, [key, 7 + key % (DESKS - 6)])
                        connection.execute(_SHARE, [key])
                        if recorded:
                            connection.execute(_RECORD, [f"referral:BENCH{number:03}"])
                except psycopg.Error:
                    done["aborted"] += 1
                else:
                    done["committed"] += 1
        with lock:
            outcome.update(done)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcome


def entries_of(place: Place) -> int:
    with psycopg.connect(place.admin) as admin:
        row = admin.execute(
            "select count(*) from audit_entry where subject like 'referral:BENCH%'"
        ).fetchone()
        return int(row[0]) if row else 0


def deadlocks_of(place: Place) -> int:
    with psycopg.connect(place.admin) as admin:
        row = admin.execute(
            "select deadlocks from pg_stat_database where datname = current_database()"
        ).fetchone()
        return int(row[0]) if row else 0


def drain_rate(place: Place) -> tuple[int, float]:
    """Return how many pending rows the `pace` follower drained, and how many a second."""
    from audit import followers

    use(place.urls.worker)
    with psycopg.connect(place.admin) as admin:
        row = admin.execute(
            "select count(*) from audit_pending where follower_id = 'pace'"
        ).fetchone()
    waiting = int(row[0]) if row else 0
    started = time.perf_counter()
    followers.drain("pace")
    return waiting, waiting / max(time.perf_counter() - started, 1e-9)
