"""Judge anybody's refined pictures of a dataset of ours: a folder of them is all that is needed.

The picture of scene 3, shot 0007 is looked for as
    scenes/000003/0007.rgb.png    a dataset of ours
    000003/0007.rgb.png           the same without its first folder
    000003_0007.rgb.png           everything in one folder
each also as .rgb.jpg, .rgb.jpeg, .png, .jpg and .jpeg; the first that exists is taken.
"""

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from refine.frames import U8, Render, Renders
from refine.gate import LIMITS, Limits, Segmenter, Verdict, judge
from scenegen.dataset import Dataset
from scenegen.errors import RefineError

_FOLDERS = ("scenes/{scene}/{shot}", "{scene}/{shot}", "{scene}_{shot}")
_ENDINGS = (".rgb.png", ".rgb.jpg", ".rgb.jpeg", ".png", ".jpg", ".jpeg")

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Audited:
    """One picture: the render's name as `000003/0007`, the file, and how it was judged."""

    name: str
    file: str
    verdict: Verdict

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "file": self.file, **self.verdict.as_dict()}


@dataclass(frozen=True)
class Audit:
    """Every picture that was found, in the dataset's order, and the renders that have none."""

    pictures: tuple[Audited, ...]
    missing: tuple[str, ...]

    @property
    def accepted(self) -> int:
        return sum(picture.verdict.accepted for picture in self.pictures)

    @property
    def accepted_share(self) -> float:
        """Of the pictures that were found."""
        return self.accepted / len(self.pictures)

    @property
    def accepted_share_of_all(self) -> float:
        """Of the renders: one that has no picture counts as one that was not accepted."""
        return self.accepted / (len(self.pictures) + len(self.missing))

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {
            "judged": len(self.pictures),
            "accepted": self.accepted,
            "missing": list(self.missing),
            "pictures": [picture.as_dict() for picture in self.pictures],
        }


def audit(
    dataset: Dataset,
    folder: Path,
    *,
    limits: Limits = LIMITS,
    segmenter: Segmenter | None = None,
    color_labels: frozenset[str] = frozenset(),
    progress: Progress = lambda done, of: None,
) -> Audit:
    """Judge every picture of `folder` that is named like a render of `dataset`.

    A file that is no picture, or of another size than its render, is judged: rejected, saying so.
    RefineError: no such folder, no picture of it named like a render, an unknown category.
    """
    _refuse_unknown(dataset, color_labels)
    renders = Renders.open(dataset)
    files = [find(folder, f"{shot.scene_index:06d}", shot.stem) for shot in renders.shots]
    _refuse_strangers(dataset, folder, files, renders)
    terms = {"limits": limits, "segmenter": segmenter, "color_labels": color_labels}
    pictures, missing = [], []
    for done, (render, file) in enumerate(zip(renders, files, strict=True), start=1):
        if file is None:
            missing.append(render.name)
        else:
            verdict = _judge_file(file, render, **terms)
            pictures.append(Audited(render.name, file.relative_to(folder).as_posix(), verdict))
        progress(done, len(renders))
    return Audit(tuple(pictures), tuple(missing))


def find(folder: Path, scene: str, shot: str) -> Path | None:
    """The refined picture of a shot, under the first name of the module's list that exists."""
    return next((path for path in _candidates(folder, scene, shot) if path.is_file()), None)


def _candidates(folder: Path, scene: str, shot: str) -> Iterator[Path]:
    for layout in _FOLDERS:
        for ending in _ENDINGS:
            yield folder / (layout.format(scene=scene, shot=shot) + ending)


def _judge_file(file: Path, render: Render, **terms: Any) -> Verdict:
    picture = _decoded(file)
    if picture is None:
        return Verdict(False, ("the file is no picture that can be read",), {})
    if picture.shape != render.rgb.shape:
        (h, w), (height, width) = picture.shape[:2], render.ids.shape
        reason = f"the picture is {w} × {h} pixels, its labels are for {width} × {height}"
        return Verdict(False, (reason,), {})
    return judge(render.rgb, picture, render, **terms)


def _decoded(file: Path) -> U8 | None:
    """(H, W, 3) uint8 RGB, as it lies in the file; None where OpenCV cannot read it."""
    try:
        data = np.fromfile(file, np.uint8)
    except OSError as error:
        raise RefineError(f"{file}: cannot be read: {error.strerror}") from error
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        decoded = cv2.imdecode(data, flags)
    except cv2.error:  # an empty file, or a header that tells of more pixels than it decodes
        return None
    return None if decoded is None else np.asarray(decoded, np.uint8)[..., ::-1].copy()


def _refuse_strangers(
    dataset: Dataset, folder: Path, files: list[Path | None], renders: Renders
) -> None:
    if not folder.is_dir():
        raise RefineError(f"{folder}: there is no such folder")
    if not any(files):
        first = renders.shots[0]
        scene, shot = f"{first.scene_index:06d}", first.stem
        tried = ", ".join(layout.format(scene=scene, shot=shot) for layout in _FOLDERS)
        raise RefineError(
            f"{folder}: no picture in it is named like one of {dataset.root}; the first would be "
            f"{tried}, each with one of the endings {' '.join(_ENDINGS)}"
        )


def _refuse_unknown(dataset: Dataset, categories: frozenset[str]) -> None:
    for category in sorted(categories - set(dataset.categories)):
        near = difflib.get_close_matches(category, dataset.categories, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"it has: {', '.join(dataset.categories)}"
        raise RefineError(f"{dataset.root}: there is no category {category!r}; {hint}")
