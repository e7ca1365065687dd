"""Which shots and objects are exported, under which categories, in which split."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scenegen.dataset import Dataset, StoredShot
from scenegen.errors import DatasetError
from scenegen.scene import ObjectAnnotation

_GOLDEN = 0.6180339887498949


@dataclass(frozen=True, eq=False)
class Picked:
    """One shot to export; `objects` are its targets, `ignored` those that should not count.

    An object is ignored where less than `min_visible` of it is seen, and left out of both lists
    where nothing of it is seen, it is a distractor, or its category was not asked for.
    """

    shot: StoredShot
    split: str
    objects: tuple[ObjectAnnotation, ...]
    ignored: tuple[ObjectAnnotation, ...]

    @property
    def name(self) -> str:
        """000012_0003: unique in the dataset, no dots."""
        return f"{self.shot.scene_index:06d}_{self.shot.stem}"


@dataclass(frozen=True, eq=False)
class Selection:
    """A dataset with a choice made: how it is split, what counts, what things are called.

    `splits` maps names to shares that add up to 1; a scene is in one split as a whole, the same one
    however much the dataset grows. `renamed` maps categories of the dataset to those exported;
    `names` are the exported ones, numbered from 1. `only`: no other scenes than these.
    """

    dataset: Dataset
    splits: Mapping[str, float]
    renamed: Mapping[str, str]
    min_visible: float = 0.0
    only: range | None = None

    @property
    def indices(self) -> list[int]:
        """Numbers of the complete scenes to export, sorted."""
        return [index for index in self.dataset if self.only is None or index in self.only]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.renamed.values())))

    def category_id(self, label: ObjectAnnotation) -> int:
        """Number of its exported category, from 1."""
        return self.names.index(self.renamed[label.category]) + 1

    def split_of(self, scene_index: int) -> str:
        """Scenes are dealt out by multiples of the golden ratio: every split fills up evenly."""
        place = (scene_index * _GOLDEN) % 1.0
        edge = 0.0
        for name, share in self.splits.items():
            edge += share
            if place < edge:
                return name
        return list(self.splits)[-1]

    def scenes(self, split: str) -> list[int]:
        """Numbers of the complete scenes of a split, sorted."""
        return [index for index in self.indices if self.split_of(index) == split]

    def __iter__(self) -> Iterator[Picked]:
        """All shots, scene by scene."""
        for index in self.indices:
            yield from self.picked(index)

    def picked(self, scene_index: int) -> list[Picked]:
        """All shots of a scene, in the order they were taken."""
        split = self.split_of(scene_index)
        return [self.pick(shot, split) for shot in self.dataset.shots(scene_index)]

    def pick(self, shot: StoredShot, split: str) -> Picked:
        """One shot, its objects sorted out."""
        wanted = [
            label
            for label in shot.annotations
            if label.role == "target" and label.category in self.renamed and label.px_visible
        ]
        counts = [label for label in wanted if (label.visible_fraction or 0) >= self.min_visible]
        ignored = [label for label in wanted if (label.visible_fraction or 0) < self.min_visible]
        return Picked(shot, split, tuple(counts), tuple(ignored))


def select(
    dataset: Dataset,
    split: str = "",
    categories: str = "",
    min_visible: float = 0.0,
    only: range | None = None,
) -> Selection:
    """A selection from what was written on the command line.

    `split` is `train=0.8,val=0.2` (default: all in train), `categories` is `mug,can=container`
    (default: all under their own names). DatasetError where they make no sense.
    """
    renamed = _renamed(categories, list(dataset.categories))
    selection = Selection(dataset, _shares(split), renamed, min_visible, only)
    if only is not None and not selection.indices:
        raise DatasetError(
            f"{dataset.root}: none of the scenes {only.start} to {only.stop - 1} is complete"
        )
    return selection


def _shares(text: str) -> dict[str, float]:
    if not text:
        return {"train": 1.0}
    shares: dict[str, float] = {}
    for entry in text.split(","):
        name, _, share = entry.strip().partition("=")
        try:
            shares[name] = float(share)
        except ValueError:
            raise DatasetError(f"--split {text}: expected train=0.8,val=0.2") from None
        if not name.isidentifier() or not 0 < shares[name] <= 1:
            raise DatasetError(
                f"--split {text}: '{entry.strip()}' is no name with a share of 0 to 1"
            )
    if abs(sum(shares.values()) - 1) > 1e-6:
        raise DatasetError(f"--split {text}: the shares add up to {sum(shares.values()):g}, not 1")
    return shares


def _renamed(text: str, known: Sequence[str]) -> dict[str, str]:
    if not text:
        return {name: name for name in known}
    renamed = {}
    for entry in text.split(","):
        old, _, new = entry.strip().partition("=")
        if old not in known:
            raise DatasetError(
                f"--categories: the dataset has no '{old}'; it has: {', '.join(known)}"
            )
        renamed[old] = new or old
    return renamed
