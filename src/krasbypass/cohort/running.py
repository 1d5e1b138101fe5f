"""Blocks answered here, in processes of this machine, or on a Dask cluster: the same bytes.

Whatever runs the blocks hands back bytes that depend on the block alone, so that how they were
spread, and in which order they came back, leaves no trace.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from krasbypass.cohort.blocks import Block, Store, Task, answer_block, load_task
from krasbypass.cohort.kernel import Kernel
from krasbypass.cohort.model import SharedGenotype
from krasbypass.errors import KrasbypassError

#: Called with the blocks that are done and those there are.
Progress = Callable[[int, int], None]
#: Blocks under way for each process or thread of a cluster, which bounds the memory.
_AHEAD = 3
#: How often in a row workers may die without any block coming back.
_PATIENCE = 5


class ClusterError(KrasbypassError):
    """A cluster, or the processes of this machine, cannot be used."""


def run_blocks(
    task: Task,
    blocks: Sequence[Block],
    store: Store,
    *,
    processes: int = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> None:
    """Answer all blocks that the store does not have yet and keep them there.

    Parameters
    ----------
    task
        What the blocks have in common.
    blocks
        The blocks.
    store
        Has the results of earlier runs, and gets the others as they come.
    processes
        Processes of this machine; one means this one.
    scheduler
        Address of a Dask scheduler, instead of processes of this machine.
    progress
        Called after each block.

    Raises
    ------
    ClusterError
        The cluster cannot be reached, or workers die again and again.
    """
    missing = [block for block in blocks if store.find(block.key) is None]
    done = len(blocks) - len(missing)
    if progress is not None:
        progress(done, len(blocks))
    for block, data in _run(task, missing, processes, scheduler):
        store.keep(block.key, data)
        done += 1
        if progress is not None:
            progress(done, len(blocks))


def _run(
    task: Task, blocks: list[Block], processes: int, scheduler: str | None
) -> Iterator[tuple[Block, bytes]]:
    if not blocks:
        return iter(())
    if scheduler is not None:
        return run_on_cluster(task, blocks, scheduler)
    if processes > 1 and len(blocks) > 1:
        return run_in_processes(task, blocks, min(processes, len(blocks)))
    return run_here(task, blocks)


def run_here(task: Task, blocks: Iterable[Block]) -> Iterator[tuple[Block, bytes]]:
    """Yield the blocks with their results, one after the other."""
    kernel = task.make_kernel()
    for block in blocks:
        yield block, answer_block(kernel, block.genotypes)


# -- processes of this machine ------------------------------------------------------------------


def run_in_processes(
    task: Task, blocks: Iterable[Block], count: int
) -> Iterator[tuple[Block, bytes]]:
    """Yield the blocks with their results as they come; what a killed process had is asked again.

    Raises
    ------
    ClusterError
        Processes die again and again without any block coming back.
    """
    waiting = list(blocks)[::-1]
    data = task.dump()
    failures = 0
    while waiting:
        pool = ProcessPoolExecutor(count, initializer=_start_worker, initargs=(data,))
        running: dict[Future[bytes], Block] = {}
        try:
            while waiting or running:
                while waiting and len(running) < _AHEAD * count:
                    block = waiting.pop()
                    running[pool.submit(_answer_here, block.genotypes)] = block
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    found = future.result()
                    failures = 0
                    yield running.pop(future), found
        except BrokenProcessPool as error:
            waiting += sorted(running.values(), key=lambda b: -b.number)
            failures += 1
            if failures > _PATIENCE:
                raise ClusterError("the processes of this machine die again and again") from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


_kernel: Kernel | None = None


def _start_worker(data: bytes) -> None:
    global _kernel
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _kernel = load_task(data).make_kernel()


def _end_with_parent() -> None:
    """End this process when the one that started it has died without a word, killed for one."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _answer_here(genotypes: Sequence[SharedGenotype]) -> bytes:
    assert _kernel is not None
    return answer_block(_kernel, genotypes)


# -- a Dask cluster -----------------------------------------------------------------------------


def run_on_cluster(
    task: Task, blocks: Iterable[Block], address: str
) -> Iterator[tuple[Block, bytes]]:
    """Yield the blocks with their results as they come from a Dask cluster.

    The task travels to each worker once; a worker that dies costs the blocks it had under way,
    which others answer.

    Raises
    ------
    ClusterError
        dask.distributed is not installed, the scheduler does not answer, or a block fails.
    """
    try:
        import distributed
    except ImportError as error:
        raise ClusterError(
            "a cluster needs dask.distributed; install it with: pip install 'krasbypass[scale]'"
        ) from error
    library: Any = distributed  # its calls are untyped
    try:
        client = library.Client(address, timeout="10s", set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterError(f"no Dask scheduler answers at {address!r}") from error
    waiting = list(blocks)[::-1]
    with client:
        # as the result of a task, and not as scattered data, it is made again if it is lost
        shared = client.submit(bytes, task.dump(), key=f"krasbypass-task-{task.key}")
        coming = library.as_completed(loop=client.loop)
        running: dict[str, Block] = {}

        def submit_more() -> None:
            threads = sum(client.nthreads().values())
            while waiting and len(running) < _AHEAD * max(1, threads):
                block = waiting.pop()
                key = f"krasbypass-block-{block.key}"
                running[key] = block
                coming.add(client.submit(_answer_there, task.key, shared, block.genotypes, key=key))

        submit_more()
        for future in coming:
            block = running.pop(future.key)
            yield block, _fetch(future)
            submit_more()


def _fetch(future: Any) -> bytes:
    try:
        found: bytes = future.result()
    except KrasbypassError:
        raise
    except Exception as error:  # whatever a worker raised: the cluster is not ours
        raise ClusterError("a block failed on the cluster", str(error)) from error
    future.release()
    return found


_local = threading.local()


def _answer_there(key: str, data: bytes, genotypes: Sequence[SharedGenotype]) -> bytes:
    """Answer a block on a worker, whose threads each keep the kernel of the task at hand."""
    if getattr(_local, "key", None) != key:
        _local.kernel = load_task(data).make_kernel()
        _local.key = key
    return answer_block(_local.kernel, genotypes)
