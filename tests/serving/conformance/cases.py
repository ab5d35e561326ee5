"""The cases of the suite, by number; tests name theirs with `@case(N)`.

They were read from the source and the tests of tensorflow/serving, master of July
2026: what its clients rely on. A starred case matters most.
"""

import dataclasses

import pytest


@dataclasses.dataclass(frozen=True)
class Case:
    """What is sent, and what comes back.

    Args:
        words: str.
        starred: bool, whether it is one of those that matter most.
        not_run: str, why no test covers it, or empty.
    """

    words: str
    starred: bool = False
    not_run: str = ""


def case(number):
    """Marks a test as one of a case's."""
    return pytest.mark.conformance_case(number)


CASES = {
    1: Case("Predict on an unknown model: NOT_FOUND, with the word Servable", True),
    2: Case("A vector for [-1,1] with a filter: answered, typed values", True),
    3: Case(
        "The same without filter; the answer names model, signature, version", True
    ),
    4: Case("Signature unset: serving_default is named; scalar in, scalar out"),
    5: Case("No model_spec, or an empty name: INVALID_ARGUMENT", True),
    6: Case("Missing and unknown inputs are named", True),
    7: Case("Wrong dtype: INVALID_ARGUMENT", True),
    8: Case("Unknown or repeated output_filter: INVALID_ARGUMENT", True),
    9: Case("Unknown signature: FAILED_PRECONDITION, REST 400", True),
    10: Case("Predict on classify, regress and input-less signatures"),
    11: Case("Version by default, number and label; version 0", True),
    12: Case("GetModelMetadata, and what it refuses", True),
    13: Case("GetModelStatus, and what it refuses", True),
    14: Case("Classify, Regress, MultiInference"),
    15: Case("REST rows", True),
    16: Case("REST columns", True),
    17: Case("REST matrices, by default, version, label and signature"),
    18: Case("REST status, exact body", True),
    19: Case("REST metadata, exact body", True),
    20: Case("REST classify and regress"),
    21: Case("Malformed REST requests", True),
    22: Case("REST: unknown model, version, label", True),
    23: Case("REST: faulty bodies", True),
    24: Case("REST: percent-encoded names, other paths, query strings, gzip"),
    25: Case("REST: several inputs, in rows and columns, and their faults", True),
    26: Case("REST: base64 in and out", True),
    27: Case("REST: NaN, infinities, overflow, integers for floats"),
    28: Case("REST: floats as they are written"),
    29: Case("REST: what the row form cannot answer"),
    30: Case("REST: very deep JSON"),
    31: Case("REST: faulty examples for classify"),
    32: Case("Config file with two models; one that cannot be parsed"),
    33: Case("Config file rewritten, with and without polling", True),
    34: Case("Configs that are refused"),
    35: Case("Reloads: empty, the same again, another base path, custom"),
    36: Case("Labels on unavailable versions, with and without the flag"),
    37: Case("Version folders: which are read, by which policy"),
    38: Case("Folder appears later; policy by reload; polling off"),
    39: Case("A new version that fails replaces nothing", True),
    40: Case("A swap under load loses no request", True),
    41: Case("Retries, and versions that come back"),
    42: Case("Warm-up records, good and faulty", True),
    43: Case("Metrics", True),
    44: Case("UNIX socket; gRPC channel arguments"),
    45: Case("Exports of other kinds"),
    46: Case("TLS and mutual TLS; 64 MiB messages"),
    47: Case("Wrong rank and empty batch do not end the server"),
    48: Case("Deadlines, and texts over 1,024 characters"),
    49: Case("Health service, off and on"),
}
