"""Reads a JSON list of texts from stdin and writes what Python's decoder makes of each of them.

`json.loads`, as FastAPI calls it with bytes, drops a byte order mark and calls this same decoder.
"""

import json
import sys


def shape(value):
    """The value without its numbers, which languages write in different ways."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return {"number": True}
    if isinstance(value, list):
        return [shape(item) for item in value]
    return {"members": sorted([key, shape(member)] for key, member in value.items())}


def verdict(text):
    try:
        return {"value": shape(json.JSONDecoder().decode(text))}
    except json.JSONDecodeError as error:
        fault = {"msg": error.msg, "pos": error.pos, "lineno": error.lineno, "colno": error.colno}
        return {"fault": fault}
    except RecursionError:
        return {"tooDeep": True}


json.dump([verdict(text) for text in json.load(sys.stdin)], sys.stdout)
