"""Files in Chromium: saved by each button, opened again, dropped, and a saved page that runs nothing."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from lossmask.core.files.body import bytes_body
from lossmask.web.save import KINDS
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.checks import assert_accessible
from tests.browser.conftest import Watch
from tests.core.files.bodies import HOSTILE

CHAT = json.dumps(
    [{"role": "user", "content": HOSTILE}, {"role": "assistant", "content": f"Zebra {HOSTILE} 日本"}]
)
PRINTED = "window.getComputedStyle(document.querySelector('.tokens .t')).borderBottomStyle"


def paste(page: Page) -> None:
    page.goto("/")
    page.fill("#conversation", CHAT)
    page.click("#analyse")
    expect(page.locator("#tokens")).to_contain_text("Zebra")


def offer(page: Page) -> None:
    page.click("#open-share")
    if not page.locator('#share details[data-way="file"][open]').count():
        page.click('#share details[data-way="file"] > summary')


def saved(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download() as download:
        page.click(button)
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


@pytest.fixture(scope="module")
def files(
    browser: Browser, server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Path]]:
    """Every kind, saved from the dialog."""
    context, tmp_path = browser.new_context(base_url=server), tmp_path_factory.mktemp("saved")
    watch = Watch(context)
    page = context.new_page()
    paste(page)
    offer(page)
    found = {name: saved(page, f'#share button[formaction="/files/{name}"]', tmp_path) for name in KINDS}
    found["png"] = saved(page, "#share [data-picture]", tmp_path)
    expect(page.locator("#picture-failed")).to_be_hidden()
    expect(page.locator("#tokens")).to_contain_text("Zebra")
    page.click("#share >> text=Close")
    yield found
    context.close()
    assert watch.complaints == []
    assert watch.foreign == []


def test_every_kind_is_saved_and_each_page_and_json_opens_again(page: Page, files: dict[str, Path]) -> None:
    body = bytes_body(files["json"].read_bytes())
    assert bytes_body(files["html"].read_bytes()).as_json() == body.as_json()
    assert {path.stem for path in files.values()} == {f"lossmask-{str(body.state.digest)[:8]}"}
    for name in ("html", "json"):
        page.goto("/?example=tools")
        page.set_input_files("#file", files[name])
        expect(page.locator("#shared")).to_contain_text("Same result as shared.")
        assert page.input_value("#conversation") == CHAT
        assert page.title() == "Lossmask"
        expect(page.locator("#tokens")).to_contain_text("Zebra")
        # The page goes on as with any input.
        page.check("input[value=full]")
        page.click("#analyse")
        expect(page.locator("#verdict")).not_to_contain_text("The assistant's turn trains")


def test_the_png_is_the_svg_twice_as_fine(page: Page, files: dict[str, Path]) -> None:
    content = files["png"].read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    size = struct.unpack(">II", content[16:24])
    page.goto("/")
    drawn = page.evaluate(
        """async (text) => {
          const picture = new Image();
          picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
          await picture.decode();
          return [picture.width, picture.height];
        }""",
        files["svg"].read_text(encoding="utf-8"),
    )
    assert size == (2 * drawn[0], 2 * drawn[1])
    assert len(content) > 20_000  # A blank picture of this size packs to less.


DROP = """([name, text]) => {
  const given = new DataTransfer();
  given.items.add(new File([text], name));
  document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: given, bubbles: true, cancelable: true}));
}"""


def test_a_dropped_file_opens_and_a_bad_one_keeps_the_input(page: Page, files: dict[str, Path]) -> None:
    page.goto("/")
    page.evaluate(DROP, ["x.html", files["html"].read_text(encoding="utf-8")])
    expect(page.locator("#shared")).to_contain_text("Same result as shared.")
    page.fill("#tokenizer", "typed")
    page.evaluate(DROP, ["x.csv", files["csv"].read_text(encoding="utf-8")])
    expect(page.locator("#errors .failure")).to_contain_text("no file that opens again")
    assert page.input_value("#conversation") == CHAT
    assert page.input_value("#tokenizer") == "typed"


def test_the_field_works_by_keyboard_and_has_its_name(page: Page) -> None:
    page.goto("/")
    field = page.get_by_label("Open a file").last
    field.focus()
    expect(page.locator("#file")).to_be_focused()
    offer(page)
    assert_accessible(page)


class Silence:
    """A context in which whatever is asked for, said or thrown is noted."""

    def __init__(self, context: BrowserContext) -> None:
        self.asked: list[str] = []
        self.said: list[str] = []
        context.on("request", lambda request: self.asked.append(request.url))
        context.on("console", lambda message: self.said.append(message.text))
        context.on("weberror", lambda error: self.said.append(str(error.error)))
        context.on("dialog", lambda dialog: self.said.append(dialog.message))


@pytest.fixture(params=["light", "dark"])
def alone(browser: Browser, request: pytest.FixtureRequest) -> Iterator[tuple[Page, Silence]]:
    """A page without a server."""
    context = browser.new_context(color_scheme=request.param, viewport={"width": 1100, "height": 800})
    silence = Silence(context)
    yield context.new_page(), silence
    context.close()


def test_a_saved_page_runs_nothing_and_asks_nobody(
    files: dict[str, Path], alone: tuple[Page, Silence], tmp_path: Path
) -> None:
    opened, silence = alone
    opened.goto(files["html"].as_uri())
    expect(opened.locator("h1")).to_contain_text("tokens train")
    opened.wait_for_timeout(300)
    assert silence.asked == [files["html"].as_uri()]
    assert silence.said == []
    assert "owned" not in opened.title()
    assert opened.locator("img").count() == 0
    assert opened.locator("script:not([type='application/json'])").count() == 0
    # The style sheet is let through by the policy of the page, and so are light and dark.
    dark = opened.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    expected = "rgb(15, 20, 25)" if dark else "rgb(255, 255, 255)"
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == expected
    opened.click("summary")
    expect(opened.locator("details tbody tr").first).to_be_visible()
    width = opened.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width == 0


def test_a_saved_page_prints_with_legend_settings_digest_and_link(
    files: dict[str, Path], alone: tuple[Page, Silence], tmp_path: Path
) -> None:
    opened, _ = alone
    opened.goto(files["html"].as_uri())
    opened.emulate_media(media="print")
    digest = str(bytes_body(files["html"].read_bytes()).state.digest)
    for text in ("labelled, but unused", digest, "What it was made with", "bundled"):
        expect(opened.get_by_text(text).first).to_be_visible()
    expect(opened.locator(".address")).to_contain_text("/#v1.")
    expect(opened.locator("details")).to_be_hidden()
    assert opened.evaluate(PRINTED) == "solid"
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert opened.pdf().startswith(b"%PDF")


def test_a_saved_picture_is_inert(files: dict[str, Path], alone: tuple[Page, Silence]) -> None:
    opened, silence = alone
    opened.goto(files["svg"].as_uri())
    opened.wait_for_timeout(200)
    assert silence.asked == [files["svg"].as_uri()]
    assert silence.said == []


def test_files_without_scripts(browser: Browser, server: str, tmp_path: Path) -> None:
    context = browser.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto("/")
    page.fill("#conversation", CHAT)
    page.click(".no-script > summary")
    path = saved(page, '.no-script button[formaction="/files/html"]', tmp_path)
    expect(page.locator(".no-script [data-picture]")).to_be_hidden()
    page.goto("/")
    page.set_input_files("#file", path)
    page.click("#open-saved")
    expect(page.locator("#shared")).to_contain_text("Same result as shared.")
    assert page.input_value("#conversation") == CHAT
    page.click("#open-saved")
    expect(page.locator(".failure")).to_contain_text("Choose a file first")
    context.close()
