"""What an export asks of a server: its ops, and the graph version they came with.

An older server refuses a graph with an op it does not know, at the load. So a new op
here is a new limit: look up since which TensorFlow it is there, and say it in
docs/serving.md.
"""

import pytest
from tensorflow.core.protobuf import saved_model_pb2

# An export with these ran in TensorFlow 2.18 and 2.20, made by 2.21.
_KNOWN = """
    Abs AddV2 All Assert AssignVariableOp BiasAdd Case Cast ConcatV2 Const Conv2D
    DecodeBmp DecodeImage DecodeJpeg DecodePng DecodeRaw DisableCopyOnRead Einsum
    EnsureShape Equal Exp ExpandDims ExtractJpegShape Greater GreaterEqual Identity If
    IsFinite LeakyRelu Less LessEqual Log LogicalAnd LogicalNot LogicalOr LowerBound
    Fill MatMul Max MaxPool
    Maximum Mean MergeV2Checkpoints Min Minimum Mul NoOp OnesLike Pack
    Placeholder ReadVariableOp RealDiv Reshape RestoreV2 Rsqrt SaveV2 ScaleAndTranslate
    Select SelectV2 Shape ShardedFilename Sigmoid Size Split Sqrt Square Squeeze
    StatefulPartitionedCall StatelessIf StaticRegexFullMatch StopGradient StridedSlice
    StringJoin StringLength Sub Substr Sum TensorListFromTensor TensorListGetItem
    TensorListReserve TensorListSetItem TensorListStack Tile Transpose VarHandleOp
    VarIsInitializedOp While ZerosLike
"""
# Of the search for a rotation; all older than TensorFlow 2.0.
_KNOWN += "GatherV2 NotEqual Range ReverseV2 StatelessWhile"
KNOWN = set(_KNOWN.split())
NEVER = {"PyFunc", "EagerPyFunc", "PyFuncStateless", "XlaLaunch"}


@pytest.fixture(scope="module")
def graph(trained_export):
    content = (trained_export / "saved_model.pb").read_bytes()
    (meta_graph,) = saved_model_pb2.SavedModel.FromString(content).meta_graphs
    return meta_graph


@pytest.mark.slow
def test_ops_are_known(graph):
    definition = graph.graph_def
    ops = {node.op for node in definition.node}
    for function in definition.library.function:
        ops |= {node.op for node in function.node_def}
    names = {function.signature.name for function in definition.library.function}
    assert ops - names <= KNOWN, "see the note at the top of this file"
    assert not ops & NEVER


@pytest.mark.slow
def test_an_older_server_may_read_the_graph(graph):
    # A consumer refuses what asks for a newer consumer, not what a newer one made.
    assert graph.graph_def.versions.min_consumer <= 12
    assert graph.graph_def.versions.producer >= 1000
    assert graph.meta_info_def.stripped_default_attrs
