"""How hard a random test tries: the same few cases on every run, many new ones under `make soak`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

EFFORT = int(os.environ.get("CHERISH_EFFORT", "1"))
"""How many times the usual number of cases; above 1 the cases are new on every run."""


def tries(examples: int) -> settings:
    """Settings for a test that makes a store per case: shrinking takes minutes, and cases are small already."""
    return settings(
        max_examples=examples * EFFORT,
        derandomize=EFFORT == 1,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate),
    )
