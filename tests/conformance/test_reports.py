"""Every report, on every engine: see `suite.py`."""

from __future__ import annotations

import pytest

from answer.test_reach import sample as sample
from conformance.engines import ENGINES
from conformance.gaps import GAPS
from conformance.suite import asked, conforms, definitions, portable
from properties.world import variants


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", definitions("report"))
def test_the_answer_is_that_of_the_reference(name: str, engine: str) -> None:
    conforms("report", name, engine)


@pytest.mark.parametrize("name", definitions("report"))
def test_it_asks_what_every_engine_can(name: str) -> None:
    portable("report", name)


@pytest.mark.usefixtures("sample")
def test_a_report_is_asked_by_lying_in_its_folder() -> None:
    assert "sample_everything" in definitions("report")
    assert next(each.name for _, each in asked("report", "sample_everything")) == "sample_everything"
    for engine in ENGINES:
        conforms("report", "sample_everything", engine)
    portable("report", "sample_everything")


def test_gaps_name_what_is_there() -> None:
    there = {str(each) for each in variants()} if GAPS else set()
    assert {each.variant for each in GAPS} <= there
