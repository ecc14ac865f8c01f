"""`zoo benchmark` beside PyTorch, JAX and NumPy, alternating in one run, every process pinned to as many cores as threads.

    swift build -c release
    pip install "torch==2.13.0+cpu" jax numpy
    python3 Zoo/Benchmark/compare.py lstm --threads 1
    python3 Zoo/Benchmark/compare.py mid ntm --threads 2 --json

Names are those of `zoo benchmark`. In each round Spool, then each peer, does the workload for some seconds. Shown are
the medians of the rounds' medians in milliseconds, how much of its time the quickest peer takes per time of Spool, and
the same of the quickest runs, which other work on the machine disturbs less. Needs Linux, to pin.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from peers import CLOCKS, PEERS

HERE = Path(__file__).resolve().parent
ZOO = HERE.parent.parent / ".build/release/zoo"


class Runner:
    """Starts Spool and its peers on the same cores."""

    def __init__(self, options):
        self.options = options
        self.cores = sorted(os.sched_getaffinity(0))[: options.threads]
        if options.cores:
            self.cores = [int(core) for core in options.cores.split(",")]
        if len(self.cores) < options.threads:
            sys.exit(f"compare: {options.threads} threads need as many cores; this process may use {len(self.cores)}")
        self.servers = {}

    def spool(self, name):
        arguments = ["--json", "--executor", self.options.executor, "--clock", self.options.clock]
        if name == "cold-start":
            arguments += ["--runs", "3"]
        return json.loads(self._zoo([name, *arguments]).splitlines()[0])

    def names(self, names):
        return self._zoo([*names, "--list"]).split()

    def peer(self, peer, name):
        """Times of a peer, or None where it has no such workload."""
        if name == "cold-start":
            return self._cold_start(peer) if peer in ("PyTorch", "JAX") else None
        if peer not in self.servers:
            self.servers[peer] = self._start(
                peer, "--seconds", str(self.options.seconds), "--clock", self.options.clock
            )
        server = self.servers[peer]
        server.stdin.write(name + "\n")
        server.stdin.flush()
        answer = server.stdout.readline()
        if not answer:
            sys.exit(f"compare: {peer} ended at {name}")
        return json.loads(answer)

    def _cold_start(self, peer):
        start = time.perf_counter()
        process = self._start(peer, "lstm-mid", "--once")
        process.stdout.readline()
        milliseconds = (time.perf_counter() - start) * 1000
        process.wait()
        return {"median_ms": milliseconds, "min_ms": milliseconds, "runs": 1}

    def _zoo(self, arguments):
        command = [str(self.options.zoo), "benchmark", *arguments, "--threads", str(self.options.threads)]
        return subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True, preexec_fn=self._pin
        ).stdout

    def _start(self, peer, *arguments):
        command = [sys.executable, str(HERE / "peers.py"), peer, "--threads", str(self.options.threads)]
        return subprocess.Popen(
            [*command, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if self.options.verbose else subprocess.DEVNULL,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": str(self.options.threads)},
            preexec_fn=self._pin,
        )

    def _pin(self):
        os.sched_setaffinity(0, self.cores)


def compared(runner, name, peers, rounds):
    """What all rounds of a workload come to."""
    spool, others = [], {peer: [] for peer in peers}
    for _ in range(rounds):
        spool.append(runner.spool(name))
        for peer in list(others):
            times = runner.peer(peer, name)
            if times is None:
                del others[peer]
            else:
                others[peer].append(times)

    def median(values, key="median_ms"):
        return statistics.median(value[key] for value in values)

    def least(values):
        return min(value["min_ms"] for value in values)

    result = {
        "workload": name,
        "executor": spool[0]["executor"],
        "threads": spool[0]["threads"],
        "spool_ms": median(spool),
        "spool_min_ms": least(spool),
        "matmul_gflops": median(spool, "matmul_gflops"),
        "fraction_of_peak": median(spool, "fraction_of_peak"),
        "peers_ms": {peer: median(times) for peer, times in others.items()},
        "peers_min_ms": {peer: least(times) for peer, times in others.items()},
    }
    if others:
        result["ratio"] = min(result["peers_ms"].values()) / result["spool_ms"]
        result["ratio_of_minima"] = min(result["peers_min_ms"].values()) / result["spool_min_ms"]
    return result


def row(result, peers):
    def number(value, width):
        return f"{value:{width}.4g}" if value else " " * (width - 1) + "-"

    times = "".join(number(result["peers_ms"].get(peer), 11) for peer in peers)
    ratios = "".join(
        f"{result[key]:8.2f}x" if key in result else " " * 9 for key in ("ratio", "ratio_of_minima")
    )
    fraction = f"{result['fraction_of_peak']:9.2f}" if result["matmul_gflops"] else " " * 9
    return f"{result['workload']:37}{number(result['spool_ms'], 10)}{fraction}{times}{ratios}"


def main():
    parser = argparse.ArgumentParser(description="zoo benchmark beside PyTorch, JAX and NumPy")
    parser.add_argument("names", nargs="*", help="workloads or groups of zoo benchmark; none for all")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--cores", help="which cores to use, such as 1 or 0,1 (default: the first)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each peer in each round")
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="cpu: on a busy machine, for one thread")
    parser.add_argument("--executor", choices=["scan", "unroll"], default="scan")
    parser.add_argument("--peers", default="PyTorch,eager,JAX,NumPy", help=f"of {','.join(PEERS)}")
    parser.add_argument("--json", action="store_true", help="a line of JSON for each workload")
    parser.add_argument("--verbose", action="store_true", help="show what the peers say on their error output")
    parser.add_argument("--zoo", type=Path, default=ZOO)
    options = parser.parse_args()
    peers = options.peers.split(",")
    runner = Runner(options)
    names = runner.names(options.names)
    if not options.json:
        print(f"{options.threads} thread(s) on core(s) {runner.cores}, {options.rounds} rounds, ms")
        columns = "".join(f"{peer:>11}" for peer in peers)
        print(f"{'workload':37}{'Spool':>10}{'of peak':>9}{columns}{'ratio':>9}{'of min.':>9}")
    for name in names:
        result = compared(runner, name, peers, options.rounds)
        print(json.dumps(result) if options.json else row(result, peers), flush=True)


if __name__ == "__main__":
    main()
