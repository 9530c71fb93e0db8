"""What tests of sharing share: a form, its state, and the state that a page carries."""

from __future__ import annotations

import html
import re

from lossmask.core.parsing import open_paste, parse
from lossmask.core.state import State, read_json
from lossmask.engine.analyse import analyse
from lossmask.web.forms import AnalysisForm
from lossmask.web.samples import SAMPLES
from lossmask.web.share import state_of

CHAT = AnalysisForm().with_example(SAMPLES["chat"].text, SAMPLES["chat"].template)


def computed(form: AnalysisForm) -> State:
    """The state of a form's result."""
    parsed = parse(open_paste(form.conversation), row=form.row)
    return state_of(form, analyse(form.request(parsed.conversation)))


def drawn_state(page: str, name: str = "share-state") -> State:
    """The state in one of the page's templates, as a script would read it."""
    found = re.search(rf'<template id="{name}"[^>]*>(.*?)</template>', page, re.DOTALL)
    assert found is not None
    return read_json(html.unescape(found[1]))
