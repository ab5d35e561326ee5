"""How requests are put together, as TF Serving's `BatchingParameters` say."""

import dataclasses
import os

from google.protobuf import text_format

from serving.configuration.config_messages import BatchingParameters
from serving.status import Code, ServingError

# In a version's folder, with --enable_per_model_batching_parameters.
FILE = "batching_params.pbtxt"


@dataclasses.dataclass(frozen=True)
class Batching:
    """TF Serving's `BatchingParameters`.

    Args:
        max_batch_size: int, examples in a batch at most.
        batch_timeout: float, seconds that a batch waits to be filled.
        num_batch_threads: int, batches run at a time.
        max_enqueued_batches: int, batches that may wait for that.
        allowed_batch_sizes: tuple of int, rising: batches are filled up to one of
            these; empty for any.
    """

    max_batch_size: int = 1000
    batch_timeout: float = 0.0
    num_batch_threads: int = 1
    max_enqueued_batches: int = 10
    allowed_batch_sizes: tuple = ()

    def padded(self, size):
        """int, the size to which a batch of some size is filled up."""
        return next((n for n in self.allowed_batch_sizes if n >= size), size)


def read_file(path):
    """Reads a parameters file.

    Args:
        path: str, or empty for the defaults.

    Returns:
        `Batching`.

    Raises:
        ServingError: `NOT_FOUND` if it cannot be read, `INVALID_ARGUMENT` if it
            is no `BatchingParameters`, or its numbers contradict each other.
    """
    message = BatchingParameters()
    if path:
        try:
            with open(path, encoding="utf-8") as file:
                text_format.Parse(file.read(), message)
        except OSError as error:
            raise ServingError(
                Code.NOT_FOUND, f"batching parameters {path!r} cannot be read: {error}"
            ) from None
        except (text_format.ParseError, UnicodeDecodeError) as error:
            raise ServingError(
                Code.INVALID_ARGUMENT, f"{path!r} is no BatchingParameters: {error}"
            ) from None
    return _checked(message, path)


def _checked(message, path):
    cores = os.cpu_count() or 1
    sizes = tuple(message.allowed_batch_sizes)
    batching = Batching(
        max_batch_size=_value(message, "max_batch_size", 1000),
        batch_timeout=_value(message, "batch_timeout_micros", 0) / 1e6,
        num_batch_threads=_value(message, "num_batch_threads", cores),
        max_enqueued_batches=_value(message, "max_enqueued_batches", 10),
        allowed_batch_sizes=sizes,
    )
    numbers = (
        batching.max_batch_size,
        batching.num_batch_threads,
        batching.max_enqueued_batches,
    )
    if min(numbers) < 1 or batching.batch_timeout < 0:
        raise _invalid(
            path, "sizes and threads must be 1 or more, the timeout 0 or more"
        )
    if sizes != tuple(sorted(set(sizes))) or sizes and sizes[0] < 1:
        raise _invalid(path, f"allowed_batch_sizes must rise, got {list(sizes)}")
    if sizes and sizes[-1] != batching.max_batch_size:
        raise _invalid(
            path,
            "the last of allowed_batch_sizes must be max_batch_size "
            f"({batching.max_batch_size}), got {sizes[-1]}",
        )
    return batching


def _value(message, field, default):
    return getattr(message, field).value if message.HasField(field) else default


def _invalid(path, reason):
    message = f"batching parameters {path!r}: {reason}"
    return ServingError(Code.INVALID_ARGUMENT, message)
