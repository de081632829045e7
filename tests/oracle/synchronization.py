# SPDX-License-Identifier: MIT
"""synchronization.py: the oracle's part about failed synchronizations (1009, 6001, 6004 to 6009) and about what groups
inherit (4012), naive and slow.

Words and error names are left out: generate.py makes failures that give no reason, so no rule of the environment and no
fault of the server's own comes in."""

MINUTE = 60 * 10_000_000
HOUR, DAY = 60 * MINUTE, 24 * 60 * MINUTE


class Run:
    def __init__(self, row, time):
        self.start, self.end = time(row["started"]), time(row.get("ended"))
        self.result, self.trigger = row["result"], row.get("trigger")
        self.updates = [e.get("update") for e in row.get("update_errors") or []]
        if self.end is None or self.end < self.start:
            self.end = self.start


def runs_of(snap, time):
    """Finished runs, oldest first; the listed ones are enough. READING: a running one has no result yet."""
    if snap.cov.get("sync_history") not in ("complete", "partial") or "sync_history" in snap.suspect:
        return []
    rows = [r for r in snap.doc.get("sync_history") or [] if time(r["started"]) is not None and r["result"] != "running"]
    return sorted((Run(r, time) for r in rows), key=lambda r: r.start)


def config_of(snap):
    listed = snap.cov.get("config") in ("complete", "partial") and "config" not in snap.suspect
    return snap.config if listed else {}


def own_tries(snap, runs):
    """The newest chain of failures that the server made by itself, newest first."""
    schedule = config_of(snap).get("schedule") or {}
    by_itself = ("scheduled",) if schedule.get("automatic") is False else ("scheduled", "unknown")
    failed = []
    for run in reversed(runs):
        if run.result != "failed":
            break
        if run.trigger in by_itself:
            failed.append(run)
    chain = failed[:1]
    for run in failed[1:]:
        if chain[-1].start - run.end > wait_of(snap) * 3 // 2:  # READING: "approximately" is half as long again
            break
        chain.append(run)
    return chain


def wait_of(snap):
    return (config_of(snap).get("retry_wait_minutes") or 15) * MINUTE


def retries_of(snap):
    retries = config_of(snap).get("retries")
    return 2 if retries is None else retries


def retry_is_ahead(snap, chain, now):
    left = retries_of(snap) - (len(chain) - 1)
    return any(chain[0].end + k * wait_of(snap) > now for k in range(1, left + 1))


def window_of(snap, runs):
    chain = own_tries(snap, runs)
    return (chain[-1].start if chain else runs[-1].start), runs[-1].end


def minutes(snap):
    schedule = config_of(snap).get("schedule") or {}
    if schedule.get("automatic") is not True or not schedule.get("time_of_day"):
        return set()
    per_day, (hours, mins) = schedule.get("per_day") or 1, map(int, schedule["time_of_day"].split(":")[:2])
    return {(hours * 60 + mins + k * 1440 // per_day) % 1440 for k in range(per_day)}


def check(check, nodes, time, guid):
    runs = {n.name: runs_of(n.now, time) for n in nodes}
    failing = [n for n in nodes if runs[n.name] and runs[n.name][-1].result == "failed"]
    folded = set()
    for node in nodes:
        siblings = [n for n in asking(node.parent) if n is not node] if node.parent and not node.on_cycle else []
        if any(minutes(node.now) & minutes(n.now) for n in siblings):
            check.server(node, 1009, "note")
        if node in failing and any(served(runs[n.name], window_of(node.now, runs[node.name])) for n in siblings):
            check.server(node, 6006, "note")
        if all_failed(asking(node), failing, runs):
            check.server(node, 6007, "error")
            folded |= {n.name for n in asking(node)}
    roots = [n for n in nodes if n.now.parent is None]
    for node in roots if all_failed(roots, failing, runs) else []:
        check.server(node, 6008, "warning")
    for node in nodes:
        for update in {guid(u) for u in runs[node.name][-1].updates} if runs[node.name] else ():
            check.add(node, 6009, "error", "update", update=update)
        if node in failing and node.name not in folded:
            check.server(node, 6001, "error")
            chain = own_tries(node.now, runs[node.name])
            if chain:
                ahead = retry_is_ahead(node.now, chain, check.now)
                check.server(node, *((6004, "note") if ahead else (6005, "warning")))


def asking(node):
    """Its children; on a cycle nobody is anybody's child."""
    return [n for n in node.children if not n.on_cycle]


def served(runs, window):
    return any(r.result == "succeeded" and window[0] - HOUR <= r.start <= window[1] + HOUR for r in runs)


def all_failed(nodes, failing, runs):
    newest = [runs[n.name][-1].start for n in nodes if n in failing]
    return len(newest) >= 2 and len(newest) == len(nodes) and max(newest) - min(newest) <= HOUR


# --- 4012 -----------------------------------------------------------------------------------------------------------

ALL_COMPUTERS = "a0a08746-4dbe-4a37-9adf-9e7652c0b421"


def lineage(snap, group, guid):
    """The group and those above it up to All Computers, or None when one of them is not known."""
    out = [group]
    while out[-1] != ALL_COMPUTERS:
        row = snap.groups.get(out[-1])
        if row is None or not row.get("parent") or len(out) > 100:
            return None
        out.append(guid(row["parent"]))
    return out


def effective(edge, guid, time):
    p, c = edge.p, edge.c
    if not (p.complete("approvals") and c.complete("approvals")):
        return
    if not all(s.cov.get("groups") in ("complete", "partial") and "groups" not in s.suspect for s in (p, c)):
        return
    for g in set(p.groups) & set(c.groups) - {ALL_COMPUTERS, "b73ca6ed-5727-47f3-84de-015e03f6a88a"}:
        above = [lineage(s, g, guid) for s in (p, c)]
        if None in above or above[0] == above[1]:
            continue
        for u in {u for u, _ in p.approvals} - edge.fold_updates - set(p.declined) - set(c.declined):
            raw = [{k[1]: says(r, time) for k, r in s.approvals.items() if k[0] == u} for s in (p, c)]
            if not alike(raw[0], raw[1]):
                continue
            result = [next((raw[i][x] for x in above[i] if x in raw[i]), None) for i in (0, 1)]
            result = [r if r and r[0] != "block" else None for r in result]
            if not alike({g: result[0]}, {g: result[1]}):
                edge.add(4012, "warning", "approval", update=u, revision=(result[0] or result[1])[2], group=g)


def says(row, time):
    return row["action"], time(row.get("deadline")), row["revision"]


def alike(a, b):
    return a.keys() == b.keys() and all(same(a[g], b[g]) for g in a)


def same(x, y):
    if None in (x, y) or None in (x[1], y[1]):
        return x == y or None not in (x, y) and x[0] == y[0] and x[1] is y[1] is None
    return x[0] == y[0] and abs(x[1] - y[1]) <= 10_000_000
