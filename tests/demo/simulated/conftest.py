"""One large company with everything planted, one with nothing planted, and one of the default size."""

import pytest

from cherish.demo.simulated import Company, Effects, simulate

LARGE = 20_000


@pytest.fixture(scope="session")
def company() -> Company:
    return simulate(5_000, seed=7)


@pytest.fixture(scope="session")
def large() -> Company:
    return simulate(LARGE, seed=3)


@pytest.fixture(scope="session")
def bare() -> Company:
    return simulate(LARGE, seed=3, effects=Effects.none())
