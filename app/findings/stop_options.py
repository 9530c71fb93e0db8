"""Whether the token that ends a turn is masked because an option asks for that."""

from __future__ import annotations

from .intent import is_left_out
from .replies import Reply
from .subject import Subject


def is_switched_off(subject: Subject, reply: Reply, last: Reply) -> bool:
    """Whether an option masks the end of this turn; `last` is the last turn that has an end."""
    options = subject.options
    if options.get("end_of_turn") is False or reason_of(subject, reply.stop) == "unsloth-masked-out":
        return True
    if subject.strategy.name != "axolotl":
        return False
    asked = {options["train_on_eos"], options["train_on_eot"] or options["train_on_eos"]}
    is_detailed = is_left_out(subject, reply.turn.message)
    return is_detailed or asked == {"none"} or ("last" in asked and reply is not last)


def stands_for_eos(subject: Subject, reply: Reply, last: Reply) -> bool:
    """Whether an earlier turn ends with another token than the last one, whose EOS trains.

    So it is where a template writes EOS only after the last turn, as gpt-oss's does.
    """
    assert subject.first is not None, "a reply needs an example"
    ids, eos = subject.first.example.tokens.ids, subject.context.tokenizer.eos_id
    ends_with_eos = int(ids[last.stop]) == eos and bool(subject.trained[last.stop])
    return ends_with_eos and int(ids[reply.stop]) != eos


def reason_of(subject: Subject, token: int) -> str:
    """The rule that decided a token of the first example."""
    assert subject.first is not None, "a token needs an example"
    example = subject.first.example
    return example.reason_table[int(example.reasons[token])].rule
