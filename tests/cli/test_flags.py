"""Who asks at the command line is told flags, who asks in Python keywords."""

from __future__ import annotations

from pathlib import Path

import pytest

import cherish
from cherish.cli._flags import flagged
from cherish.errors import CherishError
from cli.conftest import Run

NAMES = ("steps", "window", "as_of", "groups", "emotional", "nbd", "currency", "where", "by")


@pytest.mark.parametrize(
    ("python", "shell"),
    [
        ("steps=9: 8 at most", "--steps 9: 8 at most"),
        ("write them as steps=FIRST|SECOND", "write them as --steps 'FIRST|SECOND'"),
        ("window: '3 moons' is no length", "--window: '3 moons' is no length"),
        ("as_of='2011-12-10T18:30': a time", "--as-of '2011-12-10T18:30': a time"),
        ("as groups='window=Page; buy=Order'", "as --groups 'window=Page; buy=Order'"),
        ("Name some: steps=A|B, emotional=.", "Name some: --steps 'A|B', --emotional."),
        ("choose one (currency=EUR) or don't", "choose one (--currency EUR) or don't"),
        ("by='measure:days(window=7d)': no", "--by 'measure:days(window=7d)': no"),
        ("it is days(window=7d,steps=2)@1", "it is days(window=7d,steps=2)@1"),
        ("can't take nbd=0.5|74, as it isn't rising", "can't take --nbd '0.5|74', as it isn't rising"),
        ("a trait such as plan=free, by=plan", "a trait such as plan=free, --by plan"),
        ("leave where='window=7d' out", "leave --where 'window=7d' out"),
        ("sub_window=3 has no window", "sub_window=3 has no window"),
    ],
)
def test_parameters_become_flags_and_values_stay(python: str, shell: str) -> None:
    assert flagged(python, NAMES) == shell


ASKED = [
    ("measure", "monetary", {"per": "moon"}, "per='moon': choose", "--per 'moon': choose"),
    ("measure", "recency", {"window": "3 moons"}, "window: window '3 moons'", "--window: window '3 moons'"),
    ("measure", "recency", {"as_of": "soon"}, "as_of='soon'", "--as-of 'soon'"),
    ("report", "journey", {"stages": "a=Order Completed"}, "as in stages='look=Pa", "as in --stages 'look=Pa"),
    ("report", "stickiness", {"window": "all"}, "window=all: stick", "--window all: stick"),
    ("report", "lifecycle", {"by": "a", "show": "stages"}, "where='plan=free'", "--where 'plan=free'"),
    ("report", "lifecycle", {"by": "a", "show": "stages"}, "show=stages", "--show stages"),
]


@pytest.mark.parametrize(("kind", "name", "given", "python", "shell"), ASKED)
def test_one_refusal_in_both_languages(
    run: Run, workspace: Path, kind: str, name: str, given: dict[str, str], python: str, shell: str
) -> None:
    with pytest.raises(CherishError) as refused:
        getattr(cherish.open(workspace), kind)(name, **given)
    assert python in str(refused.value)
    flags = [word for key, value in given.items() for word in (f"--{key.replace('_', '-')}", value)]
    code, _, err = run(kind, name, *flags, "--workspace", workspace)
    assert code == 2
    assert shell in err
    assert f" {python}" not in err
