"""The page on the simulated company lists every planted number as the code has it, and its example runs."""

from pathlib import Path

from cherish.demo.simulated.describe import markdown
from cherish.demo.simulated.schema import EVENTS

PAGE = (Path(__file__).parents[3] / "docs" / "explanation" / "simulated-company.md").read_text()


def test_every_planted_number_is_documented() -> None:
    listed = PAGE.split("<!-- planted: begin (cherish.demo.simulated.describe.markdown) -->")[1]
    assert listed.split("<!-- planted: end -->")[0].strip() == markdown()


def test_every_column_is_documented() -> None:
    assert all(name in PAGE for name in EVENTS.names)


def test_the_example_runs() -> None:
    exec(compile(PAGE.split("```python")[1].split("```")[0], "simulated-company.md", "exec"), {})
