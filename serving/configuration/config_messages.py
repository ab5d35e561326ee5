"""The messages of TF Serving's configuration files that its API package leaves out.

Fields and numbers are those of `ssl_config.proto`, `monitoring_config.proto` and
`session_bundle_config.proto` in tensorflow/serving. They live in a pool of their
own: a process may load the stock ones beside them.
"""

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    message_factory,
    wrappers_pb2,
)

_PACKAGE = "tensorflow.serving"
_INT64 = "google.protobuf.Int64Value"
_STRING = "google.protobuf.StringValue"
# message: {field: (number, type)}; "*" before a type is a repeated field.
_MESSAGES = {
    "SSLConfig": {
        "server_key": (1, "string"),
        "server_cert": (2, "string"),
        "custom_ca": (3, "string"),
        "client_verify": (4, "bool"),
    },
    "PrometheusConfig": {"enable": (1, "bool"), "path": (2, "string")},
    "MonitoringConfig": {
        "prometheus_config": (1, f"{_PACKAGE}.PrometheusConfig"),
    },
    "BatchingParameters": {
        "max_batch_size": (1, _INT64),
        "batch_timeout_micros": (2, _INT64),
        "max_enqueued_batches": (3, _INT64),
        "num_batch_threads": (4, _INT64),
        "thread_pool_name": (5, _STRING),
        "allowed_batch_sizes": (6, "*int64"),
        "pad_variable_length_inputs": (7, "bool"),
    },
}


def _build():
    file = descriptor_pb2.FileDescriptorProto(
        name="serving/config_messages.proto", package=_PACKAGE, syntax="proto3"
    )
    file.dependency.append(wrappers_pb2.DESCRIPTOR.name)
    types = descriptor_pb2.FieldDescriptorProto
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field_name, (number, kind) in fields.items():
            field = message.field.add(name=field_name, number=number)
            repeated = kind.startswith("*")
            field.label = types.LABEL_REPEATED if repeated else types.LABEL_OPTIONAL
            if "." in kind:
                field.type, field.type_name = types.TYPE_MESSAGE, f".{kind}"
            else:
                field.type = getattr(types, f"TYPE_{kind.lstrip('*').upper()}")
    wrappers = descriptor_pb2.FileDescriptorProto()
    wrappers_pb2.DESCRIPTOR.CopyToProto(wrappers)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(wrappers)
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(
            pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")
        )
        for name in _MESSAGES
    }


_CLASSES = _build()
SSLConfig = _CLASSES["SSLConfig"]
MonitoringConfig = _CLASSES["MonitoringConfig"]
BatchingParameters = _CLASSES["BatchingParameters"]
