"""The catalogue as a table: what can be measured and reported, in a line each, or one definition in full."""

from __future__ import annotations

import dataclasses
import inspect
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from cherish import lookup
from cherish.errors import FileError, QuestionError
from cherish.spec import families
from cherish.spec.definition import Definition
from cherish.spec.registry import FOLDERS, find, names
from cherish.workspace import locate

INSTRUMENT = "instrument"


@dataclass(frozen=True)
class Entry:
    """One definition as people look for it."""

    kind: str
    name: str
    question: str
    line: str
    family: str
    unit: str

    def texts(self, *more: str) -> tuple[str, ...]:
        """What it is found by, the most telling first: its name, what it asks, its family, and what else is given."""
        return self.name, f"{self.kind} {self.question} {self.line}", families.title(self.family), *more


class Catalogue(tuple[Entry, ...]):
    """The entries; shown as a table."""

    def __repr__(self) -> str:
        width = max((len(each.name) for each in self), default=0)
        return "\n".join(f"{each.kind:10} {each.name:{width}}  {each.line}" for each in self)

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><td>{each.kind}</td><td><code>{escape(each.name)}</code></td><td>{escape(each.line)}</td></tr>"
            for each in self
        )
        return f"<table><tr><th>kind</th><th>name</th><th>what it says</th></tr>{rows}</table>"


def catalogue(search: str | None = None) -> Catalogue:
    """Every measure, report and survey instrument, or those that match all words of a search, the best first.

    All that is written of a definition is searched: name, question, description, sources and authors, formula,
    parameters. The instruments are those that are shipped or installed, and those of the workspace in force.
    """
    if search is None:
        return Catalogue(entry for entry, _ in _entries())
    return Catalogue(lookup.best(search, _entries()))


def _entries() -> Iterator[tuple[Entry, tuple[str, ...]]]:
    """Every entry and the texts that it is found by."""
    yield from _definitions()
    # Reading forms takes a library that the help of a command can do without.
    from cherish.instruments import card
    from cherish.instruments import registry as instruments

    own = own_instruments()
    for name in instruments.names(own):
        try:
            found = instruments.find(name, own)
        except FileError as error:
            # One file that can't be read must not hide all others.
            entry = Entry(INSTRUMENT, name, f"can't be read: {error}", str(error), "M", "")
            yield entry, entry.texts()
            continue
        form = found.form
        entry = Entry(INSTRUMENT, name, form.title, form.about, "M", f"{form.min:g} to {form.max:g}")
        yield entry, entry.texts(form.source, "\n".join(text for text, _ in card.lines(found)))


def own_instruments() -> tuple[Path, ...]:
    """The folder of the instruments that the workspace in force brings along."""
    from cherish.instruments.registry import FOLDER

    return (locate().folder / FOLDER,)


def _definitions() -> Iterator[tuple[Entry, tuple[str, ...]]]:
    for kind in FOLDERS:
        for name in names(kind):
            definition = find(kind, name)
            card = definition.card
            entry = Entry(kind, name, question(definition), definition.line(), card.family, card.unit)
            called = f"{card.source or ''} {_called().get((kind, name), '')}"
            yield entry, entry.texts(called, documentation(definition))


@lru_cache(maxsize=1)
def _called() -> dict[tuple[str, str], str]:
    """What the field calls each definition, and who: the table from which `docs/reference/definitions.md` is made."""
    table = tomllib.loads(Path(__file__).with_name("definitions.toml").read_text(encoding="utf-8"))
    found: dict[tuple[str, str], str] = {}
    for each in table["definition"]:
        for kind in FOLDERS:
            for name in each.get(f"{kind}s", ()):
                found[kind, name] = f"{found.get((kind, name), '')}{each['who']}: {each['form']}. "
    return found


def question(definition: type[Definition]) -> str:
    """The question that a definition answers: the first line of its file."""
    module = inspect.getmodule(definition)
    return (inspect.getdoc(module) or definition.line()).splitlines()[0]


def signature(definition: type[Definition]) -> inspect.Signature:
    """The call that asks this definition: its parameters and those that every question takes."""
    own = [
        inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, default=each.default, annotation=_annotation(each))
        for each in definition.parameters()
    ]
    taken = {each.name for each in own}
    common = [each for each in _common_parameters(definition) if each.name not in taken]
    return inspect.Signature([*own, *common])


def _annotation(parameter: Any) -> Any:
    kinds = {"whole number": "int", "number": "float", "yes or no": "bool", "window": "int | str"}
    name = "tuple[str, ...]" if isinstance(parameter.default, tuple) else kinds.get(parameter.kind.name, "str")
    return f"{name} | None" if parameter.default is None else name


