"""Signed webhooks of other services: whether a body is what the service sent, and which events it is here."""

from cherish.collect.webhooks.registry import KINDS, Kind, kind_of
from cherish.collect.webhooks.signatures import BadSignature

__all__ = ["KINDS", "BadSignature", "Kind", "kind_of"]
