import pytest
from google.protobuf import text_format

from serving.configuration.config_messages import (
    BatchingParameters,
    MonitoringConfig,
    SSLConfig,
)


def test_batching_parameters_in_text_format():
    text = """
        max_batch_size { value: 32 }  # a comment
        batch_timeout_micros { value: 0 }
        num_batch_threads { value: 4 }
        thread_pool_name { value: "pool" }
        allowed_batch_sizes: 8 allowed_batch_sizes: 32
        pad_variable_length_inputs: true
    """
    message = text_format.Parse(text, BatchingParameters())
    assert message.max_batch_size.value == 32
    assert message.num_batch_threads.value == 4
    assert list(message.allowed_batch_sizes) == [8, 32]
    assert message.thread_pool_name.value == "pool"
    assert message.pad_variable_length_inputs
    # Given as zero is not the same as not given.
    assert message.HasField("batch_timeout_micros")
    assert not message.HasField("max_enqueued_batches")


def test_monitoring_and_ssl_config_in_text_format():
    text = 'prometheus_config { enable: true path: "/metrics" }'
    monitoring = text_format.Parse(text, MonitoringConfig())
    assert monitoring.prometheus_config.enable
    assert monitoring.prometheus_config.path == "/metrics"
    text = 'server_key: "a\\nb" server_cert: "c" custom_ca: "d" client_verify: true'
    ssl = text_format.Parse(text, SSLConfig())
    assert (ssl.server_key, ssl.server_cert, ssl.custom_ca) == ("a\nb", "c", "d")
    assert ssl.client_verify


@pytest.mark.parametrize("message", [BatchingParameters, MonitoringConfig, SSLConfig])
def test_unknown_fields_are_refused(message):
    with pytest.raises(text_format.ParseError, match="has no field named"):
        text_format.Parse("no_such_field: 1", message())


def test_numbers_are_those_of_the_wire():
    # Of `session_bundle_config.proto`: fields 1, 4 and 6.
    wire = b"\x0a\x02\x08\x20" + b"\x22\x02\x08\x04" + b"\x32\x02\x08\x20"
    message = BatchingParameters.FromString(wire)
    assert message.max_batch_size.value == 32
    assert message.num_batch_threads.value == 4
    assert list(message.allowed_batch_sizes) == [8, 32]
