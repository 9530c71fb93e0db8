"""How long a conversation of 32k tokens takes to be on screen and scrollable in Chromium.

Measured is the time from the first byte of the answer until the page is painted, scrolled to its
end and painted again; as a ratio to a static page of as many plain spans with the same texts, in
the same browser, by turns, medians of several runs. The analysis itself is before the first byte;
`benchmarks/analysis.py` measures that.

    python benchmarks/page.py [--tokens 32000] [--turn 400] [--runs 5]
"""

from __future__ import annotations

import argparse
import html
import json
import random
import statistics
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.browser.chromium import LAUNCH
from tests.browser.server import running_server

WORDS = [
    *("the", "pan", "is", "warm", "and", "butter", "melts", "slowly", "while", "we", "stir", "flour", "into"),
    *("milk", "with", "an", "egg", "until", "nothing", "lumps", "then", "pour", "a", "thin", "round"),
]

FINISHED = """
addEventListener("load", () => {
  const frames = (then) => requestAnimationFrame(() => requestAnimationFrame(then));
  frames(() => {
    const scroller = document.querySelector(".panel-text") ?? document.scrollingElement;
    scroller.scrollTop = scroller.scrollHeight;
    frames(() => {
      const {responseStart} = performance.getEntriesByType("navigation")[0];
      window.finished = performance.now() - responseStart;
    });
  });
});
"""

WAIT = """
() => new Promise((resolve) => {
  const look = () => (window.finished === undefined ? setTimeout(look, 10) : resolve(window.finished));
  look();
})
"""

LIMIT = 1.5


def conversation(tokens: int, turn: int) -> str:
    """Messages of about `turn` tokens, `tokens` in all; a word is about one token and a quarter."""
    chance = random.Random(7)
    messages = []
    for index in range(max(1, tokens // turn)):
        words = [chance.choice(WORDS) for _ in range(int(turn / 1.25))]
        messages.append({"role": "assistant" if index % 2 else "user", "content": " ".join(words)})
    return json.dumps(messages)


def measured(page: Page) -> float:
    """Milliseconds, once the page has finished."""
    return float(page.evaluate(WAIT))


def own_page(page: Page, address: str, text: str) -> float:
    """Post the form as a browser without scripts would, and wait for the page."""
    page.goto(f"{address}/?example=none")
    page.fill("#conversation", text)
    with page.expect_navigation():
        page.evaluate("HTMLFormElement.prototype.submit.call(document.getElementById('form'))")
    return measured(page)


def static_page(turns: list[list[str]]) -> bytes:
    """As many spans, with the same texts, and nothing else."""
    rows = ("".join(f"<span>{html.escape(text)}</span>" for text in turn) for turn in turns)
    body = "".join(f"<p>{row}</p>" for row in rows)
    return f"<!doctype html><meta charset=utf-8><title>spans</title>{body}".encode()


def serve(body: bytes) -> ThreadingHTTPServer:
    """A server of one page, on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def texts(page: Page) -> list[list[str]]:
    """The texts of all tokens on the page, by turn."""
    in_turn = "(turn) => [...turn.querySelectorAll('b')].map((token) => token.textContent)"
    found: list[list[str]] = page.evaluate(f"[...document.querySelectorAll('.turn')].map({in_turn})")
    return found


def compare(page: Page, address: str, text: str, runs: int) -> tuple[int, list[float], list[float]]:
    """Tokens on the page, and the times of the page and of the spans."""
    own_page(page, address, text)
    turns = texts(page)
    spans = serve(static_page(turns))
    own, plain = [], []
    for _ in range(runs):
        own.append(own_page(page, address, text))
        page.goto(f"http://127.0.0.1:{spans.server_port}/")
        plain.append(measured(page))
    spans.shutdown()
    return sum(map(len, turns)), own, plain


def main() -> None:
    """Measure, print, and fail above the limit."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tokens", type=int, default=32_000)
    parser.add_argument("--turn", type=int, default=400)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    text = conversation(given.tokens, given.turn)
    with running_server() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(FINISHED)
        drawn, own, plain = compare(page, address, text, given.runs)
        browser.close()
    ratio = statistics.median(own) / statistics.median(plain)
    print(f"{drawn:,} tokens on the page, turns of about {given.turn}, {given.runs} runs")
    print(f"page   {statistics.median(own):7.0f} ms   {[round(value) for value in own]}")
    print(f"spans  {statistics.median(plain):7.0f} ms   {[round(value) for value in plain]}")
    print(f"ratio  {ratio:7.2f}      at most {LIMIT}")
    raise SystemExit(ratio > LIMIT)


if __name__ == "__main__":
    main()
