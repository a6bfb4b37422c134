"""Answers in a notebook: the same sentence, table and origin as HTML."""

from __future__ import annotations

from html import escape

from cherish.show.answered import Answered
from cherish.show.layout import Column, layout


def html(result: Answered) -> str:
    """The answer as one HTML fragment without styles of its own but alignment and room."""
    found = layout(result)
    title = f"<p><strong>{escape(found.title)}</strong></p>" if found.title else ""
    lines = escape(found.sentence).replace("\n", "<br>")
    said = lines if found.title else f"<strong>{lines}</strong>"
    parts = [title, f"<p>{said}</p>", _table(found.columns)]
    more = [text for text in (found.more.partition(";")[0], found.legend) if text]
    parts += [f"<p><small>{escape(text)}</small></p>" for text in (*more, *found.missing, *found.notes)]
    parts.append(f"<p><small><code>{escape(' · '.join(found.origin))}</code></small></p>")
    return f"<div>{''.join(parts)}</div>"


def _table(columns: tuple[Column, ...]) -> str:
    head = "".join(f"<th style='{_style(each)}'>{escape(each.title)}</th>" for each in columns)
    rows = zip(*(column.cells for column in columns), strict=True)
    body = "".join(
        "<tr>"
        + "".join(
            f"<td style='{_style(column)}'>{escape(cell)}</td>" for column, cell in zip(columns, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _style(column: Column) -> str:
    return f"text-align:{'right' if column.number else 'left'};padding:2px 10px"
