"""A synthetic cohort at scale: one process, two, and a Dask cluster that loses a worker.

    python -m benchmarks.cohort --patients 1000000 --regimens 50

Each way of running is a process of its own; what all of them find and write for the same cohort
is compared byte by byte. Writes `cohort.md`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path

from .patients import make_regimen_texts, write_cohort

HERE = Path(__file__).parent
#: Parts of the patients, and numbers of regimens for a tenth of them, along which costs grow.
TENTH = 10
SHARES = (100, TENTH, 1)
REGIMENS = (5, 15, 50, 120)
#: The way of running that the growth is measured with.
PLAIN = "one process"


@dataclass(frozen=True, slots=True)
class Measured:
    """What a way of running took: seconds of each step, peak memory in MB, hash of the results."""

    patients: int
    genotypes: int
    regimens: int
    read: float
    answer: float
    write: float
    memory: int
    helper_memory: int
    found: str
    way: str = PLAIN
    note: str = ""

    @property
    def throughput(self) -> float:
        """Patients times regimens answered in a second."""
        return self.patients * self.regimens / self.answer


# -- one way of running, in a process of its own --------------------------------------------------


def run_once(asked: argparse.Namespace) -> Measured:
    """Read, answer and write; blocks done and blocks in all go to standard error."""
    import krasbypass as kb
    from krasbypass.cohort import answer_cohort, make_regimens, read_cohort
    from krasbypass.cohort.writing import write_levels_parquet, write_patients

    network = kb.build_signalling_network(kb.load_knowledge(asked.ontology))
    regimens = make_regimens(network.knowledge, make_regimen_texts(asked.regimens))
    marks = [time.perf_counter()]
    cohort = read_cohort(network.knowledge, [asked.cohort])
    marks.append(time.perf_counter())
    answer = answer_cohort(
        network,
        cohort,
        regimens,
        processes=asked.processes,
        scheduler=asked.scheduler,
        work=asked.work,
        explain=0,
        progress=lambda done, total: print(done, total, file=sys.stderr, flush=True),
    )
    marks.append(time.perf_counter())
    with tempfile.TemporaryDirectory(dir=asked.cohort.parent) as name:
        folder = Path(name)
        write_levels_parquet(folder / "levels.parquet", answer)
        with (folder / "patients.tsv").open("w", encoding="utf-8") as handle:
            write_patients(handle, answer)
        marks.append(time.perf_counter())
        found = hash_files(folder)
    return Measured(
        len(cohort.ids),
        len(cohort.genotypes),
        len(regimens),
        *(b - a for a, b in pairwise(marks)),
        memory=_read_peak(resource.RUSAGE_SELF),
        helper_memory=_read_peak(resource.RUSAGE_CHILDREN),
        found=found,
    )


def hash_files(folder: Path) -> str:
    """Return the hash of all files of a run."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        with path.open("rb") as handle:
            digest.update(hashlib.file_digest(handle, "sha256").digest())
    return digest.hexdigest()


def _read_peak(who: int) -> int:
    """Return megabytes; of children, those of the largest that has ended."""
    return resource.getrusage(who).ru_maxrss // 1024


# -- all ways, side by side -----------------------------------------------------------------------


class Run:
    """A way of running that has been started."""

    def __init__(self, cohort: Path, ontology: Path | None, regimens: int, *options: str) -> None:
        command = [sys.executable, "-m", "benchmarks.cohort", "--once", str(cohort)]
        command += ["--regimens", str(regimens), *options]
        command += ["--ontology", str(ontology)] if ontology else []
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True)
        self.printed: list[str] = []

    def follow(self) -> Iterator[tuple[int, int]]:
        """Yield blocks done and blocks in all, as the run tells them."""
        for line in self.process.stderr:
            self.printed.append(line)
            counts = line.split()  # a scheduler's log begins with a date
            if len(counts) == 2 and all(count.isdecimal() for count in counts):
                yield int(counts[0]), int(counts[1])

    def finish(self) -> Measured:
        """Wait for the end and return what the run printed."""
        list(self.follow())
        text = self.process.stdout.read()
        if self.process.wait():
            raise RuntimeError("".join(self.printed[-20:]))
        return Measured(**json.loads(text.splitlines()[-1]))

    def kill(self) -> None:
        """End the run without a word."""
        self.process.kill()
        self.process.communicate()


