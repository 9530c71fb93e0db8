"""Configurations: code of its own, classes of no kind, chat templates as hostile as any that are typed."""

from __future__ import annotations

import json

from tests.hostile.templates.time import NESTED
from tests.hostile.tokenizers.making import SOUND, Folder, Make, beside, config, write


def configured(value: object) -> Make:
    """The sound tokenizer with any JSON for a configuration."""
    return lambda folder: write(folder, json.dumps(SOUND), value)


FOLDERS = [
    Folder(
        "code of its own",
        "broken-tokenizer",
        config(auto_map={"AutoTokenizer": ["evil.Evil", None]}, tokenizer_class="Evil"),
    ),
    Folder(
        "code of its own that is there",
        "broken-tokenizer",
        beside(
            {
                "evil.py": "raise SystemExit(3)\n",
                "tokenizer_config.json": json.dumps(
                    {"auto_map": {"AutoTokenizer": ["evil.Evil", "evil.Evil"]}, "tokenizer_class": "Evil"}
                ),
            }
        ),
    ),
    Folder("a class that is a number", "broken-tokenizer", config(tokenizer_class=5)),
    Folder("a class that is no tokenizer's", "broken-tokenizer", config(tokenizer_class="AutoModel")),
    Folder("a configuration that is a list", "broken-tokenizer", configured([])),
    Folder("a configuration of nothing", "no-template", configured({})),
    Folder(
        "a configuration that is deep",
        "broken-tokenizer",
        beside({"tokenizer_config.json": '{"a":' * 100_000 + "1" + "}" * 100_000}),
    ),
    Folder("a model's configuration of junk", "broken-tokenizer", beside({"config.json": "{"})),
    Folder("a kind of model that is a path", "ok", beside({"config.json": '{"model_type": "../../evil"}'})),
    Folder("a longest length that is no number", "ok", config(model_max_length="long")),
    Folder("a longest length below zero", "ok", config(model_max_length=-1)),
    Folder("an argument that is the class's own", "broken-tokenizer", config(tokenizer_object=5)),
    Folder("a file's name for a tokenizer", "ok", config(tokenizer_file="/etc/passwd", name_or_path="/etc")),
    Folder("a template that is a number", "no-template", config(chat_template=5)),
    Folder("templates of no name", "broken-tokenizer", config(chat_template=[{"template": "x"}, 5])),
    Folder("a template that never ends", "template-timeout", config(chat_template=NESTED)),
    Folder(
        "a template that never ends, in a file of its own",
        "template-timeout",
        beside({"chat_template.jinja": NESTED}),
    ),
    Folder(
        "a template that takes all memory",
        "template-memory",
        config(chat_template="{{ 'a' * 10000000000 }}"),
    ),
    Folder(
        "a template that takes all memory as it is compiled",
        "template-memory",
        config(chat_template="{% if 'a' * 9999999999 %}ok{% endif %}"),
    ),
    Folder(
        "a template that reaches for the system",
        "template-error",
        config(chat_template="{{ cycler.__init__.__globals__.os.environ }}"),
    ),
    Folder("a template that is cut off", "template-error", config(chat_template="{% for m in messages %}")),
    Folder("a template of two megabytes", "too-large", config(chat_template="a{{ 1 }}" * 250_000)),
    Folder(
        "a template that is no text", "broken-tokenizer", beside({"chat_template.jinja": b"\xff\xfe\x80"})
    ),
]
