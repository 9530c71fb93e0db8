from __future__ import annotations

import logging

import pytest
from lossmask.storage.ids import new_id
from lossmask.web.access_log import ACCESS, FAULTS, TASKS, TRACE, hide_words, masked

ID = "k7w3czqtd9mh2xv5"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (f"/s/{ID}", "/s/…"),
        (f"/s/{ID}?page=2", "/s/…"),
        (f"/s/{ID}/manage", "/s/…/manage"),
        ("/s/not-an-id", "/s/…"),
        (f"/embed/s/{ID}?theme=dark", "/embed/s/…"),
        (f"/api/snapshots/{ID}", "/api/snapshots/…"),
        (f"//s/{ID}", "//s/…"),
        (f"/oembed?url=http%3A%2F%2Fhost%2Fs%2F{ID}", "/oembed?…"),
        (f"/somewhere/{ID}.html", "/somewhere/….html"),
        (f"/?back=%2Fs%2f{ID}", "/?back=%2Fs%…"),
        ("/api/snapshots", "/api/snapshots"),
        ("/static/css/snapshot.css", "/static/css/snapshot.css"),
        ("/", "/"),
    ],
)
def test_the_log_shows_which_page_and_not_which_snapshot(path: str, shown: str) -> None:
    assert masked(path) == shown


def test_no_id_survives() -> None:
    for _ in range(200):
        assert "…" in masked(f"/elsewhere/{new_id()}")


def test_both_loggers_are_masked_once(caplog: pytest.LogCaptureFixture) -> None:
    hide_words()
    hide_words()
    for name in (ACCESS, TRACE):
        logger = logging.getLogger(name)
        assert len(logger.filters) == 1
        with caplog.at_level(logging.INFO, name):
            logger.info('%s - "%s %s"', "127.0.0.1:9", "GET", f"/s/{ID}")
    assert ID not in caplog.text
    assert caplog.text.count("/s/…") == 2


@pytest.mark.parametrize("name", [FAULTS, TASKS])
def test_of_an_exception_the_kind_and_the_place_are_logged(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    hide_words()
    try:
        raise ValueError("a stranger's words")
    except ValueError as error:
        logging.getLogger(name).error("It failed.\nwith %r", error, exc_info=error)
    assert "a stranger's words" not in caplog.text
    assert "It failed." in caplog.text
    assert f"ValueError\n  {__file__}:" in caplog.text
