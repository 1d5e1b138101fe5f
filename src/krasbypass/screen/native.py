"""The compiled engine: a circuit as LLVM code for this processor, 512 scenarios a step.

Needs llvmlite (extra ``fast``). Object code is kept in the user's cache folder, named by the hash
of the circuit, the processor and the versions that made it; a damaged entry is made anew.
"""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Iterator
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from krasbypass.reasoning import find_cache, read_sealed, store_sealed
from krasbypass.screen.arrays import LINE, Plane, Planes, allocate_planes
from krasbypass.screen.circuit import FIRST_INPUT, ONE, ZERO, Circuit, Code, Loop, Op

if TYPE_CHECKING:
    from collections.abc import Callable

    Kernel = Callable[[int, int, int], None]

#: Words in one vector.
LANES = LINE
_VECTOR = f"<{LANES} x i64>"
_ONES = f"<{', '.join(['i64 -1'] * LANES)}>"
_WORD = {Code.AND: "and", Code.OR: "or", Code.NOT: "xor"}
#: Names each linked circuit apart, should one be linked again.
_LINKED = count()
#: Raised when the code that is written for a circuit, or the form of a cache entry, changes.
_FORMAT = "2"


def run_native(circuit: Circuit, inputs: Planes, words: int) -> list[Plane]:
    """Return the planes of the circuit's outputs, the same bits as `run_with_numpy`.

    Raises
    ------
    ImportError
        llvmlite is not installed.
    """
    kernel = _kernel(circuit)
    planes = _contiguous(inputs)
    outputs = allocate_planes(len(circuit.outputs), words)
    whole = words - words % LANES
    if whole:
        _call(kernel, _addresses(planes), _rows(outputs), whole)
    if whole < words:
        tails = np.zeros((max(1, len(planes)), LANES), np.uint64)
        if isinstance(planes, np.ndarray):
            tails[: len(planes), : words - whole] = planes[:, whole:]
        else:
            for tail, plane in zip(tails, planes, strict=False):
                tail[: words - whole] = plane[whole:]
        found = np.empty((max(1, len(circuit.outputs)), LANES), np.uint64)
        _call(kernel, _rows(tails), _rows(found), LANES)
        outputs[:, whole:] = found[: len(outputs), : words - whole]
    return list(outputs)


def _call(kernel: Kernel, inputs: Plane, outputs: Plane, words: int) -> None:
    pointers = (inputs.__array_interface__["data"][0], outputs.__array_interface__["data"][0])
    kernel(*pointers, words)


def _contiguous(inputs: Planes) -> Planes:
    if isinstance(inputs, np.ndarray) and inputs.strides[1] == inputs.itemsize:
        return inputs
    return [np.ascontiguousarray(plane, np.uint64) for plane in inputs]


def _addresses(planes: Planes) -> Plane:
    if isinstance(planes, np.ndarray):
        return _rows(planes)
    return np.array([plane.__array_interface__["data"][0] for plane in planes], np.uint64)


def _rows(table: Plane) -> Plane:
    first = table.__array_interface__["data"][0]
    return np.uint64(first) + np.arange(len(table), dtype=np.uint64) * np.uint64(table.strides[0])


@lru_cache(maxsize=4096)
def _kernel(circuit: Circuit) -> Kernel:
    import llvmlite.binding as llvm

    key = hashlib.sha256(f"{circuit.key()}{_made_with()}".encode()).hexdigest()
    code = _load_or_compile(circuit, find_cache() / "screen" / f"{key}.o")
    library = llvm.JITLibraryBuilder().add_object_img(code).export_symbol("run")
    tracker = library.link(_jit(), f"{key}.{next(_LINKED)}")
    prototype = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
    function = prototype(tracker["run"])
    function.tracker = tracker  # type: ignore[attr-defined]  # the code lives as long as this
    return function


@lru_cache(maxsize=1)
def _made_with() -> str:
    """Return what compiled code depends on beside the circuit."""
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features().flatten()
    return repr((_FORMAT, llvm.llvm_version_info, llvm.get_host_cpu_name(), features))


