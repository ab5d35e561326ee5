"""Loads a server on this machine: `python -m benchmarks.serving`.

Without a choice: requests a second and latencies of 1, 8 and 32 clients, beside the
same model through TensorFlow's C API and beside an empty gRPC handler. Everything is
bounded in number and in time, and only this machine is spoken to.
"""

import argparse
import dataclasses
import json
import os
import shlex
import sys

# Before TensorFlow is imported, here and in the servers.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def main(arguments=None):
    """Measures, prints, and compares with what is aimed at.

    Args:
        arguments: list of str, or None for the process's own.

    Returns:
        int, the exit status: 1 if an aim was missed.
    """
    options = _parse(arguments)
    facts, rows = {}, []
    if options.swaps:
        from benchmarks.serving import swaps

        facts, targets = swaps.measure(options.requests or 20_000)
    elif options.malformed:
        from benchmarks.serving import malformed

        facts, targets = malformed.measure(options.requests or 10_000, options.seed)
    elif options.soak:
        from benchmarks.serving import soak

        facts, targets = soak.measure(options.requests or 200_000)
    elif options.attacks:
        from benchmarks.serving import attacks

        facts, targets = attacks.measure()
    elif options.kill:
        from benchmarks.serving import kill

        facts, targets = kill.measure(options.rounds or 6, options.seed)
    else:
        from benchmarks.serving import rates

        rows, targets = rates.measure(
            *(options.seconds, options.requests or 4000, options.rounds or 3),
            options.clients,
            server_flags=shlex.split(options.server_flags),
        )
    if options.json:
        document = {
            "rows": [dataclasses.asdict(row) for row in rows],
            "facts": facts,
            "targets": [target.as_dict() for target in targets],
        }
        print(json.dumps(document, indent=1))
    else:
        _print(rows, facts, targets)
    return 0 if all(target.met for target in targets) else 1


def _parse(arguments):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.serving",
        description=__doc__.splitlines()[0],
        epilog="Exit status: 1 if an aim was missed.",
    )
    which = parser.add_mutually_exclusive_group()
    add = which.add_argument
    add("--swaps", action="store_true", help="versions come under load, some broken")
    add("--malformed", action="store_true", help="faulty messages, JSON and pictures")
    add("--soak", action="store_true", help="many requests; memory must not grow")
    add("--kill", action="store_true", help="kill -9 while it serves, while it loads")
    add("--attacks", action="store_true", help="small requests that are dear to answer")
    add = parser.add_argument
    add("--requests", type=int, help="how many (4,000 a cell and round, or the aim's)")
    add("--seconds", type=float, default=3.0, help="a cell and round (%(default)g)")
    add("--rounds", type=int, help="rounds, the best counts (3); of --kill (6)")
    add("--clients", type=int, nargs="+", default=[1, 8, 32], help="(1 8 32)")
    add("--seed", type=int, default=0, help="of --malformed and --kill (%(default)s)")
    add("--server-flags", default="", help="of the detector's server, as one word")
    add("--json", action="store_true")
    options = parser.parse_args(arguments)
    for name in ("requests", "seconds", "rounds"):
        value = getattr(options, name)
        if value is not None and value <= 0:
            parser.error(f"--{name} must be above 0, got {value}")
    if min(options.clients) < 1 or max(options.clients) > 64:
        parser.error(f"--clients must be from 1 to 64, got {options.clients}")
    return options


def _print(rows, facts, targets):
    if rows:
        print(
            f"{'answered by':<15}{'sent':<8}{'batch':>6}{'clients':>8}"
            f"{'requests/s':>12}{'pictures/s':>12}{'p50, ms':>10}{'p99, ms':>10}"
        )
    for row in rows:
        times = [f"{t:.2f}" if t is not None else "" for t in (row.p50, row.p99)]
        print(
            f"{row.what:<15}{row.form:<8}{row.batch:>6}{row.clients:>8}"
            f"{row.rate:>12,.0f}{row.rate * row.batch:>12,.0f}"
            f"{times[0]:>10}{times[1]:>10}"
        )
        for error, count in row.errors.items():
            print(f"  {count} times: {error}")
    for name, value in facts.items():
        print(f"{name}: {value}")
    print()
    for target in targets:
        print(target)


if __name__ == "__main__":
    sys.exit(main())
