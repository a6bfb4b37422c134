"""Journeys as somebody would ask them with Cherish, pandas or Polars; each loads only its own."""

WAYS = ("funnel", "sessions", "paths", "lifecycle")
