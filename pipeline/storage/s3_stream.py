"""A file in S3 that is read; a refusal is an `OSError`, as it is of any other file."""

import contextlib
import errno
import io

_BUFFER = 16 * 2**20


def open_s3(client, path):
    """Opens a file for reading.

    Args:
        client: `apache_beam.io.aws.s3io.S3IO`.
        path: str.

    Returns:
        Binary file object, buffered.

    Raises:
        OSError: it cannot be read; its text names it. Reading raises so, too.
    """
    with os_errors(path):
        stream = client.open(path, read_buffer_size=_BUFFER).detach()
    return io.BufferedReader(_Stream(stream, path), _BUFFER)


@contextlib.contextmanager
def os_errors(path):
    """Makes the errors of Beam's client for S3, which are of no kind, `OSError`s.

    Args:
        path: str, named in the text.
    """
    from apache_beam.io.aws.clients.s3.messages import S3ClientError

    try:
        yield
    except S3ClientError as error:
        text = f"{path}: {error.message}"
        if error.code == 404:
            raise FileNotFoundError(errno.ENOENT, text) from error
        raise OSError(text) from error


class _Stream(io.RawIOBase):
    def __init__(self, stream, path):
        self._stream = stream
        self._path = path

    def readinto(self, buffer):
        with os_errors(self._path):
            return self._stream.readinto(buffer)

    def readall(self):
        with os_errors(self._path):
            return self._stream.readall()

    def seek(self, offset, whence=io.SEEK_SET):
        return self._stream.seek(offset, whence)

    def tell(self):
        return self._stream.tell()

    def seekable(self):
        return True

    def readable(self):
        return True

    def close(self):
        self._stream.close()
        super().close()
