"""The tournament's benchmark in small: its areas are those of SQL, and what it says names a missed goal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bench import tournament


def test_a_small_run_finds_what_sql_finds(tmp_path: Path) -> None:
    found = tournament.run(tmp_path / "tournament", small=True)
    told = tournament.lines(found)
    assert [each.equal for each in found] == [True, True], told
    assert [each.contestants for each in found] == [12, 19], told
    assert found[1].customers == tournament.SMALL
    assert all("figures agree" in text for text in told)
    slow, wrong = replace(found[1], seconds=99.0), replace(found[1], equal=False)
    assert tournament.lines([slow])[0].endswith("over the goal of 60 s and 3 GB")
    assert "DIFFER" in tournament.lines([wrong])[0]
    assert not slow.passed
    assert not wrong.passed
