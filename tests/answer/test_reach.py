"""A new measure, report or instrument is one file: dropped into the folder, it is everywhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import cherish
import cherish.instruments
import cherish.measures
import cherish.reports
from answer.small import shop
from cherish.library import Log
from cherish.spec import registry

MEASURE = '''
"""How loud is the customer?"""

from cherish.points.fact import count
from cherish.points.measure import Measure, Value
from cherish.spec.definition import Card, parameter, WINDOW


class Loudness(Measure):
    """Events of the customer in the window, for a test."""

    card = Card(family="T", formula="|events|", unit="events", example='log.measure("sample_loudness")')
    additive = True

    window: int | None = parameter(28, "how many days back", WINDOW)

    def facts(self, view):
        return {"n": count("activity", window=self.window)}

    def value(self, facts, moment, fit=None):
        return Value(y=facts.n)
'''
REPORT = '''
"""How many of everything?"""

from cherish.spec.definition import Card
from cherish.spec.plan import Plan
from cherish.spec.report import Report


class Everything(Report):
    """The number of events, for a test."""

    card = Card(family="T", formula="|events|", unit="events", example='log.report("sample_everything")')

    def plan(self, view, run):
        events = view.events()
        return Plan(expression=events.agg(n=events.count()), convention="everything")
'''
INSTRUMENT = """
title = "How loud are we?"
about = "One question, for a test."
min = 1
max = 4
items = [{ name = "loud", text = "Are we too loud?" }]
"""


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for package, file, text in (
        (cherish.measures, "sample_loudness.py", MEASURE),
        (cherish.reports, "sample_everything.py", REPORT),
        (cherish.instruments, "sample_noise.toml", INSTRUMENT),
    ):
        folder = tmp_path / package.__name__
        folder.mkdir()
        (folder / file).write_text(text)
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    yield
    for name in [name for name in sys.modules if "sample_" in name]:
        del sys.modules[name]
    # The registry remembers classes by their module; whoever asks next must meet the module that is there then.
    registry._module_class.cache_clear()


@pytest.mark.usefixtures("sample")
def test_one_file_is_enough(capsys: pytest.CaptureFixture[str]) -> None:
    from cherish.cli import main
    from cherish.cli._reference import pages

    log = Log(shop())
    assert log.measure("sample_loudness", window="all").headline["sum"] == 5
    assert log.report("sample_everything").table.to_pylist() == [{"n": 5}]
    assert {"sample_loudness", "sample_everything", "sample_noise"} <= {each.name for each in cherish.catalogue()}
    written = pages()
    assert "## sample_loudness" in written["measures.md"]
    assert "## sample_everything" in written["reports.md"]
    assert "## sample_noise" in written["instruments.md"]
    for words, says in (
        (["measure", "sample_loudness", "--help"], "--window WINDOW"),
        (["report", "--help"], "How many of everything?"),
        (["catalogue"], "How loud is the customer?"),
        (["catalogue"], "How loud are we?"),
        (["catalogue", "sample_noise"], "Are we too loud?"),
    ):
        with pytest.raises(SystemExit):
            main(words)
        assert says in capsys.readouterr().out
