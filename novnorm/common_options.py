"""Options that several commands have."""


def add_output_options(parser):
    """Add `--json` and `--quiet`.

    Args:
        parser: `ArgumentParser`.
    """
    parser.add_argument(
        "--json",
        action="store_true",
        help="print one JSON document on stdout, everything else on stderr",
    )
    parser.add_argument(
        "--quiet", action="store_true", help="no progress bars and no notes"
    )


def add_data_options(parser):
    """Add what tells how pictures are read.

    Args:
        parser: `ArgumentParser`.
    """
    parser.add_argument(
        "--normal",
        nargs="+",
        default=[],
        metavar="NAME",
        help="the classes that are normal, by name or number",
    )
    parser.add_argument(
        "--max-megapixels",
        type=float,
        default=100.0,
        metavar="M",
        help="pictures with more are set aside (default 100)",
    )
    parser.add_argument(
        "--data-dir", metavar="DIR", help="where tensorflow-datasets keeps its files"
    )


def max_pixels(arguments):
    """Returns int, the most pixels that a picture may have."""
    return int(arguments.max_megapixels * 1e6)


def share(text):
    """A share on the command line.

    Args:
        text: str, a number between 0 and 1.

    Returns:
        float.

    Raises:
        ValueError: it is none (argparse says so in its own words).
    """
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError(text)
    return value
