# SPDX-License-Identifier: MIT
"""common.py: what the parts of the benchmark share: processes and their times, interleaved rounds, the machine."""
import collections
import json
import os
import platform
import shutil
import statistics
import subprocess
import tempfile

NOW = "2026-11-19T00:00:00Z"
HERE = os.path.dirname(os.path.abspath(__file__))


class Failure(Exception):
    pass


class Missing(Exception):
    """A part cannot run here; says what it needs."""


def call(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise Failure(f"{command[0]} {command[1] if len(command) > 1 else ''}: exit {done.returncode}: "
                      f"{done.stderr.strip()[-400:]}")
    return done.stdout


def call_json(command, **options):
    return json.loads(call(command, **options))


def tool(options, name):
    return os.path.join(options.tools, name)


def stopwatch(options, log, commands, exits=(0,), output=None):
    """Runs the commands at a time; wall_s, cpu_s, peak_kib of all of them. output: where they print, else nowhere."""
    command = [tool(options, "bench_stopwatch"), log]
    for i, part in enumerate(commands):
        command += ([":::"] if i else []) + part
    with open(output or os.devnull, "w", encoding="utf-8") as out:
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True)
    with open(log, encoding="utf-8") as lines:
        took = json.loads(lines.readlines()[-1])
    if done.returncode != 0 or took["exit"] not in exits:
        raise Failure(f"{' '.join(commands[0][:3])}: exit {took['exit']}: {done.stderr.strip()[-400:]}")
    return took


def interleave(rounds, contenders):
    """contenders: name -> function that runs once and tells what it took. One warming turn, which does not count."""
    took = collections.defaultdict(list)
    for run in contenders.values():
        run()
    for _ in range(rounds):
        for name, run in contenders.items():
            took[name].append(run())
    return took


def summary(took):
    wall = [t["wall_s"] for t in took]
    return {"runs": len(took), "median_s": statistics.median(wall), "least_s": min(wall),
            "cpu_s": statistics.median(t["cpu_s"] for t in took),
            "peak_mib": max(t["peak_kib"] for t in took) / 1024}


def ratio(a, b, key="median_s"):
    return a[key] / max(b[key], 1e-6)


def print_table(contenders, base):
    """Times of the contenders; the last columns: how many times what `base` took."""
    print(f"  {'':16} {'runs':>4} {'median':>10} {'least':>10} {'cpu':>10} {'peak':>9} {'x time':>8} {'x cpu':>7}")
    for name, c in contenders.items():
        print(f"  {name:16} {c['runs']:4} {c['median_s'] * 1e3:7.1f} ms {c['least_s'] * 1e3:7.1f} ms "
              f"{c['cpu_s'] * 1e3:7.1f} ms {c['peak_mib']:5.0f} MiB {ratio(c, contenders[base]):7.2f}x "
              f"{ratio(c, contenders[base], 'cpu_s'):6.2f}x")


def met(what, value, goal, unit, least):
    """One line; least: the goal is a lower bound. Reported, never an exit status: machines differ."""
    good = value >= goal if least else value <= goal
    return f"{what}: {value:.3g}{unit}, wanted {goal:g}{unit} at {'least' if least else 'most'}: {'met' if good else 'MISSED'}"


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "?")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (f"{os.cpu_count()} x {model}, {memory:.1f} GiB, {platform.system()} {platform.release()}, load "
            f"{os.getloadavg()[0]:.1f} at the start")


class Folder:
    """A folder below --work that goes away, unless --keep."""

    def __init__(self, options, name):
        self.options, self.path = options, tempfile.mkdtemp(prefix=f"{name}-", dir=options.work)

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        if not self.options.keep:
            shutil.rmtree(self.path, ignore_errors=True)
