"""YAML as plain values that remember their lines, so that a fault is told where it stands.

Read as `yaml.safe_load` reads, which makes nothing but plain values; beyond that an alias is refused,
since a few of them can grow without end, and a key that is there twice, since one would be lost.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date
from typing import Any

import yaml

from ..errors import LessonError, Where


class Fields(dict[str, Any]):
    """A mapping whose keys are strings; `lines` has the line of each, `line` that of the whole."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}

    def line_of(self, name: str) -> int:
        """The line of a field, or of the mapping where it has none."""
        return self.lines.get(name, self.line)


def fault(file: str, line: int, expected: str) -> LessonError:
    """The error that names file, line and what is expected."""
    return LessonError(f"{file}, line {line}: {expected}", where=Where(line))


def read_fields(text: str, file: str, line: int) -> Fields:
    """The mapping that a YAML text holds, whose first line is line `line` of the file; empty text is empty.

    Raises:
        LessonError: it is no YAML, or no mapping.
    """
    loader = _Loader(text)
    loader.file, loader.first = file, line
    try:
        value = loader.get_single_data()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise fault(file, line + (mark.line if mark else 0), f"YAML is expected here; {problem}.") from None
    except RecursionError:
        raise fault(file, line, "values lie too deep in each other.") from None
    finally:
        loader.dispose()
    if value is None:
        return Fields(line)
    if not isinstance(value, Fields):
        raise fault(file, line, "`name: value` lines are expected here.")
    return value


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    file = ""
    first = 1

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            mark = self.peek_event().start_mark
            raise fault(self.file, self.first + mark.line, "write the value out; `*name` is not read.")
        return super().compose_node(parent, index)

    def fields(self, node: yaml.MappingNode) -> Fields:
        found = Fields(self.first + node.start_mark.line)
        for key_node, value_node in node.value:
            key: Hashable = self.construct_object(key_node, deep=True)
            line = self.first + key_node.start_mark.line
            if not isinstance(key, str):
                raise fault(self.file, line, f"a name is expected, in quotes where it is {key!r}.")
            if key in found:
                raise fault(self.file, line, f"`{key}` is there twice; one is expected.")
            found[key] = self.construct_object(value_node, deep=True)
            found.lines[key] = line
        return found


def _map(loader: _Loader, node: yaml.MappingNode) -> Fields:
    return loader.fields(node)


def _date(loader: _Loader, node: yaml.ScalarNode) -> object:
    # JSON has no dates, and neither has a conversation.
    value = loader.construct_yaml_timestamp(node)
    return value.isoformat() if isinstance(value, date) else value


_Loader.add_constructor("tag:yaml.org,2002:map", _map)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _date)
