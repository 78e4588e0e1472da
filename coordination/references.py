"""
References: 8 characters of Crockford's base 32, of which the last is a check character.

Random, so that they say nothing and cannot be counted; read aloud in two groups of four.
"""

import secrets

from django.db import IntegrityError, models, transaction

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_CHARACTERS = 7
_TRIES = 5
_FORGIVEN = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


class BadReference(ValueError):
    """Not a reference: wrong length, wrong letter, or the check character does not fit."""


def new() -> str:
    """Return a new random reference, in the form that is stored."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_CHARACTERS))
    return body + _check(body)


def insert(row: models.Model) -> None:
    """
    Save a new row with a random reference; try again on a clash with one that may be invisible.

    :raises IntegrityError: if it is not the reference that clashes.
    """
    for attempt in range(_TRIES):
        row.reference = new()  # type: ignore[attr-defined]
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            row.pk = None
            if attempt == _TRIES - 1:
                raise
        else:
            return


def parse(text: str) -> str:
    """
    Return the stored form of what a person typed: case, spaces and dash do not matter.

    :raises BadReference: if it cannot be a reference.
    """
    code = text.strip().upper().translate(_FORGIVEN)
    if len(code) != RANDOM_CHARACTERS + 1 or any(each not in ALPHABET for each in code):
        raise BadReference(text[:20])
    if _check(code[:-1]) != code[-1]:
        raise BadReference(text[:20])
    return code


def display(reference: str) -> str:
    """Return the reference in two groups, as it is shown and read aloud."""
    return f"{reference[:4]}-{reference[4:]}"


def _check(body: str) -> str:
    # Weights are odd, so that any single wrong character changes the sum; neighbours differ by 2,
    # so that swapping two of them does too (unless they differ by 16).
    total = sum((2 * place + 1) * ALPHABET.index(each) for place, each in enumerate(body))
    return ALPHABET[total % len(ALPHABET)]
