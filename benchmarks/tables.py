"""The paper's tables: `python -m benchmarks.tables --table 1 --data-dir DIR`.

Each normal class, variant and seed is one training and one result file under
`benchmarks/results/`. What is there already is not run again: stop at any moment, and
start the same command to go on. `python -m benchmarks.render` makes the page.
"""

import argparse
import concurrent.futures
import functools
import multiprocessing
import pathlib
import sys
import traceback

from benchmarks.results import RESULTS, Experiment, write_result
from benchmarks.table_definitions import TABLES
from benchmarks.variants import VARIANTS
from pipeline.onednn import prefer_onednn


def main(argv=None):
    """Run what is missing of a table.

    Args:
        argv: list of words; those of the command line unless given.

    Returns:
        Exit status: 1 where an experiment failed.
    """
    arguments = parse_arguments(argv)
    prefer_onednn()
    experiments = plan_experiments(arguments)
    missing = [e for e in experiments if not e.path(arguments.results).exists()]
    print(
        f"Table {arguments.table}, {TABLES[arguments.table].title}: "
        f"{len(experiments)} trainings, {len(experiments) - len(missing)} done, "
        f"{len(missing)} to run."
    )
    run = functools.partial(
        run_one,
        data_dir=arguments.data_dir,
        download=arguments.download,
        root=arguments.results,
        threads=arguments.threads,
    )
    if arguments.jobs == 1:
        outcomes = map(run, missing)
        return report_progress(outcomes, len(missing))
    # A process each: TensorFlow's threads are set once in a process.
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(arguments.jobs, context) as pool:
        futures = [pool.submit(run, experiment) for experiment in missing]
        done = concurrent.futures.as_completed(futures)
        return report_progress((future.result() for future in done), len(missing))


def parse_arguments(argv):
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog="Example: python -m benchmarks.tables --table 1 --classes 8 --seeds 1 "
        "--variants default --data-dir ~/tensorflow_datasets",
    )
    parser.add_argument("--table", type=int, choices=sorted(TABLES), required=True)
    parser.add_argument("--classes", type=int, nargs="+", help="all unless given")
    parser.add_argument("--seeds", type=int, default=3, help="how many, from 0 on")
    parser.add_argument("--variants", nargs="+", choices=sorted(VARIANTS))
    parser.add_argument("--datasets", nargs="+", help="of table 4: one of its two")
    parser.add_argument("--data-dir", help="where tensorflow-datasets' files lie")
    parser.add_argument("--download", action="store_true", help="fetch what is missing")
    parser.add_argument("--results", type=pathlib.Path, default=RESULTS)
    parser.add_argument("--jobs", type=int, default=1, help="trainings at a time")
    parser.add_argument("--threads", type=int, default=0, help="of each; 0: all")
    return parser.parse_args(argv)


def plan_experiments(arguments):
    """All experiments that the command line asks for, seeds outermost.

    Args:
        arguments: what `parse_arguments` gave.

    Returns:
        List of `Experiment`s.
    """
    table = TABLES[arguments.table]
    rows = table.normal
    if arguments.classes is not None:
        rows = [row for row in rows if set(row) & set(arguments.classes)]
    datasets = arguments.datasets or table.datasets
    unknown = sorted(set(datasets) - set(table.datasets))
    if unknown or not rows:
        raise SystemExit(
            f"Table {arguments.table} has the data sets {list(table.datasets)} and the "
            f"normal classes {list(table.normal)}. Received --datasets {datasets}, "
            f"--classes {arguments.classes}."
        )
    return [
        Experiment(arguments.table, dataset, normal, variant, seed)
        for seed in range(arguments.seeds)
        for variant in arguments.variants or table.variants
        for dataset in datasets
        for normal in rows
    ]


def run_one(experiment, data_dir, download, root, threads):
    """Run one experiment and write its result; for a process of its own.

    Args:
        experiment: an `Experiment`.
        data_dir: where the data lie, or `None`.
        download: whether they may be fetched.
        root: folder of the results.
        threads: how many threads to use, 0 for all.

    Returns:
        Tuple of the experiment, its result or `None`, and an error's text.
    """
    from benchmarks.experiment import limit_threads, run_experiment
    from benchmarks.one_class_arrays import read_arrays, split_arrays

    try:
        _once_per_process(limit_threads, threads)
        data = read_arrays(experiment.dataset, data_dir, download)
        arrays = split_arrays(data, experiment.normal)
        result = run_experiment(experiment, arrays, threads=threads)
        write_result(experiment, result, root)
        return experiment, result, None
    except Exception:
        # One that fails must not stop the others.
        return experiment, None, traceback.format_exc()


def report_progress(outcomes, total):
    """Print each outcome as it comes, under a progress bar.

    Args:
        outcomes: iterable of what `run_one` returns.
        total: int.

    Returns:
        Exit status.
    """
    import tqdm

    failed = 0
    with tqdm.tqdm(total=total, unit="training", disable=None) as bar:
        for experiment, result, error in outcomes:
            name = experiment.path("").stem
            if error:
                failed += 1
                bar.write(f"{name}: failed\n{error}", file=sys.stderr)
            else:
                bar.write(
                    f"{name}: AUROC {100 * result['auroc']:.2f}, {result['epochs']} "
                    f"epochs, {result['wall_s']:.0f} s"
                    + (", collapsed" if result["collapsed"] else "")
                )
                sys.stdout.flush()
            bar.update()
    return 1 if failed else 0


@functools.lru_cache
def _once_per_process(function, *arguments):
    function(*arguments)


if __name__ == "__main__":
    sys.exit(main())
