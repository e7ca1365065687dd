"""One picture of a recipe with all its labels, before a dataset is made of it."""

from pathlib import Path

import numpy as np

from scenegen.dataset.files import replace_file
from scenegen.dataset.png import encode_png
from scenegen.errors import ScenegenError, SceneRejected
from scenegen.generate import Studio
from scenegen.panels import label_panels
from scenegen.project import Project
from scenegen.scene import Shot


def write_preview(project: Project, index: int, number: int, out: Path) -> str:
    """Make shot `number` of scene `index` and write its panels to `out`; say what was done."""
    if out.suffix.lower() != ".png":
        raise ScenegenError(f"--out {out}: a preview is a .png")
    shot, rejected = _shot(project, index, number)
    panels = label_panels(shot)
    out.parent.mkdir(parents=True, exist_ok=True)
    replace_file(out, encode_png(np.ascontiguousarray(panels)))
    retried = f" after {rejected} rejected attempts" if rejected else ""
    return f"{out}: scene {index}, shot {number}, {len(shot.annotations)} objects{retried}"


def _shot(project: Project, index: int, number: int) -> tuple[Shot, int]:
    studio = Studio.open(project.recipe, project.library)
    reasons = []
    for attempt in range(project.recipe.physics.attempts):
        try:
            captures = studio.captures(index, attempt)
            for at, shot in enumerate(studio.shots(captures)):
                if at == number:
                    return shot, attempt
            raise ScenegenError(f"--shot {number}: the scene has shots 0 to {at}")
        except SceneRejected as rejection:
            reasons.append(f"  attempt {attempt}: {rejection}")
    tried = len(reasons)
    raise ScenegenError("\n".join([f"scene {index}: all {tried} attempts were rejected", *reasons]))
