"""Blocks of genotypes: what they are called, what answers them, and how a result is kept.

A block is known by the hash of all that its answer depends on: the ontology's content, the
hypotheses, the regimens and its genotypes. A result is bytes, the same wherever it was made.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

import numpy as np
import numpy.typing as npt

from krasbypass.cohort.circuit import Codes
from krasbypass.cohort.kernel import Kernel
from krasbypass.cohort.model import SharedGenotype
from krasbypass.cohort.regimens import Regimen
from krasbypass.errors import KrasbypassError, OutputFileError
from krasbypass.network import Network

#: Raised when what a block's bytes mean changes.
FORMAT = 1
#: Genotypes answered together; under 50 regimens some 200,000 scenarios.
BLOCK_GENOTYPES = 4096
_MAGIC = b"krasbypass cohort block\n"
_SIZES = struct.Struct("<IIII")


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive genotypes of a cohort and the hash of all that their answer depends on."""

    number: int
    key: str
    genotypes: tuple[SharedGenotype, ...] = field(repr=False)


@dataclass(frozen=True)
class Task:
    """What all blocks of a run have in common, as any process can take it up."""

    key: str
    network: Network = field(repr=False)
    regimens: tuple[Regimen, ...]
    scenarios: int

    def dump(self) -> bytes:
        """Return the task as bytes for another process."""
        return pickle.dumps((FORMAT, self))

    def make_kernel(self) -> Kernel:
        """Return what answers blocks of this task."""
        return Kernel(self.network, self.regimens, scenarios=self.scenarios)


class OtherVersionError(KrasbypassError):
    """A worker runs a krasbypass that makes other blocks than this one."""

    def sentence(self) -> str:
        """Say what to do."""
        return "a worker has another version of krasbypass; install the same one everywhere"


def load_task(data: bytes) -> Task:
    """Read what `Task.dump` wrote.

    Raises
    ------
    OtherVersionError
        It was written by a version that makes other blocks.
    """
    version, task = pickle.loads(data)
    if version != FORMAT or not isinstance(task, Task):
        raise OtherVersionError
    return task


def make_task(network: Network, regimens: Sequence[Regimen], scenarios: int) -> Task:
    """Return the task of asking under `regimens`, its key from the content of all it rests on."""
    knowledge = network.knowledge
    digest = hashlib.sha256(f"{FORMAT}\n{network.hypotheses}\n".encode())
    digest.update(json.dumps(knowledge.index, sort_keys=True).encode())
    digest.update(json.dumps([str(rule) for rule in network.rules]).encode())
    digest.update(json.dumps([r.drugs for r in regimens]).encode())
    return Task(digest.hexdigest(), network, tuple(regimens), scenarios)


def make_blocks(
    task: Task, genotypes: Sequence[SharedGenotype], *, size: int = BLOCK_GENOTYPES
) -> Iterator[Block]:
    """Yield the genotypes in blocks, in order."""
    for number, start in enumerate(range(0, len(genotypes), size)):
        part = tuple(genotypes[start : start + size])
        text = "\n".join("\t".join((g.tissue, *g.entries)) for g in part)
        key = hashlib.sha256(f"{task.key}\n{text}".encode()).hexdigest()
        yield Block(number, key, part)


def answer_block(kernel: Kernel, genotypes: Sequence[SharedGenotype]) -> bytes:
    """Return the answer of a block as bytes."""
    return pack_codes(kernel.answer(genotypes))


def pack_codes(codes: Codes) -> bytes:
    """Return codes (genotypes × regimens × outputs) as bytes: distinct rows, and which is where.

    Examples
    --------
    >>> codes = np.array([[[1, 2], [1, 2]], [[0, 5], [1, 2]]], np.uint8)
    >>> patterns, which = unpack_codes(pack_codes(codes))
    >>> bool((patterns[which] == codes).all()), len(patterns)
    (True, 2)
    """
    genotypes, regimens, outputs = codes.shape
    flat = codes.reshape(-1, outputs)
    _, first, which = np.unique(number_rows(flat), return_index=True, return_inverse=True)
    patterns = flat[first]
    body = zlib.compress(patterns.tobytes() + which.astype("<u4").tobytes(), 1)
    head = _SIZES.pack(genotypes, regimens, outputs, len(patterns))
    return _MAGIC + hashlib.sha256(head + body).digest() + head + body


def number_rows(codes: Codes) -> npt.NDArray[np.uint64]:
    """Return numbers that are equal where rows of codes are.

    >>> [int(n) for n in number_rows(np.array([[1, 0], [0, 1], [1, 0]], np.uint8))]
    [1, 2, 1]
    """
    bases = [int(column.max(initial=0)) + 1 for column in codes.T]
    if prod(bases) > 1 << 64:
        _, which = np.unique(codes, axis=0, return_inverse=True)
        return which.astype(np.uint64).ravel()
    numbers = np.zeros(len(codes), np.uint64)
    for column, base in zip(codes.T[::-1], bases[::-1], strict=True):
        numbers = numbers * np.uint64(base) + column
    return numbers


def unpack_codes(data: bytes) -> tuple[Codes, npt.NDArray[np.uint32]]:
    """Return the distinct rows (patterns × outputs) and their numbers (genotypes × regimens).

    Raises
    ------
    ValueError
        The bytes are not whole.
    """
    start = len(_MAGIC)
    check, rest = data[start : start + 32], data[start + 32 :]
    if not data.startswith(_MAGIC) or hashlib.sha256(rest).digest() != check:
        raise ValueError("the block is damaged")
    genotypes, regimens, outputs, count = _SIZES.unpack_from(rest)
    body = zlib.decompress(rest[_SIZES.size :])
    cut = count * outputs
    patterns = np.frombuffer(body[:cut], np.uint8).reshape(count, outputs)
    which = np.frombuffer(body[cut:], "<u4").reshape(genotypes, regimens)
    return patterns, which


class Store:
    """Results of blocks by key: in memory, or in a folder that outlives the run."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._kept: dict[str, bytes] = {}
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                reason = error.strerror or "it cannot be made"
                raise OutputFileError(
                    f"cannot use the work folder {str(folder)!r}", reason
                ) from error

    def find(self, key: str) -> bytes | None:
        """Return a result that is there and whole."""
        if self.folder is None:
            return self._kept.get(key)
        try:
            data = self._path(key).read_bytes()
            unpack_codes(data)
        except (OSError, ValueError, zlib.error, struct.error):
            return None
        return data

    def keep(self, key: str, data: bytes) -> None:
        """Keep a result; a file is written whole or not at all."""
        if self.folder is None:
            self._kept[key] = data
            return
        path = self._path(key)
        part = path.with_suffix(f".{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(data)
            part.replace(path)
        except OSError as error:
            reason = error.strerror or "the disk"
            raise OutputFileError(f"cannot write {str(path)!r}", reason) from error

    def _path(self, key: str) -> Path:
        assert self.folder is not None
        return self.folder / key[:2] / f"{key}.block"
