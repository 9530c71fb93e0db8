"""tinker-cookbook: trains the outputs of chosen messages, written by a renderer of the model.

Source: tinker-cookbook 0.6.1, `renderers/base.py` (`build_supervised_example`,
`build_supervised_examples`) and `supervised/` (`data.py`, `common.py`).
Rule: a renderer writes each message as a header and an output, tokenized apart. `train_on_what` says
whose outputs weigh 1; a header weighs 1 with all_tokens alone, BOS never. Where the last message or
the last turn trains, all that the generation prompt gives the model weighs 0, as long as the row
begins with that prompt. A renderer that writes a reply otherwise once more follows (Qwen3 drops its
thinking) gives one example for each reply with `build_supervised_examples`, each ending there.
Reduction: `conversation_to_datum` divides the weights of an example by their sum, and the losses of
examples are added up.
Covered: the renderers role_colon, llama3, qwen3, qwen3_disable_thinking and qwen3_instruct; per-message
`trainable`; `max_length`. Not covered: the cookbook's other renderers, images.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..core.example import Example, Refusal
from ..core.request import Choice
from .base import Option, Options, Strategy
from .context import Context
from .tinker_renderers import RENDERERS, Renderer
from .tinker_rows import LAST, LAST_TURN, REPLIES, TRAIN_ON, Builder, after_last_user
from .tinker_turns import Turn

_ONE, _MANY = "build_supervised_example", "build_supervised_examples"


def examples(context: Context, options: Options) -> list[Example]:
    """One example, or one for each trained reply."""
    renderer = RENDERERS.get(options["renderer"])
    if renderer is None:
        known = ", ".join(RENDERERS)
        raise Refusal(
            "error", f"The renderer {options['renderer']} is not covered. Covered here are {known}."
        )
    builder = Builder(context, renderer)
    turns, what = builder.turns(), options["train_on_what"]
    if options["entry"] == _ONE or renderer.extends:
        found = [builder.example(turns, what)]
    else:
        found = [builder.example(turns[: last + 1], LAST) for last in _ends(turns, what, renderer)]
    if not found:
        raise Refusal("dropped", f"`{_MANY}` finds no reply to end an example at.")
    return [_cut(example, options["max_length"]) for example in found]


def _ends(turns: Sequence[Turn], what: str, renderer: Renderer) -> list[int]:
    """The replies at which an example ends."""
    starts = {LAST: len(turns) - 1, LAST_TURN: after_last_user(turns), REPLIES: 0}
    if what not in starts:
        raise Refusal(
            "error",
            f"`{_MANY}` cannot split {what} for {renderer.name}, which writes a reply otherwise once more "
            "follows: it trains messages at which no prompt ends.",
        )
    return [index for index in range(starts[what], len(turns)) if turns[index].role == "assistant"]


def _cut(example: Example, length: int | None) -> Example:
    if length is not None and min(length, len(example.tokens)) < 2:
        raise Refusal("error", "`max_length` leaves fewer than 2 tokens, and no prediction among them.")
    return example.truncated(length)


STRATEGY = Strategy(
    name="tinker",
    title="tinker-cookbook",
    meaning="Writes messages with a renderer of the model and trains the outputs that `train_on_what` names.",
    framework="tinker-cookbook",
    version="0.6.1",
    source="tinker-cookbook 0.6.1, renderers/base.py and supervised/common.py",
    options=(
        Option(
            "renderer",
            "choice",
            "role_colon",
            "What writes the messages.",
            tuple(RENDERERS),
            config="renderer_name={value},",
            open=True,
        ),
        Option(
            "train_on_what",
            "choice",
            REPLIES,
            "Which messages train.",
            TRAIN_ON,
            config="train_on_what={value},",
        ),
        Option(
            "entry",
            "choice",
            _ONE,
            "One example, or one for each reply where the renderer rewrites earlier ones.",
            (_ONE, _MANY),
        ),
        Option(
            "max_length",
            "integer",
            None,
            "Cut every row to this many tokens, on the right.",
            least=1,
            config="max_length={value},",
        ),
    ),
    examples=examples,
    reduction=Choice("weighted-mean", {"over": "example"}),
    config_kind="python",
    renders_itself=True,
    own_format=True,
    known_differences=(
        "tinker has no default renderer; here it is role_colon, which suits every tokenizer.",
        "A `reasoning_content` is taken for a thinking part, and `tools` for what the renderer makes a "
        "system message of; the cookbook's datasets leave both to the caller.",
        "A part of a content without its text is refused here also where no example reaches its message.",
        "Of the cookbook's renderers five are covered.",
    ),
)
