"""The whole line, on the bundled tokenizer: the answer's shape is the contract of the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lossmask.core.parts import PARTS
from lossmask.errors import LossmaskError, OptionError, TemplateError, TokenizerError, TooLarge
from lossmask.settings import Settings

from tests.labels import PANCAKES, analysed

COLUMNS = (
    "input_ids",
    "labels",
    "weights",
    "offsets",
    "pieces",
    "messages",
    "parts",
    "reasons",
    "contributions",
)


@pytest.fixture(scope="module")
def answer() -> dict[str, Any]:
    return json.loads(json.dumps(analysed().as_json()))  # type: ignore[no-any-return]


def test_the_contract_of_the_answer(answer: dict[str, Any]) -> None:
    names = {
        "outcome",
        "tokenizer",
        "strategy",
        "today",
        "examples",
        "reason_table",
        "findings",
        "statistics",
        "versions",
    }
    assert names <= set(answer)
    assert answer["outcome"] == {"kind": "ok", "reason": None}
    assert {"name", "revision", "vocabulary_size", "template_sha256"} <= set(answer["tokenizer"])
    assert {"name", "options", "framework", "version"} == set(answer["strategy"])
    assert answer["today"] == "2026-11-23"


def test_columns_have_one_length(answer: dict[str, Any]) -> None:
    [example] = answer["examples"]
    assert {len(example[name]) for name in COLUMNS} == {answer["statistics"]["tokens"]}
    assert set(example["parts"]) <= set(PARTS)
    assert max(example["reasons"]) < len(answer["reason_table"])


def test_labels_are_ids_or_masked(answer: dict[str, Any]) -> None:
    [example] = answer["examples"]
    pairs = zip(example["labels"], example["input_ids"], strict=True)
    assert all(label in (-100, token) for label, token in pairs)


def test_provenance_tiles_the_text(answer: dict[str, Any]) -> None:
    [example] = answer["examples"]
    position = 0
    for start, end, origin in example["provenance"]["runs"]:
        assert start == position < end
        row = example["provenance"]["origins"][origin]
        if row["kind"] == "message":
            field = PANCAKES[row["message"]][row["field"]]
            assert field[row["start"] : row["start"] + end - start] == example["text"][start:end]
        position = end
    assert position == len(example["text"])


def test_contributions_add_up_to_one(answer: dict[str, Any]) -> None:
    assert sum(answer["examples"][0]["contributions"]) == pytest.approx(1.0)


def test_the_bundled_tokenizer_falls_back_to_chatml(answer: dict[str, Any]) -> None:
    assert answer["template"]["name"] == "bundled:chatml"
    assert len(answer["tokenizer"]["template_sha256"]) == 64


def test_variables_nobody_set_are_listed() -> None:
    template = "{{ date_string }}{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}"
    info = analysed(chat_template=template).template
    assert info is not None
    assert info.variables == ("date_string",)
    given = analysed(chat_template=template, template_arguments={"date_string": "today"}).template
    assert given is not None
    assert given.variables == ()


@pytest.mark.parametrize(
    ("request_fields", "kind", "code"),
    [
        ({"chat_template": "{% if %}"}, TemplateError, "template-error"),
        ({"chat_template": "{{ raise_exception('no') }}"}, TemplateError, "template-error"),
        ({"chat_template": "bundled:absent"}, TemplateError, "unknown-template"),
        ({"chat_template": "named:absent"}, TemplateError, "unknown-template"),
        ({"tokenizer": "local:absent"}, TokenizerError, "unknown-tokenizer"),
        ({"strategy": "absent"}, OptionError, "unknown-strategy"),
        ({"reduction": {"name": "absent"}}, OptionError, "unknown-reduction"),
        ({"template_arguments": {"messages": []}}, OptionError, "bad-option"),
    ],
)
def test_what_the_user_can_mend(request_fields: dict[str, Any], kind: type[LossmaskError], code: str) -> None:
    with pytest.raises(kind) as failure:
        analysed(**request_fields)
    assert failure.value.code == code


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(TooLarge, match="at most 10"):
        analysed(settings=Settings({"LOSSMASK_RENDERED_CHARACTERS": "10"}))


def write_tokenizer(folder: Path, templates: object) -> Path:
    from lossmask.tokenization.locate import BUNDLED

    folder.mkdir(parents=True)
    (folder / "tokenizer.json").write_bytes((BUNDLED / "tokenizer.json").read_bytes())
    config = json.loads((BUNDLED / "tokenizer_config.json").read_text(encoding="utf-8"))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({**config, "chat_template": templates}), encoding="utf-8"
    )
    return folder


def test_named_templates(tmp_path: Path) -> None:
    named = [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": "with tools"}]
    write_tokenizer(tmp_path / "several", named)
    settings = Settings({"LOSSMASK_TOKENIZERS": str(tmp_path)})

    def text(**fields: Any) -> tuple[str, str]:
        analysis = analysed(tokenizer="local:several", settings=settings, strategy="full", **fields)
        assert analysis.template is not None
        assert analysis.template.names == ("default", "tool_use")
        return analysis.template.name, analysis.examples[0].example.rendering.text

    assert text() == ("own", "plain")
    assert text(tools=[{"name": "f"}]) == ("named:tool_use", "with tools")
    assert text(chat_template="named:tool_use") == ("named:tool_use", "with tools")


def test_a_tokenizer_without_a_template_says_so(tmp_path: Path) -> None:
    write_tokenizer(tmp_path / "none", None)
    with pytest.raises(TemplateError) as failure:
        analysed(tokenizer="local:none", settings=Settings({"LOSSMASK_TOKENIZERS": str(tmp_path)}))
    assert failure.value.code == "no-template"


def test_a_rule_with_its_own_format_needs_no_template(tmp_path: Path) -> None:
    write_tokenizer(tmp_path / "none", None)
    settings = Settings({"LOSSMASK_TOKENIZERS": str(tmp_path)})
    analysis = analysed(
        tokenizer="local:none", settings=settings, strategy="llama-factory", options={"template": "chatml"}
    )
    assert analysis.template is not None
    assert analysis.template.name == "none"
    assert (analysis.outcome.kind, analysis.examples[0].difference) == ("ok", None)


def test_tokens_that_a_framework_adds_are_no_other_tokens_at_inference(tmp_path: Path) -> None:
    """LLaMA-Factory adds `<|im_end|>` to a tokenizer without it, and saves both together."""
    for file in write_tokenizer(tmp_path / "none", None).iterdir():
        file.write_text(file.read_text(encoding="utf-8").replace("<|im_", "<|our_"), encoding="utf-8")
    settings = Settings({"LOSSMASK_TOKENIZERS": str(tmp_path)})
    analysis = analysed(
        tokenizer="local:none", settings=settings, strategy="llama-factory", options={"template": "chatml"}
    )
    assert analysis.tokenizer is not None
    assert max(analysis.examples[0].example.tokens.ids) >= analysis.tokenizer.vocabulary_size
    assert "LM304" not in [finding.code for finding in analysis.findings]
