"""What a masking rule is: a name, typed options, a source, and a function to examples.

To add one: a file beside this one with a `STRATEGY`, a line in `registry`, and a test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.example import Example
from ..core.options import read_options
from ..core.request import Choice
from .context import Context
from .option import MAX_LENGTH, ConfigKind, Option, OptionKind, Options

__all__ = ["MAX_LENGTH", "ConfigKind", "Option", "OptionKind", "Options", "Strategy"]


TOKEN_MEAN = Choice("token-mean")


@dataclass(frozen=True, slots=True)
class Strategy:
    """A masking rule, and what the page, the API, the command line and the docs say of it.

    `source` is the project, version and file that the rule was read in. `reduction` is how the
    framework averages the loss where nothing else is set. `config_kind` is the language of the
    options' configuration lines. `known_differences` are sentences, one for each way in which
    the rule is known to differ from the framework. `chat_template` gives the template that the
    framework renders with in place of the one it is given. A rule that
    `renders_itself` is asked even where the template refuses the conversation as it stands,
    and then sees an empty rendering. One with an `own_format` needs no chat template at all.
    """

    name: str
    title: str
    meaning: str
    framework: str
    version: str
    source: str
    options: tuple[Option, ...]
    examples: Callable[[Context, Options], Sequence[Example]]
    reduction: Choice = TOKEN_MEAN
    config_kind: ConfigKind = "yaml"
    known_differences: tuple[str, ...] = ()
    chat_template: Callable[[str, Options], str] | None = None
    renders_itself: bool = False
    own_format: bool = False

    def read_options(self, given: Options) -> dict[str, Any]:
        """Every option's value: what was given, checked, or its default where it is absent.

        Raises:
            OptionError: `bad-option`, also for a name that this strategy does not have.
        """
        return read_options(self.name, self.options, given)

    def config_lines(self, options: Options) -> list[str]:
        """The lines of a configuration that give these options, for those that have one."""
        lines = (option.config_line(options[option.name], self.config_kind) for option in self.options)
        return [line for line in lines if line]
