"""TLS for both doors, from TF Serving's text-format `SSLConfig`."""

import dataclasses
import ssl
import tempfile

import grpc
from google.protobuf import text_format

from serving.configuration.config_messages import SSLConfig
from serving.status import Code, ServingError


@dataclasses.dataclass(frozen=True)
class Tls:
    """The server's key and certificate, and whose certificates clients must show.

    Args:
        key: bytes, PEM.
        certificate: bytes, PEM, the chain.
        authority: bytes, PEM, or empty: who has signed the clients' certificates.
        client_verify: bool, whether clients must show one.
    """

    key: bytes = dataclasses.field(repr=False)
    certificate: bytes
    authority: bytes = b""
    client_verify: bool = False

    def grpc_credentials(self):
        """`grpc.ServerCredentials` for the gRPC door."""
        return grpc.ssl_server_credentials(
            [(self.key, self.certificate)],
            root_certificates=self.authority or None,
            require_client_auth=self.client_verify,
        )

    def context(self):
        """Makes the REST door's settings.

        Returns:
            `ssl.SSLContext`.

        Raises:
            ssl.SSLError, ValueError: key and certificates are none, or do not belong
                together.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # The library reads keys from files alone; this one is gone at once.
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:
            file.write(self.key.rstrip() + b"\n" + self.certificate)
            file.flush()
            # A password that is asked for would wait for a terminal.
            context.load_cert_chain(file.name, password=lambda: "")
        if self.authority:
            context.load_verify_locations(cadata=self.authority.decode("ascii"))
        if self.client_verify:
            context.verify_mode = ssl.CERT_REQUIRED
        return context


def read_file(path):
    """Reads an `--ssl_config_file`.

    Args:
        path: str, a text-format `SSLConfig`, which holds PEM texts and not paths.

    Returns:
        `Tls`, of which key and certificate belong together.

    Raises:
        ServingError: `NOT_FOUND` if it cannot be read, `INVALID_ARGUMENT` if it is
            no `SSLConfig`, or what it holds is of no use.
    """
    message = SSLConfig()
    try:
        with open(path, encoding="utf-8") as file:
            text_format.Parse(file.read(), message)
    except OSError as error:
        reason = error.strerror or error
        text = f"--ssl_config_file {path!r} cannot be read: {reason}"
        raise ServingError(Code.NOT_FOUND, text) from None
    except (text_format.ParseError, UnicodeDecodeError) as error:
        # Not its text: it may quote the key.
        where = getattr(error, "GetLine", lambda: None)()
        raise _invalid(path, f"is no text-format SSLConfig (line {where})") from None
    for field in ("server_key", "server_cert"):
        if "-----BEGIN " not in getattr(message, field):
            hint = "it must hold the PEM text itself, not a path"
            raise _invalid(path, f"has no PEM text in {field}; {hint}")
    if message.client_verify and not message.custom_ca:
        hint = "the authority that signed the clients' certificates"
        raise _invalid(path, f"sets client_verify without custom_ca, {hint}")
    tls = Tls(
        message.server_key.encode(),
        message.server_cert.encode(),
        message.custom_ca.encode(),
        message.client_verify,
    )
    try:
        tls.context()
    except (ssl.SSLError, ValueError) as error:
        reason = f"holds a key or certificate that is of no use: {error}"
        raise _invalid(path, reason) from None
    return tls


def _invalid(path, reason):
    return ServingError(Code.INVALID_ARGUMENT, f"--ssl_config_file {path!r} {reason}")
