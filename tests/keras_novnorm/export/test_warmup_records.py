import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from keras_novnorm.datasets.decode_image import decode_image
from keras_novnorm.export.warmup_records import WARMUP_RECORDS, write_warmup_records

SIGNATURES = [
    ("serving_default", "images"),
    ("serving_bytes", "image_bytes"),
    ("anomaly_map", "images"),
    ("anomaly_map_bytes", "image_bytes"),
]


def read(path):
    records = tf.data.TFRecordDataset(str(path / WARMUP_RECORDS))
    logs = [prediction_log_pb2.PredictionLog.FromString(r.numpy()) for r in records]
    assert {log.WhichOneof("log_type") for log in logs} == {"predict_log"}
    return [log.predict_log.request for log in logs]


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_each_signature_once_alone_and_once_in_a_batch(tmp_path, dtype):
    write_warmup_records(tmp_path, (5, 4, 3), dtype, SIGNATURES)
    requests = read(tmp_path)
    seen = set()
    for request in requests:
        ((name, tensor),) = request.inputs.items()
        value = tf.make_ndarray(tensor)
        seen.add((request.model_spec.signature_name, name, len(value)))
        if name == "images":
            assert (value.dtype, value.shape[1:]) == (dtype, (5, 4, 3))
            assert value.min() == 0
            assert value.max() == (255 if dtype == "uint8" else 1)
        else:
            assert decode_image(value[0], (5, 4, 3)).shape == (5, 4, 3)
    assert seen == {
        (signature, name, size) for signature, name in SIGNATURES for size in (1, 32)
    }


def test_large_pictures_do_not_make_a_large_file(tmp_path):
    write_warmup_records(tmp_path, (1024, 1024, 3), "uint8", SIGNATURES)
    sizes = {len(tf.make_ndarray(r.inputs["images"])) for r in read(tmp_path)[::2]}
    assert sizes == {1}
    assert (tmp_path / WARMUP_RECORDS).stat().st_size < 16 << 20