def _common_parameters(definition: type[Definition]) -> list[inspect.Parameter]:
    wanted: dict[str, Any] = {"where": (), "as_of": None, "population": "identified", "limit": None}
    if not definition.__module__.startswith(FOLDERS["report"]) and not hasattr(definition, "plan"):
        wanted |= {"by": (), "over": None, "since": None}
    return [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=value) for name, value in wanted.items()]


def documentation(definition: type[Definition]) -> str:
    """The docstring of the call: meaning, formula, parameters, reasons for a missing value, source, example."""
    card = definition.card
    lines = [inspect.getdoc(definition) or "", "", f"Formula: {card.formula}", f"Unit: {card.unit}"]
    if definition.parameters():
        lines += ["", "Args:"]
    for each in definition.parameters():
        choices = f" ({', '.join(each.choices)})" if each.choices else ""
        lines.append(f"    {each.name}: {each.help}{choices}; {default_text(each)}")
    if card.nulls:
        lines += ["", "No value where:", *(f"    {reason}: {meaning}" for reason, meaning in card.nulls.items())]
    if card.source:
        lines += ["", f"Source: {card.source}"]
    if card.example:
        lines += ["", f"Example: {card.example}"]
    return "\n".join(lines)


def default_text(parameter: Any) -> str:
    """The default as a person would write it."""
    text = parameter.write(parameter.default)
    if parameter.default is dataclasses.MISSING:
        return "must be given"
    return "optional" if parameter.default in (None, ()) and text in ("none", "") else f"default {text}"


def reflowed(text: str) -> str:
    """A docstring with each paragraph (and each line of a list) on one line, to be folded again."""
    paragraphs = text.split("\n\n")
    return "\n\n".join(_listed(each) if is_laid_out(each) else " ".join(each.split()) for each in paragraphs)


def _listed(paragraph: str) -> str:
    # A line that begins with blanks goes on with the one above it.
    return re.sub(r"\n\s+", " ", paragraph)


def hang_of(line: str) -> int | None:
    """Where the second column of a list's line begins, so that what is folded stands below it."""
    found = re.match(r"\s*\S+(?: \S+)*?(?:  +)(?=\S)", line)
    return found.end() if found else None


def is_laid_out(paragraph: str) -> bool:
    """Whether the line ends of a paragraph mean something: it is a list or a table."""
    return re.search(r"(?m)^\s|\S  +\S", paragraph) is not None


def card_lines(kind: str, definition: type[Definition]) -> Iterator[tuple[str, str]]:
    """The whole card as lines with a style each, for a screen."""
    card = definition.card
    yield f"{definition.name}: {question(definition)}", "bold"
    yield "", ""
    yield reflowed(inspect.getdoc(definition) or ""), ""
    yield "", ""
    about = {
        "formula": card.formula,
        "unit": card.unit,
        "source": str(card.source or "our own"),
        "needs": ", ".join(card.needs),
    }
    about |= {
        "range": _range(card.range),
        "better": card.direction or "",
        "version": str(card.version),
        "family": f"{card.family}, {families.title(card.family)}",
    }
    for title, text in about.items():
        if text:
            yield f"{title:9}{text}", ""
    for reason, meaning in card.nulls.items():
        yield f"no value ({reason}): {meaning}", ""
    if definition.parameters():
        yield "", ""
        yield "Parameters", "bold"
    width = max((len(each.name) for each in definition.parameters()), default=0)
    for each in definition.parameters():
        choices = f" ({' | '.join(each.choices)})" if each.choices else ""
        yield f"  {each.name:{width}}  {each.help}{choices}  [{default_text(each)}]", ""
    yield "", ""
    yield f"Ask: cherish {kind} {definition.name}    In Python: {card.example}", "dim"


def _range(ends: tuple[float | None, float | None]) -> str:
    low, high = ("" if end is None else f"{end:g}" for end in ends)
    if low and high:
        return f"{low} to {high}"
    return f"from {low}" if low else f"up to {high}" if high else ""


def kind_of(name: str) -> str:
    """Whether a name is a measure's or a report's; a measure where it is both.

    Raises:
        QuestionError: it is neither; the message names the nearest.
    """
    found = next((kind for kind in FOLDERS if name in names(kind)), None)
    if found is None:
        every = sorted({each for kind in FOLDERS for each in names(kind)})
        near = get_close_matches(name, every, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(every)}"
        raise QuestionError(f"no measure and no report is called {name!r}; {hint}")
    return found
