"""A synthetic cohort at scale: one process, two, and a Dask cluster that loses a worker.

    python -m benchmarks.cohort --patients 1000000 --regimens 50

Patients are drawn from the frequencies that the ontology records (KRAS by tissue, its alleles,
co-mutations), and every other alteration of the catalogue at a small rate, so that many genotypes
are distinct. Each way of running is a process of its own, whose peak memory counts its children;
the results of all are compared byte by byte.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from krasbypass.knowledge import Knowledge, load_full_knowledge
from krasbypass.vocabulary import C, P

TISSUES = {"NSCLC": 4, "CRC": 4, "PDAC": 2}
SINGLE = (
    "sotorasib", "adagrasib", "divarasib", "daraxonrasib", "zoldonrasib", "trametinib", "binimetinib",
    "cetuximab", "afatinib", "TNO155", "BI 1701963", "alpelisib", "everolimus", "palbociclib", "capivasertib",
)  # fmt: skip


# -- the cohort ---------------------------------------------------------------------------------


class Sampler:
    """Draws tumours by what the ontology records of each tissue."""

    def __init__(self, knowledge: Knowledge, *, background: float, seed: int) -> None:
        self.knowledge = knowledge
        self.rng = random.Random(seed)
        self.kras: dict[str, float] = {}
        self.alleles: dict[str, list[tuple[str, float]]] = {}
        self.beside: dict[str, list[tuple[str, float]]] = {}
        self.background = background
        for tissue in TISSUES:
            self._read(tissue)
        self.others = sorted(
            node
            for node, a in knowledge.alterations.items()
            if C.RAS_GENE not in knowledge.classes(a.gene)
            and len(a.parts) < 2
            and a.node.partition(":")[2] not in ("act", "low", "mut")
        )

    def _read(self, tissue: str) -> None:
        known = self.knowledge
        genes: dict[str, list[float]] = defaultdict(list)
        alleles: dict[str, list[float]] = defaultdict(list)
        for term in known.instances("Prevalence"):
            if tissue not in known.values(term, P.OF_TISSUE):
                continue
            share = self._share(term)
            counted = known.values(term, "countsAlteration")
            if share is None:
                continue
            if len(counted) == 1 and known.node(counted[0]).startswith("KRAS:"):
                alleles[known.node(counted[0])].append(share)
            elif len(found := known.values(term, "countsGene")) == 1:
                genes[known.label(found[0])].append(share)
        mean = {gene: sum(v) / len(v) for gene, v in genes.items()}
        self.kras[tissue] = mean.pop("KRAS", 0.3)
        shares = {a: sum(v) / len(v) for a, v in alleles.items()}
        rest = [
            n for n, a in known.alterations.items() if n.startswith("KRAS:G1") and len(a.parts) < 2
        ]
        for node in rest:
            shares.setdefault(node, 0.01)
        self.alleles[tissue] = sorted(shares.items())
        entries = []
        for gene, share in sorted(mean.items()):
            for kind in ("loss", "mut"):
                if f"{gene}:{kind}" in known.alterations:
                    entries.append((f"{gene}:{kind}", share))
                    break
        self.beside[tissue] = entries

    def _share(self, term: str) -> float | None:
        values = [self.knowledge.value(term, p) for p in ("value", "rangeLow", "rangeHigh")]
        found = [float(v) for v in values if v is not None]
        return sum(found) / len(found) / 100 if found else None

    def draw(self) -> tuple[str, list[str]]:
        """Return the tissue and the alterations of a patient."""
        rng = self.rng
        tissue = rng.choices(list(TISSUES), list(TISSUES.values()))[0]
        entries = []
        if rng.random() < self.kras[tissue]:
            nodes, weights = zip(*self.alleles[tissue], strict=True)
            entries.append(rng.choices(nodes, weights)[0])
        entries += [entry for entry, share in self.beside[tissue] if rng.random() < share]
        expected = self.background * len(self.others)
        for _ in range(_poisson(rng, expected)):
            entries.append(rng.choice(self.others))
        return tissue, list(dict.fromkeys(entries))


def _poisson(rng: random.Random, mean: float) -> int:
    """Return a Poisson number (Knuth)."""
    limit, count, product = 2.718281828459045**-mean, 0, rng.random()
    while product > limit:
        count, product = count + 1, product * rng.random()
    return count


def write_cohort(
    path: Path, patients: int, ontology: Path | None, *, background: float, seed: int = 1
) -> None:
    """Write a table of patients."""
    sampler = Sampler(load_full_knowledge(ontology), background=background, seed=seed)
    with path.open("w", encoding="utf-8") as handle:
        handle.write("id\ttissue\talterations\n")
        for number in range(patients):
            tissue, entries = sampler.draw()
            handle.write(f"P{number + 1:07d}\t{tissue}\t{','.join(entries)}\n")


def make_regimen_texts(count: int) -> list[str]:
    """Return single drugs, then pairs of them."""
    pairs = [f"{a},{b}" for i, a in enumerate(SINGLE) for b in SINGLE[i + 1 :]]
    return [*SINGLE, *pairs][:count]


# -- one way of running, in a process of its own --------------------------------------------------


def run_once(asked: argparse.Namespace) -> None:
    """Read, answer, write; print the seconds of each and the peak memory as JSON."""
    import krasbypass as kb
    from krasbypass.cohort import answer_cohort, make_regimens, read_cohort
    from krasbypass.cohort.writing import write_levels_parquet, write_patients

    marks = [time.perf_counter()]
    network = kb.build_signalling_network(kb.load_knowledge(asked.ontology))
    marks.append(time.perf_counter())
    cohort = read_cohort(network.knowledge, [asked.cohort])
    marks.append(time.perf_counter())
    read_peak = _peak()
    regimens = make_regimens(network.knowledge, make_regimen_texts(asked.regimens))

    def report(done: int, total: int) -> None:
        print(f"{done} {total}", file=sys.stderr, flush=True)

    answer = answer_cohort(
        network,
        cohort,
        regimens,
        processes=asked.processes,
        scheduler=asked.scheduler,
        work=asked.work,
        explain=0,
        progress=report,
    )
    marks.append(time.perf_counter())
    if asked.out is not None:
        asked.out.mkdir(parents=True, exist_ok=True)
        write_levels_parquet(asked.out / "levels.parquet", answer)
        with (asked.out / "patients.tsv").open("w", encoding="utf-8") as handle:
            write_patients(handle, answer)
    marks.append(time.perf_counter())
    steps = [round(b - a, 2) for a, b in pairwise(marks)]
    digest = hashlib.sha256()
    for pattern in (answer.levels.patterns, answer.levels.which):
        digest.update(bytes(memoryview(pattern).cast("B")))
    print(
        json.dumps(
            {
                "patients": len(cohort.ids),
                "genotypes": len(cohort.genotypes),
                "regimens": len(regimens),
                **dict(zip(("load", "read", "answer", "write"), steps, strict=True)),
                "cpu": round(_processor_seconds(), 1),
                "read_MB": read_peak,
                "peak_MB": _peak(),
                "child_MB": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
                "cover": [[list(c.regimens), c.patients, c.exact] for c in answer.covers],
                "levels": digest.hexdigest()[:16],
            }
        )
    )


def _processor_seconds() -> float:
    """Return the processor time of this process and of the children that have ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


