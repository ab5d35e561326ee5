"""Values of flags: numbers in a range, switches, `key=value` lists."""

import argparse
import ipaddress
import math

# The second number a port flag may be, besides a port.
FREE_PORT = -1

_WORDS = {"true": True, "1": True, "false": False, "0": False}


def boolean(text):
    """Reads `true`, `false`, `1` or `0`."""
    if text.lower() not in _WORDS:
        raise argparse.ArgumentTypeError(f"expected true or false, got {text!r}")
    return _WORDS[text.lower()]


def port(text):
    """Reads a port, 0 (off) or -1 (any free one)."""
    return _number(text, FREE_PORT, 65535, "a port, 0 (off) or -1 (any free one)")


def positive(text):
    """Reads a whole number from 1 on."""
    return _number(text, 1, 2**31 - 1, "a number from 1 on")


def count(text):
    """Reads a whole number from 0 on."""
    return _number(text, 0, 2**63 - 1, "a number from 0 on")


def fraction(text):
    """Reads a number from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        message = f"expected a number from 0 to 1, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return value


def amount(text):
    """Reads a number from 0 on."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < math.inf:
        message = f"expected a number from 0 on, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return value


def words(text):
    """Reads words separated by commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def is_loopback(host):
    """bool, whether an address, or a name of one, is of this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def channel_arguments(text):
    """Reads `key=value,key=value` of gRPC.

    Args:
        text: str.

    Returns:
        list of (str, int or str); whole numbers as int.
    """
    pairs = []
    for part in filter(None, text.split(",")):
        key, separator, value = part.partition("=")
        if not separator or not key:
            message = f"expected key=value,key=value, got {part!r}"
            raise argparse.ArgumentTypeError(message)
        whole = value.removeprefix("-").isdigit()
        pairs.append((key, int(value) if whole else value))
    return pairs


def _number(text, lowest, highest, words):
    try:
        value = int(text)
    except ValueError:
        value = None
    if value is None or not lowest <= value <= highest:
        raise argparse.ArgumentTypeError(f"expected {words}, got {text!r}")
    return value
