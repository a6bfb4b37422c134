"""The journeys as somebody would ask them with pandas or Polars; nothing here loads Cherish."""

WAYS = ("funnel", "sessions", "paths", "lifecycle")
