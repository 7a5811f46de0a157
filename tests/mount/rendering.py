"""
What a file has to hold, worked out from the API's answer without any code of the program:
two-space indent, fields in the schema's order, languages and keys by name, numbers as sent.
"""

import json

DOCUMENT_KEYS = ["id", "schemaName", "status", "newStatus", "version", "created", "createdBy",
                 "lastModified", "lastModifiedBy"]


class Number(str):
    """A number's own text."""


def parse(text):
    """JSON with numbers as they were written."""
    return json.loads(text, parse_float=Number, parse_int=Number)


def dump(value, depth=0):
    inner = "  " * (depth + 1)
    outer = "  " * depth
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict) and value:
        lines = [f"{inner}{json.dumps(key, ensure_ascii=False)}: {dump(member, depth + 1)}"
                 for key, member in value.items()]
        return "{\n" + ",\n".join(lines) + "\n" + outer + "}"
    if isinstance(value, list) and value:
        lines = [inner + dump(member, depth + 1) for member in value]
        return "[\n" + ",\n".join(lines) + "\n" + outer + "]"
    return json.dumps(value, ensure_ascii=False)


def sort_keys(value):
    if isinstance(value, dict):
        return {key: sort_keys(value[key])
                for key in sorted(value, key=lambda name: name.encode())}
    if isinstance(value, list):
        return [sort_keys(member) for member in value]
    return value


def order_data(data, schema):
    names = [field["name"] for field in schema["fields"]] if schema else []
    known = [name for name in names if name in data]
    others = sorted((name for name in data if name not in names), key=str.encode)
    return {name: sort_keys(data[name]) for name in known + others}


def document(item, schema):
    """-o view=document; item from parse()."""
    shown = {key: item[key] for key in DOCUMENT_KEYS if key in item}
    shown["data"] = order_data(item["data"], schema)
    return (dump(shown) + "\n").encode()


def data(item, schema):
    """-o view=data"""
    return (dump(order_data(item["data"], schema)) + "\n").encode()


def documents(emulator, app, schema_name, headers=None, view=document):
    """file name -> bytes of a whole schema; only for ids that are names as they are."""
    schema = emulator.schemas(app)[schema_name]
    items = parse(json.dumps(emulator.items(app, schema_name, headers)))
    return {item["id"] + ".json": view(item, schema) for item in items}
