"""A dataset at a glance: statistics, a contact sheet, and a web page that needs nothing else."""

import html
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean, median
from typing import Any

import cv2
import numpy as np

from scenegen.dataset import Dataset, StoredShot
from scenegen.dataset.files import replace_file
from scenegen.dataset.folder import FAILED, numbered, scene_folder
from scenegen.drawing import Image, captioned, fitted, grid, instances_in_color, with_boxes
from scenegen.errors import DatasetError

SHEET_SHOTS = 24
REPORT_SHOTS = 1000
"""The page counts at most so many shots, evenly spread, so that its cost stays bounded."""

_TILE_WIDTH = 400


def statistics(dataset: Dataset, most: int | None = None) -> dict[str, Any]:
    """Count what is in a dataset, or in `most` shots evenly spread over it, as plain data."""
    everything = _Shots.of(dataset)
    shots = _spread(everything, most)
    by_category: dict[str, list[Any]] = defaultdict(list)
    targets_seen, distances = [], []
    overflow = 0
    for shot in shots:
        targets = [label for label in shot.annotations if label.role == "target"]
        for label in targets:
            by_category[label.category].append(label)
        seen = [label for label in targets if label.px_visible]
        targets_seen.append(len(seen))
        distances += [float(label.camera_from_object[2, 3]) for label in seen]
        overflow += shot.overflow_px.get("depth", 0)
    labels = [label for group in by_category.values() for label in group]
    return {
        "name": dataset.card.name,
        "scenes": len(everything.indices),
        "failed": len({*numbered(dataset.root / FAILED)} - {*everything.indices}),
        "shots": len(everything),
        "shots_counted": len(shots),
        "targets_per_shot": mean(targets_seen),
        "depth_overflow_px": overflow,
        "depth_metres": [min(distances, default=0.0), max(distances, default=0.0)],
        "categories": [_category_row(name, by_category[name]) for name in sorted(by_category)],
        "histograms": {
            "visible fraction": _histogram([v.visible_fraction or 0.0 for v in labels], 0, 1),
            "targets in sight a shot": _histogram(
                targets_seen, 0, max(targets_seen, default=0) + 1
            ),
            "distance of targets, metres": _histogram(distances, 0, max(distances, default=1.0)),
            "height of visible boxes, pixels": _histogram(
                [v.box_visible[3] - v.box_visible[1] for v in labels if v.box_visible], 0, None
            ),
        },
    }


def write_report(dataset: Dataset) -> Path:
    """Write report/{contact_sheet,labels}.jpg and index.html; return the contact sheet's path."""
    numbers = statistics(dataset, REPORT_SHOTS)
    shots = _one_eyed(_spread(_Shots.of(dataset), SHEET_SHOTS))
    folder = dataset.root / "report"
    folder.mkdir(exist_ok=True)
    sheet = folder / "contact_sheet.jpg"
    camera = shots[0].camera
    tile = (_TILE_WIDTH, round(_TILE_WIDTH * camera.height / camera.width))
    _write_sheet(sheet, [_tile(shot, _picture(shot), tile) for shot in shots])
    _write_sheet(folder / "labels.jpg", [_tile(shot, _labelled(shot), tile) for shot in shots])
    page = _page(numbers, shots, dataset)
    replace_file(folder / "index.html", page.encode())
    return sheet


@dataclass(frozen=True)
class _Shots:
    """All shots of a dataset, none of them read.

    A recipe fixes cameras, views and captures, so that all scenes have the shots of the first.
    """

    dataset: Dataset
    indices: Sequence[int]
    first: Sequence[StoredShot]

    @classmethod
    def of(cls, dataset: Dataset) -> "_Shots":
        """DatasetError if there are none."""
        indices = dataset.scene_indices()
        if not indices:
            raise DatasetError(f"{dataset.root}: there is no finished scene in it yet")
        return cls(dataset, indices, dataset.shots(indices[0]))

    def __len__(self) -> int:
        return len(self.indices) * len(self.first)

    def __getitem__(self, number: int) -> StoredShot:
        place, shot = divmod(number, len(self.first))
        index = self.indices[place]
        folder = scene_folder(self.dataset.root, index)
        return replace(self.first[shot], folder=folder, scene_index=index)


def _spread(shots: _Shots, most: int | None) -> Sequence[StoredShot]:
    if most is None or len(shots) <= most:
        return [shots[at] for at in range(len(shots))]
    return [shots[int(at)] for at in np.linspace(0, len(shots) - 1, most)]


def _category_row(name: str, labels: Sequence[Any]) -> dict[str, Any]:
    seen = [label for label in labels if label.px_visible]
    fractions = [label.visible_fraction for label in seen if label.visible_fraction is not None]
    return {
        "category": name,
        "objects": len(labels),
        "seen": len(seen),
        "mean_visible_fraction": mean(fractions) if fractions else 0.0,
        "median_px_visible": median([label.px_visible for label in seen]) if seen else 0,
    }


