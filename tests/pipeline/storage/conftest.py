"""A second file system: a server of the S3 protocol on this machine."""

import pytest

BUCKET = "novnorm-tests"


@pytest.fixture(scope="session")
def s3_args():
    """Beam's options for a server of the S3 protocol with one empty bucket."""
    boto3 = pytest.importorskip("boto3", reason="needs boto3: the extra s3 of Beam")
    server = pytest.importorskip("moto.server", reason="needs moto[s3] and Flask")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    options = {
        "s3_endpoint_url": f"http://{host}:{port}",
        "s3_access_key_id": "testing",
        "s3_secret_access_key": "testing",
        "s3_region_name": "us-east-1",
    }
    client = boto3.client(
        "s3",
        endpoint_url=options["s3_endpoint_url"],
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket=BUCKET)
    yield tuple(f"--{name}={value}" for name, value in options.items())
    running.stop()


@pytest.fixture
def bucket(s3_args, tmp_path):
    """A `StoragePath` in the bucket that no other test uses."""
    from apache_beam.io.filesystems import FileSystems

    from pipeline.beam_options import make_pipeline_options
    from pipeline.storage import StoragePath

    FileSystems.set_options(make_pipeline_options(s3_args))
    yield StoragePath(f"s3://{BUCKET}/{tmp_path.name}")
    FileSystems.set_options(make_pipeline_options([]))
