"""`cherish explain NAME` or `cherish explain 3`: what stands behind a measure, a report, or a sentence of the story."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from cherish.cli._app import Sectioned, new_app
from cherish.cli._ask import command
from cherish.cli._options import DELIVER, SOURCE, deliver, note, opened, take

PANEL, PLACE = "Ask", 4


def _explained(log: Any, query: Any) -> Any:
    return log.ask(query).explain()


class Everything(TyperGroup):
    """Every measure and report, each with its own options; a number stands for a sentence of the story."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All names."""
        from cherish.spec.registry import FOLDERS, names

        return sorted({name for kind in FOLDERS for name in names(kind)})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command that explains one of them."""
        from cherish.cards import kind_of
        from cherish.spec.registry import find

        if cmd_name.isdecimal():
            return _sentence(int(cmd_name))
        kind = kind_of(cmd_name)
        return command(kind, find(kind, cmd_name), _explained)


def _sentence(number: int) -> Any:
    def run(**given: Any) -> None:
        from cherish.errors import QuestionError
        from cherish.story.telling import tell

        log = opened(given["workspace"], given["file"], given["map"], given["tz"])
        told = tell(log.store).told
        if not 1 <= number <= len(told):
            raise QuestionError(
                f"the story of these data has {len(told)} sentences and no number {number}: cherish look"
            )
        scene = told[number - 1]
        note(f"{number}. {scene.text}\n")
        for more in scene.results[1:]:
            asked = more.query.command().replace("cherish report", "cherish explain")
            note(f"It rests on {more.query.name}, too: {asked}")
        deliver(scene.results[0].explain(), given)

    options = SOURCE | {name: kind for name, kind in DELIVER.items() if name != "chart"}
    take(run, options)
    about = f"What stands behind sentence {number} of the story that cherish look tells."
    app = new_app()
    app.command(str(number), cls=Sectioned, help=about)(run)
    return typer.main.get_command(app)


app = new_app(cls=Everything, no_args_is_help=True)


@app.callback()
def explain() -> None:
    """What stands behind an answer, and what would change it.

    The definition in a line, formula, source, parameters, convention, the SQL that runs, ten rows, and what other
    choices would make of it. A number stands for a sentence of the story that cherish look tells.

    \b
    cherish explain recency
    cherish explain retention --unit month
    cherish explain 3 --file orders.csv
    """
