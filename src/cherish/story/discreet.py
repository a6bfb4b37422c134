"""A story for others: answers whose hidden figures can't be read, so that a sentence resting on one is not told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cherish.errors import Unanswerable
from cherish.result import Result

FEW_BEHIND = "it rests on fewer than {} customers, or would tell of so few."


def discreet(result: Result) -> Result:
    """The answer as it may be shared; reading what is hidden there says why it can't be told.

    Raises:
        Unanswerable: nothing of it may be shared.
    """
    shared = result.shared()
    least = shared.about["shared"]
    gone = [name for name, value in result.headline.items() if value is not None and shared.headline[name] is None]
    return replace(
        shared, headline=Discreet(shared.headline, gone, least), table=_Table(result.table, shared.table, least)
    )


class Discreet(dict[str, Any]):
    """Figures by name, some of which can't be read."""

    def __init__(self, figures: Any, hidden: Any, least: str) -> None:
        super().__init__(figures)
        self._hidden, self._least = frozenset(hidden), least

    def __getitem__(self, name: str) -> Any:
        if name in self._hidden:
            raise Unanswerable(FEW_BEHIND.format(self._least))
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """The figure, or the default where there is none."""
        return self[name] if name in self else default  # noqa: SIM401  # dict.get asks no __getitem__


class _Table:
    """A shared table whose rows know what is hidden in them; in all else the table itself."""

    def __init__(self, whole: Any, shared: Any, least: str) -> None:
        self._whole, self._shared, self._least = whole, shared, least

    def to_pylist(self) -> list[Discreet]:
        """The rows."""
        pairs = zip(self._whole.to_pylist(), self._shared.to_pylist(), strict=True)
        return [
            Discreet(
                row, [name for name, value in row.items() if value is None and full[name] is not None], self._least
            )
            for full, row in pairs
        ]

    def __getitem__(self, name: str) -> Any:
        return self._shared[name]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shared, name)
