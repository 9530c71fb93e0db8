"""prime-rl: trains the tokens that the model itself would have written, as its renderer marks them.

Source: prime-rl at commit 559b4477, `trainer/sft/data.py` (`SFTDataset._process`, `CatDataset`) and
`configs/sft.py`; renderers 0.1.12, base.py (`build_training_sample`).
Rule: a renderer writes the conversation in Python, in place of the chat template, and marks what
is sampled: a reply's thinking, words, tool calls and the token that ends it, not its header. With
`loss_mask.assistant` all of that trains; another role's words train where `loss_mask` names it,
without what stands around them. A row without a trained token among the first `seq_len`
predictions is skipped; the others are cut to `seq_len` inputs and their labels.
Quirks, kept: where there are no tools prime-rl hands the renderer an empty list of them, and Llama 3's
then announces tools in the first question, and raises where the first message is none.
With `role_to_mask` the row is what the package's `build_training_sample` gives for that role, without
prime-rl's own skipping and cutting; the renderer `default` works in no other way, since it marks nothing
as sampled: it counts what each message adds to the chat template's rendering, header and all.
Covered: the renderers qwen3 (`enable_thinking`), llama-3 (`date_string`, `tools_in_user_message`) and
default (any argument of the template). Not covered: the package's other renderers, its
`message_loss_mask`, images, packing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..core.conversation import Conversation, Message
from ..core.example import Example, Reason, Refusal
from .base import Option, Options, Strategy
from .context import Context
from .prime_rl_options import read_arguments, read_loss_mask, renderer_of
from .prime_rl_page import Marks, Rendered
from .prime_rl_renderers import RENDERERS
from .sheet import Sheet


def examples(context: Context, options: Options) -> list[Example]:
    """One example."""
    roles = read_loss_mask(options["loss_mask"])
    renderer = renderer_of(context, options)
    arguments = read_arguments(renderer, options["renderer_args"])
    rendered = RENDERERS[renderer](context, _prepared(context.conversation), arguments)
    only = options["role_to_mask"]
    example = _Labels(context, rendered, roles, only).write()
    return [example if only else _fitted(example, options["seq_len"])]


def _prepared(conversation: Conversation) -> Conversation:
    """Tool calls with their arguments decoded, and a list of tools even where there are none."""
    try:
        messages = tuple(map(_decoded, conversation.messages))
    except (ValueError, AttributeError, TypeError):
        raise Refusal("error", "The arguments of a tool call are a text that is no JSON.") from None
    tools = tuple(map(_tool, conversation.tools or ()))
    return Conversation(messages, tools, conversation.extra)


def _decoded(message: Message) -> Message:
    kept: Message = _without_nulls(message)
    if "tool_calls" not in kept:
        return kept
    return {**kept, "tool_calls": [_decoded_call(call) for call in kept["tool_calls"]]}


def _without_nulls(value: Any, path: tuple[str, ...] = ()) -> Any:
    """Objects lose their null fields however deep they stand, but for those of a call's arguments."""
    if path[-3:] == ("tool_calls", "function", "arguments"):
        return value
    if isinstance(value, dict):
        return {key: _without_nulls(kept, (*path, key)) for key, kept in value.items() if kept is not None}
    return [_without_nulls(kept, path) for kept in value] if isinstance(value, list) else value


def _decoded_call(call: dict[str, Any]) -> dict[str, Any]:
    function = call.get("function", {})
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        arguments = json.loads(arguments)
    return {**call, "function": {**function, "arguments": arguments}}


def _tool(tool: dict[str, Any]) -> dict[str, Any]:
    if tool.get("type") == "function" and "function" in tool:
        return tool
    function = {key: tool.get(key) for key in ("name", "description", "parameters")}
    strict = {} if tool.get("strict") is None else {"strict": tool["strict"]}
    return {"type": "function", "function": {**function, **strict}}


