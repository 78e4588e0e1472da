"""Times of variants, interleaved: whatever slows the machine slows them alike."""

import gc
import statistics
import time
from collections.abc import Callable, Mapping


def interleaved(
    variants: Mapping[str, Callable[[], object]], *, rounds: int, warm: int = 5
) -> dict[str, list[float]]:
    """Return the milliseconds of each variant, one call of each in turn, `rounds` times."""
    for call in variants.values():
        for _ in range(warm):
            call()
    taken: dict[str, list[float]] = {name: [] for name in variants}
    gc.disable()
    try:
        for _ in range(rounds):
            for name, call in variants.items():
                started = time.perf_counter()
                call()
                taken[name].append((time.perf_counter() - started) * 1_000)
    finally:
        gc.enable()
    return taken


def p50(times: list[float]) -> float:
    return statistics.median(times)


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]
