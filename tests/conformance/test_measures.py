"""Every measure, on every engine: see `suite.py`."""

from __future__ import annotations

import pytest

from answer.test_reach import sample as sample
from conformance.engines import ENGINES
from conformance.suite import asked, conforms, definitions, portable


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", definitions("measure"))
def test_the_answer_is_that_of_the_reference(name: str, engine: str) -> None:
    conforms("measure", name, engine)


@pytest.mark.parametrize("name", definitions("measure"))
def test_it_asks_what_every_engine_can(name: str) -> None:
    portable("measure", name)


@pytest.mark.usefixtures("sample")
def test_a_measure_is_asked_by_lying_in_its_folder() -> None:
    assert "sample_loudness" in definitions("measure")
    assert next(each.name for _, each in asked("measure", "sample_loudness")) == "sample_loudness"
    for engine in ENGINES:
        conforms("measure", "sample_loudness", engine)
    portable("measure", "sample_loudness")
