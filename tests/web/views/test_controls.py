"""What the form offers, and what of it is not the default."""

from __future__ import annotations

from lossmask.core.contributions import REDUCTIONS
from lossmask.strategies.registry import STRATEGIES
from lossmask.web.forms import AnalysisForm
from lossmask.web.views.controls import Controls, StrategyView, controls

from tests.factory import analysis


def offered(form: AnalysisForm | None = None, **known: tuple[str, ...]) -> Controls:
    return controls(form or AnalysisForm(), analysis(**known), ("bundled",))


def test_every_strategy_is_offered_and_one_is_chosen() -> None:
    found = offered()
    assert [view.strategy.name for view in found.strategies] == list(STRATEGIES)
    assert [view.strategy.name for view in found.strategies if view.chosen] == ["assistant-turns"]


def test_options_that_are_not_the_default_are_told() -> None:
    found = offered(
        AnalysisForm(options={"assistant-turns.header": "true", "assistant-turns.thinking": "true"})
    )
    assert found.strategy_label == "Assistant turns · header: true"


def test_variables_of_the_template_get_a_field_each() -> None:
    found = offered(AnalysisForm(arguments={"mine": "1", "unset": ""}), variables=("enable_thinking",))
    assert [(one.name, one.value) for one in found.arguments] == [("enable_thinking", ""), ("mine", "1")]
    assert found.set_arguments == ("mine=1",)


def test_named_templates_are_offered_where_there_are_several() -> None:
    assert [one.value for one in offered().own_templates] == ["own"]
    named = offered(names=("default", "tool_use")).own_templates
    assert [one.value for one in named] == ["own", "named:default", "named:tool_use"]


def test_a_named_template_stays_chosen_while_its_tokenizer_is_not_known() -> None:
    found = controls(AnalysisForm(template="named:rag"), None, ())
    assert [one.value for one in found.own_templates if one.chosen] == ["named:rag"]


def test_an_unknown_strategy_is_shown_as_it_came() -> None:
    assert offered(AnalysisForm(strategy="nonsense")).strategy_label == "nonsense"


def test_rules_of_frameworks_stand_apart() -> None:
    found = offered()
    assert "assistant-turns" not in [view.strategy.name for view in found.framework_strategies]
    assert all(
        view.strategy.framework not in ("lossmask", "transformers") for view in found.framework_strategies
    )


def chosen(strategy: str, **options: str) -> StrategyView:
    given = {f"{strategy}.{name}": value for name, value in options.items()}
    view = offered(AnalysisForm(strategy=strategy, options=given)).chosen
    assert view is not None
    return view


def test_the_configuration_begins_with_what_is_not_the_default() -> None:
    lines = chosen("axolotl", train_on_eos="all", roles_to_train="user, assistant").config.split("\n")
    assert lines[:3] == [
        'roles_to_train: ["user", "assistant"]',
        "train_on_eos: all",
        "# the rest is at its default here",
    ]
    assert "train_on_inputs: false" in lines[3:]


def test_the_configuration_is_in_the_frameworks_language() -> None:
    lines = chosen("trl-assistant-only", max_length="null").config.split("\n")
    assert lines[0] == "max_length=None,"
    assert "assistant_only_loss=True," in lines


def test_an_option_that_cannot_be_read_does_not_break_the_configuration() -> None:
    assert "sequence_len: 8192" in chosen("axolotl", sequence_len="many").config


def test_a_rule_of_ours_has_no_configuration() -> None:
    assert chosen("assistant-turns", header="true").config == ""


def test_every_reduction_is_offered_after_the_strategys_own() -> None:
    found = offered()
    assert [view.reduction.name for view in found.reductions] == list(REDUCTIONS)
    assert not any(view.chosen for view in found.reductions)
    assert found.reduction_label == f"strategy's default ({REDUCTIONS['token-mean'].title})"


def test_the_default_follows_the_strategy() -> None:
    for name, rule in STRATEGIES.items():
        title = REDUCTIONS[rule.reduction.name].title
        assert offered(AnalysisForm(strategy=name)).default_reduction.startswith(title)
    assert offered(AnalysisForm(strategy="nonsense")).default_reduction == "its own"


def test_options_of_a_reduction_are_offered_as_chosen() -> None:
    chosen = AnalysisForm(reduction="weighted-mean", reduction_options={"weighted-mean.over": "example"})
    view = next(view for view in offered(chosen).reductions if view.chosen)
    assert view.options[0].field == "reduction.weighted-mean.over"
    assert [one.value for one in view.options[0].choices if one.chosen] == ["example"]
    assert offered(chosen).reduction_label == REDUCTIONS["weighted-mean"].title
