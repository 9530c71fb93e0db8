"""The batch page with an engine in this process, for tests of what shows a batch."""

from __future__ import annotations

from lossmask.core.analysis import Analysis
from lossmask.core.batch.answer import Batch
from lossmask.core.batch.request import BatchRequest
from lossmask.engine.batch import analyse_batch
from lossmask.settings import Settings
from lossmask.web.app import create_app
from lossmask.web.batch_form import BatchForm
from starlette.testclient import TestClient

from tests.factory import analysis


class BatchEngine:
    """Makes batches here, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[BatchRequest] = []

    async def batch(self, request: BatchRequest) -> Batch:
        self.asked.append(request)
        return analyse_batch(request)

    async def analyse(self, request: object) -> Analysis:
        return analysis()


def client_of(engine: BatchEngine, **settings: str) -> TestClient:
    """A client of the application with that engine; no worker process starts."""
    app = create_app(Settings({f"LOSSMASK_{name.upper()}": text for name, text in settings.items()}))
    app.state.pool = engine
    return TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 5_000))


def form(**fields: str) -> BatchForm:
    """The form of these fields; two underscores stand for a dot."""
    return BatchForm.from_fields((name.replace("__", "."), value) for name, value in fields.items())
