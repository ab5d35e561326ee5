"""Certificates for a connection that nobody else reads."""

import dataclasses

import grpc


@dataclasses.dataclass(frozen=True)
class Tls:
    """Which server is believed, and as whom the client presents itself.

    Args:
        ca: str, PEM file of the authorities that sign the server's certificate;
            None for those that gRPC trusts by itself.
        certificate: str, PEM file of the client's own certificate, for servers
            that ask for one, or None.
        key: str, PEM file of its key, or None.

    Raises:
        ValueError: of certificate and key only one is given.
    """

    ca: str | None = None
    certificate: str | None = None
    key: str | None = None

    def __post_init__(self):
        if (self.certificate is None) != (self.key is None):
            given = "certificate" if self.key is None else "key"
            raise ValueError(
                "a client presents itself with a certificate and its key; received "
                f"the {given} alone"
            )

    def credentials(self):
        """Reads the files.

        Returns:
            `grpc.ChannelCredentials`.

        Raises:
            OSError: a file cannot be read.
        """
        return grpc.ssl_channel_credentials(
            _read(self.ca), _read(self.key), _read(self.certificate)
        )


def _read(path):
    if path is None:
        return None
    with open(path, "rb") as file:
        return file.read()
