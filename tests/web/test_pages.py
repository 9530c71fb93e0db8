"""The page as plain HTML: what each request gets, with an engine that answers by hand."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from dataclasses import replace

import pytest
from lossmask.core.analysis import Finding, Outcome
from lossmask.errors import Busy, LossmaskError, TemplateError, TokenizerError, TooLarge, Where
from lossmask.strategies.registry import STRATEGIES
from lossmask.web.pages import HTMX_INTEGRITY
from starlette.testclient import TestClient

from tests.factory import CHAT, Word, analysis
from tests.labels import analysed as analyse_really
from tests.web.engine import Engine, Post

HTMX = {"HX-Request": "true"}


def test_the_first_visit_shows_the_example_computed(client: TestClient, engine: Engine) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert "3 of 9 tokens train (33 %)." in answer.text
    assert engine.asked[0].chat_template == "bundled:llama-3"
    assert engine.asked[0].conversation.messages[0]["content"] == "give me a recipe to bake pancakes"


@pytest.mark.parametrize(("name", "message"), [("tools", "tool_calls"), ("thinking", "reasoning_content")])
def test_examples_by_name(client: TestClient, engine: Engine, name: str, message: str) -> None:
    client.get("/", params={"example": name})
    assert message in engine.asked[0].conversation.messages[1]


def test_an_empty_paste_offers_the_examples(client: TestClient, engine: Engine) -> None:
    answer = client.get("/?example=none")
    assert answer.text.count('href="/?example=') >= 3
    assert not engine.asked


def test_a_post_without_scripts_gets_the_whole_page_with_its_fields(post: Post, engine: Engine) -> None:
    answer = post(strategy="full", tokenizer="local:x", theme="dark", view="table")
    assert answer.text.startswith("<!doctype html>")
    assert 'data-theme="dark"' in answer.text
    assert re.search(r'value="full" checked', answer.text)
    assert 'id="view-table" value="table" form="form" checked' in answer.text
    assert engine.asked[0].tokenizer == "local:x"


def test_htmx_gets_only_the_parts(post: Post) -> None:
    answer = post(headers=HTMX)
    assert "<html" not in answer.text
    assert 'hx-swap-oob="innerHTML:#reading"' in answer.text
    assert "<noscript>" not in answer.text
    assert answer.headers["Vary"] == "HX-Request"


def test_bad_json_keeps_the_text_and_shows_a_caret(post: Post, engine: Engine) -> None:
    answer = post('[{"role": "user" "content": "x"}]')
    assert answer.status_code == 422
    assert "Line 1, column" in answer.text
    assert "^</pre>" in answer.text
    assert "[{&#34;role&#34;: &#34;user&#34; &#34;content&#34;: &#34;x&#34;}]</textarea>" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert not engine.asked


@pytest.mark.parametrize(
    ("error", "status", "shown"),
    [
        (TemplateError("It broke.", where=Where(2)), 422, "It broke."),
        (TokenizerError("No such model.", code="unknown-tokenizer"), 422, "No such model."),
        (TooLarge("Too many."), 413, "Too many."),
        (Busy("Full."), 503, "Full."),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_errors_of_the_engine(
    post: Post, engine: Engine, error: LossmaskError, status: int, shown: str, headers: dict[str, str]
) -> None:
    engine.answer = error
    answer = post(headers=headers)
    assert answer.status_code == status
    assert shown in answer.text
    assert 'role="alert"' in answer.text
    assert ("<html" in answer.text) is not bool(headers)
    assert answer.headers["Vary"] == "HX-Request"


def test_the_line_of_a_pasted_template_is_quoted(post: Post, engine: Engine) -> None:
    engine.answer = TemplateError("Unknown tag.", where=Where(2))
    answer = post(template="pasted", template_source="one\n{% two %}")
    assert "Chat template, line 2" in answer.text
    assert '<pre dir="ltr" tabindex="0">{% two %}</pre>' in answer.text
    assert "one\n{% two %}</textarea>" in answer.text


def test_too_long_a_paste_is_refused_before_it_is_read(post: Post, engine: Engine) -> None:
    assert post("x" * 5001).status_code == 413
    assert not engine.asked


def test_a_refusal_of_the_framework_is_a_result(post: Post, engine: Engine) -> None:
    engine.answer = analysis(outcome=Outcome("dropped", "Too long for the sequence."))
    answer = post()
    assert answer.status_code == 200
    assert "The row is dropped under Assistant turns." in answer.text
    assert "Too long for the sequence." in answer.text


def test_rows_are_picked(post: Post, engine: Engine) -> None:
    lines = "\n".join(f'{{"messages": [{{"role": "user", "content": "row {n}"}}]}}' for n in range(3))
    answer = post(lines, row="0", row_step="1")
    assert engine.asked[0].conversation.messages[0]["content"] == "row 1"
    assert '<option value="1" selected>1 · row 1</option>' in answer.text


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


@pytest.mark.parametrize(("tokenizer", "status"), [("bundled", 200), (HOSTILE, 422)])
def test_hostile_text_is_inert_wherever_it_comes_from(
    post: Post, engine: Engine, tokenizer: str, status: int
) -> None:
    engine.answer = analysis([Word(HOSTILE, 0), Word("</template><script>", 1, trained=True)])
    message = json.dumps({"role": HOSTILE, "content": HOSTILE})
    answer = post(
        f'[{message}, {{"role": "assistant", "content": "x"}}]',
        tokenizer=tokenizer,
        template_source=HOSTILE,
        **{f"argument.{HOSTILE}": HOSTILE},
    )
    assert answer.status_code == status
    assert "<script>" not in answer.text
    assert "<img" not in answer.text
    assert answer.text.count("</template>") == answer.text.count("<template")


def test_tokens_have_the_plainest_markup(client: TestClient) -> None:
    text = client.get("/").text
    assert '<b class="t">hello</b><b class="t"><i>↵</i></b>\n<b class="t s">&lt;e&gt;</b>' in text


def test_cut_tokens_are_counted(post: Post, engine: Engine) -> None:
    engine.answer = analysis(CHAT, cut=412)
    assert "412 tokens cut by the length limit" in post().text


def test_no_tokens_at_all_is_still_a_page(post: Post, engine: Engine) -> None:
    engine.answer = analysis([])
    assert "The conversation renders to no tokens." in post().text


def test_nothing_inline_and_nothing_from_elsewhere(client: TestClient) -> None:
    text = client.get("/").text
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style|\sstyle=|\son\w+=", text)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', text)


def test_ids_are_unique_and_controls_are_named(client: TestClient) -> None:
    text = client.get("/").text
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    for target in re.findall(r'<label for="([^"]+)"', text):
        assert target in ids


def test_htmx_is_served_as_its_digest_says(client: TestClient) -> None:
    answer = client.get("/static/htmx/htmx.min.js")
    digest = base64.b64encode(hashlib.sha384(answer.content).digest()).decode()
    assert f"sha384-{digest}" == HTMX_INTEGRITY
    assert HTMX_INTEGRITY in client.get("/").text


def test_every_script_and_sheet_of_the_page_is_served(client: TestClient) -> None:
    found = re.findall(r'(?:src|href)="(/static/[^"]+)"', client.get("/").text)
    assert len(found) > 5
    assert {client.get(path).status_code for path in found} == {200}


def test_the_configuration_follows_the_options(post: Post) -> None:
    answer = post(headers=HTMX, strategy="axolotl", **{"option.axolotl.train_on_eos": "all"})
    part = answer.text.partition('hx-swap-oob="innerHTML:#config-axolotl"')[2]
    assert re.search(r"<pre[^>]*>\ntrain_on_eos: all\n", part)


def test_each_option_says_what_it_means_and_each_rule_where_it_was_read(client: TestClient) -> None:
    text = html.unescape(client.get("/").text)
    rule = STRATEGIES["nemo-rl"]
    assert f"Read in {rule.source}." in text
    plain = re.sub(r"</?code>", "`", text)
    assert all(option.meaning in plain for option in rule.options)
    assert all(difference in re.sub(r"\s+", " ", plain) for difference in rule.known_differences)


def test_a_refusal_says_what_it_means(post: Post, engine: Engine) -> None:
    engine.answer = analysis(outcome=Outcome("error", "ValueError: `x` is not set."))
    text = post().text
    assert "<code>x</code> is not set." in text
    assert "a run over data with this row in it ends with the error" in text
    assert 'formaction="/matrix"' in text


def test_other_text_than_inference_will_see_is_shown_on_both_sides(post: Post, engine: Engine) -> None:
    engine.answer = analyse_really(strategy="nemo-rl", chat_template="bundled:chatml")
    text = post().text
    assert "This framework trains on other text than inference will see." in text
    assert '<span class="quiet">nothing</span>' in text
    assert '<a href="#tokens" data-go="0"><b' in text


def test_several_examples_can_be_picked(post: Post, engine: Engine) -> None:
    one = analysis()
    engine.answer = replace(one, examples=one.examples * 12)
    text = post(example="11").text
    assert "Example 12 of 12" in text
    picked = re.findall(r'name="example" value="(\d+)" class="plain', text)
    assert picked == ["10", *(str(n) for n in range(3, 12))]
    assert 'aria-label="Example 12, 3 of 9 tokens trained" aria-current="true"' in text


def test_findings_are_listed_with_a_fix_to_copy_and_links(post: Post, engine: Engine) -> None:
    stop = Finding("LM201", "error", "The `<e>` is masked.", ((8, 9),), "train_on_eos: <all>")
    engine.answer = analysis(CHAT, findings=(stop, Finding("LM302", "note", "A line break trains.")))
    listed = post().text.partition('<section class="findings"')[2].partition("</section>")[0]
    assert '<span aria-hidden="true">✕ </span>error' in listed
    assert '<code id="fix-1" tabindex="0">train_on_eos: &lt;all&gt;</code>' in listed
    assert '<a href="#turn-3" data-go="8">' in listed
    assert "1 note</summary>" in listed


def test_a_refused_row_has_its_findings(post: Post, engine: Engine) -> None:
    left_out = Finding("LM707", "error", "The framework leaves the row out.")
    engine.answer = analysis(outcome=Outcome("dropped", "No reply."), findings=(left_out,))
    assert "The framework leaves the row out." in post().text
