"""What stands in deploy/ can be run: its command lines are ours, its units are sound, its image holds no secret."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest

from cherish.cli._app import command, verbs

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
CONTAINERFILE = DEPLOY / "Containerfile"


class Unit(RawConfigParser):
    """A unit's file: names as they are written, of repeated ones the last."""

    optionxform = staticmethod(str)  # type: ignore[assignment]


def unit(file: Path) -> Unit:
    found = Unit(strict=False, delimiters=("=",), comment_prefixes=("#",))
    found.read_string(file.read_text())
    return found


def container(word: str) -> list[str]:
    """The words of an instruction in the list form, which starts no shell; the health check's own CMD is indented."""
    (found,) = re.findall(rf"^{word} (\[.*\])$", CONTAINERFILE.read_text(), re.M)
    words: list[str] = json.loads(found)
    return words


def check(words: list[str]) -> None:
    """Refused like by the command line itself: an unknown verb, option or value."""
    assert words[0] in verbs()
    found = command().get_command(None, words[0])
    found.make_context(words[0], words[1:])


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.name)
def test_the_command_line_of_a_unit_is_one_that_the_program_takes(file: Path) -> None:
    # What an instance of a template is called stands for %i.
    program, *words = shlex.split(unit(file)["Service"]["ExecStart"].replace("%i", "1"))
    assert program == "/opt/cherish/bin/cherish"
    check(words)


def test_the_command_line_of_the_image_is_one_that_the_program_takes() -> None:
    assert container("ENTRYPOINT") == ["cherish"]
    check(container("CMD"))


def test_a_command_line_that_is_none_would_be_found() -> None:
    with pytest.raises(Exception, match="No such option"):
        check(["serve", "--hots", "127.0.0.1"])


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.name)
def test_a_unit_runs_as_nobody_who_can_do_harm(file: Path) -> None:
    service = unit(file)["Service"]
    assert service["DynamicUser"] == "yes"
    assert service["StateDirectory"] == "cherish"
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_finds_the_units_sound_and_hardened(tmp_path: Path) -> None:
    program = tmp_path / "cherish"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for file in [*UNITS, *DEPLOY.glob("*.timer")]:
        (tmp_path / file.name).write_text(file.read_text().replace("/opt/cherish/bin/cherish", str(program)))
    around = {**os.environ, "SYSTEMD_LOG_LEVEL": "warning"}
    files = [str(each) for each in sorted(tmp_path.glob("cherish*.*"))]
    found = subprocess.run(
        ["systemd-analyze", "verify", *files], capture_output=True, text=True, env=around, check=False
    )
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")
    for file in tmp_path.glob("*.service"):
        told = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", str(file)],
            capture_output=True, text=True, env=around, check=False,
        )  # fmt: skip
        assert told.returncode == 0, told.stdout[-300:]


def test_the_image_runs_as_nobody_special_and_holds_no_secret() -> None:
    text = CONTAINERFILE.read_text()
    last = text[text.rindex("\nFROM ") :]
    assert re.search(r"^USER 10001$", last, re.M)
    assert "--from=build" in last
    assert "HEALTHCHECK" in last
    assert not re.search(r"^(ARG|ENV) .*(PASSWORD|SECRET|TOKEN|DATABASE)", text, re.M | re.I)
    assert not re.search(r"^(COPY|ADD) (--\S+ )*\. ", text, re.M), "a copy of everything may hold a workspace"


@pytest.mark.parametrize("name", ["Caddyfile", "nginx.conf"])
def test_a_proxy_holds_nothing_back_and_tells_nobody_the_counts(name: str) -> None:
    text = (DEPLOY / name).read_text()
    assert "/metrics" in text
    assert "25" in text, "larger bodies are refused by the server, with its reason"
    assert "10s" in text, "idle connections go before the server lets go of them"
    assert "flush_interval -1" in text or text.count("proxy_buffering off") == 1
    assert name == "Caddyfile" or text.count("X-Forwarded-Proto") == text.count("proxy_pass")
