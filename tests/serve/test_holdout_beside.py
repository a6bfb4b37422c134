"""`cherish holdout` beside a running server: the server holds the log, so it plans, draws and remembers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import cherish
from cherish.cli import main
from cherish.store.line import noted
from serve.test_beside import serve


def test_plan_assign_and_export_go_through_the_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHERISH_WORKSPACE", str(tmp_path / "ws"))
    monkeypatch.delenv("COLUMNS", raising=False)
    rows = [f"c{number}@shop.test,2024-01-0{1 + number % 9} 09:00,{number},10" for number in range(40)]
    (tmp_path / "orders.csv").write_text("\n".join(["customer,time,order,amount", *rows]) + "\n")

    def said(*words: object) -> str:
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in words])
        found = capsys.readouterr()
        assert not left.value.code, found.err
        return found.out + found.err

    said("import", tmp_path / "orders.csv", "--yes", "--currency", "EUR", "--tz", "UTC")
    serving = serve(tmp_path / "ws")
    try:
        assert noted(tmp_path / "ws") is not None
        assert "mail is planned" in said("holdout", "plan", "mail", "--hold", "50%", "--horizon", "7d")
        drawn = json.loads(said("holdout", "assign", "mail", "--json"))
        assert (drawn["new"], drawn["decided"]) == (40, 40)
        assert "addresses for Braze" in said(
            "holdout", "export", "mail", "--for", "braze", "--to", tmp_path / "list.csv"
        )
        listed = (tmp_path / "list.csv").read_text().split()
        assert listed[0] == "email"
        assert len(listed) - 1 == drawn["held"]
        assert "0 addresses" in said("holdout", "export", "mail", "--for", "braze", "--to", tmp_path / "next.csv")
        assert json.loads(said("holdout", "--json"))[0]["held_out"] == drawn["held"]
        assert "Not proven" in said("holdout", "read", "mail")
        assert "one control over all campaigns" in said("holdout", "plan", "--horizon", "7d")
        with cherish.open(tmp_path / "ws").session() as log:
            assert log.store.assign_holdout("mail").new == 0
    finally:
        serving.stop()
    assert json.loads(said("holdout", "assign", "mail", "--json"))["new"] == 0
