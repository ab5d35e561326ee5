"""Measures the pipeline: `python -m benchmarks.pipeline --help`."""

import argparse
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

_WHAT = ("beside", "overhead", "fan-out", "kill", "scale", "served")


def main(arguments=None):
    """Measures, prints, and compares with what is aimed at.

    Args:
        arguments: list of str, or None for the process's own.

    Returns:
        int, the exit status: 1 if an aim was missed.
    """
    options = _parse(arguments)
    if options.what == "beside":
        from benchmarks.pipeline import beside

        found = beside.measure(options.data, options.data_dir, options.normal)
    elif options.what == "overhead":
        from benchmarks.pipeline import overhead

        found = overhead.measure(
            *(options.data, options.data_dir, options.normal),
            *(options.epochs or 3, options.rounds or 3),
        )
    elif options.what == "fan-out":
        from benchmarks.pipeline import fan_out

        found = fan_out.measure(options.data, options.data_dir, options.epochs or 3)
    elif options.what == "kill":
        from benchmarks.pipeline import kill

        found = kill.measure(options.rounds or 30, options.seed)
    elif options.what == "served":
        from benchmarks.pipeline import served

        found = served.measure(options.root)
    else:
        from benchmarks.pipeline import scale

        found = scale.measure(options.counts)
    facts, aims = found
    print(json.dumps(facts, indent=2))
    for words, value, aim, is_met in aims:
        value = f"{value:.3g}" if isinstance(value, float) else value
        print(f"{words}: {value} (aim: {aim}) {'met' if is_met else 'MISSED'}")
    return 0 if all(is_met for *_, is_met in aims) else 1


def _parse(arguments):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline")
    parser.add_argument("what", choices=_WHAT)
    add = parser.add_argument
    add("--root", help="of the finished run whose models are served")
    add("--data", default="tfds:mnist")
    add("--data-dir")
    add("--normal", nargs="+", default=["8"])
    add("--epochs", type=int)
    add("--rounds", type=int)
    add("--seed", type=int, default=0)
    add("--counts", nargs="+", type=int, default=[1000, 10_000, 100_000])
    options = parser.parse_args(arguments)
    if options.what == "served" and not options.root:
        parser.error("served needs --root of a finished run")
    return options


if __name__ == "__main__":
    sys.exit(main())
