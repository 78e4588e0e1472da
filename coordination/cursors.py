"""
A place in a list as text in an address: sealed, so that it shows no key and cannot be made up.

Keys count what the whole network did; whoever pages through their own rows must not learn it.
"""

import base64
import hashlib
import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


class BadCursor(ValueError):
    """The text was not made here."""


def seal(place: Any) -> str:
    return _box(settings.SECRET_KEY).encrypt(json.dumps(place).encode()).decode()


def unseal(text: str) -> Any:
    """:raises BadCursor: if it was changed or made up."""
    for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]:
        try:
            return json.loads(_box(key).decrypt(text.encode()))
        except InvalidToken:
            continue
    raise BadCursor


@lru_cache
def _box(secret: str) -> Fernet:
    digest = hashlib.sha256(b"cursors:" + secret.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
