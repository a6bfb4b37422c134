"""Effects among some customers, and whether they differ: what was named beforehand counts, all else is a guess."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cherish.proof.interaction import Interaction, interaction
from cherish.proof.moments import Moments
from cherish.proof.multiplicity import holm
from cherish.proof.sequential import best_rho
from cherish.reports.experiment.lines import EXPLORED, INTERACTION, Line, Reading, line

MOST = 12
"""So many levels of a context are looked at apart, the largest; the others are one."""
OTHER = "(other)"
DIFFERS, NOT_SEEN, EXPLORATORY = "differs", "not proven", "exploratory"
Cells = Mapping[tuple[str, ...], Mapping[str, Moments]]


@dataclass(frozen=True)
class Context:
    """What customers are told apart by: its name, the place of its key, and whether it was named before the start."""

    name: str
    place: int
    before: bool


def whole(cells: Cells, arms: Sequence[str]) -> dict[str, dict[str, Moments]]:
    """The moments of each set by arm, over all segments: SET -> ARM -> moments."""
    return _added({(): list(cells)}, cells, arms)[()]


def levels(cells: Cells, arms: Sequence[str], place: int) -> dict[str, dict[str, dict[str, Moments]]]:
    """The same for each level of one key, the largest first; those beyond MOST as one."""
    sizes: dict[str, int] = {}
    for key, sets in cells.items():
        sizes[key[place]] = sizes.get(key[place], 0) + next(iter(sets.values())).n
    ranked = sorted(sizes, key=lambda level: (-sizes[level], level))
    shown = ranked if len(ranked) <= MOST + 1 else ranked[:MOST]
    groups: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for key in cells:
        groups.setdefault((key[place] if key[place] in shown else OTHER,), []).append(key)
    found = {group[0]: each for group, each in _added(groups, cells, arms).items()}
    order = [*shown, *([OTHER] if OTHER in found and OTHER not in shown else [])]
    return {level: found[level] for level in order if level in found}


def _added(
    groups: Mapping[tuple[str, ...], Sequence[tuple[str, ...]]], cells: Cells, arms: Sequence[str]
) -> dict[tuple[str, ...], dict[str, dict[str, Moments]]]:
    found: dict[tuple[str, ...], dict[str, dict[str, Moments]]] = {}
    for group, keys in groups.items():
        names = list(cells[keys[0]])
        empty = {name: _nobody(cells[keys[0]][name]) for name in names}
        found[group] = {
            name: {arm: sum((cells[key][name] for key in keys if key[0] == arm), start=empty[name]) for arm in arms}
            for name in names
        }
    return found


def _nobody(like: Moments) -> Moments:
    return Moments.of({name: [] for name in like.names})


def explored(
    cells: Cells, contexts: Sequence[Context], whats: Sequence[tuple[str, str]], arms: Sequence[str], control: str,
    reading: Reading,
) -> list[Line]:  # fmt: skip
    """A line for each level of each context, then one for each test of whether the levels differ."""
    found: list[Line] = []
    tests: list[tuple[Context, Line]] = []
    for context in contexts:
        per = levels(cells, arms, context.place)
        for what in whats:
            for arm in arms:
                if arm == control:
                    continue
                mine = {
                    level: line(sets[what[1]], control, arm, what, reading, f"{context.name}={level}", EXPLORED)
                    for level, sets in per.items()
                }
                verdict = "" if context.before else EXPLORATORY
                found += [replace(each, verdict=verdict, by=context.name) for each in mine.values()]
                tested = interaction({level: each.effect for level, each in mine.items()})
                tests.append((context, _line_of(tested, mine, context, reading)))
    return [*found, *_counted(tests, reading)]


def _line_of(tested: Interaction, mine: Mapping[str, Line], context: Context, reading: Reading) -> Line:
    """The test as a line: its p-value, and no effect of its own."""
    one = next(iter(mine.values()))
    n, n_control = (sum(getattr(each.effect, name) for each in mine.values()) for name in ("n", "n_control"))
    nothing = dict.fromkeys(("mean", "mean_control", "estimate", "se", "low", "high", "z", "relative", "relative_low",
                             "relative_high"))  # fmt: skip
    p = tested.log10_p if reading.declared else _always_valid(tested, (n + n_control) / reading.planned, reading.level)
    effect = replace(one.effect, n=n, n_control=n_control, log10_p=p, method="equal effects", theta=(), **nothing)  # type: ignore[arg-type]  # each may be None
    read = replace(one.read, effect=effect, low=None, high=None, log10_p=p, relative_low=None, relative_high=None)
    why = "one_level" if p is None else "interaction"
    return replace(one, role=INTERACTION, among=f"by {context.name}", effect=effect, read=read, smallest=None, why=why,
                   by=context.name)  # fmt: skip


def _always_valid(tested: Interaction, fraction: float, level: float) -> float | None:
    """log10 of a p-value that holds at every look: 1 over the mixture of likelihood ratios, in as many dimensions as
    the test has (the normal mixture of `proof.sequential`, whose square is a chi-square of one)."""
    if tested.chi_square is None:
        return None
    rho = best_rho(1.0, 1 - level)
    evidence = tested.freedom / 2 * math.log(rho / (fraction + rho))
    evidence += tested.chi_square * fraction / (2 * (fraction + rho))
    return min(-evidence / math.log(10), 0.0)


def _counted(tests: Sequence[tuple[Context, Line]], reading: Reading) -> list[Line]:
    """The tests with their verdicts: Holm over those named before the start, and over the others by themselves."""
    found: dict[int, Line] = {}
    for before in (True, False):
        places = [place for place, (context, _) in enumerate(tests) if context.before == before]
        adjusted = holm([tests[place][1].read.log10_p for place in places], log10=True)
        for place, p in zip(places, adjusted, strict=True):
            seen = p is not None and p < reading.limit
            verdict = (DIFFERS if seen else NOT_SEEN) if before else EXPLORATORY
            found[place] = replace(tests[place][1], adjusted=p, verdict=verdict)
    return [found[place] for place in range(len(tests))]
