"""Requests that repeat the problems which users reported, on real tokenizers and templates.

Each has the number it has among the twenty, the code that tells it, and the request's fields.
"""

from __future__ import annotations

from typing import Any, NamedTuple

QWEN, QWEN3, LLAMA, PHI, GLM, MISTRAL, TINY, ZEPHYR = (
    f"local:{name}"
    for name in (
        "Qwen__Qwen2.5-7B-Instruct",
        "Qwen__Qwen3-4B",
        "meta-llama__Llama-3.2-3B-Instruct",
        "microsoft__Phi-3-mini-4k-instruct",
        "zai-org__GLM-4.6",
        "mistralai__Mistral-7B-Instruct-v0.2",
        "TinyLlama__TinyLlama-1.1B-Chat-v1.0",
        "HuggingFaceH4__zephyr-7b-beta",
    )
)

Messages = list[dict[str, Any]]


def talk(*contents: str, **last: Any) -> Messages:
    """Users and assistants in turn; further fields of the last message by name."""
    roles = ("user", "assistant")
    messages: Messages = [
        {"role": roles[index % 2], "content": content} for index, content in enumerate(contents)
    ]
    messages[-1].update(last)
    return messages


ONE = talk("Which river runs through Vienna?", "The Danube, from west to east.")
TWO = talk("Which river runs through Vienna?", "The Danube.", "And through Rome?", "The Tiber.")
THOUGHT = talk("What is 3 times 4?", "It is 12.", reasoning_content="Three fours are twelve.")
THOUGHTS = [*THOUGHT, *talk("And 5 times 4?", "It is 20.", reasoning_content="Five fours are twenty.")]
FACES = talk("Cheer!", "Well done 🎉", "Once more!", "Hooray 🎉")

