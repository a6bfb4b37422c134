"""Rules as text: JSON, and the part of YAML that means the same as JSON."""

from __future__ import annotations

import json
import re
from typing import Any

from cherish.errors import QuestionError

LONGEST = 64 * 1024
"""Characters of a rule's text."""

# YAML 1.1 reads NO as false, 12:30 as 750 and 010 as 8; here only what JSON knows is more than a text.
_RESOLVERS = (
    ("tag:yaml.org,2002:bool", r"true|false", "tf"),
    ("tag:yaml.org,2002:null", r"null|~|", "n~"),
    ("tag:yaml.org,2002:int", r"-?(0|[1-9][0-9]*)", "-0123456789"),
    ("tag:yaml.org,2002:float", r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", "-0123456789"),
)


def loads(text: str) -> Any:
    """The values that a text holds, JSON or YAML.

    Raises:
        QuestionError: neither, or one that says a thing twice.
    """
    if len(text) > LONGEST:
        raise QuestionError(f"a rule has at most {LONGEST:,} characters, and this one has {len(text):,}")
    try:
        # Not all JSON is YAML to its reader: a sign beyond 65,535 is two escapes in JSON.
        return json.loads(text, object_pairs_hook=_once, parse_constant=_refused)
    except json.JSONDecodeError:
        return _yaml(text)
    except RecursionError:
        raise QuestionError("this rule is nested too deeply") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise QuestionError(f"the rule says {key!r} twice in one place; say it once")
        found[key] = value
    return found


def _refused(text: str) -> Any:
    raise QuestionError(f"a rule can't hold {text}; write a number")


def _yaml(text: str) -> Any:
    import yaml

    try:
        # A subclass of the safe loader, which makes nothing but plain values.
        return yaml.load(text, Loader=_loader())  # noqa: S506
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = "" if mark is None else f"line {mark.line + 1}, "
        raise QuestionError(f"this rule is no YAML: {where}{error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise QuestionError(f"this rule is no YAML: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise QuestionError("this rule is nested too deeply") from None


def _loader() -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """Reads plain values; refuses what is said twice and what stands for something said elsewhere."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise QuestionError("a rule can't use YAML's anchors and aliases; write it out")
            return super().compose_node(parent, index)

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            return _once([(str(self.construct_object(key)), self.construct_object(value, deep=True))
                          for key, value in node.value])  # fmt: skip

    Loader.yaml_implicit_resolvers = _resolvers()
    return Loader


def _resolvers() -> dict[Any, Any]:
    found: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    for tag, pattern, first in _RESOLVERS:
        for sign in (*first, *([""] if tag.endswith("null") else [])):
            found.setdefault(sign, []).append((tag, re.compile(rf"(?:{pattern})$")))
    return found


def to_yaml(value: Any) -> str:
    """Plain values as YAML that `loads` reads back."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Writes texts bare where they can't be taken for something else, here or by other readers of YAML."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

    for sign, resolvers in _resolvers().items():
        known = Dumper.yaml_implicit_resolvers.get(sign, [])
        Dumper.yaml_implicit_resolvers = {**Dumper.yaml_implicit_resolvers, sign: [*known, *resolvers]}
    return str(yaml.dump(value, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100))
