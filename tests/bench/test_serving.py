"""The server's benchmark in small: what was acknowledged under load is there, once, whatever the machine's speed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import serving


@pytest.mark.skipif(bool(serving.missing()), reason="wrk is not installed: apt install wrk")
def test_under_load_nothing_acknowledged_is_missing(tmp_path: Path) -> None:
    found = serving.run(tmp_path, small=True, rounds=1, interpreter=None)
    told = serving.lines(found)
    assert found.equal, told
    assert [rush.load for rush in found.rushes] == ["single events", "batches of 100"]
    for rush in found.rushes:
        assert all(took.rate > 100 for took in rush.took.values()), told
        assert 0 < rush.ratio(serving.UNSTORED) < 3, told
    assert found.steady is not None
    assert found.steady.loaded >= found.steady.acknowledged > 10_000, told
    assert found.steady.slowest_report > 0
    assert found.steady.bytes["server"] > 10**7, "its memory was looked at; how much it may be is for the full run"


def test_what_is_short_of_a_goal_or_missing_is_said() -> None:
    quick, slow = (serving.Took(rate, 10.0, p99, True, 0) for rate, p99 in ((5_000.0, 20.0), (5_500.0, 10.0)))
    rush = serving.Rush(serving.SINGLE.name, 64, {serving.STORED: quick, serving.UNSTORED: slow})
    assert rush.passed
    assert "short" not in serving.lines(serving.Served([rush]))[0]
    late = serving.Rush(rush.load, 64, {**rush.took, serving.STORED: serving.Took(5_000.0, 10.0, 60.0, True, 0)})
    assert not late.passed
    assert serving.lines(serving.Served([late]))[0].endswith("nothing missing, short of the goal")
    lost = serving.Rush(rush.load, 64, {**rush.took, serving.STORED: serving.Took(5_000.0, 10.0, 20.0, False, 0)})
    assert not lost.equal
    assert "SOMETHING IS MISSING" in serving.lines(serving.Served([lost]))[0]
