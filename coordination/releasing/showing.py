"""What one audience is shown of stored tables, as plain data: what leaves, and what is signed."""

from collections.abc import Mapping, Sequence
from typing import Any


def shown_to(audience: str, tables: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return tables with one value in each cell; null is hidden."""
    return [
        {
            "name": table["name"],
            "dimensions": table["dimensions"],
            "cells": [{"at": cell["at"], "value": cell[audience]} for cell in table["cells"]],
        }
        for table in tables
    ]
