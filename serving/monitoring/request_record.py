"""What becomes known of one request while it is answered."""

import dataclasses
import time


@dataclasses.dataclass(slots=True)
class RequestRecord:
    """Filled in by a door as it goes, and counted when the answer is out.

    Args:
        entrypoint: str, `GRPC` or `REST`.
        api: str, the call's name as TF Serving's metrics write it; empty for a
            request that does not run a model, None for a call that they leave out.
        model: str, the name asked for.
        version: int, the version that answers, or None before it is found.
        signature: str, its resolved signature.
        runtime: float, seconds in the graph.
        begin: float, of the clock that `elapsed` reads.
    """

    entrypoint: str
    api: str | None
    model: str = ""
    version: int | None = None
    signature: str = ""
    runtime: float = 0.0
    begin: float = dataclasses.field(default_factory=time.perf_counter)

    def elapsed(self):
        """float, seconds since the request arrived."""
        return time.perf_counter() - self.begin
