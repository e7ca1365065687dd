"""What was measured before is not measured again."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from scenegen.dataset.files import json_bytes, read_json, replace_file


def remembered(file: Path, of: Mapping[str, Any], measure: Callable[[], Any]) -> Any:
    """What `measure` gives, as plain data; `file` keeps it for as long as it is asked of the same."""
    of = json.loads(json.dumps(of))
    if file.is_file() and (kept := read_json(file))["of"] == of:
        return kept["found"]
    found = measure()
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_file(file, json_bytes({"of": of, "found": found}))
    return found