class Cluster:
    """A scheduler and workers as processes of their own, so that one can be killed."""

    def __init__(self, workers: int) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        self.folder = tempfile.TemporaryDirectory()
        self.processes = [
            self._start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port),
                        "--no-dashboard", "--no-show")
        ]  # fmt: skip
        time.sleep(2)
        for _ in range(workers):
            self.processes.append(
                self._start("distributed.cli.dask_worker", self.address, "--nthreads", "1", "--no-nanny",
                            "--no-dashboard", "--local-directory", self.folder.name)
            )  # fmt: skip
        time.sleep(2)

    def _start(self, module: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", module, *options]
        quiet = subprocess.DEVNULL
        return subprocess.Popen(command, stdout=quiet, stderr=quiet)

    def kill_worker(self) -> None:
        """Kill the first worker as the machine would: without a word."""
        os.kill(self.processes[1].pid, signal.SIGKILL)

    def close(self) -> int:
        """End all processes that were started; return the memory of the largest in MB."""
        largest = 0
        for process in self.processes[::-1]:
            os.kill(process.pid, signal.SIGKILL)  # Popen.kill would take the usage of a dead one
            _, _, used = os.wait4(process.pid, 0)
            largest = max(largest, used.ru_maxrss // 1024)
            process.returncode = -signal.SIGKILL
        self.folder.cleanup()
        return largest


def run_with_killed_worker(start: Callable[..., Run]) -> Measured:
    """Run on two workers, one of which is killed when a third of the blocks is done."""
    cluster = Cluster(2)
    note = "too few blocks for it"
    try:
        run = start("--scheduler", cluster.address)
        for done, total in run.follow():
            if done * 3 >= total > done:
                cluster.kill_worker()
                note = f"killed after {done} of {total} blocks"
                break
        measured = run.finish()
    finally:
        largest = cluster.close()
    return replace(measured, helper_memory=largest, note=note)


def run_interrupted(start: Callable[..., Run], work: Path) -> Measured:
    """Kill a run half way and start it again over the same work folder."""
    run = start("--work", str(work))
    done = total = 0
    for done, total in run.follow():
        if done * 2 >= total:
            break
    run.kill()
    measured = start("--work", str(work)).finish()
    return replace(measured, note=f"{done} of {total} blocks were kept; seconds of the rest")


def run_all(asked: argparse.Namespace, folder: Path) -> Iterator[Measured]:
    """Yield one process along patients and along regimens, then the other ways on all of both."""

    def start(patients: int, regimens: int, *options: str) -> Run:
        cohort = folder / f"cohort-{patients}.tsv"
        if not cohort.exists():
            write_cohort(cohort, patients, asked.ontology, background=asked.background)
        return Run(cohort, asked.ontology, regimens, *options)

    sizes = {(asked.patients // share, asked.regimens) for share in SHARES}
    sizes |= {(asked.patients // TENTH, regimens) for regimens in REGIMENS}
    for size in sorted(sizes):
        yield start(*size).finish()

    def start_whole(*options: str) -> Run:
        return start(asked.patients, asked.regimens, *options)

    yield replace(start_whole("--processes", "2").finish(), way="two processes")
    way = "Dask, one of two workers killed"
    yield replace(run_with_killed_worker(start_whole), way=way)
    way = "interrupted, resumed"
    yield replace(run_interrupted(start_whole, folder / "work"), way=way)


# -- the tables -----------------------------------------------------------------------------------

COLUMNS = (
    "way", "patients", "genotypes", "regimens", "read, s", "answer, s", "write, s",
    "patient-regimens a second", "memory, MB", "largest helper, MB", "note",
)  # fmt: skip


def has_equal_results(runs: Iterable[Measured]) -> bool:
    """Whether all runs of the same patients under the same regimens wrote the same bytes."""
    written = {(run.patients, run.regimens, run.found) for run in runs}
    return len(written) == len({(patients, regimens) for patients, regimens, _ in written})


def write_results(runs: Iterable[Measured], asked: argparse.Namespace, path: Path) -> None:
    """Write the ways of running side by side, and how one process grows along each axis."""
    runs = tuple(runs)
    plain = [run for run in runs if run.way == PLAIN]
    equal = "equal" if has_equal_results(runs) else "NOT EQUAL"
    lines = [
        "# A cohort at scale",
        "",
        f"Made by `python -m benchmarks.cohort --patients {asked.patients} --regimens {asked.regimens}`;",
        "patients are drawn from the frequencies that the ontology records. Seconds of the clock on",
        f"a machine of {os.cpu_count()} processors, peak memory; a network that was loaded before. Identical",
        "genotypes are answered once. Memory of helpers, that of the largest, counts what they share.",
        f"What the ways of running wrote for all patients is {equal}, byte by byte.",
    ]
    parts = {
        "Ways of running": [r for r in runs if r.patients == asked.patients],
        "More patients": [r for r in plain if r.regimens == asked.regimens],
        "More regimens": [r for r in plain if r.patients == asked.patients // TENTH],
    }
    for title, found in parts.items():
        lines += ["", f"## {title}", "", *_write_rows(found)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_rows(runs: Iterable[Measured]) -> Iterator[str]:
    yield f"| {' | '.join(COLUMNS)} |"
    yield f"|---|{'---:|' * (len(COLUMNS) - 2)}---|"
    for run in runs:
        sizes = (run.patients, run.genotypes, run.regimens)
        seconds = (run.read, run.answer, run.write)
        cells = [run.way, *(f"{size:,}" for size in sizes), *(f"{s:,.1f}" for s in seconds)]
        cells += [f"{run.throughput:,.0f}", f"{run.memory:,}"]
        cells += [f"{run.helper_memory:,}" if run.helper_memory else "", run.note]
        yield f"| {' | '.join(cells)} |"


def main() -> None:
    """Run all ways side by side and write the tables; ends with 1 if results differ."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cohort", description=__doc__)
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--regimens", type=int, default=50)
    parser.add_argument(
        "--background", type=float, default=0.003, help="rate of every other alteration"
    )
    parser.add_argument("--ontology", type=Path, help="another ontology than the packaged one")
    parser.add_argument("--out", type=Path, default=HERE, help="where cohort.md goes")
    parser.add_argument("--once", type=Path, dest="cohort", help=argparse.SUPPRESS)
    parser.add_argument("--processes", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--scheduler", help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.cohort is not None:
        print(json.dumps(asdict(run_once(asked))))
        return
    runs: list[Measured] = []
    with tempfile.TemporaryDirectory() as folder:
        for run in run_all(asked, Path(folder)):
            runs.append(run)
            print(f"{run.way}, {run.patients:,} patients: {run.answer:.1f} s", file=sys.stderr)
            write_results(runs, asked, asked.out / "cohort.md")  # a stopped run leaves its figures
    print((asked.out / "cohort.md").read_text(encoding="utf-8"))
    sys.exit(not has_equal_results(runs))


if __name__ == "__main__":
    main()
