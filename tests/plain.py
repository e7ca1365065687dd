"""Nouns as plain JSON data, to compare them field by field."""

from typing import Any

from pydantic import TypeAdapter


def to_json(noun: Any) -> Any:
    """Turn a noun without pixels into plain JSON data."""
    return TypeAdapter(type(noun)).dump_python(noun, mode="json")
