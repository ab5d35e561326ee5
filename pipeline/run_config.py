"""What a run is asked to do."""

import dataclasses

from keras_novnorm.datasets.folds import LEAST_FOLDS
from keras_novnorm.datasets.shares import SHARES, Shares
from pipeline.components.bless.bars import parse_bar
from pipeline.pipeline_error import UsageError

COMPONENTS = (
    "prepare",
    "statistics",
    "validate",
    "train",
    "calibrate",
    "export",
    "evaluate",
    "bless",
    "check",
    "push",
    "report",
)

PRESETS = {
    "tfds:mnist": "mnist",
    "tfds:fashion_mnist": "fashion_mnist",
    "tfds:cifar10": "cifar10",
    "sklearn:digits": "digits",
}
"""Preset of the data that has one of its own."""

PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")
STRATEGIES = ("one", "mirrored")
ON_ANOMALY = ("fail", "warn")
LAST = "LAST"


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """Everything a run is made of.

    Attributes:
        data: str, "tfds:NAME", "folder:DIRECTORY", "manifest:FILE.csv",
            "tfrecord:PATTERN" or "sklearn:digits".
        root: str or path, where all results lie, on any file system that Beam knows.
        normal: tuple of str, normal classes by name or number; empty: the source's
            own (`good`).
        each_normal: bool, whether each normal class gets a detector of its own.
        name: str or None, the served model's name; None: the last part of `root`.
        data_dir: str or None, where tensorflow-datasets' files lie.
        download: bool, whether tensorflow-datasets may fetch files.
        methods: tuple of str, names of methods; each takes its presets among `presets`,
            or its default one. Empty: those that the presets are of.
        presets: tuple of str, of any method, one detector for each; empty: by the name
            of the data.
        seeds: tuple of int, one detector for each.
        image_shape: tuple (height, width, channels) or None: the preset's.
        backbone: str or None, the frozen network of methods that look through one.
        resize: str, "stretch", "pad" or "tiles" (see `Resizing`).
        value_range: pair of floats in [0, 1] that are spread over the whole range, or
            None.
        target_fpr: float, false alarms allowed among normals.
        epochs: int or None: the preset's recipe.
        batch_size: int or None: the preset's.
        restarts: int, how often a collapsed training begins again.
        allow_collapsed: bool, whether to export even if the training collapsed.
        precision: str, one of `PRECISIONS`.
        strategy: str, one of `STRATEGIES`, on which devices a training runs.
        threads: int, threads of a training; 0: all cores.
        accelerator: str or None, Beam's hint of a device for a training's worker.
        shares: tuple of three numbers, how much of the normals of each class trains,
            calibrates and is tested on; empty: the usual shares.
        calibration: str or None, a source as `data` whose normals calibrate.
        cross_calibrate: int, in how many parts the training normals calibrate by
            cross-validation; 0: held-out normals do.
        max_rejected_share: float, share of pictures that may be set aside.
        max_pixels: int, pictures with more are set aside.
        shards: int, files for each split and class.
        schema: str or None, a `schema.json` that the data must satisfy.
        on_anomaly: str, one of `ON_ANOMALY`: what validation does about bad data.
        bars: tuple of str such as "auroc>=0.9", that a blessing needs.
        max_drop: float, AUROC that may be lost against the last blessed model.
        strict: bool, whether a model is blocked, too, where the test set is too small
            to tell.
        since: str or None, a run to go on from: its name or `LAST`.
        only: str or None, the one component to run.
        beam_args: tuple of str, options for Beam.
    """

    data: str
    root: str
    normal: tuple = ()
    each_normal: bool = False
    name: str | None = None
    data_dir: str | None = None
    download: bool = False
    methods: tuple = ()
    presets: tuple = ()
    seeds: tuple = (0,)
    image_shape: tuple | None = None
    backbone: str | None = None
    resize: str = "stretch"
    value_range: tuple | None = None
    target_fpr: float = 0.01
    epochs: int | None = None
    batch_size: int | None = None
    restarts: int = 0
    allow_collapsed: bool = False
    precision: str = "float32"
    strategy: str = "one"
    threads: int = 0
    accelerator: str | None = None
    shares: tuple = ()
    calibration: str | None = None
    cross_calibrate: int = 0
    max_rejected_share: float = 0.5
    max_pixels: int = 100_000_000
    shards: int = 4
    schema: str | None = None
    on_anomaly: str = "fail"
    bars: tuple = ()
    max_drop: float = 0.01
    strict: bool = False
    since: str | None = None
    only: str | None = None
    beam_args: tuple = ()

    def split_shares(self):
        """Returns `Shares` of the normals.

        Raises:
            ValueError: they cannot be meant.
        """
        shares = Shares.of(self.shares) if self.shares else SHARES
        return shares.without_calibration() if self.cross_calibrate else shares


