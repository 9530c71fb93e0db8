"""What a family's forms amount to, and that every family is whole."""

from __future__ import annotations

import pytest
from lossmask.strategies.families import chatml, llama, mistral, plain, tagged
from lossmask.strategies.families.base import THINK, Family, Form

FAMILIES = {
    f"{module.__name__.rpartition('.')[2]}.{name}": value
    for module in (chatml, llama, mistral, plain, tagged)
    for name, value in vars(module).items()
    if isinstance(value, Family)
}


def test_a_form_before_and_after_its_words() -> None:
    form = Form("<a>", " ", "<e>", "\n")
    assert (form.before, form.after) == ("<a> ", "<e>\n")


def test_results_and_calls_fall_back_to_the_plain_roles() -> None:
    family = Family(Form("s"), Form("u"), Form("a"))
    assert family.result == family.user
    assert family.calling == family.assistant
    assert family.but(tool=Form("t")).result == Form("t")
    assert THINK.empty == "<think>\n\n</think>\n\n"


@pytest.mark.parametrize("name", FAMILIES)
def test_a_conversation_can_be_told_apart(name: str) -> None:
    """A question and a reply are written otherwise, or an end stands between them; but for a bare format."""
    family = FAMILIES[name]
    between = family.user.after + family.assistant.header + family.assistant.lead
    assert between or family.assistant.after
