"""From the page's form and its result to the state that is shared, and from a state back to the form.

Covered: what stands in the form, and no more; of a paste with many rows only the row in sight.
Not covered: packing into a link, which the browser does, so that no server sees it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, get_args

from .. import __version__
from ..core.analysis import Analysis
from ..core.conversation import Conversation
from ..core.digest import digest
from ..core.parsing import TITLES, Paste, open_paste
from ..core.request import Choice
from ..core.state import Check, Pasted, SharedTemplate, SharedTokenizer, State, View, structure_of
from ..core.state.check import check_of
from ..core.state.schema import Tab
from ..strategies.registry import strategy
from .forms import PASTED, AnalysisForm, json_or_text, tokenizer_name

STATE = "state"
"""The field that holds a state in place of the form's own."""

HASH = 16
"""Digits of a template's SHA-256 that go into a link."""


def form_of(state: State) -> AnalysisForm:
    """The form as its author had it; the tokenizer is pinned to the revision that was used."""
    typed, view = state.conversation, state.view
    pasted = typed if isinstance(typed, Pasted) else Pasted(_written(typed))
    reduction = state.reduction or Choice("")
    return AnalysisForm(
        conversation=pasted.text,
        format=pasted.format or "auto",
        row=pasted.row,
        tokenizer=state.tokenizer.pinned,
        loader=state.tokenizer.loader,
        template=state.template.name,
        template_source=state.template.source or "",
        strategy=state.strategy.name,
        options=_keyed(state.strategy),
        reduction=reduction.name,
        reduction_options=_keyed(reduction),
        arguments={name: argument_text(value) for name, value in state.template_arguments.items()},
        today="" if state.today is None else state.today.isoformat(),
        theme=view.theme,
        view=view.tab,
        lens=view.lens,
        would=view.would,
        page=max(1, view.page),
        example=view.example,
        shared=state,
    )


def state_of(form: AnalysisForm, analysis: Analysis) -> State:
    """What is shared of a form and the result that it gave."""
    return State(
        app=__version__,
        conversation=_pasted(form),
        tokenizer=SharedTokenizer(
            tokenizer_name(form.tokenizer),
            "file" if form.loader == "file" else "auto",
            analysis.tokenizer.revision,
        ),
        template=_template(form, analysis),
        template_arguments=form.template_arguments(),
        strategy=Choice(form.strategy, _changed_options(form)),
        reduction=form.reduction_choice(),
        today=_today(form, analysis),
        view=_view(form),
        versions=analysis.versions,
        digest=digest(analysis),
        check=_check(analysis),
    )


def structure_state(state: State, analysis: Analysis, conversation: Conversation) -> State:
    """The same with labels and structure alone: whatever could hold words is left out."""
    roles = tuple(conversation.role(index) for index in range(len(conversation.messages)))
    return replace(
        state,
        conversation=None,
        template=SharedTemplate(state.template.name),
        template_arguments={},
        strategy=Choice(state.strategy.name, _without_words(state.strategy.options)),
        reduction=None if state.reduction is None else Choice(state.reduction.name),
        view=View(example=state.view.example),
        digest=None,
        check=None,
        structure=structure_of(analysis, roles),
    )


def argument_text(value: Any) -> str:
    """A template argument as it is typed, so that the form reads it back as this value.

    >>> argument_text(False), argument_text("false"), argument_text("low")
    ('false', '"false"', 'low')
    """
    if isinstance(value, str) and value and json_or_text(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)


def _written(conversation: Conversation | None) -> str:
    return "" if conversation is None else json.dumps(conversation.as_json(), ensure_ascii=False, indent=2)


def _keyed(choice: Choice) -> dict[str, str]:
    """Options as the form keys them, `NAME.OPTION`."""
    given = choice.options.items()
    return {
        f"{choice.name}.{name}": value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in given
    }


def _pasted(form: AnalysisForm) -> Pasted:
    format: Any = form.format if form.format in TITLES else None
    paste = open_paste(form.conversation)
    if paste.rows > 1:
        return Pasted(_row(paste, form.row), format)
    return Pasted(form.conversation, format)


def _row(paste: Paste, row: int) -> str:
    """One row of several, alone."""
    value = paste.document(min(row, paste.rows - 1)).value
    return json.dumps(value, ensure_ascii=False, indent=2)


def _template(form: AnalysisForm, analysis: Analysis) -> SharedTemplate:
    if form.template == PASTED:
        return SharedTemplate(PASTED, form.template_source)
    sha256 = analysis.tokenizer.template_sha256
    return SharedTemplate(form.template, None, None if sha256 is None else sha256[:HASH])


def _changed_options(form: AnalysisForm) -> dict[str, Any]:
    """The chosen rule's options as typed, where they say something else than the default."""
    options = {option.name: option for option in strategy(form.strategy).options}
    typed = form.strategy_options().items()
    return {name: text for name, text in typed if options[name].read(text) != options[name].default}


def _without_words(options: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers and switches; a marker, or a file's name, could hold anything."""
    read = {name: json_or_text(value) if isinstance(value, str) else value for name, value in options.items()}
    return {name: value for name, value in read.items() if isinstance(value, bool | int | float)}


def _today(form: AnalysisForm, analysis: Analysis) -> date | None:
    """The date, where it was chosen or the template asks for it."""
    asks = analysis.template is not None and "strftime_now" in analysis.template.source
    return analysis.today if form.today or asks else None


def _view(form: AnalysisForm) -> View:
    # Of the page's views those that a link may name; one that is added there is added here.
    tab: Any = form.view if form.view in get_args(Tab) else "text"
    return View(tab=tab, lens=form.lens, would=form.would, example=form.example, page=form.page)


def _check(analysis: Analysis) -> Check | None:
    check = check_of(analysis)
    return check if check.tokens else None
