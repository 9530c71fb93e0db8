"""Families that write roles in plain words, or hardly at all."""

from __future__ import annotations

from .base import BOS, EOS, Family, Form

_BARE = Form()

PLAIN = Family(system=_BARE, user=_BARE, assistant=Form(end=EOS))
"""No roles: words after words, EOS after a reply."""

VICUNA = PLAIN.but(user=Form("USER: ", "", " "), assistant=Form("ASSISTANT:", "", EOS))
ALPACA = PLAIN.but(
    user=Form("### Instruction:\n", "", "\n\n"), assistant=Form("### Response:\n", "", EOS, "\n\n")
)
HUMAN = Family(
    system=Form("System: ", "", EOS, "\n"),
    user=Form("Human: ", "", EOS, "\n"),
    assistant=Form("Assistant:", "", EOS, "\n"),
)
DEEPSEEK = Family(
    system=Form(separator="\n\n"),
    user=Form("User: ", "", "\n\n"),
    assistant=Form("Assistant:", "", EOS),
    prefix=BOS,
)
DEEPSEEK3 = Family(
    system=_BARE,
    user=Form("<\uff5cUser\uff5c>"),
    assistant=Form("<\uff5cAssistant\uff5c>", "", EOS),
    prefix=BOS,
)
SOLAR = Family(
    system=Form("### System:\n", "", "\n\n"),
    user=Form("### User:\n", "", "\n\n"),
    assistant=Form("### Assistant:\n"),
)
GEMMA = Family(
    system=Form(end="\n\n"),
    user=Form("<start_of_turn>user\n", "", "<end_of_turn>", "\n"),
    assistant=Form("<start_of_turn>model\n", "", "<end_of_turn>", "\n"),
    tool=Form("<start_of_turn>tool\n", "", "<end_of_turn>", "\n"),
    prefix=BOS,
)
FALCON = PLAIN.but(user=Form("User: ", "", "\n"), assistant=Form("Falcon:", "", "\n"))
GPT4_CORRECT = PLAIN.but(
    user=Form("GPT4 Correct User: ", "", EOS), assistant=Form("GPT4 Correct Assistant:", "", EOS), prefix=BOS
)
BREEZE = PLAIN.but(user=Form("[INST] ", "", " [/INST] "), assistant=_BARE, prefix=BOS)
OLMO = PLAIN.but(user=Form("<|user|>\n"), assistant=Form("<|assistant|>\n", "", EOS), prefix=EOS)


def _bailing(role: str) -> Form:
    return Form(f"<role>{role}</role>")


BAILING = Family(
    system=_bailing("SYSTEM"),
    user=_bailing("HUMAN"),
    assistant=_bailing("ASSISTANT"),
    tool=_bailing("OBSERVATION"),
)


def _granite(role: str) -> Form:
    return Form(f"<|start_of_role|>{role}<|end_of_role|>", "", "<|end_of_text|>", "\n")


GRANITE = Family(system=_granite("system"), user=_granite("user"), assistant=_granite("assistant"))


def _seed(role: str) -> Form:
    return Form(f"{BOS}{role}\n", "", EOS)


SEED_CODER = Family(system=_seed("system"), user=_seed("user"), assistant=_seed("assistant"))


def _colon(role: str) -> Form:
    return Form(f"{role}:", " ", "\n\n")


ROLE_COLON = Family(system=_colon("System"), user=_colon("User"), assistant=_colon("Assistant"))
"""The role's name, a colon, a space, the words, an empty line."""
