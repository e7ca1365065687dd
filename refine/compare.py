"""Two datasets and photographs → how much of the gap was closed: index.html and gap.json."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from refine.features import FEATURES, open_features
from refine.frames import U8, U16, Renders
from refine.gap import GapReport, measure_gap
from refine.gap.windows import spread
from refine.page import Marked, Shown, render_page
from refine.photographs import Photographs
from scenegen.dataset import Dataset, StoredShot
from scenegen.dataset.files import json_bytes, read_bytes, read_json, replace_file
from scenegen.dataset.folder import CARD, scene_folder
from scenegen.errors import DatasetError, RefineError

T = TypeVar("T")

_LOOKED_AT = 8
"""Shots whose instance maps are compared, evenly spread."""

PAGE = "index.html"
FIGURES = "gap.json"
_RECORD = "refine.json"


class Judgement(Protocol):
    """A verdict of the gate on one picture."""

    @property
    def accepted(self) -> bool: ...
    @property
    def reasons(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Instances:
    """Which instance each pixel shows, and the category of each instance."""

    ids: U16
    categories: dict[int, str]


@dataclass(frozen=True)
class _Decoded(Sequence[T], Generic[T]):
    """One thing of each shot, decoded when it is asked for."""

    shots: Sequence[StoredShot]
    decode: Callable[[StoredShot], T]

    def __len__(self) -> int:
        return len(self.shots)

    def __getitem__(self, at: int) -> T:  # type: ignore[override]  # nobody slices it
        return self.decode(self.shots[at])


def compare(
    raw: Dataset,
    refined: Dataset,
    photographs: Photographs | Dataset,
    report: Path,
    *,
    features: Sequence[str] = tuple(FEATURES),
    seed: int = 0,
    pairs: Dataset | None = None,
    verdicts: Mapping[str, Judgement] | None = None,
    inception: Path | None = None,
) -> GapReport:
    """Measure the gap before and after, and write the page and its figures into `report`.

    photographs: a folder's, or a dataset that stands for them: then its labels are known, and the
    gap is told class by class. pairs: a dataset of the very same shots as they really look.
    verdicts: of the gate, by `000003/0007`; by default those that `apply` left in the refined
    dataset. Raises RefineError where the datasets do not belong together.
    """
    if _record(raw):
        raise RefineError(f"{raw.root}: refined already; the raw renders come first, then these")
    record = _record(refined)
    _check_source(raw, refined, record)
    ours, theirs = _paired(raw, refined)
    real_shots = _shots(photographs) if isinstance(photographs, Dataset) else None
    pictures = _Decoded(ours, _rgb), _Decoded(theirs, _rgb)
    if isinstance(photographs, Photographs):
        photographs = photographs.at_most(Renders(ours).longest)
    real = photographs if isinstance(photographs, Photographs) else _Decoded(real_shots or (), _rgb)
    groups = (
        photographs.groups
        if isinstance(photographs, Photographs)
        else [shot.scene_index for shot in real_shots or ()]
    )
    marked = _recorded(refined, theirs) if verdicts is None else _judged(verdicts)
    _make(report)  # before the long work, not after it
    found = measure_gap(
        *pictures,
        real,
        scenes=[shot.scene_index for shot in ours],
        features=open_features(features),
        seed=seed,
        photograph_groups=groups,
        labels=_labels(ours) if real_shots else None,
        photograph_labels=_labels(real_shots) if real_shots else None,
        pairs=None if pairs is None else _Decoded(_paired(refined, pairs, whole=True)[1], _rgb),
        inception=inception,
    )
    said = _remarks(raw, ours, photographs, record)
    found = replace(found, remarks=(*said, *found.remarks))
    shown = Shown([_name(shot) for shot in ours], *pictures, real, marked)
    write_report(found, shown, report)
    return found


def write_report(found: GapReport, shown: Shown, report: Path) -> None:
    """Write index.html and gap.json: at every moment the old ones or the new ones are there."""
    replace_file(report / FIGURES, json_bytes(found.as_dict()))
    replace_file(report / PAGE, render_page(found, shown).encode())


def _make(report: Path) -> None:
    try:
        report.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RefineError(
            f"{report}: cannot be made: {(error.strerror or str(error)).lower()}; "
            f"choose another folder with --report"
        ) from error


def _name(shot: StoredShot) -> str:
    return f"{shot.scene_index:06d}/{shot.stem}"


def _rgb(shot: StoredShot) -> U8:
    return shot.rgb


def _instances(shot: StoredShot) -> Instances:
    categories = {label.instance_id: label.category for label in shot.annotations}
    return Instances(shot.ids, categories)


def _labels(shots: Sequence[StoredShot]) -> _Decoded[Instances] | None:
    return _Decoded(shots, _instances) if all("ids" in shot.outputs for shot in shots) else None


def _shots(dataset: Dataset) -> list[StoredShot]:
    shots = list(dataset.all_shots())
    if not shots:
        raise RefineError(f"{dataset.root}: there is no complete scene in it")
    if "rgb" not in dataset.card.outputs:
        raise RefineError(f"{dataset.root}: made without rgb: there are no pictures to compare")
    return shots


def _paired(
    first: Dataset, second: Dataset, *, whole: bool = False
) -> tuple[list[StoredShot], list[StoredShot]]:
    """The shots that both have; `whole`: RefineError where the second has not all of the first."""
    by_name = {_name(shot): shot for shot in _shots(first)}
    others = {_name(shot): shot for shot in _shots(second)}
    strange = sorted(others.keys() - by_name.keys()) if not whole else []
    missing = sorted(by_name.keys() - others.keys()) if whole else []
    if strange or missing or not by_name.keys() & others.keys():
        where, name = (second, (missing or sorted(by_name))[0])
        what = f"has {strange[0]}, which {first.root} has not" if strange else f"has no {name}"
        raise RefineError(
            f"{where.root}: {what}; expected the same scenes and shots as in {first.root}"
        )
    both = [name for name in by_name if name in others]
    ours, theirs = [by_name[name] for name in both], [others[name] for name in both]
    _check_same_labels(first, second, ours, theirs)
    return ours, theirs


def _check_same_labels(
    first: Dataset, second: Dataset, ours: Sequence[StoredShot], theirs: Sequence[StoredShot]
) -> None:
    """RefineError where shots of one name show something else; a few are looked at."""
    for at in spread(len(ours), _LOOKED_AT):
        mine, yours = ours[at], theirs[at]
        known = "ids" in mine.outputs and "ids" in yours.outputs
        if known and not np.array_equal(mine.ids, yours.ids):
            raise RefineError(
                f"{second.root}: {_name(mine)} does not show what it shows in {first.root}: "
                f"their instance maps differ; expected pictures of the same scenes"
            )


def _record(refined: Dataset) -> Mapping[str, Any]:
    """refine.json of the root, which says what `apply` made the pictures of; else nothing."""
    path = refined.root / _RECORD
    return read_json(path) if path.is_file() else {}


def _check_source(raw: Dataset, refined: Dataset, record: Mapping[str, Any]) -> None:
    """RefineError where the refined dataset says that it was made of another one."""
    source = record.get("source")
    if not isinstance(source, dict) or "card_sha256" not in source:
        return
    if source["card_sha256"] != hashlib.sha256(read_bytes(raw.root / CARD)).hexdigest():
        raise RefineError(
            f"{refined.root}: it was not made of {raw.root}: its {_RECORD} names another dataset, "
            f"{source.get('name')!r}; compare it with the renders that it was made of"
        )


def _remarks(
    raw: Dataset,
    compared: Sequence[StoredShot],
    photographs: Photographs | Dataset,
    record: Mapping[str, Any],
) -> list[str]:
    total = len(_shots(raw))
    partly = [
        f"Only {len(compared)} of {total} pictures are refined so far: the others are left out."
    ]
    return [
        *(partly if len(compared) < total else []),
        *(_on_photographs(photographs, record) if isinstance(photographs, Photographs) else ()),
    ]


def _on_photographs(photographs: Photographs, record: Mapping[str, Any]) -> list[str]:
    fitted = [
        "These are the very photographs that the model was fitted to: what it learned by heart counts "
        "as closed. Compare with photographs that it has not seen."
    ]
    seen = record.get("photographs") == photographs.digest
    return [*(fitted if seen else []), *photographs.remarks]


def _recorded(refined: Dataset, shots: Sequence[StoredShot]) -> dict[str, Marked]:
    """What the gate said when the dataset was refined; nothing where another tool refined it."""
    marked: dict[str, Marked] = {}
    for index in sorted({shot.scene_index for shot in shots}):
        path = scene_folder(refined.root, index) / _RECORD
        if path.is_file():
            marked |= _marks(path, read_json(path), index)
    return marked


def _marks(path: Path, record: Any, index: int) -> dict[str, Marked]:
    try:
        return {
            f"{index:06d}/{stem}": Marked(
                shot["refiner"],
                tuple(
                    f"{name}: {reason}"
                    for name, verdict in shot["rejected"].items()
                    for reason in verdict["reasons"]
                ),
            )
            for stem, shot in record["shots"].items()
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise DatasetError(
            f"{path}: not a record of `refine apply` ({error!r}); refine this scene again"
        ) from error


def _judged(verdicts: Mapping[str, Judgement]) -> dict[str, Marked]:
    return {
        name: Marked("accepted" if verdict.accepted else "rejected", verdict.reasons)
        for name, verdict in verdicts.items()
    }
