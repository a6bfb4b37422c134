"""Noise and names by command, by settings' file, in the view of a customer, and at the door."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import cherish
from cherish.cli import main
from cherish.db import State
from cherish.db import open as open_state
from cherish.db.journal import open as open_journal
from cherish.db.keys import Keys
from cherish.load import Loader
from cherish.spec.messages import taken
from cherish.spec.noise import BOT, TEST
from logs import event, log_of

CSV = """customer,time,event,plan
anna,2024-01-01 09:00,Page Viewed,a
ben,2024-01-02 09:00,Page Viewed,b
ben@ourshop.com,2024-01-03 09:00,Order Complete,b
"""
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run words as the command line would, in a folder with a workspace of three events."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CHERISH_WORKSPACE", raising=False)
    (tmp_path / "visits.csv").write_text(CSV)

    def ran(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(list(words))
        found = capsys.readouterr()
        return int(left.value.code or 0), found.out, found.err

    assert ran("import", "visits.csv", "--yes")[0] == 0
    return ran


def customers(run: Run, *words: str) -> int:
    code, out, err = run("measure", "recency", "--json", *words)
    assert code == 0, err
    return int(json.loads(out)["headline"]["customers"])


def test_a_rule_by_command_is_listed_holds_and_is_taken_back(run: Run) -> None:
    assert "Everybody counts" in run("noise")[1]
    assert "1 customer is left out" in run("noise", "add", "email-domain", "ourshop.com")[1]
    assert "was a rule already" in run("noise", "add", "email-domain", "@OurShop.com")[1]
    assert (customers(run), customers(run, "--include-noise")) == (2, 3)
    assert "email-domain ourshop.com" in run("noise")[1]
    told = json.loads(run("noise", "--json")[1])
    assert told["left_out"] == [{"whole": True, "why": "email-domain ourshop.com", "customers": 1, "events": 0}]
    shown = run("customer", "show", "ben@ourshop.com")[1]
    assert "no answer counts this customer: email-domain ourshop.com" in " ".join(shown.split())
    assert "as internal, tests or bots" in " ".join(run("doctor")[1].split())
    assert run("noise", "remove", "email-domain", "ourshop.com")[0] == 0
    assert customers(run) == 3
    code, _, err = run("noise", "remove", "email-domain", "ourshop.com")
    assert code == 2
    assert "is no rule here" in err


def test_rules_of_the_settings_file_hold_as_long_as_they_stand_there(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "cherish.toml"
    file.write_text('label = "staging"\n[noise]\nkey = ["anna"]\nemail-domain = "ourshop.com"\n')
    assert customers(run) == 1
    assert "staging: " in " ".join(run("doctor")[1].split())
    code, _, err = run("noise", "remove", "key", "anna")
    assert code == 2
    assert "stands in cherish.toml" in " ".join(err.split())
    file.write_text("")
    assert customers(run) == 1
    file.write_text("[noise]\n")
    assert customers(run) == 3
    file.write_text('[noise]\ncolour = ["red"]\n')
    assert "a rule is about one of" in " ".join(run("measure", "recency")[2].split())


def test_names_by_command(run: Run) -> None:
    assert "Order Complete" in run("events")[1]
    assert run("events", "rename", "Order Complete", "Order Completed")[0] == 0
    assert run("events", "describe", "Page Viewed", "somebody looked")[0] == 0
    shown = " ".join(run("events")[1].split())
    assert "Order Completed 1 33.3%" in shown
    assert "sent as Order Complete" in shown
    assert "somebody looked" in shown
    assert '1. renamed: "Order Complete" is "Order Completed"' in shown
    code, _, err = run("events", "rename", "Page Viewed", "Order Completed")
    assert code == 2
    assert "cherish events merge" in err
    assert run("events", "merge", "Page Viewed", "Order Completed", "--into", "Seen")[0] == 0
    assert [each["name"] for each in json.loads(run("events", "--json")[1])["names"]] == ["Seen"]
    assert run("events", "undo")[0] == 0
    assert run("events", "hide", "Page Viewed")[0] == 0
    assert customers(run) == 1
    assert "hidden" in run("events")[1]
    assert run("events", "show", "Page Viewed")[0] == 0
    assert customers(run) == 3


def test_examples_are_values_that_many_share(run: Run, tmp_path: Path) -> None:
    rows = [
        event(f"u{place}", "Page", datetime(2024, 1, 1), properties=json.dumps(
            {"plan": "gold", "email": "a@b.c", "note": f"mine {place}", "seconds": place, "phone_model": "x"}))
        for place in range(12)
    ]  # fmt: skip
    found = {each.name: each for each in log_of([*rows, event("u0", "Page", datetime(2024, 1, 2))]).carried("Page", 10)
             .properties}  # fmt: skip
    assert (found["plan"].type, found["plan"].examples) == ("text", ("gold",))
    assert found["plan"].share == pytest.approx(12 / 13)
    assert found["email"].examples == found["note"].examples == found["seconds"].examples == ()
    assert found["seconds"].type == "number"
    assert "of the last" not in run("events", "properties", "Page Viewed")[1]
    assert "plan" in run("events", "properties", "Page Viewed")[1]


def test_the_door_marks_bots_and_the_loader_sources_for_tests(tmp_path: Path) -> None:
    state: State = open_state(tmp_path)
    store = cherish.open(tmp_path).store
    keys = Keys(state)
    real, trial = keys.add_source("site").source, keys.add_source("staging", test=True).source
    at = datetime(2024, 5, 1, tzinfo=UTC)
    with closing(open_journal(state)) as journal:
        for source, user, agent in ((real, "anna", "Mozilla/5.0 Firefox/120.0"), (real, "ben", "bingbot/2.0"),
                                    (trial, "cleo", "Mozilla/5.0 Firefox/120.0"), (trial, "anna", None)):  # fmt: skip
            body = {"userId": user, "event": "Page Viewed", "context": {"userAgent": agent} if agent else {}}
            found = taken(json.dumps(body).encode(), kind="track", received_at=at)
            journal.put(found.lines, source=source.id, events=1, received_at=at).result()
        with store.owned():
            loaded = Loader(store, (journal,), state).once()
    state.close()
    assert loaded.new == 4
    rows = store.query("SELECT user_id, source, noise FROM events ORDER BY source, user_id").to_pylist()
    assert [tuple(each.values()) for each in rows] == [
        ("anna", "site", None), ("ben", "site", BOT), ("anna", "staging", TEST), ("cleo", "staging", TEST),
    ]  # fmt: skip
    assert store.facts.names == {"Page Viewed": 1}
    assert (store.facts.rows["customers"], store.facts.left_out) == (1, {"customers": 2, "events": 3})
    view = cherish.open(tmp_path).customer("cleo", measures="recency")
    assert view.left_out == (f"only {TEST} events",)
    assert view.measures[0].value is not None
    assert store.check() == {}


def test_whoever_counts_has_no_word_of_noise_in_the_view() -> None:
    store = log_of([event("anna", "Page", datetime(2024, 1, 1))])
    told: dict[str, Any] = cherish.library.Log(store).customer("anna", parts=()).told()
    assert "left_out" not in told


def test_a_bot_is_known_by_what_stands_around_the_batch_before_it_is_reduced() -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0.0.0 Safari/537.36"
    events = [{"type": "track", "event": "x", "userId": "u"}]
    events.append({**events[0], "context": {"userAgent": "Mozilla/5.0 Firefox/120.0"}})  # type: ignore[dict-item]
    body = json.dumps({"batch": events, "context": {"userAgent": agent}}).encode()
    found = taken(body, kind=None, received_at=datetime(2024, 5, 1, tzinfo=UTC))
    lines = [json.loads(line) for line in found.lines.splitlines()]
    assert [line.get("noise") for line in lines] == [BOT, None]
    assert "Headless" not in found.lines.decode()


def test_a_source_for_tests_is_made_by_a_command_and_counts_nobody(run: Run, tmp_path: Path) -> None:
    assert "no server ever began here" in run("noise", "test-source", "staging")[2]
    folder = tmp_path / "cherish-workspace"
    with closing(open_state(folder)) as state:
        code, told, _ = run("noise", "test-source", "staging")
        assert code == 0
        key = told.split()[2]
        source = Keys(state).source_of(key)
        assert source is not None
        assert (source.id, source.test) == ("staging", True)
        with closing(open_journal(state)) as journal:
            now = datetime(2024, 1, 4, 9, tzinfo=UTC)
            body = taken(b'{"userId":"tester","event":"Page Viewed"}', kind="track", received_at=now).lines
            journal.put(body, source=source.id, events=1, received_at=now).result()
            store = cherish.open(folder).store
            Loader(store, (journal,), state).all()
    assert (customers(run), customers(run, "--include-noise")) == (3, 4)
