"""How loaded models run: threads, session options, tags."""

import dataclasses
import os

from google.protobuf import text_format
from tensorflow.core.protobuf import config_pb2

from serving.status import Code, ServingError

APART = "large pictures"
"""The thread pool that runs apart from the others."""


@dataclasses.dataclass(frozen=True)
class RunOptions:
    """What holds for every version that is loaded.

    Args:
        intra_op: int, threads within one op; 0 lets TensorFlow choose. One is
            fastest for small requests.
        inter_op: int, threads for the ops of all requests; 0 lets TensorFlow
            choose, -1 runs those of a request on its own thread, where a
            deadline cannot end it.
        tags: tuple of str, which graph of a SavedModel to load.
        session_config: str, text-format `ConfigProto`, which the numbers of
            threads are added to where it has none; or empty.
        gpu_memory_fraction: float, the most of a GPU's memory that is taken at
            the start; 0 takes it as needed.
        strict: bool, check shapes against the signature before a run.
        check_files: bool, refuse a version of which a part is missing, before
            TensorFlow loads it.
    """

    intra_op: int = 1
    inter_op: int = 0
    tags: tuple = ("serve",)
    session_config: str = ""
    gpu_memory_fraction: float = 0.0
    strict: bool = False
    check_files: bool = True

    def pool_apart(self):
        """int, the thread pool of large pictures, 0 where there is but one."""
        pools = self.config().session_inter_op_thread_pool
        names = [pool.global_name for pool in pools]
        return names.index(f"novnorm {APART}") if f"novnorm {APART}" in names else 0

    def config(self):
        """Makes the session's configuration.

        Returns:
            `ConfigProto`.

        Raises:
            ServingError: `INVALID_ARGUMENT` if `session_config` is none.
        """
        config = config_pb2.ConfigProto(
            intra_op_parallelism_threads=self.intra_op,
            inter_op_parallelism_threads=self.inter_op,
        )
        try:
            text_format.Merge(self.session_config, config)
        except text_format.ParseError as error:
            message = f"the session config is no text-format ConfigProto: {error}"
            raise ServingError(Code.INVALID_ARGUMENT, message) from None
        if not self.inter_op and not config.session_inter_op_thread_pool:
            # All versions share both; what is large has a thread of its own, for
            # else it could take all that the others run on.
            for name, threads in (("requests", _cores()), (APART, 1)):
                config.session_inter_op_thread_pool.add(
                    global_name=f"novnorm {name}", num_threads=threads
                )
        if self.gpu_memory_fraction:
            fraction = self.gpu_memory_fraction
            config.gpu_options.per_process_gpu_memory_fraction = fraction
        elif not config.gpu_options.HasField("experimental"):
            config.gpu_options.allow_growth = True
        return config


def _cores():
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1
