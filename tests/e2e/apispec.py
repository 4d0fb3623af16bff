# SPDX-License-Identifier: Apache-2.0
"""Holds each answer that a test gets against docs/api.yaml: its status, its
kind, and every member of it, none missing and none more."""
import re

import yaml

import lab

SPEC = yaml.safe_load((lab.ROOT / "docs/api.yaml").read_text())
ANYWHERE = {400, 401, 403, 404, 405, 413, 500, 503, 507}
TYPES = {"string": str, "integer": int, "boolean": bool, "array": list,
         "object": dict}


def resolved(node):
    while "$ref" in node:
        at = SPEC
        for word in node["$ref"].removeprefix("#/").split("/"):
            at = at[word]
        node = at
    return node


def patterns():
    for path, item in SPEC["paths"].items():
        words = re.split(r"\{\w+\}", path)
        yield re.compile("[^/]+".join(map(re.escape, words))), item


PATTERNS = list(patterns())


def merged(schema):
    """A schema of several as one."""
    out = {"properties": {}, "required": []}
    for part in map(resolved, schema["allOf"]):
        out["properties"].update(part["properties"])
        out["required"] += part["required"]
    return {"type": "object", **out}


def misfit(value, schema, where):
    """What is wrong with it; None."""
    schema = resolved(schema)
    if "allOf" in schema:
        schema = merged(schema)
    kinds = schema.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if kinds and not any(type(value) is TYPES.get(k) for k in kinds):
        return f"{where} is {value!r}, no {kinds}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{where} is {value!r}, none of {schema['enum']}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return f"{where} is {value!r}"
    if isinstance(value, list) and "items" in schema:
        return next(filter(None, (misfit(v, schema["items"], where + "[]")
                                  for v in value)), None)
    if not isinstance(value, dict) or "properties" not in schema:
        return None
    known = schema["properties"]
    if set(schema.get("required", [])) - value.keys() or \
            value.keys() - known.keys():
        return f"{where} has {sorted(value)}, not {sorted(known)}"
    return next(filter(None, (misfit(v, known[k], f"{where}.{k}")
                              for k, v in value.items())), None)


def check(method, path, answer):
    """Fails the test when the answer is not as described."""
    words = path.removeprefix("/api/v1").split("?")[0]
    item = next((i for p, i in PATTERNS if p.fullmatch(words)), {})
    operation = item.get(method.lower(), {})
    described = operation.get("responses", {}).get(str(answer.status))
    if described is None:
        lab.check(answer.status in ANYWHERE,
                  f"{method} {path}: {answer.status} is not described")
        wanted = {"application/json": {"schema": {
            "$ref": "#/components/schemas/Error"}}}
    else:
        wanted = resolved(described).get("content", {})
    kind = answer.headers.get("Content-Type", "")
    lab.check(kind in wanted or not answer.body,
              f"{method} {path}: {kind} is not described")
    if answer.body and kind == "application/json":
        wrong = misfit(answer.json, wanted[kind]["schema"], "it")
        lab.check(wrong is None, f"{method} {path}: {wrong}")


def event(name, data):
    """The same of an event."""
    kinds = {"job": "Job", "fax": "Fax", "status": "Status",
             "document": "Document"}
    events = SPEC["paths"]["/events"]["get"]["x-events"]
    lab.check(name in events, f"the event {name} is not described")
    if name in kinds:
        wrong = misfit(data, {"$ref": f"#/components/schemas/{kinds[name]}"},
                       name)
        lab.check(wrong is None, f"an event: {wrong}")
