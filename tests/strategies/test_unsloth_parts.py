"""Markers detected in templates that each show one thing."""

from __future__ import annotations

import pytest
from lossmask.core.example import Refusal
from lossmask.settings import Settings
from lossmask.strategies.unsloth_marker import Version
from lossmask.strategies.unsloth_parts import detect_parts
from lossmask.tokenization.load import load_cached
from lossmask.tokenization.locate import locate
from lossmask.tokenization.names import TokenizerRef

from tests.labels import analysed, trained_texts


def detected(source: str, version: Version = "2026.10") -> tuple[str, str]:
    tokenizer = load_cached(locate(TokenizerRef.parse("bundled"), Settings({})), "auto")
    return detect_parts(source, tokenizer, version)


HEADERS = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>{{ '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def test_headers() -> None:
    assert detected(HEADERS) == ("<|im_start|>user\n", "<|im_start|>assistant\n")


def test_no_headers() -> None:
    source = (
        "{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]"
        "{% else %} {{ m.content }}{{ eos_token }}{% endif %}{% endfor %}"
    )
    assert detected(source) == ("[INST]", "[/INST]")


def test_contents_that_have_to_be_parts() -> None:
    assert detected(HEADERS.replace("m.content", "m.content[0].text")) == detected(HEADERS)


def test_a_thinking_block_of_the_generation_prompt_is_taken_off() -> None:
    """Its own replies carry the block only where they do not think themselves."""
    block = "{{ '' if '<think>' in m.content or m.role == 'user' else '<think></think>' }}"
    source = HEADERS.replace("{{ m.content }}", block + "{{ m.content }}").replace(
        "'<|im_start|>assistant\n'", "'<|im_start|>assistant\n<think></think>'"
    )
    assert detected(source) == ("<|im_start|>user\n", "<|im_start|>assistant\n")


def test_a_thinking_block_that_always_stands_is_kept() -> None:
    block = "{{ '<think></think>' if m.role == 'assistant' }}"
    source = HEADERS.replace("{{ m.content }}", block + "{{ m.content }}").replace(
        "'<|im_start|>assistant\n'", "'<|im_start|>assistant\n<think></think>'"
    )
    assert detected(source)[1] == "<|im_start|>assistant\n<think></think>"


def test_a_last_header_that_differs_is_cut_to_what_all_share() -> None:
    """2026.10 only: before, the marker missed the last reply."""
    tail = "{{ ' late\n' if loop.last and m.role == 'assistant' else ' now\n' }}"
    source = "{% for m in messages %}<|im_start|>{{ m.role }}\n" + tail + "{{ m.content }}{% endfor %}"
    assert detected(source)[1].endswith("assistant\n")
    assert detected(source, "2026.8")[1].endswith(" now\n")


def test_template_arguments_play_no_part() -> None:
    source = HEADERS.replace("'<|im_start|>assistant\n'", "'<|im_start|>assistant\n' ~ (prefill or '')")
    analysis = analysed(
        strategy="unsloth-responses-only", chat_template=source, template_arguments={"prefill": "Sure"}
    )
    assert trained_texts(analysis) == ["to bake pancakes, one takes a pan<|im_end|>"]


@pytest.mark.parametrize("source", ["words", "{{ raise_exception('no') }}"])
def test_what_cannot_be_detected_is_an_error(source: str) -> None:
    with pytest.raises(Refusal, match="cannot detect"):
        detected(source)


def test_a_template_that_fails_on_the_probe_is_an_error() -> None:
    source = HEADERS + "{% if messages | length == 5 %}{{ raise_exception('odd') }}{% endif %}"
    with pytest.raises(Refusal, match="own conversation: odd"):
        detected(source)
