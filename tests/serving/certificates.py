"""Certificates for the tests of TLS, signed by an authority of their own."""

import dataclasses
import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM


@dataclasses.dataclass(frozen=True)
class Pair:
    """A private key and its certificate, both PEM as str."""

    key: str
    certificate: str


def authority_and_leaf(name="localhost"):
    """tuple of `Pair`s: an authority, and what it has signed for 127.0.0.1."""
    authority_key, authority = _sign(f"authority of {name}", None, None)
    key, leaf = _sign(name, authority_key, authority)
    return _pair(authority_key, authority), _pair(key, leaf)


def ssl_config(pair, authority=None, client_verify=False):
    """str, a text-format `SSLConfig`."""
    lines = [
        f"server_key: {_text(pair.key)}",
        f"server_cert: {_text(pair.certificate)}",
    ]
    if authority is not None:
        lines.append(f"custom_ca: {_text(authority.certificate)}")
    if client_verify:
        lines.append("client_verify: true")
    return "\n".join(lines)


def _text(pem):
    return '"' + pem.replace("\n", "\\n") + '"'


def _sign(name, issuer_key, issuer):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    names = [
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ]
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(issuer is None, None), critical=True)
    )
    if issuer is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
    return key, builder.sign(issuer_key or key, hashes.SHA256())


def _pair(key, certificate):
    form = serialization.PrivateFormat.PKCS8
    text = key.private_bytes(PEM, form, serialization.NoEncryption())
    return Pair(text.decode(), certificate.public_bytes(PEM).decode())
