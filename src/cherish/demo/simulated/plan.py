"""The plan of one simulation: its size, seed, calendar and effects, and its random streams."""

from dataclasses import dataclass
from datetime import date, datetime, time

import numpy as np

from .effects import Effects
from .parameters import PARAMETERS
from .streams import stream
from .texts import ID_BITS

SHORTEST = 364


@dataclass(frozen=True)
class Plan:
    """What was asked for. Moments are days since `start`, at midnight UTC."""

    customers: int
    seed: int
    days: int
    start: date
    effects: Effects

    def __post_init__(self) -> None:
        """Refuse what leaves no room for the company's calendar."""
        if not 100 <= self.customers <= 10_000_000:
            raise ValueError(f"customers is {self.customers}; give a number from 100 to 10,000,000")
        if self.days < SHORTEST:
            raise ValueError(f"days is {self.days}; the campaigns and trials need at least {SHORTEST}")
        if self.seed < 0:
            raise ValueError(f"seed is {self.seed}; give a number of at least 0")

    def stream(self, part: str) -> np.random.Generator:
        """Open the generator of one part."""
        return stream(self.seed, part)

    def at(self, share: float) -> float:
        """Give the midnight that lies this share of the horizon after the start."""
        return float(int(self.days * share))

    def timestamp(self, moment: float) -> datetime:
        """Give the UTC time of a moment."""
        microseconds = int(moment * 86_400_000_000)
        whole = datetime.combine(self.start, time())
        return whole + (datetime.resolution * microseconds)

    @property
    def start_microseconds(self) -> int:
        """The start in microseconds since 1970."""
        return (self.start - date(1970, 1, 1)).days * 86_400_000_000

    @property
    def salt(self) -> int:
        """The secret of this seed's ids, so that companies of two seeds share no message."""
        return int(self.stream("ids").integers(0, 1 << ID_BITS))

    @property
    def trial(self) -> float:
        """The moment of the frequency trial's lot: two weeks of room remain after its last month."""
        return float(self.days - 28 * PARAMETERS.frequency.months - 14)

    @property
    def community(self) -> float:
        """The moment at which the community opens."""
        return self.days - PARAMETERS.community.days
