"""Many small files in S3, read with one client."""

import threading

from apache_beam.io.filesystems import FileSystems

SCHEME = "s3://"

_OF_THREAD = threading.local()


def open_in_s3(path):
    """Opens a file in S3 for reading.

    Beam's file system makes a client for each file, which takes a quarter of a second:
    longer than reading a picture. Here each thread keeps its own.

    Args:
        path: str, `s3://BUCKET/NAME`.

    Returns:
        Binary file object.
    """
    from apache_beam.io.aws.s3io import S3IO

    options = FileSystems.get_filesystem(path)._options
    if getattr(_OF_THREAD, "options", None) is not options:
        _OF_THREAD.options, _OF_THREAD.files = options, S3IO(options=options)
    return _OF_THREAD.files.open(path)
