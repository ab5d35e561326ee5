"""Made industrial sets with masks: `python -m benchmarks.made_parts OUT`.

Three kinds beside the public ones, so that no setting is chosen for one of them: woven
cloth (`woven`), printed labels (`labels`) and a metal part in varying light (`metal`),
each in the MVTec AD layout. The same seed makes the same pictures.
"""

import argparse
import pathlib
import sys

import numpy as np
from PIL import Image
from tqdm import tqdm

from benchmarks.made_parts import labels, metal, woven

SETS = {"woven": woven, "labels": labels, "metal": metal}
SPLITS = ("train", "good", "bad")


def make(name, split, number, seed=0):
    """One picture of a set.

    Args:
        name: a key of `SETS`.
        split: one of `SPLITS`.
        number: int; of "bad" it also says which defect.
        seed: int.

    Returns:
        Tuple of uint8 array `[H, W]` or `[H, W, 3]`, bool array `[H, W]`, its mask,
        and the defect's name, or `None`.
    """
    module = SETS[name]
    key = [seed, list(SETS).index(name), SPLITS.index(split), number]
    defect = module.DEFECTS[number % len(module.DEFECTS)] if split == "bad" else None
    # The defect draws apart: its sound twin has all else in common.
    picture, mask = module.draw(
        np.random.default_rng(key), defect, np.random.default_rng([*key, 1])
    )
    return np.clip(np.rint(picture), 0, 255).astype("uint8"), mask, defect


def write_set(name, out, counts, seed=0):
    """Write a whole set.

    Args:
        name: a key of `SETS`.
        out: folder, `pathlib.Path`.
        counts: dictionary from `SPLITS` to how many.
        seed: int.
    """
    todo = [(split, number) for split in SPLITS for number in range(counts[split])]
    for split, number in tqdm(todo, desc=name, file=sys.stderr):
        picture, mask, defect = make(name, split, number, seed)
        kind = "train/good" if split == "train" else f"test/{defect or 'good'}"
        _write(out / kind / f"{number:03d}.png", picture)
        if defect:
            masked = 255 * mask.astype("uint8")
            _write(out / "ground_truth" / defect / f"{number:03d}_mask.png", masked)


def _write(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def main(argv=None):
    """Write the sets that are asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.made_parts", description=__doc__.splitlines()[0]
    )
    add = parser.add_argument
    add("out", type=pathlib.Path, metavar="OUT")
    add("--set", nargs="+", choices=SETS, default=list(SETS))
    add("--train", type=int, default=200, help="normal pictures to train on (200)")
    add("--good", type=int, default=60, help="normal pictures to test on (60)")
    add("--bad", type=int, default=60, help="defective ones, of all kinds (60)")
    add("--seed", type=int, default=0)
    arguments = parser.parse_args(argv)
    counts = {split: getattr(arguments, split) for split in SPLITS}
    for name in arguments.set:
        write_set(name, arguments.out / name, counts, arguments.seed)


if __name__ == "__main__":
    main()