def _histogram(values: Sequence[float], low: float, high: float | None) -> dict[str, Any]:
    top = high if high is not None else max(values, default=1.0)
    counts, edges = np.histogram(values, bins=20, range=(low, max(top, low + 1e-9)))
    return {"counts": counts.tolist(), "edges": [round(float(edge), 4) for edge in edges]}


def _one_eyed(shots: Sequence[StoredShot]) -> Sequence[StoredShot]:
    """Every stereo pair once, by its left half."""
    left = [
        replace(shot, stem=shot.stereo_partner or shot.stem) if shot.camera.eye == "right" else shot
        for shot in shots
    ]
    return list({(shot.scene_index, shot.stem): shot for shot in left}.values())


def _tile(shot: StoredShot, picture: Image, size: tuple[int, int]) -> Image:
    return captioned(fitted(picture, *size), f"scene {shot.scene_index}  {shot.stem}")


def _labelled(shot: StoredShot) -> Image:
    """The picture with instances tinted and boxes drawn."""
    picture = _picture(shot)
    if "ids" in shot.outputs:
        ids = shot.ids
        mixed = (0.45 * picture + 0.55 * instances_in_color(ids)).astype(np.uint8)
        picture = np.where(ids[..., None] > 0, mixed, picture)
    return with_boxes(picture, shot.annotations)


def _picture(shot: StoredShot) -> Image:
    if "rgb" in shot.outputs:
        return shot.rgb
    return np.full((shot.camera.height, shot.camera.width, 3), 60, dtype=np.uint8)


def _write_sheet(path: Path, tiles: Sequence[Image]) -> None:
    sheet = grid(tiles, columns=min(4, len(tiles)))
    bgr = np.ascontiguousarray(sheet[..., ::-1])
    replace_file(path, cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())


_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:1700px;padding:0 1em;
background:#181818;color:#ddd}a{color:#8cf}img{max-width:100%}h1,h2{font-weight:600}
table{border-collapse:collapse}td,th{padding:.2em .9em;text-align:right;border-bottom:1px solid
#333}td:first-child,th:first-child{text-align:left}.row{display:flex;flex-wrap:wrap;gap:2em}
svg rect{fill:#5aa9e6}svg text{fill:#aaa;font-size:11px}
"""


def _page(numbers: dict[str, Any], shots: Sequence[StoredShot], dataset: Dataset) -> str:
    name = html.escape(numbers["name"])
    description = html.escape(dataset.card.description)
    counted = (
        ""
        if numbers["shots_counted"] == numbers["shots"]
        else (f" (statistics over {numbers['shots_counted']} of them, evenly spread)")
    )
    histograms = "".join(_svg(title, bars) for title, bars in numbers["histograms"].items())
    rows = "".join(
        f"<tr><td>{html.escape(row['category'])}</td><td>{row['objects']}</td><td>{row['seen']}"
        f"</td><td>{row['mean_visible_fraction']:.2f}</td><td>{row['median_px_visible']:.0f}"
        "</td></tr>"
        for row in numbers["categories"]
    )
    links = " · ".join(_link(shot) for shot in shots)
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>{name}</title>
<style>{_STYLE}</style><h1>{name}</h1><p>{description}</p>
<p>{numbers["scenes"]} scenes, {numbers["shots"]} shots{counted}, {numbers["failed"]} failed;
{numbers["targets_per_shot"]:.1f} targets in sight a shot;
{numbers["depth_overflow_px"]} pixels beyond the depth range.</p>
<h2>Pictures</h2><img src="contact_sheet.jpg" alt="contact sheet"><p>{links}</p>
<h2>Labels</h2><img src="labels.jpg" alt="instances and boxes">
<h2>Statistics</h2><div class="row">{histograms}</div>
<table><tr><th>category</th><th>objects</th><th>seen</th><th>mean visible fraction</th>
<th>median px</th></tr>{rows}</table></html>
"""


def _link(shot: StoredShot) -> str:
    target = f"../scenes/{shot.scene_index:06d}/{shot.stem}"
    kind = "rgb.png" if "rgb" in shot.outputs else "json"
    return f'<a href="{target}.{kind}">{shot.scene_index}/{shot.stem}</a>'


def _svg(title: str, bars: dict[str, Any]) -> str:
    counts, edges = bars["counts"], bars["edges"]
    tallest = max([*counts, 1])
    rects = "".join(
        f'<rect x="{14 * at}" y="{100 - 100 * count / tallest:.1f}" width="12" '
        f'height="{100 * count / tallest:.1f}"><title>{edges[at]:g}–{edges[at + 1]:g}: {count}'
        "</title></rect>"
        for at, count in enumerate(counts)
    )
    return (
        f'<figure><svg width="290" height="118" role="img">{rects}<text x="0" y="114">{edges[0]:g}'
        f'</text><text x="280" y="114" text-anchor="end">{edges[-1]:g}</text></svg>'
        f"<figcaption>{html.escape(title)}</figcaption></figure>"
    )
