"""The protocol's messages for a client, without importing TensorFlow.

The stock message classes (`tensorflow_serving.apis`) import all of TensorFlow,
which takes seconds. A client needs few messages: they are described here, field
for field as on the wire, in a pool of their own, so that both can live in one
process.
"""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE = "tensorflow.serving"
# message: {field: (number, type)}; "*" before a type is a repeated field, "%" a
# map from string to it. Only what a client writes or reads.
_MESSAGES = {
    "Int64": {"value": (1, "int64")},
    "ModelSpec": {
        "name": (1, "string"),
        "version": (2, "Int64"),
        "signature_name": (3, "string"),
        "version_label": (4, "string"),
    },
    "Dim": {"size": (1, "int64")},
    "Shape": {"dim": (2, "*Dim"), "unknown_rank": (3, "bool")},
    "Tensor": {
        "dtype": (1, "int32"),
        "tensor_shape": (2, "Shape"),
        "tensor_content": (4, "bytes"),
        "float_val": (5, "*float"),
        "double_val": (6, "*double"),
        "int_val": (7, "*int32"),
        "string_val": (8, "*bytes"),
        "int64_val": (10, "*int64"),
        "bool_val": (11, "*bool"),
    },
    "PredictRequest": {
        "model_spec": (1, "ModelSpec"),
        "inputs": (2, "%Tensor"),
        "output_filter": (3, "*string"),
    },
    "PredictResponse": {"outputs": (1, "%Tensor"), "model_spec": (2, "ModelSpec")},
    "MetadataRequest": {
        "model_spec": (1, "ModelSpec"),
        "metadata_field": (2, "*string"),
    },
    "Any": {"type_url": (1, "string"), "value": (2, "bytes")},
    "MetadataResponse": {"model_spec": (1, "ModelSpec"), "metadata": (2, "%Any")},
    "TensorInfo": {
        "name": (1, "string"),
        "dtype": (2, "int32"),
        "tensor_shape": (3, "Shape"),
    },
    "SignatureDef": {"inputs": (1, "%TensorInfo"), "outputs": (2, "%TensorInfo")},
    "SignatureDefMap": {"signature_def": (1, "%SignatureDef")},
    "StatusRequest": {"model_spec": (1, "ModelSpec")},
    "Status": {"error_code": (1, "int32"), "error_message": (2, "string")},
    "VersionStatus": {
        "version": (1, "int64"),
        "state": (2, "int32"),
        "status": (3, "Status"),
    },
    "StatusResponse": {"model_version_status": (1, "*VersionStatus")},
}
_SCALARS = ("string", "bytes", "bool", "int32", "int64", "float", "double")

PREDICT = "/tensorflow.serving.PredictionService/Predict"
GET_MODEL_METADATA = "/tensorflow.serving.PredictionService/GetModelMetadata"
GET_MODEL_STATUS = "/tensorflow.serving.ModelService/GetModelStatus"
STATES = {10: "START", 20: "LOADING", 30: "AVAILABLE", 40: "UNLOADING", 50: "END"}
DTYPES = {
    1: "float32",
    2: "float64",
    3: "int32",
    4: "uint8",
    7: "object",
    9: "int64",
    10: "bool",
}


def _build():
    file = descriptor_pb2.FileDescriptorProto(
        name="serving/client/messages.proto", package=_PACKAGE, syntax="proto3"
    )
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            if kind.startswith("%"):
                entry = message.nested_type.add(name=_entry_name(field))
                entry.options.map_entry = True
                _add_field(entry, "key", 1, "string")
                _add_field(entry, "value", 2, kind[1:])
                kind = f"*{name}.{entry.name}"
            _add_field(message, field, number, kind)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(
            pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")
        )
        for name in _MESSAGES
    }


def _entry_name(field):
    return "".join(word.title() for word in field.split("_")) + "Entry"


def _add_field(message, name, number, kind):
    repeated = kind.startswith("*")
    kind = kind.removeprefix("*")
    types = descriptor_pb2.FieldDescriptorProto
    field = message.field.add(name=name, number=number)
    field.label = types.LABEL_REPEATED if repeated else types.LABEL_OPTIONAL
    if kind in _SCALARS:
        field.type = getattr(types, f"TYPE_{kind.upper()}")
    else:
        field.type = types.TYPE_MESSAGE
        field.type_name = f".{_PACKAGE}.{kind}"


_CLASSES = _build()
PredictRequest = _CLASSES["PredictRequest"]
PredictResponse = _CLASSES["PredictResponse"]
MetadataRequest = _CLASSES["MetadataRequest"]
MetadataResponse = _CLASSES["MetadataResponse"]
SignatureDefMap = _CLASSES["SignatureDefMap"]
StatusRequest = _CLASSES["StatusRequest"]
StatusResponse = _CLASSES["StatusResponse"]
