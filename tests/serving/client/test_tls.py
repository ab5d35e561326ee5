"""The client behind TLS, against a gRPC server that needs no model."""

import concurrent.futures
import datetime
import ipaddress
import pathlib

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from serving.client import ScoringClient, ScoringError, Tls, messages


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """(key, certificate), PEM files; the certificate signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificates")
    form = serialization.PrivateFormat.PKCS8
    pem = serialization.Encoding.PEM
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, form, serialization.NoEncryption())
    )
    (folder / "cert.pem").write_bytes(built.public_bytes(pem))
    return str(folder / "key.pem"), str(folder / "cert.pem")


class Status(grpc.GenericRpcHandler):
    """Says that version 3 is available."""

    def service(self, details):
        def answer(request, context):
            response = messages.StatusResponse()
            response.model_version_status.add(version=3, state=30)
            return response.SerializeToString()

        return grpc.unary_unary_rpc_method_handler(answer)


@pytest.fixture(scope="module")
def port(certificate):
    """A server that asks its clients for a certificate."""
    key, chain = (pathlib.Path(path).read_bytes() for path in certificate)
    credentials = grpc.ssl_server_credentials([(key, chain)], chain, True)
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(2), [Status()])
    port = server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    yield port
    server.stop(0).wait()


def status(port, tls):
    with ScoringClient(f"127.0.0.1:{port}", "m", retries=0, tls=tls) as client:
        return client.status()


def test_both_sides_show_their_certificates(port, certificate):
    key, chain = certificate
    rows = status(port, Tls(ca=chain, certificate=chain, key=key))
    assert rows == [{"version": 3, "state": "AVAILABLE", "error": ""}]


def test_a_stranger_is_not_believed(port):
    with pytest.raises(ScoringError, match="--ca"):
        status(port, Tls())


def test_a_client_in_the_clear_is_told(port):
    with pytest.raises(ScoringError, match="UNAVAILABLE"):
        status(port, None)


def test_a_certificate_without_its_key_is_refused():
    with pytest.raises(ValueError, match="received the certificate alone"):
        Tls(certificate="cert.pem")
