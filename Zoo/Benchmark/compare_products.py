"""Matrix products over a broad grid of shapes, on one thread, beside PyTorch and NumPy; fails below 0.9 of the quicker.

    swift build -c release
    pip install "torch==2.13.0+cpu" numpy
    taskset -c 0 python3 Zoo/Benchmark/compare_products.py

In each round Spool, PyTorch and NumPy time a handful of products, then the next handful. Compared are the quickest runs
of all rounds, by the time that the processes compute. Shapes that come out below the limit are timed again, in more
rounds, and only then counted.
"""

import argparse
import json
import os
import random
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ZOO = HERE.parent.parent / ".build/release/zoo"
PEERS = ["PyTorch", "NumPy"]
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
ROWS = [1, 2, 4, 8, 20, 64, 512, 2000]
TERMS = [1, 4, 8, 16, 24, 30, 64, 256, 1000, 4096]
COLUMNS = [1, 2, 8, 10, 48, 64, 200, 1024, 4096]


def grid():
    """The names of all products that are neither so small that calls are all that is timed, nor take a second."""
    for kind in ("float", "double"):
        for m in ROWS:
            for k in TERMS:
                for n in COLUMNS:
                    if 2000 <= m * k * n <= 3e8:
                        yield f"gemm-{m}x{k}x{n}-{kind}"
                        if m > 1:
                            yield f"gemm-{m}x{k}x{n}-transposed-{kind}"
                        if n > 1:
                            yield f"gemm-{m}x{k}x{n}-by-transposed-{kind}"


class Peer:
    def __init__(self, name, seconds):
        command = [sys.executable, str(HERE / "peers.py"), name, "--threads", "1", "--seconds", str(seconds)]
        command += ["--clock", "cpu"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=ENVIRONMENT,
        )

    def times(self, names):
        for name in names:
            self.process.stdin.write(name + "\n")
            self.process.stdin.flush()
            yield json.loads(self.process.stdout.readline())["min_ms"]


def spool(zoo, names):
    command = [zoo, "benchmark", *names, "--json", "--threads", "1", "--runs", "7", "--clock", "cpu"]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    times = {line["workload"]: line["min_ms"] for line in map(json.loads, lines)}
    return [times[name] for name in names]


def timed(zoo, peers, names, rounds, best):
    """Lowers the times in `best`, by shape and by who took them."""
    for start in range(0, len(names), 20):
        handful = names[start : start + 20]
        for _ in range(rounds):
            sides = {"Spool": spool(zoo, handful), **{who: peer.times(handful) for who, peer in peers.items()}}
            for who, times in sides.items():
                for name, time in zip(handful, times):
                    best[name][who] = min(time, best[name].get(who, time))


def ratio(times):
    return min(times[who] for who in PEERS) / times["Spool"]


def main():
    parser = argparse.ArgumentParser(description="matrix products beside PyTorch and NumPy, on one thread")
    parser.add_argument("names", nargs="*", help="products instead of the grid")
    parser.add_argument("--sample", type=int, help="only so many products of the grid")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.02, help="of each peer for each product in each round")
    parser.add_argument("--limit", type=float, default=0.9)
    parser.add_argument("--show", type=int, default=20, help="so many of the slowest")
    parser.add_argument("--zoo", default=str(ZOO))
    options = parser.parse_args()
    names = options.names or list(grid())
    if options.sample:
        names = random.Random(options.seed).sample(names, min(options.sample, len(names)))
    peers = {who: Peer(who, options.seconds) for who in PEERS}
    best = {name: {} for name in names}
    timed(options.zoo, peers, names, options.rounds, best)
    low = [name for name in names if ratio(best[name]) < options.limit]
    timed(options.zoo, peers, low, 4 * options.rounds, best)
    low = [name for name in low if ratio(best[name]) < options.limit]
    print(f"{len(names)} products, {len(low)} below {options.limit}; microseconds and the ratio to the quicker peer:")
    for name in sorted(names, key=lambda name: ratio(best[name]))[: options.show]:
        times = "".join(f"{who:>9} {best[name][who] * 1000:9.3f}" for who in ("Spool", *PEERS))
        print(f"{name:40}{times}{ratio(best[name]):8.2f}x")
    sys.exit(1 if low else 0)


if __name__ == "__main__":
    main()
