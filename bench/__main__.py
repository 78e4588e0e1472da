"""python -m bench --size 10000 --size 1000000 --write docs/performance.md"""

import argparse
import sys
from pathlib import Path

from bench import place


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, action="append", help="referrals; give it twice")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10, help="of each write measure")
    parser.add_argument("--write", type=Path, help="put the table into this document")
    given = parser.parse_args()
    sizes = sorted(given.size or [10_000, 100_000])
    with place.server() as admin_url:
        first = place.prepare(admin_url, sizes[0])
        place.configure(first.urls.app)
        place.migrate(first)
        places = [first, *(place.prepare(admin_url, each, like=first) for each in sizes[1:])]
        from bench.run import run  # only now: Django's settings have been given

        report = run(places, rounds=given.rounds, seconds=given.seconds)
    print(report.markdown())
    if given.write:
        report.put_into(given.write)
    return 0 if report.gates_hold else 1


if __name__ == "__main__":
    sys.exit(main())
