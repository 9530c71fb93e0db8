"""Each failure of the Hub, or on the way to it, as one plain sentence with its own code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from ..errors import TokenizerError
from .names import TokenizerRef


@contextmanager
def plain_hub_errors(ref: TokenizerRef) -> Iterator[None]:
    """Turn what the library raises about a model into a `TokenizerError`."""
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    # The base of every error of the HTTP client, which has another home in each major version.
    transport = cast(type[Exception], HfHubHTTPError.__mro__[1])
    try:
        yield
    except OfflineModeIsEnabled as error:
        raise TokenizerError(
            f"{ref.text} cannot be downloaded: HF_HUB_OFFLINE is set on this server.", code="no-network"
        ) from error
    except HfHubHTTPError as error:
        raise _answered(ref, error) from error
    except transport as error:
        raise _unreachable(ref, error) from error
    except OSError as error:
        raise TokenizerError(
            f"The files of {ref.text} cannot be stored on this server: {error.strerror or error}.",
            code="cache-failed",
        ) from error


def _answered(ref: TokenizerRef, error: Exception) -> TokenizerError:
    """What a refusal of the Hub means; a gated repository counts as a kind of missing one there."""
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    if isinstance(error, GatedRepoError):
        return TokenizerError(
            f"{ref.name} is gated: its owner asks you to accept terms on its page on the Hub. The operator "
            "of this server then has to set HF_TOKEN to an access token of that account.",
            code="gated-tokenizer",
        )
    if isinstance(error, RevisionNotFoundError):
        return TokenizerError(
            f"{ref.name} is on the Hub, but has no revision {ref.revision!r}.", code="unknown-revision"
        )
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", 0)
    if "Invalid credentials" in getattr(response, "headers", {}).get("X-Error-Message", ""):
        return TokenizerError("The Hub does not accept this server's HF_TOKEN.", code="gated-tokenizer")
    # Without a token, the Hub answers 401 for a repository that is missing.
    if isinstance(error, RepositoryNotFoundError) or status in (401, 404):
        return TokenizerError(f"There is no model {ref.name!r} on the Hub, or it is private.")
    return TokenizerError(f"The Hub answered {status} when asked for {ref.name}.", code="no-network")


def _unreachable(ref: TokenizerRef, error: BaseException) -> TokenizerError:
    slow = isinstance(error, TimeoutError) or "Timeout" in type(error).__name__
    how = "did not answer in time" if slow else "cannot be reached; there may be no network"
    return TokenizerError(f"{ref.text} cannot be downloaded: the Hub {how}.", code="no-network")
