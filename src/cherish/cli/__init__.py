"""The command line: one verb, one file. Nothing heavy is imported before a verb runs."""

from __future__ import annotations

import sys

from cherish.errors import CherishError


def main(arguments: list[str] | None = None) -> None:
    """Run `cherish` and leave with its exit code: 0 done, 1 a check failed, 2 a refusal, 130 interrupted, 70 a bug."""
    from cherish.cli._app import command
    from cherish.cli._interrupt import heard

    try:
        with heard():
            command().main(args=arguments, prog_name="cherish")
    except CherishError as error:
        _leave(f"cherish: {error}", error.exit_code)
    except KeyboardInterrupt:
        _leave("cherish: interrupted", 130)
    except BrokenPipeError:
        _closed()
    except Exception as error:
        if "interrupt" in f"{type(error).__name__} {error}".lower():
            # DuckDB turns a Ctrl-C during a statement into an error of its own.
            _leave("cherish: interrupted", 130)
        from cherish.cli._bug import report

        _leave(report(error), 70)


def _leave(text: str, code: int) -> None:
    sys.stderr.write(text + "\n")
    sys.exit(code)


def _closed() -> None:
    # Whoever read our output has gone (`| head`): nothing is wrong, and flushing at exit must not complain.
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(0)
