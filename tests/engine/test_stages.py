from __future__ import annotations

import multiprocessing
import time

from lossmask.engine.stages import Stages


def test_each_place_has_a_stage_of_its_own() -> None:
    stages = Stages(3, multiprocessing.get_context("spawn"))
    stages.enter(1, "loading")
    stages.enter(2, "working")
    assert [stages.at(place) for place in range(3)] == ["waiting", "loading", "working"]


def test_a_stage_begins_when_it_is_entered() -> None:
    stages = Stages(1, multiprocessing.get_context("spawn"))
    stages.enter(0, "loading")
    time.sleep(0.05)
    assert stages.seconds(0) >= 0.05
    stages.enter(0, "working")
    assert stages.seconds(0) < 0.05
