"""Randomness: one independent generator per named part, so that no part's draws depend on another's."""

from hashlib import sha256

import numpy as np

from .arrays import Flags, Integers


def stream(seed: int, part: str) -> np.random.Generator:
    """Open the generator of one part.

    The part's name becomes the spawn key of numpy's SeedSequence, as `SeedSequence.spawn` does with a running number; a
    name keeps its stream when parts are added, removed or called in another order.
    """
    digest = sha256(part.encode()).digest()
    key = tuple(int.from_bytes(digest[place : place + 4], "big") for place in range(0, 16, 4))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def lot(generator: np.random.Generator, people: int, probabilities: tuple[float, ...]) -> Integers:
    """Draw one option per person; returns int8 codes of shape (people,)."""
    edges = np.cumsum(probabilities)[:-1]
    return np.searchsorted(edges, generator.random(people), side="right").astype(np.int8)


def chosen(generator: np.random.Generator, people: int, probability: float) -> Flags:
    """Draw yes with the same probability for each person; shape (people,)."""
    return generator.random(people) < probability
