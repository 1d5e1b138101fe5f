"""The numpy engine: circuits over planes of 64 scenarios a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from krasbypass.screen.circuit import FIRST_INPUT, ONE, Circuit, Code, Loop, Op

#: Bits of many scenarios, 64 a word, the first scenario in the lowest bit.
Plane: TypeAlias = npt.NDArray[np.uint64]
#: Several planes: rows of a table, or separate.
Planes: TypeAlias = Sequence[Plane] | npt.NDArray[np.uint64]

_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_UFUNC = {Code.AND: np.bitwise_and, Code.OR: np.bitwise_or}


#: Words in a cache line, which is also what compiled code takes at once.
LINE = 8


def allocate_planes(count: int, words: int) -> npt.NDArray[np.uint64]:
    """Return `count` empty planes that start on cache lines and do not compete for them.

    >>> allocate_planes(3, 5).shape
    (3, 5)
    """
    lines = -(-words // LINE) | 1  # an odd stride spreads the rows over the cache
    room = np.empty((count * lines + 1) * LINE, np.uint64)
    skip = -room.__array_interface__["data"][0] % (8 * LINE) // 8
    return room[skip : skip + count * lines * LINE].reshape(count, lines * LINE)[:, :words]


def run_with_numpy(circuit: Circuit, inputs: Planes, words: int) -> list[Plane]:
    """Return the planes of the circuit's outputs.

    Parameters
    ----------
    circuit
        What to compute.
    inputs
        One plane of `words` words for each input; never written to.
    words
        Length of all planes.

    Returns
    -------
    list of arrays
        In the order of `circuit.outputs`; to be read only.

    Examples
    --------
    >>> from krasbypass.screen.circuit import Builder
    >>> builder = Builder(2)
    >>> circuit = builder.finish([builder.both(builder.input(0), builder.input(1))])
    >>> planes = [np.array([0b0011], np.uint64), np.array([0b0101], np.uint64)]
    >>> [int(plane[0]) for plane in run_with_numpy(circuit, planes, 1)]
    [1]
    """
    values: dict[int, Plane] = {
        0: np.zeros(words, np.uint64),
        ONE: np.full(words, _ALL, np.uint64),
    }
    for number, plane in enumerate(inputs):
        values[FIRST_INPUT + number] = plane
    last_use = circuit.last_uses
    pool: list[Plane] = []
    for number, step in enumerate(circuit.steps):
        if isinstance(step, Loop):
            _run_loop(step, values, words)
        else:
            _run_op(step, values, pool.pop() if pool else np.empty(words, np.uint64))
        for value in last_use.get(number, ()):
            pool.append(values.pop(value))
    return [values[value] for value in circuit.outputs]


def _run_op(op: Op, values: dict[int, Plane], out: Plane) -> None:
    if op.code is Code.NOT:
        np.invert(values[op.left], out=out)
    else:
        _UFUNC[op.code](values[op.left], values[op.right], out=out)
    values[op.target] = out


def _run_loop(loop: Loop, values: dict[int, Plane], words: int) -> None:
    for op in loop.body:
        values[op.target] = np.empty(words, np.uint64)
    for phi in loop.phis:
        values[phi.target] = values[phi.initial].copy()
    while True:
        for op in loop.body:
            _run_op(op, values, values[op.target])
        if all(np.array_equal(values[phi.target], values[phi.update]) for phi in loop.phis):
            return
        for phi in loop.phis:
            np.copyto(values[phi.target], values[phi.update])
