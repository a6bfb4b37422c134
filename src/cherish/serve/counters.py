"""What the server counts of itself, as Prometheus reads it: requests, events, waiting times, gauges of its parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds in seconds of how long answers took."""


class Counters:
    """Counts of one process since its start; only the event loop adds to them, so no lock is needed."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        self.events: Counter[str] = Counter()
        self.buckets = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0
        self.gauges: dict[str, tuple[str, Callable[[], float]]] = {}

    def answered(self, route: str, status: int, seconds: float) -> None:
        """A request to this route got this status after so many seconds."""
        self.requests[route, status] += 1
        self.seconds += seconds
        self.buckets[next((at for at, bound in enumerate(BUCKETS) if seconds <= bound), len(BUCKETS))] += 1

    def happened(self, what: str, events: int) -> None:
        """So many events were `accepted`, `quarantined`, `refused` or `ignored` (webhooks of no use here)."""
        self.events[what] += events

    def gauge(self, name: str, about: str, read: Callable[[], float]) -> None:
        """A number that is read when somebody asks for it."""
        self.gauges[name] = (about, read)

    def text(self) -> str:
        """Everything in the text format that Prometheus reads."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield from _head("cherish_requests_total", "Answered requests by route and status.", "counter")
        for (route, status), count in sorted(self.requests.items()):
            yield _line("cherish_requests_total", count, {"route": route, "status": str(status)})
        yield from _head("cherish_events_total", "Events by what became of them at the door.", "counter")
        for what in ("accepted", "quarantined", "refused", "ignored"):
            yield _line("cherish_events_total", self.events[what], {"result": what})
        yield from self._histogram("cherish_request_seconds", "Seconds until the answer.")
        for name, (about, read) in self.gauges.items():
            yield from _head(name, about, "gauge")
            yield _line(name, read())

    def _histogram(self, name: str, about: str) -> Iterator[str]:
        yield from _head(name, about, "histogram")
        total = 0
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), self.buckets, strict=True):
            total += count
            yield _line(f"{name}_bucket", total, {"le": bound})
        yield _line(f"{name}_sum", round(self.seconds, 6))
        yield _line(f"{name}_count", total)


def _head(name: str, about: str, kind: str) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} {kind}"


def _line(name: str, value: float, labels: Mapping[str, str] | None = None) -> str:
    inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in (labels or {}).items())
    return f"{name}{{{inside}}} {value}" if inside else f"{name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
