"""From flags to a running server: core, doors and what watches them."""

import threading
import time

from serving.configuration import model_config
from serving.configuration.config_file import ConfigFile
from serving.configuration.model_config import ModelConfig
from serving.configuration.reload_paths import ReloadPaths
from serving.configuration.shared_config import SharedConfig
from serving.doors import open_doors
from serving.inference import batching_parameters
from serving.inference.limits import Limits
from serving.inference.loader import Loader
from serving.inference.picture_lane import PictureLane
from serving.inference.run_options import RunOptions
from serving.monitoring.metrics import Metrics
from serving.server_core import ServerCore
from serving.status import Code, ServingError
from serving.versions.served_model import ServedModel, Watching
from serving.versions.version_policy import State

_LOOK_SECONDS = 0.02


class Server:
    """Everything that `novnorm-serve` runs in one process.

    Args:
        flags: parsed flags.
        reuse_port: bool, share the ports with other processes.
        shared_config: str, as the path of `SharedConfig`, or None for a server that
            is alone.

    Raises:
        OSError: a port cannot be opened.
        ServingError: a file that a flag names is faulty.
    """

    def __init__(self, flags, reuse_port=False, shared_config=None):
        self._flags = flags
        self._metrics = Metrics(stock=flags.stock_behavior)
        self.core = _make_core(flags, self._metrics)
        self._shared = None
        if shared_config is not None:
            self._shared = SharedConfig(self.core, shared_config)
        self._config_file = None
        if flags.model_config_file:
            self._config_file = ConfigFile(
                self._shared or self.core,
                flags.model_config_file,
                flags.model_config_file_poll_wait_seconds,
            )
            self._configs = self._config_file.read()
        else:
            path = flags.model_base_path
            path = model_config.absolute(path, "--model_base_path")
            self._configs = [ModelConfig(flags.model_name, path)]
        self._reload_paths = ReloadPaths(
            self._config_file.models if self._config_file else lambda: self._configs,
            flags.reload_base_paths,
        )
        self._doors = open_doors(
            *(flags, self.core, self._metrics, reuse_port, self._reload)
        )

    @property
    def ports(self):
        """dict of str to int, the ports by door."""
        return {name: door.port for name, door in self._doors.items()}

    def start(self, stop):
        """Loads what is there, then opens the doors.

        Args:
            stop: `threading.Event`, set when the server is to end.

        Raises:
            ServingError: TF Serving's way alone: a model did not come up.
        """
        spread = self._shared and self._shared.read()
        if spread is None:
            self.core.start(self._configs)
        else:  # this worker is started again, and serves what the others do
            self.core.start(spread, check_labels=False)
        if self._flags.stock_behavior:
            self._wait_for_all(stop)
        else:
            self.core.wait(stopping=stop.is_set)
        if stop.is_set():
            return
        for door in self._doors.values():
            door.start()
        for watching in filter(None, (self._config_file, self._shared)):
            watching.start()

    def stop(self):
        """Closes the doors, waits for requests in flight, and frees the models.

        Returns:
            bool, false if a model is still being loaded, which nothing can end: the
            process must then end without Python's own tidying up, or it aborts.
        """
        for watching in filter(None, (self._config_file, self._shared)):
            watching.stop()
        self.core.end()
        # Both at once, so that they share the time, and none takes what the other
        # one refuses already.
        for door in self._doors.values():
            door.end(self._flags.drain_seconds)
        for door in self._doors.values():
            door.wait()
        return self.core.stop(self._flags.end_seconds)

    def _reload(self, config):
        self._reload_paths.check(config)
        (self._shared or self.core).reload(config)

    def _wait_for_all(self, stop):
        """Waits until each model is available, for ever if it must."""
        while not stop.is_set() and not self.core.is_ready():
            for name in self.core.model_names():
                self._check_not_failed(name)
            time.sleep(_LOOK_SECONDS)

    def _check_not_failed(self, name):
        try:
            states = self.core.version_states(name)
        except ServingError:
            return  # nothing there so far
        if {state for _, state, _ in states} <= {State.END}:
            reason = next(error for _, _, error in states if error is not None)
            raise ServingError(Code.UNKNOWN, f"{name}: {reason.message}")


def _make_core(flags, metrics):
    batching = None
    if flags.enable_batching:
        batching = batching_parameters.read_file(flags.batching_parameters_file)
    loader = Loader(
        _run_options(flags),
        warmup_iterations=max(1, flags.num_request_iterations_for_warmup)
        if flags.enable_model_warmup
        else 0,
        batching=batching,
        batching_per_version=flags.enable_per_model_batching_parameters,
        metrics=metrics,
        limits=None if flags.stock_behavior else _limits(flags),
        lane=PictureLane(
            places=min(flags.grpc_max_threads, flags.rest_api_num_threads) // 2,
            most_pixels=int(flags.max_picture_megapixels * 1e6),
        ),
    )
    interval = flags.load_retry_interval_micros
    watching = Watching(
        poll_seconds=flags.file_system_poll_wait_seconds,
        max_retries=flags.max_num_load_retries,
        retry_seconds=None if interval is None else interval / 1e6,
        stock=flags.stock_behavior,
    )
    slots = _load_slots(flags.num_load_threads)

    def make_model(config, on_change):
        return ServedModel(
            *(config.name, config.base_path, loader, config.policy),
            watching=watching,
            load_slots=slots,
            on_change=on_change,
        )

    return ServerCore(
        make_model,
        stock=flags.stock_behavior,
        allow_unavailable_labels=flags.allow_version_labels_for_unavailable_models,
        reload_seconds=flags.reload_seconds,
    )


def _limits(flags):
    return Limits(
        request_bytes=flags.max_request_mb << 20,
        request_seconds=flags.max_request_seconds,
    )


def _run_options(flags):
    session_config = ""
    if flags.tensorflow_session_config_file:
        try:
            with open(flags.tensorflow_session_config_file, encoding="utf-8") as file:
                session_config = file.read()
        except (OSError, UnicodeDecodeError) as error:
            raise ServingError(
                Code.NOT_FOUND, f"--tensorflow_session_config_file: {error}"
            ) from None
    options = RunOptions(
        intra_op=flags.tensorflow_intra_op_parallelism,
        inter_op=flags.tensorflow_inter_op_parallelism,
        tags=tuple(filter(None, flags.saved_model_tags.split(","))),
        session_config=session_config,
        gpu_memory_fraction=flags.per_process_gpu_memory_fraction,
        strict=flags.strict,
        check_files=not flags.stock_behavior,
    )
    options.config()  # a faulty one is said now, not at each load
    return options


def _load_slots(threads):
    return threading.BoundedSemaphore(threads) if threads else None
