"""The `SSLConfig` file; both doors are tested with it in their own tests."""

import ssl

import pytest

from serving.configuration import tls
from serving.status import Code, ServingError
from tests.serving.certificates import authority_and_leaf, ssl_config

AUTHORITY, LEAF = authority_and_leaf()


def read(tmp_path, text):
    path = tmp_path / "ssl.config"
    path.write_text(text)
    return tls.read_file(str(path))


def refused(tmp_path, text, said, code=Code.INVALID_ARGUMENT):
    with pytest.raises(ServingError) as caught:
        read(tmp_path, text)
    assert caught.value.code is code
    assert said in caught.value.message
    assert "PRIVATE" not in caught.value.message


def test_reads_pem_texts(tmp_path):
    found = read(tmp_path, ssl_config(LEAF, AUTHORITY, client_verify=True))
    assert found.key == LEAF.key.encode()
    assert found.certificate == LEAF.certificate.encode()
    assert found.authority == AUTHORITY.certificate.encode()
    assert found.context().verify_mode is ssl.CERT_REQUIRED
    assert LEAF.key not in repr(found)


def test_without_client_certificates(tmp_path):
    found = read(tmp_path, ssl_config(LEAF))
    assert not found.client_verify
    assert found.context().verify_mode is ssl.CERT_NONE


def test_faulty_files(tmp_path):
    refused(tmp_path, "", "no PEM text in server_key")
    refused(tmp_path, 'server_key: "/etc/key.pem"', "not a path")
    refused(tmp_path, "server_key: [", "is no text-format SSLConfig")
    refused(tmp_path, f"{ssl_config(LEAF)}\nport: 1", "is no text-format SSLConfig")
    text = ssl_config(LEAF, client_verify=True)
    refused(tmp_path, text, "client_verify without custom_ca")


def test_key_of_another_certificate(tmp_path):
    mixed = type(LEAF)(AUTHORITY.key, LEAF.certificate)
    refused(tmp_path, ssl_config(mixed), "of no use")
    cut = type(LEAF)(LEAF.key[:80], LEAF.certificate)
    refused(tmp_path, ssl_config(cut), "of no use")


def test_no_file(tmp_path):
    with pytest.raises(ServingError, match="cannot be read: No such file") as caught:
        tls.read_file(str(tmp_path / "none"))
    assert caught.value.code is Code.NOT_FOUND
