"""Runs the workloads of `zoo benchmark` in PyTorch, JAX and NumPy.

    pip install "torch==2.13.0+cpu" jax numpy
    taskset -c 0 python3 Zoo/Benchmark/peers.py PyTorch --threads 1 lstm-mid ntm

prints a line of JSON for each workload. Without names it reads them from its input, one a line, and answers each
at once: so `compare.py` alternates between peers that stay warm. A peer that has no such workload answers null.
JAX uses as many cores as the process may run on, so pin it.
"""

import argparse
import json
import statistics
import sys
import time

PEERS = ["PyTorch", "eager", "compiled", "JAX", "NumPy"]
STREAM_STEPS = 1000


def workload(peer, name, threads):
    """The workload as a function to time, and how often a call of it does the work."""
    if peer == "NumPy":
        import peer_cells

        operands = peer_cells.product(name)
        work = operands and (lambda: operands[0] @ operands[1])
    elif peer == "JAX":
        import peer_jax

        work = peer_jax.workload(name)
    else:
        import peer_torch

        peer_torch.start(threads)
        kinds = {
            "PyTorch": peer_torch.layers,
            "eager": peer_torch.eager,
            "compiled": peer_torch.compiled,
        }
        work = kinds[peer](name)
    if work is None:
        return None
    if name == "stream-lstm":
        return lambda: work(STREAM_STEPS), STREAM_STEPS
    repetitions = max(1, int(2e8 / (_operations(name) + 2e5))) if name.startswith("gemm-") else 1

    def repeated():
        for _ in range(repetitions):
            work()

    return repeated, repetitions


def _operations(name):
    m, k, n = (int(size) for size in name.split("-")[1].split("x"))
    return 2 * m * k * n


CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def timed(work, repetitions, seconds, clock):
    """The milliseconds of doing the work once: runs for some seconds, at least 5, after one that does not count."""
    work()
    times = []
    end = time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < end:
        start = clock()
        work()
        times.append((clock() - start) * 1000 / repetitions)
    return {"median_ms": statistics.median(times), "min_ms": min(times), "runs": len(times)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--once", action="store_true", help="run each once and say when it is done")
    options = parser.parse_args()
    prepared = {}
    for line in options.names or sys.stdin:
        name = line.strip()
        if name not in prepared:
            prepared[name] = workload(options.peer, name, options.threads)
        if prepared[name] is None:
            print("null", flush=True)
        elif options.once:
            prepared[name][0]()
            print(f"{name} is done", flush=True)
        else:
            print(json.dumps(timed(*prepared[name], options.seconds, CLOCKS[options.clock])), flush=True)


if __name__ == "__main__":
    main()
