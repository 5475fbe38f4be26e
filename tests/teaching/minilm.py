"""MiniLM in torch, with the weights of the package that the offline model runs, to be taught. arXiv:1810.04805."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch.nn import functional

LAYERS, HEADS, WIDTH = 6, 12, 384
NORMAL = 1e-12  # added to a variance
LARGEST = 127  # of eight bits
PARTS = {  # what a layer is made of, in the order of the file
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attended": "attention.output.dense",
    "wide": "intermediate.dense",
    "narrow": "output.dense",
}
NORMS = {"attended_norm": "attention.output.LayerNorm", "norm": "output.LayerNorm"}


class File:
    """The package's file: matrices in eight bits, with a scale for each column, and names that are only numbers."""

    def __init__(self, path: Path) -> None:
        self._bytes = path.read_bytes()
        self._tensors = {each.name: each for each in onnx.load_from_string(self._bytes).graph.initializer}
        self._matrices = [name[:-2] for name in self._tensors if name.startswith("val_") and name.endswith("_q")]

    def weights(self) -> dict[str, Any]:
        """All of them, as tensors of floats."""
        start = "inner.embeddings."
        return {
            "words": self._matrix(f"{start}word_embeddings.weight"),
            "places": self._matrix(f"{start}position_embeddings.weight"),
            "types": self._array(f"{start}token_type_embeddings.weight"),
            "norm": [self._array(f"{start}LayerNorm.weight"), self._array(f"{start}LayerNorm.bias")],
            "layers": [self._layer(number) for number in range(LAYERS)],
        }

    def differences(self, layers: list[dict[str, Any]]) -> dict[str, Any]:
        """What these layers make different: bytes by their place in the file."""
        return {
            str(self._place(name)): np.frombuffer(made.tobytes(), np.uint8)
            for number, layer in enumerate(layers)
            for name, made in self._made(number, layer)
            if made.tobytes() != self._tensors[name].raw_data
        }

    def _made(self, number: int, layer: dict[str, Any]) -> list[tuple[str, Any]]:
        start = f"inner.encoder.layer.{number}"
        made: list[tuple[str, Any]] = []
        for matrix, (key, name) in zip(self._matrices[number * len(PARTS) :], PARTS.items(), strict=False):
            weights, bias = (each.detach().numpy() for each in layer[key])
            scale = np.abs(weights).max(axis=0, keepdims=True) / LARGEST
            made += [(f"{matrix}_q", np.round(weights / scale).astype(np.int8)), (f"{matrix}_scale", scale)]
            made.append((f"{start}.{name}.bias", bias))
        for key, name in NORMS.items():
            for what, each in zip(("weight", "bias"), layer[key], strict=True):
                made.append((f"{start}.{name}.{what}", each.detach().numpy()))
        return made

    def _place(self, name: str) -> int:
        content = self._tensors[name].raw_data
        if self._bytes.count(content) != 1:
            raise ValueError(f"{name} is not to be found in the file, or more than once")
        return self._bytes.index(content)

    def _layer(self, number: int) -> dict[str, Any]:
        start = f"inner.encoder.layer.{number}"
        matrices = self._matrices[number * len(PARTS) :]
        layer = {
            key: [self._matrix(matrix), self._array(f"{start}.{name}.bias")]
            for matrix, (key, name) in zip(matrices, PARTS.items(), strict=False)
        }
        for key, name in NORMS.items():
            layer[key] = [self._array(f"{start}.{name}.weight"), self._array(f"{start}.{name}.bias")]
        return layer

    def _array(self, name: str) -> Any:
        return torch.tensor(numpy_helper.to_array(self._tensors[name]), dtype=torch.float32)

    def _matrix(self, name: str) -> Any:
        return self._array(f"{name}_q") * self._array(f"{name}_scale")


def embedded(weights: dict[str, Any], ids: Any) -> Any:
    """Texts as numbers of pieces, shape (texts, length), before the first layer: (texts, length, WIDTH)."""
    vectors = weights["words"][ids] + weights["places"][: ids.shape[1]] + weights["types"][0]
    return _normal(vectors, weights["norm"])


def through(layers: list[dict[str, Any]], vectors: Any, mask: Any, dropped: float = 0.0) -> Any:
    """`mask` is 1 where there is text, 0 behind its end. The share `dropped` of what each layer adds is left out."""
    for layer in layers:
        attended = functional.dropout(_attended(layer, vectors, mask), dropped)
        vectors = _normal(vectors + attended, layer["attended_norm"])
        wide = functional.gelu(_dense(vectors, layer["wide"]))
        vectors = _normal(vectors + functional.dropout(_dense(wide, layer["narrow"]), dropped), layer["norm"])
    return vectors


def likenesses(said: list[Any], meanings: list[Any]) -> Any:
    """Of texts to others, shape (said, meanings), as the router counts them: half that of the means of their pieces'
    vectors, half the mean, over the pieces of what was said, of the likest piece of the other.
    """
    wholes, others = (
        functional.normalize(torch.stack([each.mean(0) for each in of]), dim=-1) for of in (said, meanings)
    )
    lengths = [len(each) for each in said]
    alike = functional.normalize(torch.cat(said), dim=-1) @ functional.normalize(torch.cat(meanings), dim=-1).T
    likest = torch.stack([each.amax(1) for each in alike.split([len(each) for each in meanings], dim=1)], dim=1)
    by_piece = torch.stack([each.mean(0) for each in likest.split(lengths)])
    return (wholes @ others.T + by_piece) / 2


def _attended(layer: dict[str, Any], vectors: Any, mask: Any) -> Any:
    texts, length, _ = vectors.shape
    query, key, value = (
        _dense(vectors, layer[name]).view(texts, length, HEADS, -1).transpose(1, 2)
        for name in ("query", "key", "value")
    )
    seen = mask[:, None, None, :].bool()
    heads = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
    return _dense(heads.transpose(1, 2).reshape(texts, length, WIDTH), layer["attended"])


def _dense(vectors: Any, part: list[Any]) -> Any:
    return functional.linear(vectors, part[0].T, part[1])


def _normal(vectors: Any, norm: list[Any]) -> Any:
    return functional.layer_norm(vectors, (WIDTH,), *norm, eps=NORMAL)