# -- all ways, side by side -----------------------------------------------------------------------


def start_run(cohort: Path, asked: argparse.Namespace, *options: str) -> subprocess.Popen[str]:
    """Start one way of running."""
    command = [
        sys.executable, "-m", "benchmarks.cohort", "--once", str(cohort), "--regimens", str(asked.regimens),
        *(("--ontology", str(asked.ontology)) if asked.ontology else ()), *options,
    ]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish_run(run: subprocess.Popen[str], watch: object = None) -> dict[str, object]:
    """Wait for a run, handing its progress on, and return what it printed."""
    assert run.stderr is not None and run.stdout is not None
    tail: list[str] = []
    for line in run.stderr:
        tail.append(line)
        if callable(watch) and line[:1].isdigit():
            watch(*map(int, line.split()[:2]))
    printed = run.stdout.read()
    if run.wait():
        raise RuntimeError("".join(tail[-20:]))
    return dict(json.loads(printed.splitlines()[-1]))


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

    def close(self) -> None:
        """End all processes that were started."""
        for process in self.processes[::-1]:
            process.kill()
            process.wait()
        self.folder.cleanup()


def run_with_killed_worker(
    cohort: Path, asked: argparse.Namespace, *options: str
) -> dict[str, object]:
    """Run on two workers, one of which is killed when a third of the blocks is done."""
    cluster = Cluster(2)
    killed = threading.Event()

    def watch(done: int, total: int) -> None:
        if done * 3 >= total and not killed.is_set():
            killed.set()
            cluster.kill_worker()

    try:
        found = finish_run(
            start_run(cohort, asked, "--scheduler", cluster.address, *options), watch
        )
    finally:
        cluster.close()
    return {**found, "killed": killed.is_set()}


