"""The seven answers in a terminal or a pipe: each question in full, its sentence, and its figures below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from cherish.cli._options import screen

INDENT = "   "


def tell(answer: Any) -> None:
    """Write the answers, what must stand beside them, and where they come from."""
    from cherish.reports.seven_questions import TITLES
    from cherish.show.layout import layout
    from cherish.show.terminal import write

    page = screen()
    for name, rows in groupby(answer.table.to_pylist(), key=lambda row: str(row["question"])):
        write(page, f"{name.partition(' ')[0]}. {TITLES.get(name, name)}", "bold")
        told = list(rows)
        for text in _said(told):
            write(page, INDENT + text)
        for row in told:
            if row["measured"] is not None:
                write(page, INDENT + figure(row), "dim", hang=6)
        write(page, "")
    found = layout(answer)
    for text in found.notes:
        write(page, f"! {text}", "yellow")
    write(page, " · ".join(text.replace(" ", "\u00a0") if len(text) < 60 else text for text in found.origin), "dim")


def _said(rows: list[Mapping[str, Any]]) -> Iterator[str]:
    """The answer, and what is missing where the answer doesn't say it itself."""
    first = rows[0]
    answer, why = first["answer"], first["why_not"]
    yield answer + "." if answer else "Hidden: it rests on few customers."
    if why and answer and why not in answer:
        yield f"Missing: {why}."


def figure(row: Mapping[str, Any]) -> str:
    """One figure: `rank correlation with staying, recency: 0.41 (0.38 to 0.44), n 2,469, p 0.001`."""
    from cherish.reports.seven_questions.answers import number, percent

    say = percent if row["measured"].startswith("share") else number
    parts = [f"{row['measured']}, {row['of']}" if row["of"] else row["measured"]]
    if row["figure"] is None:
        return f"{parts[0]}: – ({row['why_not']})" if row["why_not"] else f"{parts[0]}: –"
    ends = "" if row["low"] is None or row["high"] is None else f" ({say(row['low'])} to {say(row['high'])})"
    about = [f"n {row['n']:,}"] if row["n"] is not None else []
    about += [f"p {_p(row['p_value'])}"] if row["p_value"] is not None else []
    return f"{parts[0]}: {', '.join([say(row['figure']) + ends, *about])}"


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.0005 else "below 0.001"
