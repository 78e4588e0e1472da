"""A small form of the bench: every gate holds and every measure gives a number. Never a time."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def test_the_gates_hold_and_every_measure_gives_a_number():
    words = ["--size", "10000", "--size", "20000", "--rounds", "20", "--seconds", "1.5"]
    # A process of its own: it has a server of its own, and changes Django's settings.
    done = subprocess.run(
        [sys.executable, "-m", "bench", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    figures = re.findall(r"^\| .+ \| .+ \| (\d+\.\d\d) \| .+ \|$", done.stdout, re.MULTILINE)
    assert len(figures) == 39
    assert all(float(figure) > 0 for figure in figures)
    assert "correctness checks held first" in done.stdout
