"""Matrix products of `zoo benchmark gemm` beside PyTorch's and NumPy's, alternating in one run.

    pip install "torch==2.13.0+cpu" numpy
    taskset -c 0 python3 Zoo/Benchmark/compare_gemm.py --threads 1
    python3 Zoo/Benchmark/compare_gemm.py --threads 2

Prints, for each shape, the best median of each over the rounds and the ratio to the better peer.
"""

import argparse
import json
import re
import statistics
import subprocess
import time


def peers(shape, threads):
    """The median milliseconds of PyTorch and NumPy for one workload's name."""
    import numpy
    import torch

    torch.set_num_threads(threads)
    m, k, n = (int(size) for size in re.match(r"gemm-(\d+)x(\d+)x(\d+)", shape).groups())
    transposed = "-transposed-" in shape
    kind = shape.rsplit("-", 1)[1]
    kinds = {"float": (torch.float32, numpy.float32), "double": (torch.float64, numpy.float64)}
    repetitions = max(1, int(2e8 / (2 * m * k * n)))

    a = torch.rand(*((k, m) if transposed else (m, k)), dtype=kinds[kind][0])
    b = torch.rand(k, n, dtype=kinds[kind][0])
    c, d = a.numpy(), b.numpy()
    works = {
        "PyTorch": lambda: (a.t() if transposed else a) @ b,
        "NumPy": lambda: (c.T if transposed else c) @ d,
    }
    result = {}
    for name, work in works.items():
        work()
        times = []
        end = time.perf_counter() + 0.3
        while len(times) < 5 or time.perf_counter() < end:
            start = time.perf_counter()
            for _ in range(repetitions):
                work()
            times.append((time.perf_counter() - start) * 1000 / repetitions)
        result[name] = statistics.median(times)
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--zoo", default=".build/release/zoo")
    options = parser.parse_args()
    best = {}
    rates = {}
    for _ in range(options.rounds):
        command = [options.zoo, "benchmark", "gemm", "--json", "--threads", str(options.threads)]
        for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
            ours = json.loads(line)
            name = ours["workload"]
            times = {"Spool": ours["median_ms"], **peers(name, options.threads)}
            rates[name] = ours["matmul_gflops"] * ours["median_ms"]
            for who, value in times.items():
                best.setdefault(name, {}).setdefault(who, []).append(value)
    print(f"{options.threads} thread(s): GFLOP/s of each one's best median; ratio to the better peer")
    for name, times in best.items():
        quickest = {who: min(values) for who, values in times.items()}
        ratio = min(quickest["PyTorch"], quickest["NumPy"]) / quickest["Spool"]
        columns = "  ".join(f"{who} {rates[name] / value:7.1f}" for who, value in quickest.items())
        print(f"{name:36} {columns}  {ratio:5.2f}x")


if __name__ == "__main__":
    main()
