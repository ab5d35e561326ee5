"""How often a blessing errs: `python -m benchmarks.blessing`, a few minutes.

Two models score the same simulated pictures. Their AUROC is known, their scores share
part of their noise, and the rule of `pipeline.components.bless` judges the one by the
other.
"""

import argparse
import itertools

import numpy as np
from scipy.stats import norm

from keras_novnorm.metrics import auroc_difference
from pipeline.components.bless.component import BlessParameters
from pipeline.components.bless.verdict import FAILED, judge_difference

SIZES = ((500, 500), (100, 900), (30, 30))
SHARED = (0.0, 0.5, 0.9)
PAIRS = ((0.95, 0.95), (0.90, 0.95), (0.75, 0.80))


def share_blocked(size, shared, pair, draws, seed=0):
    """How often the first of two models is blocked.

    Args:
        size: tuple of int: normal and novel pictures.
        shared: float in [0, 1], the share of noise that both models have in common.
        pair: tuple of float, the AUROC of the candidate and of the last blessed model.
        draws: int.
        seed: int.

    Returns:
        Float in [0, 1].
    """
    parameters = BlessParameters()
    generator = np.random.default_rng(seed)
    labels = np.repeat([0, 1], size)
    blocked = 0
    for _ in range(draws):
        common, *own = generator.standard_normal((3, labels.size))
        scores = (
            np.sqrt(shared) * common
            + np.sqrt(1 - shared) * noise
            + labels * norm.ppf(area) * np.sqrt(2)
            for noise, area in zip(own, pair, strict=True)
        )
        difference = auroc_difference(labels, *scores, parameters.confidence)
        verdict = judge_difference(
            "AUROC", difference, parameters.max_drop, parameters.confidence
        )
        blocked += verdict.outcome == FAILED
    return blocked / draws


def main():
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=400)
    draws = parser.parse_args().draws
    heads = " | ".join(f"{new:.2f} after {old:.2f}" for new, old in PAIRS)
    print(f"| normal, novel pictures | shared noise | {heads} |")
    print("|---|---|" + "---|" * len(PAIRS))
    for size, shared in itertools.product(SIZES, SHARED):
        found = (share_blocked(size, shared, pair, draws) for pair in PAIRS)
        cells = " | ".join(f"{share:.1%}" for share in found)
        print(f"| {size[0]}, {size[1]} | {shared:.0%} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
