"""PyTorch sees the dataset's labels, in torchvision's form; the loop in README runs."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenegen.dataset import Dataset
from scenegen.errors import DatasetError
from scenegen.export.selection import Selection, select

torch = pytest.importorskip("torch")

from scenegen.torch import DetectionDataset, DetectionStream, collate  # noqa: E402

README = Path(__file__).parents[1] / "README.md"


def same(first: tuple[Any, Any], second: tuple[Any, Any]) -> bool:
    pairs = zip(first[1].values(), second[1].values(), strict=True)
    return torch.equal(first[0], second[0]) and all(
        torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b for a, b in pairs
    )


def check_form(selection: Selection, image: Any, target: dict[str, Any]) -> None:
    """What torchvision's reference training demands of an item."""
    count, (_, height, width) = len(target["labels"]), image.shape
    expected = {
        "boxes": ((count, 4), torch.float32),
        "labels": ((count,), torch.int64),
        "masks": ((count, height, width), torch.uint8),
        "area": ((count,), torch.float32),
        "iscrowd": ((count,), torch.int64),
    }
    for name, (shape, dtype) in expected.items():
        assert (tuple(target[name].shape), target[name].dtype) == (shape, dtype), name
    assert isinstance(target["image_id"], int)
    assert image.dtype == torch.float32
    assert 0 <= image.min() < image.max() <= 1
    assert ((target["labels"] >= 1) & (target["labels"] <= len(selection.names))).all()
    for box, mask, area in zip(target["boxes"], target["masks"], target["area"], strict=True):
        rows, columns = torch.nonzero(mask, as_tuple=True)
        edges = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        assert box.tolist() == [int(edge) for edge in edges]
        assert area == len(rows)
    assert target["masks"].sum(dim=0).max() <= 1 if count else True


def test_targets_are_the_labels(made: Path) -> None:
    """Mutants: labels from 0; boxes as x y w h, or closed; masks of all objects in one; an item
    without objects breaks; objects hardly seen count."""
    selection = select(Dataset.open(made), "", "can,mug=cup", min_visible=0.6)
    data = DetectionDataset(selection)
    assert len(data) == sum(1 for _ in selection)
    ignored = 0
    for number, picked in enumerate(selection):
        image, target = data[number]
        check_form(selection, image, target)
        assert np.array_equal(
            (image * 255).round().byte().numpy(), picked.shot.rgb.transpose(2, 0, 1)
        )
        labels = (*picked.objects, *picked.ignored)
        assert [selection.names[i - 1] for i in target["labels"]] == [
            {"can": "can", "mug": "cup"}[label.category] for label in labels
        ]
        ignored += int(target["iscrowd"].sum())
        assert target["iscrowd"].tolist() == [label in picked.ignored for label in labels]
    assert ignored
    bare = DetectionDataset(select(Dataset.open(made), "", "tea_box"))
    empty = [bare[number][1] for number in range(len(bare)) if not len(bare[number][1]["labels"])]
    assert empty
    assert empty[0]["boxes"].shape == (0, 4)
    assert empty[0]["masks"].shape == (0, 120, 160)


@pytest.mark.parametrize("workers", [0, 2])
def test_stream_gives_each_shot_once(made: Path, workers: int) -> None:
    """Mutants: every worker reads every scene; the order does not change with the epoch."""
    selection = select(Dataset.open(made))
    data = DetectionDataset(selection)
    by_id = {target["image_id"]: (image, target) for image, target in data}
    stream = DetectionStream(selection, seed=1)
    orders = set()
    for stream.epoch in range(6):
        loader = torch.utils.data.DataLoader(
            stream, batch_size=3, collate_fn=collate, num_workers=workers
        )
        found = [item for images, targets in loader for item in zip(images, targets, strict=True)]
        assert sorted(target["image_id"] for _, target in found) == sorted(by_id)
        assert all(same(item, by_id[item[1]["image_id"]]) for item in found)
        orders.add(tuple(target["image_id"] for _, target in found))
        if workers:  # processes cost seconds: once is enough
            return
    assert len(orders) > 1


def test_reading_leaves_nothing_behind(made: Path) -> None:
    """Mutant: the labels of every shot that was read stay in memory."""
    data = DetectionDataset(select(Dataset.open(made)))
    data[0]
    assert "record" not in vars(data._shots[0])


def test_transforms_see_both(made: Path) -> None:
    """Mutant: transforms are given the picture only."""
    data = DetectionDataset(
        select(Dataset.open(made)),
        transforms=lambda image, target: (image.flip(-1), {**target, "flipped": True}),
    )
    image, target = data[0]
    plain, _ = DetectionDataset(select(Dataset.open(made)))[0]
    assert target["flipped"]
    assert torch.equal(image.flip(-1), plain)


def test_wrong_split(made: Path) -> None:
    """Mutant: a split that is not there is an empty dataset."""
    with pytest.raises(DatasetError, match="there is: train, val"):
        DetectionDataset(select(Dataset.open(made), "train=0.5,val=0.5"), "test")


def test_the_readme_s_loop_runs(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mutant: a name in README that is not in the code."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "tabletop").symlink_to(made)
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    (code,) = [block for block in blocks if "optimizer" in block]
    exec(compile(code, str(README), "exec"), {})
    losses = [float(line.split()[1]) for line in capsys.readouterr().out.splitlines()]
    assert len(losses) == 3
    assert losses[-1] < losses[0]
