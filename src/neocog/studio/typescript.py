"""The interface's answers as TypeScript, so that the front end is checked against what the server says.

    python -m neocog.studio.typescript > src/neocog/studio/web/src/lib/answers.ts

writes the file anew; a test holds it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neocog.studio.app import unguarded
from neocog.studio.opened import Opened

HEAD = "// Written by `python -m neocog.studio.typescript` from the interface's description; change that instead.\n"
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
_THEIRS = ("HTTPValidationError", "ValidationError")


def typescript() -> str:
    """All answers of the interface as TypeScript interfaces, in alphabetical order."""
    schemas = unguarded(Opened(Path())).openapi()["components"]["schemas"]
    return HEAD + "".join(f"\n{_declared(name, schemas[name])}" for name in sorted(schemas) if name not in _THEIRS)


def _declared(name: str, schema: Mapping[str, Any]) -> str:
    """One declaration.

    >>> print(_declared("A", {"type": "object", "properties": {"b": {"type": "number"}}, "required": ["b"]}), end="")
    export interface A {
      b: number
    }
    """
    if "enum" in schema:
        return f"export type {name} =\n" + "\n".join(f"  | '{value}'" for value in schema["enum"]) + "\n"
    required = schema.get("required", ())
    fields = [
        f"  {field}{'' if field in required else '?'}: {_type(told)}\n"
        for field, told in schema.get("properties", {}).items()
    ]
    return f"export interface {name} {{\n{''.join(fields)}}}\n"


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(map(_type, schema["anyOf"]))
    if schema.get("type") == "array":
        inner = _type(schema["items"])
        return f"({inner})[]" if "|" in inner else f"{inner}[]"
    if schema.get("type") == "object":
        return f"Record<string, {_type(schema['additionalProperties'])}>"
    return _PLAIN[schema["type"]]


if __name__ == "__main__":
    print(typescript(), end="")
