"""`cherish holdout`: from a plan to a list for the sender, and what the mail caused, as people type it."""

from __future__ import annotations

import csv
import io
import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

import cherish
from cherish.spec.holdouts import Wish
from cli.conftest import Run
from lots import SALT

PEOPLE = [f"c{number}" for number in range(60)]
FIRST = date(2024, 1, 1)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of sixty customers with addresses, of whom every third ordered within the last weeks of data."""
    place = tmp_path_factory.mktemp("shop")
    orders = [
        f"{name},{FIRST + timedelta(days=number)} 09:00,{number},{10 + number}.00" for number, name in enumerate(PEOPLE)
    ]
    orders += [f"{name},{FIRST + timedelta(days=190)} 10:00,b{name},12.50" for name in PEOPLE[::3]]
    (place / "orders.csv").write_text("\n".join(["customer,time,order,amount", *orders]) + "\n")
    people = [f"{name},{name}@shop.test" for name in PEOPLE[:-1]]
    (place / "people.csv").write_text("\n".join(["customer,email", *people]) + "\n")
    log = cherish.open(place / "ws")
    log.import_files(place / "orders.csv", currency="EUR", zone="UTC")
    log.import_files(place / "people.csv")
    return place / "ws"


@pytest.fixture
def shop(tmp_path: Path, imported: Path) -> Path:
    """The folder with a copy of that workspace."""
    shutil.copytree(imported, tmp_path / "cherish-workspace")
    return tmp_path


def salted(name: str) -> None:
    """A salt that is the same on every run: planned anew, a holdout keeps it."""
    cherish.open().store.plan_holdout(Wish(name, 0.5), SALT)


def test_a_plan_is_shown_and_nothing_is_kept_without_a_name(shop: Path, run: Run) -> None:
    code, out, err = run("holdout", "plan", "--margin", ".3", "--horizon", "30d")
    assert code == 0, err
    assert "one control over all campaigns" in out
    assert "Nothing is kept yet" in out
    assert "There is no holdout yet" in run("holdout")[1]
    answer = json.loads(run("holdout", "plan", "--margin", "30%", "--horizon", "30d", "--json")[1])
    assert answer["headline"]["customers"] == 60


def test_from_a_plan_to_a_list_and_what_is_new_the_next_day(shop: Path, run: Run) -> None:
    code, out, err = run("holdout", "plan", "mail", "--hold", "30%", "--horizon", "30d", "--until", "2024-09-01")
    assert code == 0, err
    assert "mail is planned: 0.3 of the customers, read on 2024-09-01" in out
    code, out, err = run("holdout", "assign", "mail", "--at", "2024-07-01")
    assert code == 0, err
    assert "60 customers drawn" in out
    assert "Nobody new to draw" in run("holdout", "assign", "mail", "--at", "2024-07-01")[1]
    code, out, err = run("holdout", "export", "mail", "--for", "klaviyo", "--to", "suppress.csv")
    assert (code, out) == (0, "")
    file = shop / "suppress.csv"
    assert file.stat().st_mode & 0o777 == 0o600, "nobody else may read addresses"
    rows = list(csv.reader(io.StringIO(file.read_text())))
    assert rows[0] == ["Email"], "Klaviyo's own name of the column, and no other column"
    drawn = json.loads(run("holdout", "assign", "mail", "--json")[1])
    assert (drawn["new"], drawn["decided"]) == (0, 60)
    named = int(err.split(" addresses for Klaviyo")[0])
    assert len(rows) - 1 == named
    assert drawn["held"] - named in (0, 1), "one customer has no address"
    assert "0 addresses" in run("holdout", "export", "mail", "--for", "klaviyo", "--to", "next.csv")[2]
    for sender, column in (
        ("mailchimp", "Email Address"),
        ("customerio", "email"),
        ("braze", "email"),
        ("csv", "email"),
    ):
        code, out, err = run("holdout", "export", "mail", "--for", sender, "--to", "-")
        assert code == 0, err
        assert out.split("\r\n")[0] == column
        assert sorted(out.split("\r\n")[1:-1]) == sorted(row[0] for row in rows[1:])
    assert f"{named} addresses" in run("holdout", "export", "mail", "--for", "csv", "--to", "all.csv", "--all")[2]


def test_the_salt_is_shown_to_nobody(shop: Path, run: Run) -> None:
    run("holdout", "plan", "mail", "--hold", "30%", "--horizon", "30d")
    listed = json.loads(run("holdout", "--json")[1])
    assert [each["name"] for each in listed] == ["mail"]
    assert "salt" not in listed[0]
    assert listed[0]["drawn"] == 0
    run("holdout", "assign", "mail", "--at", "2024-07-01")
    out = run("holdout")[1]
    assert "mail" in out
    assert "60" in out


def test_what_mail_caused_is_read_by_the_plan(shop: Path, run: Run) -> None:
    salted("mail")
    run("holdout", "plan", "mail", "--hold", "30%", "--horizon", "7d", "--metric", "orders", "--until", "2024-07-20")
    run("holdout", "assign", "mail", "--at", "2024-07-01")
    out = json.loads(run("holdout", "assign", "mail", "--json")[1])["name"]
    assert out == "mail"
    sends = [f"m{place},{name},2024-07-02T09:00:00Z,summer" for place, name in enumerate(PEOPLE)]
    (shop / "sends.csv").write_text("\n".join(["nr,to,when,mailing", *sends]) + "\n")
    words = ("--event", "Email Sent", "--kind", "events", "--map", "customer=to", "--map", "time=when")
    code, _, err = run("import", "sends.csv", *words, "--map", "message=nr", "--map", "campaign=mailing", "--yes")
    assert code == 0, err
    code, out, err = run("holdout", "read", "mail", "--as-of", "2024-07-25")
    assert code == 0, err
    assert "Not proven" in out
    assert "orders" in out
    assert "summer" in out, "who got mail although held out, by campaign"
    answer = json.loads(run("holdout", "read", "mail", "--as-of", "2024-07-25", "--json")[1])
    assert answer["parameters"]["until"] == "2024-07-20"
    assert answer["parameters"]["horizon"] == "7d"
    assert answer["headline"]["leaked"] == answer["headline"]["held_out"], "this sender heeds nothing"
    (shop / "read.json").write_text(json.dumps(answer))
    assert run("verify", "read.json")[0] == 0


def test_on_a_terminal_what_is_missing_is_asked(shop: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Typed(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Typed("orders\n.25\n20%\nmail\n"))
    code, out, err = run("holdout", "plan", "--horizon", "30d")
    assert code == 0, err
    assert "Which outcome?" in out + err
    assert "Hold out which share?" in out + err
    kept = json.loads(run("holdout", "--json")[1])
    assert [(each["name"], each["share"], each["metric"], each["margin"]) for each in kept] == [
        ("mail", 0.2, "orders", 0.25)
    ]
    monkeypatch.setattr("sys.stdin", Typed("\n\n\n\n"))
    assert "Nothing is kept yet" in run("holdout", "plan", "--horizon", "30d")[1]


def test_a_lot_of_few_that_held_out_nobody_says_the_way_on(shop: Path, run: Run) -> None:
    salted("tiny")
    run("holdout", "plan", "tiny", "--hold", "0.01%", "--horizon", "7d")
    assert "the lot held nobody out" in run("holdout", "assign", "tiny", "--at", "2024-07-01")[1]
    code, _, err = run("holdout", "read", "tiny", "--as-of", "2024-07-25")
    assert code == 2
    assert "cherish holdout plan NAME --hold 50%" in err


def test_what_can_t_be_done_is_refused_with_the_way(shop: Path, run: Run) -> None:
    for words, says in (
        (("assign", "mail"), "none was planned yet; plan it with: cherish holdout plan mail"),
        (("export", "mail", "--for", "post", "--to", "x.csv"), "there are klaviyo, mailchimp"),
        (("plan", "mail", "--hold", "10"), "10%"),
        (("plan", "../x", "--hold", "10%"), "can't be called"),
        (("plan", "mail", "--hold", "10%", "--until", "soon"), "such as 2024-01-31"),
        (("read", "mail"), "no holdout"),
    ):
        code, _, err = run("holdout", *words)
        assert code == 2
        assert says in err


def test_without_a_workspace_nothing_is_made(run: Run, tmp_path: Path) -> None:
    assert run("holdout", "assign", "mail")[0] == 2
    assert run("holdout", "export", "mail", "--for", "csv", "--to", "x.csv")[0] == 2
    assert list(tmp_path.iterdir()) == []
