"""The client: a library (`ScoringClient`) and a command (`python -m serving.client`).

It imports neither TensorFlow nor the stock message classes, which import it, so it
starts in a fraction of a second.
"""

import importlib

_HOMES = {
    "ScoringClient": "scoring_client",
    "ScoringError": "errors",
    "Tls": "tls",
    "main": "command",
}
__all__ = ["ScoringClient", "ScoringError", "Tls", "main"]


def __getattr__(name):
    # Late, so that what is not installed is said in a sentence.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("serving"):
            raise
        raise ModuleNotFoundError(
            f"The client needs {error.name}, which is not installed: "
            "pip install 'keras-novnorm[serving]'",
            name=error.name,
        ) from error
