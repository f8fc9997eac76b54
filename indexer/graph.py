"""A BERT encoder as an ONNX graph with int8 weights, written straight from its tensors.

The graph takes summed embeddings, (1, tokens, hidden) float32, and gives one unit vector, (1, hidden). Word embeddings
stay outside, in a file that all workers map. Each linear layer holds int8 weights with one scale an output channel;
its inputs are quantised as they come (`DynamicQuantizeMatMul`, com.microsoft). Attention and norms stay in float32.
`Add` and `LayerNormalization` stand apart: ONNX Runtime's fused `SkipLayerNormalization` takes six times as long.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Floats = NDArray[np.float32]
MICROSOFT = "com.microsoft"
OPSETS = (("", 18), (MICROSOFT, 1))
IR_VERSION = 9  # the oldest that knows these operators


@dataclass(frozen=True, slots=True)
class Shape:
    """What a graph needs to know of its model; `pooling` is `mean` or `cls`."""

    layers: int
    heads: int
    hidden: int
    epsilon: float
    pooling: str


@dataclass
class _Graph:
    """Nodes and constants as they are added; each method returns the name of its output."""

    weights: Mapping[str, Floats]
    shape: Shape
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, name: str, values: NDArray[np.generic]) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(values, order="C"), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, domain: str = "", **settings: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **settings))
        return output

    def linear(self, value: str, names: list[str], output: str) -> str:
        """`value` through the linear layers `names`, side by side."""
        matrix = np.concatenate([self.weights[f"{name}.weight"] for name in names])
        scales = np.maximum(np.abs(matrix).max(axis=1), 1e-12) / 127
        rounded = np.rint(matrix / scales[:, None]).astype(np.int8).T
        bias = np.concatenate([self.weights[f"{name}.bias"] for name in names])
        constants = (("int8", rounded), ("scale", scales.astype(np.float32)), ("bias", bias))
        weight, scale, added = (self.constant(f"{output}.{kind}", values) for kind, values in constants)
        return self.node("DynamicQuantizeMatMul", [value, weight, scale, "", added], output, MICROSOFT)

    def norm(self, value: str, name: str) -> str:
        gain, bias = (self.constant(f"{name}.{kind}", self.weights[f"{name}.{kind}"]) for kind in ("weight", "bias"))
        return self.node("LayerNormalization", [value, gain, bias], f"{name}.out", epsilon=self.shape.epsilon)

    def layer(self, value: str, name: str) -> str:
        """One transformer layer: attention, then two linear layers; each with its residual and norm."""
        attention = f"{name}.attention"
        threefold = self.linear(value, [f"{attention}.self.{part}" for part in ("query", "key", "value")], attention)
        parts = [f"{attention}.{part}" for part in "qkv"]
        self.nodes.append(helper.make_node("Split", [threefold], parts, axis=2, num_outputs=3))
        mixed = self.node("MultiHeadAttention", parts, f"{attention}.mixed", MICROSOFT, num_heads=self.shape.heads)
        turned = self.linear(mixed, [f"{attention}.output.dense"], f"{attention}.turned")
        value = self.norm(self.node("Add", [turned, value], f"{attention}.sum"), f"{attention}.output.LayerNorm")
        wide = self.linear(value, [f"{name}.intermediate.dense"], f"{name}.wide")
        active = self.node("Gelu", [wide], f"{name}.active", MICROSOFT)
        narrow = self.linear(active, [f"{name}.output.dense"], f"{name}.narrow")
        return self.norm(self.node("Add", [narrow, value], f"{name}.sum"), f"{name}.output.LayerNorm")

    def pool(self, value: str) -> str:
        """One vector of all tokens: their mean, or the first."""
        axis = self.constant("axis", np.array([1], dtype=np.int64))
        if self.shape.pooling == "mean":
            return self.node("ReduceMean", [value, axis], "pooled", keepdims=0)
        first = self.constant("first", np.array(0, dtype=np.int64))
        return self.node("Gather", [value, first], "pooled", axis=1)


def encoder_graph(weights: Mapping[str, Floats], shape: Shape) -> bytes:
    """The model file of a BERT encoder with these tensors (named as in transformers' BertModel)."""
    graph = _Graph(weights, shape)
    value = graph.norm("embeddings", "embeddings.LayerNorm")
    for number in range(shape.layers):
        value = graph.layer(value, f"encoder.layer.{number}")
    graph.node("LpNormalization", [graph.pool(value)], "vector", axis=-1, p=2)
    given = helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, [1, "tokens", shape.hidden])
    wanted = helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, shape.hidden])
    made = helper.make_graph(graph.nodes, "encoder", [given], [wanted], graph.constants)
    opsets = [helper.make_opsetid(*opset) for opset in OPSETS]
    model: bytes = helper.make_model(made, opset_imports=opsets, ir_version=IR_VERSION).SerializeToString()
    return model
