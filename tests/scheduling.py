"""Which tests go to the same process, where there are several."""

from __future__ import annotations

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling

TOGETHER = frozenset({"tests/hostile"})
"""Folders whose tests share what takes long to start, and count what they see."""


class Together(LoadScopeScheduling):
    """The tests of a file go to one process, and those of such a folder."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


def group(nodeid: str) -> str:
    """The file of a test, or its folder.

    >>> group("tests/hostile/test_faults.py::test_a_worker_dies")
    'tests/hostile'
    """
    file = PurePosixPath(nodeid.partition("::")[0])
    return next((str(folder) for folder in file.parents if str(folder) in TOGETHER), str(file))
