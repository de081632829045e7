# SPDX-License-Identifier: MIT
"""apply.py: carries a plan document out on a World, step by step as the scripts do it."""
import wsus


class Skipped(Exception):
    """The script would skip this step: the server is not as the plan saw it."""


def server_of(action):
    return action["server"].split("/")[-1]


def deadline(text):
    return None if text is None or text[:4] in ("9999", "1753", "0001") else text[:19]


def key(row):
    return row["revision"], row["group"], row["action"], deadline(row.get("deadline"))


def approvals(doc, update, group=None):
    return {key(a) for a in doc["approvals"] if wsus.intent(a) and a["update"] == update and group in (None, a["group"])}


def prior(action, group=None):
    return {key(p) for p in action.get("prior", []) if group in (None, p["group"])}


def expect(action, doc, group=None):
    update = action["object"]["update"]
    if approvals(doc, update, group) != prior(action, group):
        raise Skipped(f"its approvals are not as the plan saw them: {approvals(doc, update, group)}, "
                      f"planned {prior(action, group)}")


def make_again(world, name, action):
    """Every observed approval, made anew."""
    update = action["object"]["update"]
    for p in action.get("prior", []):
        world.approve(name, update, p["revision"], p["group"], p["action"], p["deadline"])
    if not action.get("prior"):
        world.not_approved(name, update)


def do(world, action):
    """One step. False: it was so already."""
    name, kind, obj = server_of(action), action["kind"], action["object"]
    doc, update = world.docs[name], obj.get("update")
    if kind == "synchronize":
        world.synchronize(name)
    elif kind == "set_languages":
        if world.enabled(doc) == set(action["languages"]):
            return False
        world.set_languages(name, action["languages"])
    elif kind in ("select_product", "select_classification"):
        field = kind.replace("select", "selected") + "s"
        if obj["category"] in doc["config"][field]:
            return False
        world.select(name, field, obj["category"])
    elif kind == "accept_eula":
        world.accept_eula(name, update, obj["eula"])
    elif kind == "approve":
        if (obj["revision"], obj["group"], action["action"], deadline(action["deadline"])) in approvals(doc, update):
            return False
        expect(action, doc, obj["group"])
        if any(r["id"] == update for r in doc["declined"]):
            raise Skipped("the update was declined")
        world.approve(name, update, obj["revision"], obj["group"], action["action"], action["deadline"])
    elif kind == "unapprove":
        expect(action, doc)
        world.unapprove(name, update, obj["revision"])
    elif kind == "decline":
        if any(r["id"] == update for r in doc["declined"]):
            return False
        expect(action, doc)
        world.decline(name, update, obj["revision"])
    elif kind == "undecline":
        expect(action, doc)
        make_again(world, name, action)
    elif kind == "remove_inactive_approvals":
        world.remove_inactive_approvals(name)
    elif kind != "cancel_download":
        raise AssertionError(f"the model cannot {kind}")
    return True


def facts(world):
    """What administrators and synchronizations decide, without ids, times and names of who did it."""
    return {name: {
        "languages": world.enabled(d), "updates": {(r["id"], r["revision"]) for r in d["updates"]},
        "approvals": {(a["update"], *key(a)) for a in d["approvals"] if wsus.intent(a)},
        "declined": {r["id"] for r in d["declined"]}, "eulas": {r["id"] for r in d["eulas"]},
        "groups": {(g["id"], g["name"], g.get("parent")) for g in d["groups"]},
        "categories": {(c["id"], c["revision"]) for c in d["categories"]},
        "products": set(d["config"].get("selected_products") or []),
        "classifications": set(d["config"].get("selected_classifications") or [])} for name, d in world.docs.items()}


def difference(one, other):
    return [f"{name} {what}: {sorted(map(str, one[name][what] ^ other[name][what]))[:4]}"
            for name in one for what in one[name] if one[name][what] != other[name][what]]
