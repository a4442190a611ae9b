"""Similar cases among many: ours beside other engines, in one run.

    uv run --group bench python -m benchmarks.similar [--size 1000000] [--texts 20000]

Sentences of the real messages are read with the packaged encoder (kept in `$GONGHUI_VAR/bench` for the next run); a
case mixes sentences of one message and some of another, by a seed, so that near and far cases lie as in the stream.
Queries are 200 cases; `recall` is of the ten nearest by exact cosine, where one that is as near as the tenth counts:
short letters that say the same have the same vector, and which ten of forty come is no error. Each engine searches
with one thread (`OMP_NUM_THREADS=1`). A county sees one case in some thousand, a province one in thirty: an engine
without a filter of its own would have to be asked for so many more. pg_trgm and MinHash compare texts, not vectors,
and are measured on `--texts` cases; of them the ten nearest by the vectors are wanted, which they were not made for:
their time counts.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import DATA, POSTGRES, machine, percentile
from gonghui.brain.neighbours import Asker, Index, Row, build_segment
from gonghui.brain.neighbours.vectors import pack, sentences, unpack
from gonghui.brain.statutes.corpus import read_rows

QUERIES, K = 200, 10


def real_sentences(data: Path) -> tuple[list[str], list[list[int]]]:
    """All sentences once, and each message as numbers of its sentences."""
    number: dict[str, int] = {}
    messages = []
    for name in ("labelled", "replied", "stream"):
        for _, row in read_rows(data / "appeals" / f"{name}.jsonl"):
            parts = sentences(row["text"])[:24]
            if parts:
                messages.append([number.setdefault(part, len(number)) for part in parts])
    return list(number), messages


def sentence_vectors(texts: list[str]) -> Any:
    kept = Path(os.environ.get("GONGHUI_VAR", "var")) / "bench" / "sentences.npy"
    if kept.exists() and len(found := np.load(kept)) == len(texts):
        return found.astype(np.float32)
    from gonghui.brain.encoder import Encoder

    print(f"reading {len(texts)} sentences, some minutes", flush=True)
    vectors = Encoder.default().encode(texts)
    kept.parent.mkdir(parents=True, exist_ok=True)
    np.save(kept, vectors.astype(np.float16))
    return vectors


def cases(size: int, vectors: Any, messages: list[list[int]]) -> tuple[Any, list[list[int]]]:
    """Packed vectors (size, 384) and the sentences of each case."""
    luck = np.random.default_rng(0)
    centred = vectors - vectors.mean(axis=0)
    packed = np.zeros((size, vectors.shape[1]), dtype=np.int8)
    owner, other = luck.integers(0, len(messages), size), luck.integers(0, len(messages), size)
    chosen: list[list[int]] = []
    for at in range(size):
        own, more = messages[owner[at]], messages[other[at]]
        kept = [n for n in own if luck.random() < 0.7] or own[:1]
        chosen.append([*kept, *(n for n in more[:3] if luck.random() < 0.5)])
    for start in range(0, size, 20_000):
        part = chosen[start : start + 20_000]
        flat = np.concatenate([np.array(p) for p in part])
        starts = np.cumsum([0, *(len(p) for p in part)])[:-1]
        packed[start : start + len(part)] = pack(np.add.reduceat(centred[flat], starts, axis=0))
    return packed, chosen


def scopes(size: int) -> list[tuple[str]]:
    """30 provinces, 270 cities, 2,700 counties."""
    luck = np.random.default_rng(1)
    place = luck.integers(0, 2700, size)
    return [
        (f"cn.{10 + p // 90}.{10 + p // 90}{p // 10 % 9:02d}.{10 + p // 90}{p // 10 % 9:02d}{p % 10:02d}",)
        for p in place
    ]


@dataclass(frozen=True)
class Truth:
    """What a search should find: the cosine of the tenth nearest row in sight, a query each."""

    packed: Any
    queries: Any
    tenth: Any
    seen: Any

    def share(self, number: int, found: list[int]) -> float:
        """Share of the ten wanted that were found for one query."""
        rows = np.array([i for i in set(found) if i < len(self.packed) and self.seen[i]], dtype=np.int64)
        near = unpack(self.packed[rows]) @ self.queries[number] >= self.tenth[number] - 1e-5
        return min(K, int(near.sum())) / K


def exact(packed: Any, queries: Any, seen: Any = None) -> Truth:
    """By comparing with every row."""
    seen = np.ones(len(packed), dtype=bool) if seen is None else seen
    best = np.zeros((len(queries), 0), dtype=np.float32)
    for start in range(0, len(packed), 100_000):
        scores = queries @ unpack(packed[start : start + 100_000]).T
        scores[:, ~seen[start : start + 100_000]] = -9
        best = np.concatenate([best, -np.partition(-scores, K - 1, axis=1)[:, :K]], axis=1)
    return Truth(packed, queries, -np.sort(-best, axis=1)[:, K - 1], seen)


def asked(search: Callable[[Any], list[int]], asking: Any, truth: Truth) -> dict[str, Any]:
    times, hits = [], []
    for query in asking[:10]:
        search(query)
    for number, query in enumerate(asking):
        began = time.perf_counter()
        found = search(query)
        times.append(1000 * (time.perf_counter() - began))
        hits.append(truth.share(number, found))
    return {
        "p50_ms": round(percentile(times, 0.5), 2),
        "p99_ms": round(percentile(times, 0.99), 2),
        "recall_10": round(float(np.mean(hits)), 3),
    }


def folder_mb(folder: Path) -> int:
    return round(sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6)


def ours(packed: Any, paths: list[tuple[str]], queries: Any, truths: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.perf_counter()
        build_segment(folder, np.arange(len(packed)), packed, paths, [False] * len(packed))
        built = time.perf_counter() - began
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.perf_counter()
        index = Index(folder)
        opened = time.perf_counter() - began
        county, province = paths[0][0], ".".join(paths[0][0].split(".")[:2])
        result: dict[str, Any] = {
            "build_s": round(built, 1),
            "restart_ms": round(1000 * opened, 1),
            "disk_mb": folder_mb(folder),
        }
        for label, asker in (
            ("nation", Asker(("cn",))),
            ("province", Asker((province,))),
            ("county", Asker((county,))),
        ):
            result[label] = asked(lambda q, a=asker: [i for i, _ in index.search(q, a, K)], queries, truths[label])  # type: ignore[misc]
        rows = [Row(len(packed) + n, packed[n], paths[n]) for n in range(2000)]
        began = time.perf_counter()
        for row in rows:
            index.add([row])
        result["insert_ms"] = round(1000 * (time.perf_counter() - began) / len(rows), 3)
        result["with_2000_new_p99_ms"] = asked(
            lambda q: [i for i, _ in index.search(q, Asker(("cn",)), K)], queries, truths["nation"]
        )["p99_ms"]
        result["peak_memory_mb_after_open"] = round(
            (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        )
        return result


def others(packed: Any, queries: Any, truth: Truth, which: list[str]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    count = len(packed)
    if "faiss" in which:
        import faiss

        faiss.omp_set_num_threads(2)
        lists = max(64, int(count**0.5))
        quantizer = faiss.IndexFlatIP(384)
        index = faiss.IndexIVFScalarQuantizer(
            quantizer, 384, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
        )
        began = time.perf_counter()
        index.train(unpack(packed[:: max(1, count // 60_000)]))
        for start in range(0, count, 100_000):
            index.add(unpack(packed[start : start + 100_000]))
        built = time.perf_counter() - began
        faiss.omp_set_num_threads(1)
        for probe in (32, 128):
            index.nprobe = probe
            result[f"faiss IVF SQ8, nprobe {probe}"] = {
                "build_s": round(built, 1),
                **asked(lambda q: index.search(q[None], K)[1][0].tolist(), queries, truth),
            }
    if "usearch" in which:
        from usearch.index import Index as Graph

        graph = Graph(ndim=384, metric="cos", dtype="i8", connectivity=16, expansion_add=96, expansion_search=128)
        began = time.perf_counter()
        for start in range(0, count, 100_000):
            graph.add(np.arange(start, min(count, start + 100_000)), packed[start : start + 100_000], threads=2)
        built = time.perf_counter() - began
        eight = {id(q): pack(q) for q in queries}
        result["usearch HNSW i8"] = {
            "build_s": round(built, 1),
            "memory_mb": round(graph.memory_usage / 1e6),
            **asked(lambda q: graph.search(eight.get(id(q), pack(q)), K).keys.tolist(), queries, truth),
        }
    if "hnswlib" in which:
        import hnswlib

        graph = hnswlib.Index(space="ip", dim=384)
        graph.init_index(max_elements=count, ef_construction=96, M=16)
        graph.set_num_threads(2)
        began = time.perf_counter()
        for start in range(0, count, 100_000):
            graph.add_items(unpack(packed[start : start + 100_000]), np.arange(start, min(count, start + 100_000)))
        built = time.perf_counter() - began
        graph.set_ef(128)
        graph.set_num_threads(1)
        result["hnswlib HNSW f32"] = {
            "build_s": round(built, 1),
            **asked(lambda q: graph.knn_query(q[None], K)[0][0].tolist(), queries, truth),
        }
    return result


def of_texts(texts: list[str], packed: Any, count: int) -> dict[str, Any]:
    """pg_trgm and MinHash bands on a small part."""
    import psycopg

    from gonghui.brain.similar import bands, fingerprint, near_duplicates

    part = packed[:count]
    picked = np.random.default_rng(3).integers(0, count, 50)
    truth = exact(part, unpack(part[picked]))
    result: dict[str, Any] = {"texts": count}
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        connection.execute("CREATE TEMP TABLE bench_similar (id int PRIMARY KEY, said text)")
        began = time.perf_counter()
        with connection.cursor().copy("COPY bench_similar FROM STDIN") as copy:
            for at in range(count):
                copy.write_row((at, texts[at].replace("\0", "")))
        connection.execute("CREATE INDEX ON bench_similar USING gist (said gist_trgm_ops)")
        built = time.perf_counter() - began

        def trigrams(query: Any) -> list[int]:
            found = connection.execute("SELECT id FROM bench_similar ORDER BY said <-> %s LIMIT 10", (texts[query],))
            return [row[0] for row in found]

        result["pg_trgm (gist, <->)"] = {"build_s": round(built, 1), **asked(trigrams, picked.tolist(), truth)}
    began = time.perf_counter()
    held: dict[str, list[int]] = {}
    for at in range(count):
        for band in bands(fingerprint(texts[at])):
            held.setdefault(band, []).append(at)
    built = time.perf_counter() - began

    def minhash(query: Any) -> list[int]:
        found = {at for band in bands(fingerprint(texts[query])) for at in held.get(band, ())}
        return [at for at, _ in near_duplicates(texts[query], [(at, texts[at]) for at in list(found)[:200]], 0.0)[:10]]

    result["MinHash bands"] = {"build_s": round(built, 1), **asked(minhash, picked.tolist(), truth)}
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--engines", nargs="*", default=["faiss", "usearch", "hnswlib"])
    options = parser.parse_args()
    known, messages = real_sentences(DATA)
    packed, chosen = cases(options.size, sentence_vectors(known), messages)
    paths = scopes(options.size)
    queries = unpack(packed[np.random.default_rng(2).integers(0, options.size, QUERIES)])
    first = paths[0][0]
    province = ".".join(first.split(".")[:2]) + "."
    truths = {
        "nation": exact(packed, queries),
        "province": exact(packed, queries, np.array([p[0].startswith(province) for p in paths])),
        "county": exact(packed, queries, np.array([p[0] == first for p in paths])),
    }
    result: dict[str, Any] = {"size": options.size, "ours": ours(packed, paths, queries, truths)}
    print(json.dumps(result["ours"]), file=sys.stderr, flush=True)
    for engine in options.engines:
        found = others(packed, queries, truths["nation"], [engine])
        # Building takes long: what is known is told.
        print(json.dumps(found), file=sys.stderr, flush=True)
        result |= found
    if options.texts:
        texts = ["".join(known[n] for n in part) for part in chosen[: options.texts]]
        result["by_text"] = of_texts(texts, packed, options.texts)
    print(json.dumps({**result, "machine": machine()}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