@dataclass(slots=True)
class _Labels:
    """`roles` are those that `loss_mask` trains; `only` is the one role of `role_to_mask`, or None."""

    context: Context
    rendered: Rendered
    roles: frozenset[str]
    only: str | None

    def write(self) -> Example:
        piece = self.rendered.piece
        sheet = Sheet(piece.rendering, piece.tokens, _OUTSIDE)
        for index in range(len(self.context.conversation.messages)):
            where = self.rendered.messages == index
            if where.any():
                self._message(sheet, index, where)
        return sheet.example()

    def _message(self, sheet: Sheet, index: int, where: Marks) -> None:
        role = self.context.conversation.role(index)
        place, detail = f"turn {index + 1} ({role})", {"message": index, "role": role}
        sheet.mask(where, Reason("prime-rl-supplied", f"Masked: in {place}, {_NOT_SAMPLED}.", detail))
        content, sampled = self.rendered.content, self.rendered.sampled
        if content is not None and role in self.roles - {"assistant"}:
            sentence = f"Trained: the words of {place}, since `loss_mask.{role}` is true."
            sheet.train(where & content, Reason("prime-rl-words", sentence, detail))
            return
        reached = where if sampled is None else where & sampled
        if not reached.any():
            return
        trains = self._trains(role)
        what = (
            "which adds it to the chat template's rendering" if sampled is None else "which the model writes"
        )
        why = f"`role_to_mask` is {self.only}" if self.only else "`loss_mask.assistant` is true"
        if trains:
            sheet.train(reached, Reason("prime-rl-sampled", f"Trained: in {place}, {what}; {why}.", detail))
        else:
            why = why if self.only else "`loss_mask` leaves this role out"
            sheet.mask(reached, Reason("prime-rl-role", f"Masked: in {place}; {why}.", detail))

    def _trains(self, role: str) -> bool:
        """Whether the sampled tokens of a role train.

        Raises:
            Refusal: `error`, where `loss_mask` is asked for a role that it does not have.
        """
        if self.only:
            return role == self.only
        if "assistant" in self.roles:
            return True
        if role not in _ROLES:
            raise Refusal("error", f"`loss_mask` has no role {role!r}.")
        return role in self.roles


_ROLES = ("system", "user", "assistant", "tool")
_OUTSIDE = Reason("prime-rl-outside", "Masked: written by the renderer, outside every message.")
_NOT_SAMPLED = "which the renderer writes and the model never does"


def _fitted(example: Example, length: int) -> Example:
    """The row cut to `length` inputs, whose last predicts one label more.

    Raises:
        Refusal: `dropped`, where none of these predictions is trained.
    """
    if not example.used[: length + 1].any():
        raise Refusal(
            "dropped",
            f"No label trains within `seq_len`, {length}: prime-rl skips the row, to prevent a loss of NaN.",
        )
    return example.truncated(length + 1)


STRATEGY = Strategy(
    name="prime-rl",
    title="prime-rl",
    meaning="Writes turns with a renderer of the model and trains what the model itself would have sampled.",
    framework="prime-rl",
    version="559b4477 + renderers 0.1.12",
    source="prime-rl 559b4477, trainer/sft/data.py; renderers 0.1.12, base.py, qwen3.py, llama_3.py",
    options=(
        Option(
            "renderer",
            "choice",
            "auto",
            "What writes the conversation; auto goes by the exact name of the model.",
            ("auto", *RENDERERS),
            config="renderer.name: {value}",
            open=True,
        ),
        Option(
            "renderer_args",
            "json",
            None,
            'The renderer\'s own settings as JSON, such as {"enable_thinking": false}.',
            config="renderer: {value}",
        ),
        Option(
            "loss_mask",
            "json",
            None,
            'Which roles train, as JSON; absent ones as in {"assistant": true}, all others false.',
            config="data.loss_mask: {value}",
        ),
        Option(
            "seq_len",
            "integer",
            4096,
            "Cut every row to this many inputs.",
            least=1,
            config="data.seq_len: {value}",
        ),
        Option(
            "ensure_final_stop",
            "flag",
            True,
            "End a last reply that is left open with a stop token; those of the covered renderers never are.",
        ),
        Option(
            "role_to_mask",
            "choice",
            None,
            "Train this role alone, as the package does without prime-rl.",
            _ROLES,
        ),
    ),
    examples=examples,
    renders_itself=True,
    own_format=True,
    known_differences=(
        "`seq_len` is 4096 here where it is not set; prime-rl's own default is 128.",
        "Covered are the renderers qwen3, llama-3 and default; the package has about thirty.",
        "The renderer default is refused without `role_to_mask`, as prime-rl's configuration refuses it; its "
        "data code alone would take it where `loss_mask.assistant` is false.",
        "prime-rl packs rows; what is cut here at `seq_len` is cut there at the end of a pack.",
    ),
)
