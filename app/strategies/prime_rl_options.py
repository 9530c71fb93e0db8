"""prime-rl's options checked: which renderer, with which settings, and which roles train.

Source: renderers 0.1.12, `configs.py` and `base.py` (`MODEL_RENDERER_MAP`); prime-rl at commit 559b4477,
`configs/sft.py`, which refuses to train with a renderer that does not know its model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.example import Refusal
from .context import Context
from .option import Options
from .prime_rl_renderers import RENDERERS

_QWEN3_SIZES = ("0.6B", "1.7B", "4B", "8B", "14B", "32B", "30B-A3B", "235B-A22B")
_QWEN3_2507 = tuple(f"{size}-{kind}-2507" for size in ("4B", "30B-A3B") for kind in ("Instruct", "Thinking"))
_MODELS = {
    **{f"Qwen/Qwen3-{size}": "qwen3" for size in (*_QWEN3_SIZES, *_QWEN3_2507)},
    **{f"meta-llama/Llama-3.2-{size}-Instruct": "llama-3" for size in ("1B", "3B")},
}
_COVERED = f"Covered here are the renderers {', '.join(RENDERERS)}"

_FLAG, _TEXT = (bool,), (str,)
_SETTINGS: dict[str, dict[str, tuple[type, ...]]] = {
    "qwen3": {"enable_thinking": _FLAG},
    "llama-3": {"date_string": _TEXT, "tools_in_user_message": _FLAG},
}
_RETENTIONS = (None, "tool_cycle", "all")
_PARSERS = {
    "tool_parser": ("qwen3", "qwen3.5", "glm", "deepseek-v3"),
    "reasoning_parser": ("think",),
}
_REMOVED = ("preserve_all_thinking", "preserve_thinking_between_tool_calls")

LOSS_MASK = {"system": False, "user": False, "assistant": True, "tool": False}


def renderer_of(context: Context, options: Options) -> str:
    """The renderer's name.

    Raises:
        Refusal: `error`, where it is not covered, or where prime-rl does not take it.
    """
    name = str(options["renderer"])
    if name == "auto":
        name = _named_by_model(context.tokenizer.name)
    if name not in RENDERERS:
        raise Refusal("error", f"The renderer {name} is not covered. {_COVERED}.")
    if name == "default" and not options["role_to_mask"]:
        raise Refusal(
            "error",
            "The renderer default does not tell which tokens the model samples, so prime-rl refuses to "
            "train with it. Name a renderer of the model's own in `renderer`, or a role in `role_to_mask`.",
        )
    return name


def _named_by_model(tokenizer: str) -> str:
    model = tokenizer.removeprefix("hub:").partition("@")[0]
    if model in _MODELS:
        return _MODELS[model]
    raise Refusal(
        "error",
        f"`renderer: auto` goes by the exact name of a model, and none is known here for {tokenizer}; "
        f"prime-rl then refuses to train. {_COVERED}: name one in `renderer`.",
    )


def read_loss_mask(value: Any) -> frozenset[str]:
    """The roles that train; those that are not named are as prime-rl has them.

    Raises:
        Refusal: `error`, where it is no mapping of these roles to true or false.
    """
    given = {} if value is None else value
    if not isinstance(given, Mapping) or not all(
        name in LOSS_MASK and isinstance(trains, bool) for name, trains in given.items()
    ):
        raise Refusal("error", f"`loss_mask` is an object of true or false for {', '.join(LOSS_MASK)}.")
    return frozenset(name for name, trains in {**LOSS_MASK, **given}.items() if trains)


def read_arguments(renderer: str, value: Any) -> dict[str, Any]:
    """The renderer's settings that change the row.

    Raises:
        Refusal: `error`, for what this renderer does not take.
    """
    given = {} if value is None else value
    if not isinstance(given, Mapping):
        raise Refusal("error", '`renderer_args` is an object, such as {"enable_thinking": false}.')
    _check_retention(renderer, given)
    settings = {name: setting for name, setting in given.items() if name != "thinking_retention"}
    if renderer == "default":
        return _template_arguments(settings)
    known = _SETTINGS[renderer]
    for name, setting in settings.items():
        if name not in known or not isinstance(setting, known[name]):
            raise Refusal(
                "error", f"The renderer {renderer} takes no {name!r} of {setting!r}; it takes {_list(known)}."
            )
    return settings


def _check_retention(renderer: str, given: Mapping[str, Any]) -> None:
    """It decides how turns are joined while sampling, and changes no rendered row."""
    retention = given.get("thinking_retention")
    if retention not in _RETENTIONS:
        raise Refusal("error", "`thinking_retention` is tool_cycle or all.")
    if retention is not None and renderer == "default":
        raise Refusal("error", "The renderer default takes no `thinking_retention`.")


def _template_arguments(settings: Mapping[str, Any]) -> dict[str, Any]:
    removed = [name for name in _REMOVED if name in settings]
    if removed:
        raise Refusal("error", f"`{removed[0]}` was replaced by `thinking_retention`.")
    for name, known in _PARSERS.items():
        if settings.get(name) not in (None, *known):
            raise Refusal("error", f"`{name}` is {' or '.join(known)}.")
    return {name: setting for name, setting in settings.items() if name not in _PARSERS}


def _list(names: Mapping[str, Any]) -> str:
    return ", ".join((*names, "thinking_retention"))
