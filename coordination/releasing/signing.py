"""
Signing what was released: whoever has the public key can tell that a table was not changed.

The digest stands in the record too, so that without a key a release is proved like everything else.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings


def digest_of(shown: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what is shown, as one line of JSON with sorted keys."""
    line = json.dumps(shown, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(line.encode()).hexdigest()


def sign(digest: str) -> str:
    """Return the signature of a digest, or nothing where no key is set."""
    key = _key()
    return base64.b64encode(key.sign(digest.encode())).decode() if key else ""


def is_signed(digest: str, signature: str, public_key: str) -> bool:
    """Tell whether a signature is one of this digest; the public key in base64."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key))
    try:
        key.verify(base64.b64decode(signature), digest.encode())
    except InvalidSignature:
        return False
    return True


def public_key() -> str:
    key = _key()
    return base64.b64encode(key.public_key().public_bytes_raw()).decode() if key else ""


def _key() -> Ed25519PrivateKey | None:
    seed = settings.SIGNING_KEY
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed)) if seed else None
