"""The options that say what a run is made of, for `run` and for `watch`."""

_MEGA = 1e6


def add_run_options(add):
    """Adds the options beside the data and the root.

    Args:
        add: `add_argument` of a parser.
    """
    add(
        "--normal",
        nargs="+",
        default=[],
        metavar="CLASS",
        help="normal classes, by name or number, or all; a folder's default is good",
    )
    add(
        "--each-normal",
        action="store_true",
        help="one detector for each normal class, in the place of one for all of them",
    )
    add("--name", help="name of the served model; default: the last part of --root")
    add("--data-dir", metavar="DIR", help="where tensorflow-datasets' files lie")
    add("--download", action="store_true", help="let tensorflow-datasets fetch files")
    add(
        "--method",
        nargs="+",
        default=[],
        help="how it learns what is normal, or several: novelty, pca, ... (`novnorm "
        "train --help` lists them), or module:Class; default: the preset's",
    )
    add(
        "--preset",
        nargs="+",
        default=[],
        help="preset of any method, or several; default: the method's, or by the "
        "data's name",
    )
    add(
        "--seed",
        nargs="+",
        type=int,
        default=[0],
        help="of everything random, or several: one detector for each (default: 0)",
    )
    add(
        "--image-size",
        nargs=3,
        type=int,
        metavar=("HEIGHT", "WIDTH", "CHANNELS"),
        help="in the place of the preset's",
    )
    add(
        "--backbone",
        help="the frozen network of methods on features, as `novnorm train` takes it",
    )
    add(
        "--resize",
        choices=("stretch", "pad", "tiles"),
        default="stretch",
        help="how pictures get to the size: stretched, padded, or cut into tiles at "
        "their own resolution (default: stretch)",
    )
    add(
        "--value-range",
        nargs=2,
        type=float,
        metavar=("LOW", "HIGH"),
        help="levels that are spread over the whole range, such as 0 4095 for 12 bits "
        "in files of 16; up to 1, shares of the range",
    )
    add(
        "--target-fpr",
        type=float,
        default=0.01,
        metavar="RATE",
        help="false alarms allowed among normals (default: 0.01)",
    )
    add("--epochs", type=int, help="default: the preset's recipe")
    add("--batch-size", type=int, metavar="N", help="default: the preset's")
    add(
        "--restarts",
        type=int,
        default=0,
        metavar="N",
        help="begin a collapsed training again with other starting values, at most "
        "N times (default: 0)",
    )
    add(
        "--allow-collapsed",
        action="store_true",
        help="export even a detector whose training collapsed; it is never blessed",
    )
    add(
        "--precision",
        default="float32",
        metavar="POLICY",
        help="float32, mixed_float16 or mixed_bfloat16 (default: float32)",
    )
    add(
        "--strategy",
        default="one",
        help="one: a device for each training; mirrored: all devices of a worker for "
        "one training (default: one)",
    )
    add(
        "--threads",
        type=int,
        default=0,
        metavar="N",
        help="threads of one training (default: all cores)",
    )
    add(
        "--accelerator",
        metavar="HINT",
        help="Beam's hint of a device for the workers that train, such as "
        '"type:nvidia-tesla-t4;count:1;install-nvidia-driver"',
    )
    add(
        "--shares",
        nargs=3,
        type=float,
        default=[],
        metavar=("TRAIN", "CALIBRATION", "TEST"),
        help="how much of each class's normals trains, calibrates and is tested on "
        "(default: 10 2 3)",
    )
    add(
        "--calibration",
        metavar="SOURCE",
        help="normals to calibrate with, in the place of a share; as --data",
    )
    add(
        "--cross-calibrate",
        type=int,
        default=0,
        metavar="K",
        help="of few pictures: train K more detectors, each without a part of the "
        "normals, and calibrate on all of them",
    )
    add(
        "--max-rejected-share",
        type=float,
        default=0.5,
        metavar="SHARE",
        help="fail when more of the pictures must be set aside (default: 0.5)",
    )
    add(
        "--max-megapixels",
        type=float,
        default=100.0,
        metavar="N",
        help="set larger pictures aside (default: 100)",
    )
    add(
        "--shards",
        type=int,
        default=4,
        metavar="N",
        help="files for each split and class (default: 4)",
    )
    add("--schema", metavar="FILE", help="a schema.json that the data must satisfy")
    add(
        "--on-anomaly",
        default="fail",
        metavar="WHAT",
        help="fail or warn where the data do not satisfy the schema, or drift "
        "(default: fail)",
    )
    add(
        "--bar",
        nargs="+",
        default=[],
        metavar="BAR",
        help='what a model must reach to be blessed, such as "auroc>=0.9"',
    )
    add(
        "--max-drop",
        type=float,
        default=0.01,
        metavar="AUROC",
        help="what a model may lose against the last blessed one (default: 0.01)",
    )
    add(
        "--strict",
        action="store_true",
        help="publish nothing where the test set is too small to tell",
    )


def make_config(arguments, data, beam_args, **changes):
    """Makes a configuration of the options.

    Args:
        arguments: `argparse.Namespace`.
        data: str, the source of pictures.
        beam_args: tuple of str.
        **changes: fields to replace.

    Returns:
        `RunConfig`.
    """
    from pipeline.run_config import RunConfig

    size = arguments.image_size
    fields = dict(
        data=data,
        root=arguments.root,
        normal=tuple(arguments.normal),
        each_normal=arguments.each_normal,
        name=arguments.name,
        data_dir=arguments.data_dir,
        download=arguments.download,
        methods=tuple(arguments.method),
        presets=tuple(arguments.preset),
        seeds=tuple(arguments.seed),
        image_shape=None if size is None else tuple(size),
        backbone=arguments.backbone,
        resize=arguments.resize,
        value_range=_value_range(arguments.value_range),
        target_fpr=arguments.target_fpr,
        epochs=arguments.epochs,
        batch_size=arguments.batch_size,
        restarts=arguments.restarts,
        allow_collapsed=arguments.allow_collapsed,
        precision=arguments.precision,
        strategy=arguments.strategy,
        threads=arguments.threads,
        accelerator=arguments.accelerator,
        shares=tuple(arguments.shares),
        calibration=arguments.calibration,
        cross_calibrate=arguments.cross_calibrate,
        max_rejected_share=arguments.max_rejected_share,
        max_pixels=int(arguments.max_megapixels * _MEGA),
        shards=arguments.shards,
        schema=arguments.schema,
        on_anomaly=arguments.on_anomaly,
        bars=tuple(arguments.bar),
        max_drop=arguments.max_drop,
        strict=arguments.strict,
        beam_args=beam_args,
    )
    return RunConfig(**{**fields, **changes})


def _value_range(given):
    from keras_novnorm.datasets.value_range import to_shares
    from pipeline.pipeline_error import UsageError

    try:
        return None if given is None else to_shares(*given)
    except ValueError as error:
        raise UsageError(f"--value-range: {error}") from error