MARKED = """\
{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\\n' }}
    {%- if message.role == 'assistant' %}
        {%- generation %}{{- message.content }}{% endgeneration %}
        {{- '<|im_end|>\\n' }}
    {%- else %}
        {{- message.content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""
"""The end of a turn is outside the block."""

ALL_MARKED = """\
{%- generation %}
{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
{%- endfor %}
{%- endgeneration %}
"""

HEADER_MARKED = """\
{%- for message in messages %}
    {%- if message.role == 'assistant' %}
        {%- generation %}{{- '<|im_start|>assistant\\n' + message.content + '<|im_end|>' }}{% endgeneration %}
        {{- '\\n' }}
    {%- else %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""

PLAIN = """\
{%- for message in messages %}
    {{- '### ' + ('Human' if message.role == 'user' else 'Assistant') + ': ' + message.content + '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '### Assistant:' }}
{%- endif %}
"""

TWICE = """\
{{- bos_token + bos_token }}
{%- for message in messages %}
    {{- '<|start_header_id|>' + message.role + '<|end_header_id|>\\n\\n' + message.content + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
"""

PROMPT_THINKS = """\
{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n<think>\\n' }}
{%- endif %}
"""
"""The generation prompt opens a thinking block that the finished turn does not have."""

USER_ENDS = """\
{{- '[gMASK]<sop>' }}
{%- for message in messages %}
    {{- '<|' + message.role + '|>\\n' }}
    {%- if message.role == 'assistant' %}
        {%- generation %}{{- message.content }}{% endgeneration %}
    {%- else %}
        {{- message.content }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|assistant|>\\n' }}
{%- endif %}
"""
"""What stops a reply is the next turn's marker, as GLM has it."""


class Problem(NamedTuple):
    """One case: the number among the twenty (0: another one), the code, and the request."""

    number: int
    code: str
    fields: dict[str, Any]

    @property
    def name(self) -> str:
        """For the test's id."""
        strategy = self.fields["strategy"]["name"]
        return f"{self.number}-{self.code}-{strategy}-{self.fields['tokenizer'].removeprefix('local:')}"


def request(
    tokenizer: str,
    strategy: str,
    messages: Messages = ONE,
    template: str | None = None,
    arguments: dict[str, Any] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """The fields of a request."""
    return {
        "tokenizer": tokenizer,
        "chat_template": template,
        "template_arguments": arguments or {},
        "conversation": {"messages": messages},
        "strategy": {"name": strategy, "options": options},
    }


TRL_MARKER = "trl-response-template"
UNSLOTH = "unsloth-responses-only"
HEADER = "<|im_start|>assistant\n"

PROBLEMS = [
    Problem(number, code, fields)
    for number, code, fields in (
        (1, "LM204", request(QWEN, "hf-causal-lm-collator", pad_token="<|im_end|>")),
        (1, "LM204", request(ZEPHYR, "hf-causal-lm-collator", TWO, pad_token="</s>")),
        (2, "LM703", request(TINY, TRL_MARKER, template=PLAIN, response_template="### Assistant:")),
        (2, "LM703", request(MISTRAL, TRL_MARKER, template=PLAIN, response_template="### Assistant:")),
        (3, "LM202", request(PHI, "axolotl", TWO)),
        (3, "LM201", request(PHI, "axolotl", TWO)),
        (4, "LM201", request(QWEN, "generation-tags", template=MARKED)),
        (4, "LM201", request(QWEN3, "trl-assistant-only", TWO, template=MARKED)),
        (5, "LM201", request(GLM, "generation-tags", TWO, template=USER_ENDS)),
        (6, "LM201", request(QWEN, "axolotl", TWO, train_on_eos="last")),
        (6, "LM201", request(LLAMA, "axolotl", TWO, train_on_eos="none")),
        (7, "LM401", request(QWEN, "generation-tags")),
        (7, "LM401", request(LLAMA, "trl-assistant-only", template=PLAIN)),
        (7, "LM101", request(ZEPHYR, "generation-tags", TWO)),
        (8, "LM102", request(QWEN, "megatron-bridge", TWO)),
        (9, "LM102", request(QWEN, "trl-assistant-only", TWO, template=ALL_MARKED)),
        (10, "LM602", request(QWEN, "trl-assistant-only", TWO, max_length=12)),
        (10, "LM601", request(QWEN, "trl-assistant-only", TWO, max_length=36)),
        (10, "LM602", request(LLAMA, "axolotl", TWO, sequence_len=20)),
        (11, "LM602", request(QWEN, "trl-completion-only", TWO, max_length=20)),
        (11, "LM602", request(LLAMA, "nemo-rl", TWO, max_seq_length=16)),
        (11, "LM602", request(QWEN, "unsloth-responses-only", max_seq_length=10)),
        (12, "LM701", request(QWEN, UNSLOTH, instruction_part="<|user|>\n", response_part="<|assistant|>\n")),
        (12, "LM701", request(LLAMA, TRL_MARKER, TWO, response_template=HEADER)),
        (
            13,
            "LM703",
            request(
                QWEN3,
                UNSLOTH,
                TWO,
                instruction_part="<|im_start|>user\n",
                response_part="<|im_start|>assistant\n<think>\n",
            ),
        ),
        (14, "LM701", request(MISTRAL, UNSLOTH, instruction_part="[INST]", response_part="<|assistant|>")),
        (15, "LM404", request(QWEN, "assistant-turns", talk("3 + 4?", "Three and four.</think>It is 7."))),
        (16, "LM704", request(QWEN3, "verl", THOUGHTS)),
        (16, "LM704", request(QWEN3, "verl", THOUGHTS, ignore_input_ids_mismatch=True)),
        (17, "LM501", request(LLAMA, "assistant-turns", template=TWICE)),
        (18, "LM705", request(QWEN, "trl-completion-only", template=PROMPT_THINKS)),
        (18, "LM705", request(QWEN3, "trl-completion-only", TWO, template=PROMPT_THINKS)),
        (19, "LM711", request(QWEN, "open-instruct", TWO)),
        (19, "LM711", {**request(LLAMA, "assistant-turns"), "reduction": {"name": "micro-batch-mean"}}),
        (20, "LM301", request(QWEN, "generation-tags", template=HEADER_MARKED)),
        (0, "LM305", request(QWEN, "generation-tags", FACES, template=MARKED)),
        (0, "LM709", request(QWEN3, "nemo-rl", THOUGHTS)),
        (0, "LM301", request(LLAMA, "nemo-rl", TWO)),
        (0, "LM403", request(QWEN3, "assistant-turns", THOUGHTS)),
        (0, "LM405", request(QWEN, "assistant-turns", talk("What is <|im_end|>?", "A token."))),
        (0, "LM702", request(QWEN, UNSLOTH, talk(f"Explain {HEADER}to me.", "It opens a reply."))),
        (0, "LM706", request(QWEN, "assistant-turns", talk("Which one?", "This one.", weight=0))),
        (0, "LM708", request(QWEN, TRL_MARKER, TWO)),
    )
]
