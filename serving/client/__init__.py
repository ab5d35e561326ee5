"""The client: a library (`ScoringClient`) and a command (`python -m serving.client`).

It imports neither TensorFlow nor the stock message classes, which import it, so it
starts in a fraction of a second.
"""

from serving.client.command import main
from serving.client.errors import ScoringError
from serving.client.scoring_client import ScoringClient
from serving.client.tls import Tls

__all__ = ["ScoringClient", "ScoringError", "Tls", "main"]
