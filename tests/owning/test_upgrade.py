"""A workspace of an older Cherish: what would be done is said, a backup is taken, and nothing of it is lost."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import text

from cherish.db import engines, migrate, tables
from cherish.errors import WorkspaceError
from cherish.serve.backups import restore
from cherish.serve.backups.upgrading import pending
from cherish.store.duckdb import DuckDBStore, migrations
from cherish.store.duckdb.copying import held
from cli.conftest import Run
from cli.conftest import run as run
from load.support import line, order, put, works
from owning.support import workspace
from store.test_file import older_log


def older_state(folder: Path) -> None:
    """A state as the first step of the migrations itself makes it, with a key in it."""
    from alembic import command

    engine = engines.sqlite(folder / "state.sqlite")
    config = migrate._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            tables.sources.insert().values(
                id="web", name="web", strict=False, test=False, made_at=datetime(2026, 1, 1, tzinfo=UTC)
            )
        )
    engine.dispose()


@pytest.fixture
def older(tmp_path: Path) -> Path:
    folder = tmp_path / "older"
    with works(folder) as here, here.store.owned():
        put(here.journal, [line(number, properties={"a": number}) for number in range(30)])
        put(here.journal, [order(number, 5.5, anonymous_id="a1") for number in range(100, 110)])
        here.load()
    (folder / "state.sqlite").unlink()
    older_log(folder)
    older_state(folder)
    return folder


def test_what_would_be_done_is_said_and_nothing_is_changed(older: Path, run: Run) -> None:
    before = {each.name: each.read_bytes() for each in older.glob("*.duckdb*")}
    code, out, err = run("upgrade", "--dry-run", "--workspace", older)
    assert code == 0, err
    for step in migrations.STEPS:
        assert f"step {step.version}: {step.title}" in out
    for number, _ in migrate.pending("0001"):
        assert f"state.sqlite   step {number}: " in out
    assert "0001" not in out
    assert {each.name: each.read_bytes() for each in older.glob("*.duckdb*")} == before
    assert [step.number for step in pending(workspace(older))][-1] == migrate.HEAD


def test_an_upgrade_takes_a_backup_first_and_keeps_every_row(older: Path, run: Run, tmp_path: Path) -> None:
    was = held(older / "log.duckdb")
    assert was.schema == 1
    code, out, err = run("upgrade", "--workspace", older)
    assert code == 0, err
    assert "equal a rebuild" in out
    now = held(older / "log.duckdb")
    assert (now.schema, now.rows) == (migrations.latest(), was.rows)
    assert pending(workspace(older)) == ()
    assert not list(older.glob("log.v*.duckdb")), "the backup has it"
    code, out, _ = run("upgrade", "--workspace", older)
    assert (code, "nothing to be done" in out) == (0, True)

    (made,) = (older / "backups").iterdir()
    assert held(made / "log.duckdb") == was
    back = restore(made, workspace(tmp_path / "back"))
    assert {name: back.rows[name] for name in was.rows} == was.rows
    engine = engines.sqlite(tmp_path / "back" / "state.sqlite")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT id FROM sources")).scalars().all() == ["web"]
    engine.dispose()


def test_a_step_that_fails_names_the_backup_and_leaves_the_log_as_it_was(
    older: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(connection: object) -> None:
        raise duckdb.InvalidInputException("no")

    monkeypatch.setattr(migrations, "STEPS", [*migrations.STEPS, migrations.Step(99, "a broken one", broken)])
    code, _, err = run("upgrade", "--workspace", older)
    (made,) = (older / "backups").iterdir()
    assert code == 2
    assert "step 99 (a broken one) failed and was taken back" in err
    assert str(made) in err


def test_another_command_says_what_it_did_to_an_older_log(
    older: Path, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    code, _, _ = run("sql", "SELECT count(*) FROM events", "--workspace", older)
    assert code == 0
    assert held(older / "log.v1.duckdb").schema == 1
    assert any("was brought up to date" in each.getMessage() for each in caplog.records)


def test_a_log_of_a_newer_version_is_refused(older: Path) -> None:
    with duckdb.connect(str(older / "log.duckdb")) as connection:
        connection.execute("UPDATE settings SET value = '999' WHERE key = 'schema'")
    with pytest.raises(WorkspaceError, match="newer"):
        pending(workspace(older))


HOLD = "import duckdb, sys; kept = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"


def test_a_log_that_another_process_holds_is_not_called_damaged(older: Path) -> None:
    words = [sys.executable, "-c", HOLD, str(older / "log.duckdb")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stdin=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(WorkspaceError, match="held by another process"):
            pending(workspace(older))
        holder.kill()
    assert DuckDBStore(older).facts.rows["events"] == 40