def _target_machine() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=1,
        jit=True,
    )


@lru_cache(maxsize=1)
def _jit() -> Any:
    import llvmlite.binding as llvm

    return llvm.create_lljit_compiler(_target_machine())


@lru_cache(maxsize=1)
def _compiler() -> Any:
    return _target_machine()


def _load_or_compile(circuit: Circuit, stored: Path) -> bytes:
    """Return the object code of a circuit, from the cache if it is there."""
    import llvmlite.binding as llvm

    if (kept := read_sealed(stored)) is not None:
        return kept
    machine = _compiler()
    module = llvm.parse_assembly("\n".join(write_assembly(circuit)))
    module.triple = machine.triple
    module.data_layout = str(machine.target_data)
    code: bytes = machine.emit_object(module)
    store_sealed(stored, code)
    return code


def write_assembly(circuit: Circuit) -> Iterator[str]:
    """Yield the lines of LLVM assembly of a circuit."""
    yield "define void @run(ptr noalias readonly %in, ptr noalias readonly %out, i64 %words) {"
    yield "start:"
    for number in range(circuit.inputs):
        yield f"  %ia{number} = getelementptr ptr, ptr %in, i64 {number}"
        yield f"  %ip{number} = load ptr, ptr %ia{number}"
    for number in range(len(circuit.outputs)):
        yield f"  %oa{number} = getelementptr ptr, ptr %out, i64 {number}"
        yield f"  %op{number} = load ptr, ptr %oa{number}"
    yield "  br label %block"
    yield "block:"
    yield "  %at = phi i64 [ 0, %start ], [ %then, %done ]"
    for number in range(circuit.inputs):
        value = FIRST_INPUT + number
        yield f"  %ie{number} = getelementptr i64, ptr %ip{number}, i64 %at"
        yield f"  %v{value} = load {_VECTOR}, ptr %ie{number}, align 8"
    label = "block"
    for number, step in enumerate(circuit.steps):
        if isinstance(step, Op):
            yield _line(step)
        else:
            yield from _loop_lines(step, number, label)
            label = f"after{number}"
    yield "  br label %done"
    yield "done:"
    for number, value in enumerate(circuit.outputs):
        yield f"  %oe{number} = getelementptr i64, ptr %op{number}, i64 %at"
        yield f"  store {_VECTOR} {_name(value)}, ptr %oe{number}, align 8"
    yield f"  %then = add i64 %at, {LANES}"
    yield "  %more = icmp ult i64 %then, %words"
    yield "  br i1 %more, label %block, label %end"
    yield "end:"
    yield "  ret void"
    yield "}"


def _name(value: int) -> str:
    return {ZERO: "zeroinitializer", ONE: _ONES}.get(value, f"%v{value}")


def _line(op: Op) -> str:
    right = _ONES if op.code is Code.NOT else _name(op.right)
    return f"  %v{op.target} = {_WORD[op.code]} {_VECTOR} {_name(op.left)}, {right}"


def _loop_lines(loop: Loop, number: int, before: str) -> Iterator[str]:
    yield f"  br label %loop{number}"
    yield f"loop{number}:"
    for phi in loop.phis:
        yield (
            f"  %v{phi.target} = phi {_VECTOR} [ {_name(phi.initial)}, %{before} ], "
            f"[ {_name(phi.update)}, %loop{number} ]"
        )
    for op in loop.body:
        yield _line(op)
    changed = "zeroinitializer"
    for place, phi in enumerate(loop.phis):
        name = f"%c{number}.{place}"
        yield f"  {name} = xor {_VECTOR} {_name(phi.target)}, {_name(phi.update)}"
        yield f"  {name}.all = or {_VECTOR} {changed}, {name}"
        changed = f"{name}.all"
    bits = LANES * 64
    yield f"  %d{number} = bitcast {_VECTOR} {changed} to i{bits}"
    yield f"  %e{number} = icmp ne i{bits} %d{number}, 0"
    yield f"  br i1 %e{number}, label %loop{number}, label %after{number}"
    yield f"after{number}:"
