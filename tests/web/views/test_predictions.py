"""What is predicted at each position, in words; and what the words depend on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lossmask.core.analysis import Analysis
from lossmask.core.example import MASKED
from lossmask.web.forms import AnalysisForm
from lossmask.web.views import result
from lossmask.web.views.predictions import LONGEST, Piece, odds, short, spoken
from lossmask.web.views.result import ResultView, result_view

from tests.factory import CHAT, Word, analysis, conversation
from tests.web.losses import with_losses


def view(made: Analysis, token: int) -> ResultView:
    return result_view(made, conversation(), AnalysisForm(token=token, view="shift"), 128_000)


def sentence(made: Analysis, token: int) -> str:
    """The sentence of one prediction, code in backticks."""
    shift = view(made, token).shift
    assert shift is not None
    assert shift.chosen.position == token
    return written(shift.sentence)


def written(pieces: tuple[Piece, ...]) -> str:
    return "".join(f"`{piece.text}`" if piece.code else piece.text for piece in pieces)


def changed(made: Analysis, **columns: object) -> Analysis:
    """The analysis with other columns in its one example."""
    (one,) = made.examples
    return replace(made, examples=(replace(one, example=replace(one.example, **columns)),))


def test_position_0_is_never_predicted() -> None:
    assert sentence(analysis(), 0) == "Position 0, `<s>`, is never predicted: nothing stands before it."


def test_a_label_at_position_0_is_unused() -> None:
    made = analysis([Word("a", 1, trained=True), Word("b", 1)])
    assert sentence(made, 0).endswith("nothing stands before it. It has a label, but no prediction uses it.")


def test_a_masked_one_happens_and_is_ignored() -> None:
    assert sentence(analysis(), 3) == (
        "After `hi` (position 2) the model is asked for `·there` (position 3): masked. "
        "The prediction happens, but its loss is ignored."
    )


def test_generation_starts_at_the_first_token_that_is_said_trained_or_not() -> None:
    start = "It is the first word of the answer: generation starts here."
    assert sentence(analysis(), 6) == (
        f"After `<a>` (position 5) the model is asked for `hello` (position 6): trained. {start}"
    )
    masked = [replace(word, trained=False) for word in CHAT]
    assert sentence(analysis(masked), 6).endswith(f"ignored. {start}")
    for token in (2, 5, 7, 8):
        assert start not in sentence(analysis(), token)


def test_what_stands_between_two_parts_of_an_answer_starts_no_other() -> None:
    words = [
        Word("<a>", 1, "header"),
        Word("hm", 1, "thinking"),
        Word("\n", 1, "separator"),
        Word("so", 1),
    ]
    assert "generation starts here" in sentence(analysis(words), 1)
    assert "generation starts here" not in sentence(analysis(words), 3)


def test_every_reply_starts_anew() -> None:
    made = analysis([*CHAT, *CHAT[1:]])
    starts = [t for t in range(17) if "generation starts here" in sentence(made, t)]
    assert starts == [6, 14]


def test_the_end_of_the_answer_teaches_to_stop_where_it_is_trained() -> None:
    assert "It ends the answer: this prediction teaches to stop." in sentence(analysis(), 8)
    masked = [*CHAT[:8], replace(CHAT[8], trained=False)]
    assert "It ends the answer: masked, it does not teach to stop." in sentence(analysis(masked), 8)
    # The user's turn ends too, and that is no answer.
    assert "ends the answer" not in sentence(analysis(), 4)


def test_an_end_of_several_tokens_is_told_of_once() -> None:
    split = [*CHAT[:8], *(Word(text, 1, "end_of_turn", trained=True) for text in ("</", "s>"))]
    ends = [t for t in range(10) if "ends the answer" in sentence(analysis(split), t)]
    assert ends == [8]


def test_an_end_of_text_behind_all_turns_ends_the_answer() -> None:
    made = analysis([*CHAT[:8], Word("</s>", None, "eos", trained=True, special=True)])
    assert "It ends the answer" in sentence(made, 8)


def test_the_last_token_predicts_nothing() -> None:
    last = "It is the last token: no label follows, so nothing is predicted from it."
    assert sentence(analysis(), 8).endswith(last)
    assert last not in sentence(analysis(), 7)


def test_behind_a_generation_prompt_generation_starts() -> None:
    made = analysis([*CHAT[:5], Word("<a>", None, "generation_prompt", special=True)])
    assert sentence(made, 5).endswith("predicted from it. At inference, generation starts after it.")


def test_a_label_that_is_not_the_token_there_is_named() -> None:
    labels = analysis().examples[0].example.labels.copy()
    labels[7] = 900
    assert sentence(changed(analysis(), labels=labels), 7) == (
        "After `hello` (position 6) the model is asked for id 900 (position 7): trained. "
        "The label differs from the token there, `↵` (id 107)."
    )


@pytest.mark.parametrize(
    ("weight", "said"),
    [(1.0, ""), (0.5, " Its weight is 0.5."), (0.0, " Its weight is 0, so it adds nothing.")],
)
def test_a_weight_that_is_not_1_is_told(weight: float, said: str) -> None:
    weights = analysis().examples[0].example.weights.copy()
    weights[7] = weight
    made = changed(analysis(), weights=weights)
    assert sentence(made, 7).endswith(f"(position 7): trained.{said}")


def test_white_space_is_quoted_with_what_stands_before_it() -> None:
    assert sentence(analysis(), 8).startswith("After `hello↵` (position 7) the model is asked for `<e>`")


def test_probability_and_likeliest_where_losses_are_known() -> None:
    made = with_losses(analysis())
    known = made.examples[0].losses
    assert known is not None
    expected = f"probability {np.exp(-known.cross_entropy[7]):.2f}; the likeliest is `·word0` (0.40)."
    assert sentence(made, 7).endswith(expected)
    assert "probability" not in sentence(made, 0)
    assert "probability" not in sentence(analysis(), 7)


def test_the_token_asked_for_may_be_the_likeliest() -> None:
    made = with_losses(analysis())
    (one,) = made.examples
    assert one.losses is not None
    assert one.losses.likeliest is not None
    rows = [
        [likely._replace(id=107 + place) for place, likely in enumerate(row)] for row in one.losses.likeliest
    ]
    losses = replace(one.losses, likeliest=tuple(map(tuple, rows)))
    found = sentence(replace(made, examples=(replace(one, losses=losses),)), 7)
    assert found.endswith("more than any other token.")


def test_what_another_page_draws_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result, "PAGE_TOKENS", 4)
    assert sentence(analysis(), 4).startswith("After `·there` (position 3)")
    # The page begins with tokens 4 to 7; the header of the answer is among them.
    assert "generation starts here" in sentence(analysis(), 6)
    monkeypatch.setattr(result, "PAGE_TOKENS", 7)
    assert "generation starts here" not in sentence(analysis(), 7)


def test_states_of_labels_and_ids_agree() -> None:
    for token, label in enumerate(analysis().examples[0].example.labels.tolist()):
        if token:
            assert (": masked." in sentence(analysis(), token)) is (label == MASKED)


def test_words_for_figures_and_glyphs() -> None:
    assert [odds(value) for value in (0.0, 0.0049, 0.6065, 0.9951, 1.0)] == [
        "under 0.01",
        "under 0.01",
        "0.61",
        "over 0.99",
        "1.00",
    ]
    assert spoken("<|end|>↵↵") == "<|end|> line break line break"
    assert (spoken("·two"), spoken("··"), spoken("a→b")) == ("two", "space", "a tab b")
    assert len(short("x" * 99)) == LONGEST
    assert short("x" * LONGEST) == "x" * LONGEST
