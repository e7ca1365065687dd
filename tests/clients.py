"""Foreign readers that tests may use: each skips the test, saying so, where it is not installed."""

from pathlib import Path
from types import ModuleType

import pytest

from scenegen.dataset import Dataset
from scenegen.export import Options, export_dataset
from scenegen.export.selection import Selection, select

LEAKY = (
    "ignore::ResourceWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
    "ignore::DeprecationWarning",
    "ignore::UserWarning",
)
"""What clients warn of that is not ours: files they leave open, names they still use."""


def torchvision_datasets() -> ModuleType:
    """torchvision.datasets; its compiled operators need not load, no reader uses them."""
    torch = pytest.importorskip("torch")
    if torch.version.cuda is None:
        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return pytest.importorskip("torchvision.datasets")


def exported(
    dataset: Path, form: str, out: Path, *, roots: tuple[Path, ...] = (), **chosen: str
) -> tuple[str, ...]:
    """Export a whole dataset in one go; returns the remarks."""
    return export_dataset(selected(dataset), form, out, Options(chosen, roots))


def selected(dataset: Path) -> Selection:
    return select(Dataset.open(dataset))
