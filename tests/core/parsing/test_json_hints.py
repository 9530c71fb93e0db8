"""Each common mistake gets its own sentence, at its own place."""

from __future__ import annotations

import pytest
from lossmask.core.parsing.json_scan import find_fault

MISTAKES = [
    ('{"a": 1,}', 7, "comma before a closing bracket"),
    ("[1, 2,]", 5, "comma before a closing bracket"),
    ("{'a': 1}", 1, "straight double quotes"),
    ("{“a”: 1}", 1, "straight double quotes"),
    ('{"a": \u2018b\u2019}', 6, "straight double quotes"),
    ('{"a": True}', 6, "`True` is written `true`"),
    ('{"a": None}', 6, "`None` is written `null`"),
    ('{"a": NaN}', 6, "`NaN` is not a number"),
    ('{"a": -Infinity}', 6, "not a number"),
    ('{"a": 01}', 6, "`01` is not a number"),
    ('{"a": .5}', 6, "`.5` is not a number"),
    ('{"a": hello}', 6, "`hello` is not in double quotes"),
    ("{role: 1}", 1, "key `role` is not in double quotes"),
    ('{"a" 1}', 5, "colon is missing after the key `a`"),
    ('{"a": }', 6, "value is missing before `}`"),
    ("[,1]", 1, "value is missing before `,`"),
    ("{,}", 1, "key is missing before `,`"),
    ('{"a": 1 "b": 2}', 8, "comma is missing before this"),
    ("[{} {}]", 4, "comma is missing before this"),
    ('["he said "hi" to"]', 11, 'a quote inside text is written \\"'),
    ('{"a": [1}', 8, "`}` does not close the `[` of line 1"),
    ('{"a": 1]', 7, "`]` does not close the `{` of line 1"),
    ('{"a": [1, 2]', 12, "ends before the `{` of line 1 is closed"),
    ('\n[1, {"a": 2}\n\n', 13, "ends before the `[` of line 2 is closed"),
    ('["abc', 1, "ends inside the quotes that open here"),
    ('{"a', 1, "ends inside the quotes that open here"),
    ('{"a"', 4, "ends after the key `a`"),
    ('["ab\ncd"]', 4, "A line ends inside quotes"),
    ('["ab\tcd"]', 4, "raw tab inside quotes; it is written \\t"),
    ('["a\x00"]', 3, "raw control character inside quotes; it is written \\u0000"),
    (r'["C:\dir"]', 4, r"`\d` is not an escape"),
    (r'["\u12"]', 2, "four hexadecimal digits"),
    ("[1] // note", 4, "more text after the end"),
    ("[1, // note\n2]", 4, "no comments"),
    ("[1, # note\n2]", 4, "no comments"),
    ("[1, ...]", 4, "shortened"),
    ("[1]]", 3, "closes nothing"),
    ("[1,\xa02]", 3, "U+00A0 does not belong"),
]


@pytest.mark.parametrize(("text", "offset", "words"), MISTAKES)
def test_a_mistake_is_named_where_it_is(text: str, offset: int, words: str) -> None:
    fault = find_fault(text, 0, len(text))
    assert fault is not None
    assert words in fault.sentence
    assert fault.offset == offset


def test_no_sentence_speaks_python() -> None:
    for text, _, _ in MISTAKES:
        fault = find_fault(text, 0, len(text))
        assert fault is not None
        assert fault.sentence.endswith((".", "\\n.", "\\t."))
        assert not any(
            word in fault.sentence for word in ("delimiter", "char ", "Expecting", "Unterminated", "dict")
        )


def test_a_row_that_stops_early_is_a_line_and_not_the_text() -> None:
    text = '{"a": 1\n{"a": 2}'
    fault = find_fault(text, 0, 7)
    assert fault is not None
    assert fault.sentence.startswith("The line ends")
