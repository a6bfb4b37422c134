"""Service cases as events: opened, answered, ended, perhaps reopened, perhaps rated."""

from collections.abc import Iterator

import numpy as np

from .arrays import MINUTE, Flags, Floats
from .batches import Batch, Column, Labels
from .parameters import PARAMETERS
from .plan import Plan
from .service import LANES, Cases

AGENTS = tuple(f"agent-{number:02d}" for number in range(1, PARAMETERS.serving.agents + 1))
EXPERIMENT = "quality-fix"


def conversations(plan: Plan, cases: Cases, ends: Floats) -> Iterator[Batch]:
    """Give the events of every case that is opened before dropout. All draws are made for all cases."""
    law, size = PARAMETERS.serving, cases.moment.size
    draws = plan.stream("conversations")
    agent = draws.integers(0, law.agents, size, dtype=np.int8)
    minutes = np.asarray(law.answer_minutes)[cases.lane] * draws.lognormal(0.0, law.answer_spread, size)
    answered = cases.moment + minutes * MINUTE
    ended = answered + draws.exponential(law.resolve_days, size)
    reopened = ended + draws.uniform(0.5, 5.0, size)
    again = draws.random(size) < law.reopened
    ended_again = reopened + draws.exponential(law.resolve_days, size)
    rated = draws.random(size) < law.rated
    score = np.where(cases.bad, 1, 4) + draws.integers(0, 2, size)
    shown = cases.moment < ends[cases.customer]
    case = np.arange(size)
    columns: dict[str, Column] = {"channel": "chat", "case_id": case, "agent_id": Labels(AGENTS, agent)}
    lot: dict[str, Column] = {
        "channel": "chat",
        "case_id": case,
        "experiment": EXPERIMENT,
        "variation": Labels(LANES, cases.lane),
    }
    rating: dict[str, Column] = {**columns, "instrument": "service", "item": "satisfaction", "score": score}

    def batch(name: str, moment: Floats, rows: Flags, kind: str, says: dict[str, Column]) -> Batch:
        return Batch(f"conversations/{kind}", name, case, cases.customer, moment, columns=says).where(shown & rows)

    all_cases = np.ones(size, dtype=np.bool_)
    yield batch("Experiment Viewed", cases.moment, all_cases, "lot", lot)
    yield batch("Live Chat Conversation Started", cases.moment, all_cases, "started", columns)
    yield batch("Live Chat Message Received", answered, all_cases, "answered", columns)
    yield batch("Live Chat Conversation Ended", ended, all_cases, "ended", columns)
    yield batch("Live Chat Conversation Reopened", reopened, again, "reopened", columns)
    yield batch("Live Chat Conversation Ended", ended_again, again, "ended again", columns)
    yield batch("Survey Answered", ended + 5 * MINUTE, rated, "rated", rating)
