"""Secrets that are given out once and never kept: only their hash is."""

from __future__ import annotations

import secrets
from hashlib import sha256

PREFIX = "cherish_"
"""What every secret begins with, so that scanners find one that was published by mistake."""


def new_secret() -> str:
    """A secret nobody can guess: 256 random bits. So a fast hash of it is enough, where a password needs a slow one."""
    return PREFIX + secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """What is kept of a secret, and looked up by: who measures the time of a lookup learns nothing of the secret."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
