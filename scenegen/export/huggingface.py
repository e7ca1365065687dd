"""Hugging Face `datasets`: a folder of images with metadata.jsonl, or Parquet with all inside.

layout=folder    <split>/000012_0003.rgb.png … and <split>/metadata.jsonl, a line a shot
layout=parquet   data/<split>-00000.parquet …, each with the scenes of one range of numbers
Both have a README.md that tells `load_dataset(folder)` where each split is.
"""

from collections.abc import Iterable
from itertools import groupby

import yaml

from scenegen.errors import DatasetError
from scenegen.export import Options
from scenegen.export.folder import ExportFolder
from scenegen.export.huggingface_folder import write_folders
from scenegen.export.huggingface_parquet import write_parquet
from scenegen.export.huggingface_rows import DEEP
from scenegen.export.pinholes import require
from scenegen.export.selection import Selection

_PER_FILE = 100


def export(selection: Selection, folder: ExportFolder, options: Options) -> Iterable[str]:
    """Write pictures and rows, split by split; remarks tell what was left out."""
    layout = options.get("layout", "folder")
    if layout not in ("folder", "parquet"):
        raise DatasetError(f"--set layout={layout}: expected folder or parquet")
    require(selection, "huggingface", ("rgb",))
    remarks = list(_remarks(selection, layout))
    splits = [split for split in selection.splits if selection.scenes(split)]
    if layout == "parquet":
        _parquet(selection, splits, folder)
        paths = {split: f"data/{split}-*.parquet" for split in splits}
    else:
        remarks += write_folders(selection, splits, folder)
        paths = {split: f"{split}/**" for split in splits}
    folder.write("README.md", _card(selection, paths).encode(), again=True)
    return remarks


def _parquet(selection: Selection, splits: list[str], folder: ExportFolder) -> None:
    done, total = 0, len(selection.indices)
    for split in splits:
        for number, group in groupby(selection.scenes(split), lambda index: index // _PER_FILE):
            scenes = list(group)
            write_parquet(selection, scenes, folder, f"data/{split}-{number:05d}.parquet")
            done += len(scenes)
            folder.progress(done, total)


def _card(selection: Selection, paths: dict[str, str]) -> str:
    """The dataset card: where the splits are, then what the columns mean."""
    card = selection.dataset.card
    head = {
        "pretty_name": card.name,
        "task_categories": ["object-detection", "image-segmentation", "depth-estimation"],
        "tags": ["synthetic", "6d-pose", "robotics"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": split, "path": path} for split, path in paths.items()],
            }
        ],
    }
    licences = sorted({asset.licence or "unknown" for asset in card.assets})
    sections = {
        "Categories": [f"{number}: {name}" for number, name in enumerate(selection.names)],
        "Conventions": [f"{name}: {text}" for name, text in card.conventions.items()],
        "Licences of the objects": licences,
    }
    text = f"---\n{yaml.safe_dump(head, sort_keys=False)}---\n\n# {card.name}\n\n"
    if card.description:
        text += f"{card.description.strip()}\n\n"
    text += f"Made by scenegen {card.scenegen}, seed {card.seed}. In `objects`, `category` counts "
    text += "from 0, `bbox` is left, top, width, height; `labels` has all labels as JSON.\n"
    for title, lines in sections.items():
        text += f"\n## {title}\n\n" + "".join(f"- {line}\n" for line in lines)
    return text


def _remarks(selection: Selection, layout: str) -> Iterable[str]:
    deep = [output for output in DEEP if output in selection.dataset.card.outputs]
    if deep and layout == "folder":
        yield (
            f"{', '.join(deep)} left out: their 16-bit color would be cut to 8 bits on loading; "
            "--set layout=parquet has them"
        )
    ignored = sum(len(picked.ignored) for picked in selection) if selection.min_visible else 0
    if ignored:
        yield (
            f"{ignored} objects seen less than min_visible are not in `objects`, only in `labels`"
        )
