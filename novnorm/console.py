"""What a command says, and where: results on stdout, everything else on stderr."""

import json
import math
import sys


class Console:
    """The two streams of a command.

    With `--json`, stdout gets exactly one JSON document. Without, it gets text for
    people. Progress and notes go to stderr.

    Args:
        as_json: bool, whether the result is asked for as JSON.
        quiet: bool, whether progress bars and notes are left out.
    """

    def __init__(self, as_json=False, quiet=False):
        self.as_json = as_json
        self.quiet = quiet

    @classmethod
    def of(cls, arguments):
        """Returns the `Console` that parsed arguments ask for."""
        return cls(arguments.json, getattr(arguments, "quiet", False))

    def say(self, text=""):
        """Tells people something before the result is there.

        Args:
            text: str, one line or several.
        """
        # In one stream with the result, unless that is for a program.
        stream = sys.stderr if self.as_json else sys.stdout
        if not self.quiet or not self.as_json:
            print(_printable(text, stream), file=stream, flush=True)

    def note(self, text):
        """Tells people on stderr what is going on.

        Args:
            text: str.
        """
        if not self.quiet:
            print(_printable(text, sys.stderr), file=sys.stderr, flush=True)

    def result(self, document, text=""):
        """Ends the command: its result, once.

        Args:
            document: dictionary of JSON values; not a number becomes null.
            text: str, the same for people.
        """
        if self.as_json:
            text = json.dumps(
                finite(document), indent=2, ensure_ascii=False, allow_nan=False
            )
        if text:
            print(_printable(text, sys.stdout), flush=True)

    def progress(self, items=None, total=None, description="", unit="picture"):
        """A progress bar on stderr, silent where nobody is looking.

        Args:
            items: iterable, or None for a bar that is moved by hand.
            total: int or None, how many there are.
            description: str, what is going on.
            unit: str, of the items.

        Returns:
            `tqdm` over the items.
        """
        from tqdm import tqdm

        return tqdm(
            items,
            total=total,
            desc=description,
            unit=f" {unit}",
            file=sys.stderr,
            disable=True if self.quiet else None,  # None: where it is no terminal
            leave=False,
            dynamic_ncols=True,
        )


def finite(value):
    """A value that JSON can hold: NaN and infinities become None.

    Args:
        value: nested dictionaries, lists and plain values.

    Returns:
        The same, of plain Python types.
    """
    if isinstance(value, dict):
        return {str(key): finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [finite(one) for one in value]
    if hasattr(value, "item"):  # of numpy
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str):
        return readable(value)
    return value


def readable(name):
    """A file name that is no valid Unicode, with the odd bytes as `\\udcff`.

    Args:
        name: str, as the system gives it.

    Returns:
        str, the same wherever it is valid.
    """
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _printable(text, stream):
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
