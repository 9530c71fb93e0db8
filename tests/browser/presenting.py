"""What tests of presenting share: the bundled lessons, and waiting for a step."""

from __future__ import annotations

from lossmask.lessons.registry import bundled_lessons
from playwright.sync_api import Page, expect

LESSONS = {lesson.name: lesson for lesson in bundled_lessons()}
STEPS = len(LESSONS["masking"].steps)


def at_step(page: Page, number: int) -> None:
    """Until the step is shown, and listens to keys."""
    expect(page.locator(f"html.scripted body[data-step='{number}']")).to_have_count(1)
