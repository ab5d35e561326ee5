"""What the command line takes."""

import argparse

_EXIT = "Exit status: 0 all scored, 1 some could not be, 2 none could be."


def parse(arguments=None):
    """Reads the command line.

    Args:
        arguments: list of str, or None for the process's own.

    Returns:
        `argparse.Namespace`.
    """
    parser = argparse.ArgumentParser(
        prog="python -m serving.client",
        description="Scores pictures on a running server. Higher is more novel; "
        "is_novel is score > threshold, by more than the rounding margin.",
        epilog=_EXIT,
    )
    add = parser.add_argument
    add("pictures", nargs="+", metavar="PICTURE", help="file, or folder to search")
    add("--target", default="127.0.0.1:8500", help="gRPC host:port (%(default)s)")
    add("--model", required=True, help="the model's name on the server")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--version", type=_number_from(0), help="a version (the newest)")
    which.add_argument("--label", help="a version by its label on the server")

    sending = parser.add_argument_group("sending")
    add = sending.add_argument
    add(
        "--batch-size", type=_number_from(1), default=32, help="a request (%(default)s)"
    )
    add("--in-flight", type=_number_from(1), default=4, help="requests (%(default)s)")
    add(
        "--timeout",
        type=_seconds,
        default=60.0,
        help="seconds a request, further tries included (%(default)g)",
    )
    add(
        "--retries",
        type=_number_from(0),
        default=5,
        help="further tries while the server is away or busy (%(default)s)",
    )

    output = parser.add_argument_group("output", "a table, unless one is named")
    add = output.add_argument
    add("--json", action="store_true", help="print one JSON list")
    add("--jsonl", metavar="FILE", help="JSON lines as answers come; - prints them")
    add("--csv", metavar="FILE", help="UTF-8 CSV, one row a picture; - prints it")
    add("--maps", metavar="DIR", help="write a heat map over each picture, as PNG")
    add(
        "--maps-npy",
        action="store_true",
        help="with --maps: the maps' values too, as .npy of the model's size",
    )
    add(
        "--map-range",
        nargs=2,
        type=float,
        metavar=("LOW", "HIGH"),
        help="values of the first and the last colour (0 and the greatest of the run)",
    )

    secure = parser.add_argument_group("TLS")
    add = secure.add_argument
    add("--tls", action="store_true", help="encrypt, trusting the usual authorities")
    add("--ca", metavar="FILE", help="encrypt, trusting these authorities (PEM)")
    add("--cert", metavar="FILE", help="the client's own certificate (PEM)")
    add("--key", metavar="FILE", help="its key (PEM)")

    options = parser.parse_args(arguments)
    _check(parser, options)
    return options


def _check(parser, options):
    if (options.cert is None) != (options.key is None):
        parser.error("--cert and --key go together")
    if options.maps is None and (options.maps_npy or options.map_range):
        parser.error("--maps-npy and --map-range need --maps DIR")
    if options.map_range and not options.map_range[0] < options.map_range[1]:
        low, high = options.map_range
        parser.error(f"--map-range: LOW must be below HIGH, got {low:g} {high:g}")
    printed = [options.json, options.jsonl == "-", options.csv == "-"]
    if sum(printed) > 1:
        parser.error("only one of --json, --jsonl - and --csv - can be printed")


def _number_from(least):
    def number(text):
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(
                f"expected a number from {least} on, got {text!r}"
            )
        return int(text)

    return number


def _seconds(text):
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"expected seconds above 0, got {text!r}")
    return seconds
