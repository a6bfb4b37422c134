"""The how-to runs as it is written."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from cli.conftest import CSV, Run

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "ask.md"


def test_every_line_of_the_how_to_runs(run: Run, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(CSV)
    text = PAGE.read_text()
    for block in re.findall(r"```sh\n(.*?)```", text, re.S):
        for line in block.splitlines():
            words, _, target = line.partition(" > ")
            code, out, err = run(*shlex.split(words)[1:])
            assert code == 0, f"{line}: {err}"
            if target:
                (tmp_path / target).write_text(out)
    for block in re.findall(r"```python\n(.*?)```", text, re.S):
        exec(compile(block, str(PAGE), "exec"), {})
