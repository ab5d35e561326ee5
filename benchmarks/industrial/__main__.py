"""Industrial pictures: `python -m benchmarks.industrial --data folder:DIR`.

`DIR` has the MVTec AD layout with masks. Each variant and seed is one result file under
`benchmarks/results/industrial/`; what is there is not run again. With `--validate`,
settings are compared on simulated defects of held-out normals, and no test picture is
looked at.
"""

import argparse
import json
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from benchmarks.industrial.variants import DETECTORS, ESTIMATED
from benchmarks.results import RESULTS, write_json
from pipeline.onednn import prefer_onednn

_OF_PIXELS = {"pixel_auroc": "of pixels", "per_region_overlap": "per-region overlap"}
KINDS = ("line", "spot", "stain", "patch")


def main(argv=None):
    """Runs what is missing.

    Args:
        argv: list of words; those of the command line unless given.
    """
    arguments = _parse(argv)
    prefer_onednn()
    from benchmarks.experiment import environment, limit_threads
    from benchmarks.industrial import detectors
    from benchmarks.industrial.pictures import read_pictures

    limit_threads(arguments.threads)
    pictures = read_pictures(arguments.data)
    print(
        f"{pictures.name}: {len(pictures.train)} normal pictures to train on, "
        f"{len(pictures.calibration)} to calibrate, {len(pictures.test)} to test"
    )
    if arguments.validate:
        _validate(arguments, pictures)
        return
    for variant in arguments.variants:
        for seed in range(1 if variant in ESTIMATED else arguments.seeds):
            name = f"{pictures.name}-{variant}-seed{seed}.json"
            path = arguments.results / "industrial" / name
            if path.exists():
                continue
            result = {
                "dataset": pictures.name,
                "variant": variant,
                "seed": seed,
                **detectors.run(pictures, variant, seed),
                **environment(arguments.threads),
            }
            write_json(path, result)
            of_pixels = [
                f"{words} {100 * result[metric]:.1f}"
                for metric, words in _OF_PIXELS.items()
                if metric in result  # a method without maps has none
            ]
            found = [f"AUROC {100 * result['auroc']:.1f}", *of_pixels]
            print(f"{variant}, seed {seed}: {', '.join(found)}", flush=True)


def _validate(arguments, pictures):
    from benchmarks.industrial.validation import validate

    judged = [kind for kind in KINDS if kind not in arguments.learned]
    for variant in arguments.variants:
        for seed in range(arguments.seeds):
            found = validate(
                *(pictures, variant, seed, arguments.epochs),
                *(arguments.learned, judged),
            )
            print(f"{variant}, seed {seed}: {json.dumps(found, indent=1)}", flush=True)


def _parse(argv):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.industrial", description=__doc__.splitlines()[0]
    )
    add = parser.add_argument
    add("--data", required=True, help="folder:DIR, in the MVTec AD layout")
    add("--variants", nargs="+", choices=DETECTORS, default=[*ESTIMATED, "image128"])
    add("--seeds", type=int, default=3, help="how many, from 0 on")
    add("--results", type=pathlib.Path, default=RESULTS)
    add("--threads", type=int, default=0, help="0: all")
    add("--validate", action="store_true")
    add("--epochs", type=int, help="with --validate; the preset's unless given")
    add("--learned", nargs="+", choices=KINDS, default=["line", "patch"])
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
