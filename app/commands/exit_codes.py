"""What each command's exit codes mean, as its `--help` says."""

from __future__ import annotations

ANALYZE = """\
exit codes of analyze: 0, the row trains; 1, the framework leaves the row out or raises on it;
2, the input, the template, the tokenizer or an option is at fault, or a limit was reached.
"""

CHECK = """\
exit codes of check: 0, no finding at or above --fail-on; 1, at least one; 2, the file has no rows, a row
cannot be read or rendered, or the tokenizer or an option is at fault.
"""

MATRIX = """\
exit codes of matrix: 0, the rows are shown, refusals among them; 2, the input, the template or
the tokenizer is at fault, or a limit was reached.
"""

COMPARE = """\
exit codes of compare: 0, no token differs; 1, some do, or a framework refuses its row; 2, the input, the
template, the tokenizer or an option is at fault, or a limit was reached.
"""

BATCH = """\
exit codes of batch: 0, the shares are shown, of rows that are left out too; 2, the file has no rows, a row
cannot be read, the tokenizer or an option is at fault, or a limit was reached.
"""

OPEN = """\
exit codes of open: 0, the result is the same as it was saved or shared; 1, it differs; 2, the file or link
cannot be read, or what it holds cannot be analysed here; 3, the tokenizer cannot be had, and the file's own
result is shown as it was saved.
"""

SNAPSHOTS = """\
exit codes of snapshots: 0, done; 1, there is no snapshot of an id; 2, the database cannot be used.
"""
