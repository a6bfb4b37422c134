"""The bench of the loader in small: it loads each event once, and its server shows what was sent."""

from __future__ import annotations

from pathlib import Path

from bench import loading


def test_a_small_run_loads_all_and_sees_it(tmp_path: Path) -> None:
    found = loading.run(tmp_path / "workspace", small=True)
    told, loaded, seen = loading.lines(found), found.alone, found.seen
    assert (loaded.events, loaded.equal) == (5_000, True), told
    assert loaded.peak > 0, told
    assert seen.equal, told
    assert seen.rate > 50, told
    assert ("goal: 60,000" in told[0]) != loaded.passed