def run_interrupted(
    cohort: Path, asked: argparse.Namespace, work: Path, *options: str
) -> dict[str, object]:
    """Kill a run half way and start it again over the same work folder."""
    run = start_run(cohort, asked, "--work", str(work), *options)
    assert run.stderr is not None
    done = total = 0
    for line in run.stderr:
        done, total = map(int, line.split()[:2])
        if done * 2 >= total:
            break
    run.kill()
    run.wait()
    again = finish_run(start_run(cohort, asked, "--work", str(work), *options))
    return {**again, "kept": f"{done} of {total} blocks"}


def hash_files(folder: Path) -> str:
    """Return the hash of all files of a run."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        with path.open("rb") as handle:
            while part := handle.read(1 << 22):
                digest.update(part)
    return digest.hexdigest()[:16]


def run_all(asked: argparse.Namespace, folder: Path) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield each way of running with what it took; all of them on the same cohort."""
    sizes = [int(asked.patients * share) for share in asked.growth]
    for size in sizes:
        cohort = folder / f"cohort-{size}.tsv"
        write_cohort(cohort, size, asked.ontology, background=asked.background)
        if size != asked.patients:
            yield "1 process", finish_run(start_run(cohort, asked))
    ways = {
        "1 process": lambda out: finish_run(start_run(cohort, asked, *out)),
        "2 processes": lambda out: finish_run(start_run(cohort, asked, "--processes", "2", *out)),
        "2 Dask workers, 1 killed": lambda out: run_with_killed_worker(cohort, asked, *out),
        "interrupted, resumed": lambda out: run_interrupted(cohort, asked, folder / "work", *out),
    }
    for name, run in ways.items():
        if asked.only and not any(word in name for word in asked.only):
            continue
        out = folder / "out"
        found = run(("--out", str(out)))
        found["files"] = hash_files(out)
        for path in out.iterdir():
            found[f"{path.name}_MB"] = path.stat().st_size >> 20
            path.unlink()
        yield name, found


def main() -> None:
    """Run all ways side by side and print what each took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cohort", description=__doc__)
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--regimens", type=int, default=50)
    parser.add_argument(
        "--background", type=float, default=0.003, help="rate of every other alteration"
    )
    parser.add_argument(
        "--growth", type=float, nargs="*", default=[0.01, 0.1, 1.0], help="shares of the patients"
    )
    parser.add_argument("--only", nargs="*", help="words of the ways to run")
    parser.add_argument("--ontology", type=Path, help="another ontology than the packaged one")
    parser.add_argument("--once", type=Path, dest="cohort", help=argparse.SUPPRESS)
    parser.add_argument("--processes", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--scheduler", help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.cohort is not None:
        run_once(asked)
        return
    levels, files = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for name, found in run_all(asked, Path(folder)):
            seconds = float(str(found["answer"]))
            scenarios = int(str(found["patients"])) * int(str(found["regimens"]))
            print(
                f"{name}: {scenarios / seconds:,.0f} patient-regimens a second",
                json.dumps(found),
                flush=True,
            )
            if found["patients"] == asked.patients:
                levels[name], files[name] = found["levels"], found["files"]
    same = len(set(levels.values())) <= 1 and len(set(files.values())) <= 1
    print("equal results and files:", "yes" if same else f"NO {levels} {files}")
    sys.exit(not same)


if __name__ == "__main__":
    main()