def choose_presets(config):
    """The presets of a run's detectors.

    Args:
        config: `RunConfig`.

    Returns:
        tuple of str.

    Raises:
        UsageError: there is no such method, a preset is of another one, or it is not
            known which to take.
    """
    if not config.methods and config.presets:
        return config.presets
    by_name = PRESETS.get(config.data)
    if not config.methods and by_name:
        return (by_name,)
    if config.methods:
        # Here: a run without them need not wait for Keras yet.
        from keras_novnorm.detectors import registry

        try:
            own = {m: registry.detector_class(m).METHOD for m in config.methods}
            given = {p: registry.method_of(p) for p in config.presets}
            chosen = list(config.presets)
            for method, name in own.items():
                if name not in given.values():
                    chosen.append(registry.choose(None, method) or by_name)
        except ValueError as error:
            raise UsageError(str(error)) from error
        others = sorted(
            p for p, method in given.items() if method not in config.methods
        )
        if others:
            raise UsageError(
                f"--preset {', '.join(others)} is of another method than --method "
                f"{', '.join(config.methods)}. Give one of them."
            )
        if None not in chosen:
            return tuple(chosen)
    raise UsageError(
        f"Say which preset to train with (--preset) for {config.data}; by itself "
        f"it is known for {', '.join(PRESETS)} only."
    )


def check_config(config, name):
    """Refuses what cannot be meant, before anything is read.

    Args:
        config: `RunConfig`.
        name: str, the served model's name, given or derived.

    Raises:
        UsageError: names the option, what it takes and what it received.
    """
    if config.only is not None:
        _one_of("--only", config.only, COMPONENTS)
    _one_of("--precision", config.precision, PRECISIONS)
    _one_of("--strategy", config.strategy, STRATEGIES)
    _one_of("--on-anomaly", config.on_anomaly, ON_ANOMALY)
    for bar in config.bars:
        parse_bar(bar)
    choose_presets(config)
    if not config.seeds:
        raise UsageError("--seed takes one or more whole numbers; received none.")
    if not 0 < config.target_fpr < 1:
        raise UsageError(
            f"--target-fpr must lie between 0 and 1; received {config.target_fpr}."
        )
    try:
        config.split_shares()
    except ValueError as error:
        raise UsageError(f"--shares: {error}") from error
    if config.cross_calibrate and config.calibration:
        raise UsageError(
            "--cross-calibrate calibrates on the training normals, --calibration on "
            "held-out ones: give one of them."
        )
    if config.cross_calibrate and config.since:
        raise UsageError(
            "--cross-calibrate begins anew: what --since goes on from has seen all "
            "parts of the normals already. Give one of them."
        )
    for option, value in (
        ("--max-rejected-share", config.max_rejected_share),
        ("--max-drop", config.max_drop),
    ):
        if not 0 <= value <= 1:
            raise UsageError(f"{option} must lie in [0, 1]; received {value}.")
    for option, value, least in (
        ("--shards", config.shards, 1),
        ("--threads", config.threads, 0),
        ("--restarts", config.restarts, 0),
        ("--cross-calibrate", config.cross_calibrate or LEAST_FOLDS, LEAST_FOLDS),
    ):
        if value < least:
            raise UsageError(f"{option} must be {least} or more; received {value}.")
    if not name or name.startswith(".") or set(name) & set("/\\:"):
        raise UsageError(
            "The served model's name (--name) is one part of a path without a leading "
            f"dot; received {name!r}."
        )


def _one_of(option, value, known):
    if value not in known:
        raise UsageError(
            f"{option} takes one of {', '.join(known)}; received {value!r}."
        )
