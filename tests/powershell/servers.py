# SPDX-License-Identifier: MIT
"""servers.py: servers made from snapshots, behind the administration API of FakeWsus.cs, for scripts to run against in
the real PowerShell engine. What WSUS does by itself (synchronizations, wsusutil) is tests/model/wsus.py."""
import copy
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "model"))
import wsus  # noqa: E402

HOST = None


class Tree:
    """Servers that scripts run against."""

    def __init__(self, folder, documents, now):
        self.folder = folder
        self.world = wsus.World(documents, now)
        self.names = list(self.world.docs)
        os.makedirs(folder, exist_ok=True)
        for name in self.names:
            self.write(name)
        self.program = os.path.join(folder, "Update Services", "Tools", "wsusutil.exe")
        os.makedirs(os.path.dirname(self.program), exist_ok=True)
        with open(self.program, "w", encoding="ascii") as f:
            f.write('#!/bin/sh\nprintf "%s\\n" "$*" >>"$(dirname "$0")/calls"\n')
        os.chmod(self.program, 0o755)
        self.host = subprocess.Popen(["dotnet", HOST, "tree", folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                     env=dict(os.environ, ProgramFiles=folder))

    def close(self):
        self.host.stdin.close()
        assert self.host.wait(60) == 0
        self.host.stdout.close()

    def put(self, documents):
        """Other servers in the place of these, as they are."""
        self.world.docs = {d["server"]["name"]: d for d in documents}
        self.names = list(self.world.docs)
        for name in self.names:
            self.write(name)

    def path(self, name):
        return os.path.join(self.folder, name + ".json")

    def write(self, name):
        with open(self.path(name), "w", encoding="utf-8") as out:
            json.dump(self.world.docs[name], out)

    def absorb(self, name):
        """What a script changed, told to the model: what is new, and how much wider the selection became."""
        world, old = self.world, self.world.docs[name]
        with open(self.path(name), encoding="utf-8") as source:
            new = json.load(source)
        for field in ("selected_products", "selected_classifications"):
            world.wider.setdefault(name, set()).update(set(new["config"].get(field) or []) - set(old["config"].get(field) or []))
        world.wider.setdefault(name, set()).update(world.enabled(new) - world.enabled(old))
        known = {a["deployment"] for a in old["approvals"]}
        for a in new["approvals"]:
            if a["deployment"] not in known:
                a["changed"] = a["go_live"] = world.tick()
                world.news[name].add(a["deployment"])
        for row in new["eulas"] + new["declined"]:
            for key in ("accepted", "time"):
                if key in row and row[key] is None:
                    row[key] = world.tick()
        world.docs[name] = new

    def run(self, name, script, journal, verb="run"):
        calls = os.path.join(os.path.dirname(self.program), "calls")
        self.host.stdin.write(f"{verb}\t{name}\t{script}\t{journal}\n")
        while True:
            self.host.stdin.flush()
            answer = self.host.stdout.readline().split()
            assert answer, "the host ended: " + self.log()
            self.absorb(name)
            if answer[0] == "exit":
                break
            self.world.synchronize(answer[1])
            self.write(answer[1])
            self.host.stdin.write("ok\n")
        if os.path.exists(calls):
            os.remove(calls)
            self.world.remove_inactive_approvals(name)
            self.write(name)
        return int(answer[1])

    def export(self, name, script, out, *words):
        """Whether the export script wrote the file. Words: PARAMETER, PARAMETER=VALUE, or MEMBER!N, which throws after N calls."""
        self.host.stdin.write("\t".join(("export", name, script, out) + words) + "\n")
        self.host.stdin.flush()
        answer = self.host.stdout.readline().split()
        assert answer, "the host ended: " + self.log()
        return answer == ["exit", "0"]

    def exported(self, name, script, folder, now, *words):
        """The path of an export by that script, as of that time: the story's clock, not this machine's."""
        path = os.path.join(folder, name + ".jsonl")
        parent = self.world.docs[name]["server"]["parent"]
        assert self.export(name, script, path, "Name=" + name, *(["Parent=" + parent] if parent else []), *words), self.log()
        with open(path, encoding="utf-8") as source:
            head, *rest = source.readlines()
        head = json.loads(head)
        head["server"]["collected_at"] = now
        with open(path, "w", encoding="utf-8") as out:
            out.writelines([json.dumps(head) + "\n", *rest])
        return path

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8") as source:
            return source.read()[-3000:]

    def collect(self):
        docs = copy.deepcopy(list(self.world.docs.values()))
        for doc in docs:
            doc["server"]["collected_at"] = doc["server"]["server_time"] = self.world.tick()
        return docs
