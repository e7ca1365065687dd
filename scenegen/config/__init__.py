"""A YAML file becomes a pydantic model, or a list of everything wrong with it at file:line:column.

    recipe = load(path, Recipe)                # read and validate in one go
    document = read(path)                      # the same in two steps: `document` knows where
    recipe = validate(document, Recipe)        # everything stands, for complaints of later stages
    raise RecipeError([document.problem(("objects", 0, "pick"), "no asset 'mgu'")])

The YAML is version 1.2: only true and false are booleans, 010 is ten, 1e-3 is a number; 12:30,
1_000, dates, yes, no, on and off are text. Keys are always text. Aliases and `<<` work.
"""

from scenegen.config.document import MAX_DEPTH, MAX_VALUES, Document, read
from scenegen.config.messages import NOT_FINITE, Loc, closest
from scenegen.config.text import MAX_BYTES, Mark
from scenegen.config.validation import load, problems_of, validate

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_VALUES",
    "NOT_FINITE",
    "Document",
    "Loc",
    "Mark",
    "closest",
    "load",
    "problems_of",
    "read",
    "validate",
]
