"""Names of files as text that every worker and every table can take."""


def readable(name):
    """Makes a name valid Unicode: what is not stays visible, as `\\udcff`.

    Beam sends text from one worker to another as UTF-8, which has no place for it.

    Args:
        name: str, a file name as the system gives it.

    Returns:
        str, the same wherever it is valid.
    """
    if name.isascii():
        return name
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def readable_bytes(name):
    """As `readable`, of a name that is bytes."""
    return readable(name.decode("utf-8", "surrogateescape"))
