"""MiniLM in jax, with the weights of the package that the offline model runs, to be taught. arXiv:1810.04805."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import onnx
from onnx import numpy_helper

LAYERS, HEADS, WIDTH = 6, 12, 384
NORMAL = 1e-12  # added to a variance
UNSEEN = -1e9  # for what is only there to make texts equally long
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
        """All of them, as floats."""
        start = "inner.embeddings."
        return {
            "words": self._matrix(f"{start}word_embeddings.weight"),
            "places": self._matrix(f"{start}position_embeddings.weight"),
            "types": self._array(f"{start}token_type_embeddings.weight"),
            "norm": (self._array(f"{start}LayerNorm.weight"), self._array(f"{start}LayerNorm.bias")),
            "layers": [self._layer(number) for number in range(LAYERS)],
        }

    def differences(self, first: int, layers: list[dict[str, Any]]) -> dict[str, Any]:
        """What these layers, from number `first` on, make different: bytes by their place in the file."""
        return {
            str(self._place(name)): np.frombuffer(made.tobytes(), np.uint8)
            for number, layer in enumerate(layers, start=first)
            for name, made in self._made(number, layer)
            if made.tobytes() != self._tensors[name].raw_data
        }

    def _made(self, number: int, layer: dict[str, Any]) -> list[tuple[str, Any]]:
        start = f"inner.encoder.layer.{number}"
        made: list[tuple[str, Any]] = []
        for matrix, (key, name) in zip(self._matrices[number * len(PARTS) :], PARTS.items(), strict=False):
            weights, bias = (np.asarray(each, np.float32) for each in layer[key])
            scale = np.abs(weights).max(axis=0, keepdims=True) / LARGEST
            made += [(f"{matrix}_q", np.round(weights / scale).astype(np.int8)), (f"{matrix}_scale", scale)]
            made.append((f"{start}.{name}.bias", bias))
        for key, name in NORMS.items():
            for what, each in zip(("weight", "bias"), layer[key], strict=True):
                made.append((f"{start}.{name}.{what}", np.asarray(each, np.float32)))
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
            key: (self._matrix(matrix), self._array(f"{start}.{name}.bias"))
            for matrix, (key, name) in zip(matrices, PARTS.items(), strict=False)
        }
        for key, name in NORMS.items():
            layer[key] = self._array(f"{start}.{name}.weight"), self._array(f"{start}.{name}.bias")
        return layer

    def _array(self, name: str) -> Any:
        return numpy_helper.to_array(self._tensors[name])

    def _matrix(self, name: str) -> Any:
        return self._array(f"{name}_q").astype(np.float32) * self._array(f"{name}_scale")


def embedded(weights: dict[str, Any], ids: Any) -> Any:
    """Texts as numbers of pieces, shape (texts, length), before the first layer: (texts, length, WIDTH)."""
    vectors = weights["words"][ids] + weights["places"][: ids.shape[1]] + weights["types"][0]
    return _normal(vectors, weights["norm"])


def through(layers: list[dict[str, Any]], vectors: Any, mask: Any) -> Any:
    """`mask` is 1 where there is text, 0 behind its end."""
    for layer in layers:
        vectors = _normal(vectors + _attended(layer, vectors, mask), layer["attended_norm"])
        wide = jax.nn.gelu(_dense(vectors, layer["wide"]), approximate=False)
        vectors = _normal(vectors + _dense(wide, layer["narrow"]), layer["norm"])
    return vectors


def meaning(vectors: Any, mask: Any) -> Any:
    """The mean of a text's vectors, of length one."""
    mean = (vectors * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
    return mean / jnp.linalg.norm(mean, axis=-1, keepdims=True)


def _attended(layer: dict[str, Any], vectors: Any, mask: Any) -> Any:
    texts, length, _ = vectors.shape
    query, key, value = (
        _dense(vectors, layer[name]).reshape(texts, length, HEADS, -1).transpose(0, 2, 1, 3)
        for name in ("query", "key", "value")
    )
    likeness = query @ key.transpose(0, 1, 3, 2) / np.sqrt(WIDTH // HEADS)
    heads = jax.nn.softmax(likeness + (1 - mask)[:, None, None, :] * UNSEEN, axis=-1) @ value
    return _dense(heads.transpose(0, 2, 1, 3).reshape(texts, length, WIDTH), layer["attended"])


def _dense(vectors: Any, part: tuple[Any, Any]) -> Any:
    return vectors @ part[0] + part[1]


def _normal(vectors: Any, norm: tuple[Any, Any]) -> Any:
    middle = vectors - vectors.mean(axis=-1, keepdims=True)
    return middle / jnp.sqrt((middle**2).mean(axis=-1, keepdims=True) + NORMAL) * norm[0] + norm[1]
