"""What a loader keeps in memory: nothing that it does not need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LOADS = """
import sys
from pathlib import Path
from load.support import line, works
with works(Path(sys.argv[1])) as shop, shop.store.owned():
    shop.put([line(number) for number in range(50)], source="web")
    shop.put([line(number) for number in range(40, 90)], source="shop")
    print(shop.load().new, "pandas" in sys.modules)
"""


def test_a_load_imports_no_pandas(tmp_path: Path) -> None:
    tests = {"PYTHONPATH": str(Path(__file__).parents[1]), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", LOADS, str(tmp_path)], env=tests, capture_output=True, text=True, check=True
    )
    assert done.stdout == "100 False\n"
