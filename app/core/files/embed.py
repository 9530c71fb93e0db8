"""JSON inside a page that opens again: written so that no text of it ends or begins anything, and found.

The element is a block of data, which no browser runs. Found by plain search, in one pass, since a
stranger's page can be of any form; ours has the mark once, all else in it being escaped.
"""

from __future__ import annotations

from ...errors import FileError

ID = "lossmask-file"
_MARK = f'id="{ID}"'
_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def embedded(json_text: str) -> str:
    r"""JSON as it stands in a page.

    >>> embedded('["</script><!--"]')
    '["\\u003c/script\\u003e\\u003c!--"]'
    """
    return json_text.translate(_ESCAPES)


def extracted(page: str) -> str:
    """The JSON in a page that Lossmask saved.

    Raises:
        FileError: there is none.
    """
    mark = page.find(_MARK)
    start = page.find(">", mark) + 1
    end = page.find("</script", start)
    if mark < 0 or start == 0 or end < 0:
        raise FileError(
            "The page holds no analysis that Lossmask saved. It opens the `.html` files of "
            "“Save as a file”, and only as they were saved."
        )
    return page[start:end]


def is_page(text: str) -> bool:
    """Whether a file is a page rather than JSON, by its first character."""
    return text.lstrip()[:1] == "<"
