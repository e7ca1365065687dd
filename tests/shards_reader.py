"""A strict reader of shards, written from BOP's text, and ways to spoil a shard."""

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from bop_reader import decoded

from scenegen.dataset import Dataset, StoredShot

BOP = [
    "rgb.png",
    "depth.png",
    "camera.json",
    "gt.json",
    "gt_info.json",
    "mask.json",
    "mask_visib.json",
]


def straight(root: Path) -> dict[str, StoredShot]:
    """The shots that a pinhole took, by key."""
    return {
        f"{shot.scene_index:06d}_{int(shot.stem):06d}": shot
        for shot in Dataset.open(root).all_shots()
        if shot.camera.distortion is None
    }


def samples(tar: Path) -> dict[str, dict[str, bytes]]:
    """Members by key, in order; the key ends at the first dot."""
    found: dict[str, dict[str, bytes]] = {}
    with tarfile.open(tar, "r:") as file:
        for entry in file:
            key, _, name = entry.name.partition(".")
            data = file.extractfile(entry)
            assert data is not None
            assert (entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname) == (
                0,
                0,
                0,
                "",
                "",
            )
            assert name not in found.setdefault(key, {}), "two members of one name"
            found[key][name] = data.read()
    return found


def check(tar: Path, root: Path) -> None:
    truth, found = straight(root), samples(tar)
    assert list(found) == list(truth)
    for key, sample in found.items():
        shot = truth[key]
        assert list(sample)[:8] == [*BOP, "ann.json"]
        assert sample["ann.json"] == shot.json_path.read_bytes()
        for output in shot.outputs:
            assert sample[f"{output}.png"] == shot.path(output).read_bytes()
        targets = [label for label in shot.annotations if label.role == "target"]
        visible = json.loads(sample["mask_visib.json"])
        whole = json.loads(sample["mask.json"])
        facts = json.loads(sample["gt_info.json"])
        assert list(visible) == list(whole) == [str(k) for k in range(len(targets))]
        for label, fact, v, w in zip(targets, facts, visible.values(), whole.values(), strict=True):
            assert np.array_equal(decoded(v), shot.ids == label.instance_id)
            assert decoded(w).sum() == label.px_in_frame
            assert not (decoded(v) & ~decoded(w)).any()
            assert fact["px_count_visib"] == label.px_visible


Edit = Callable[[str, bytes], tuple[str, bytes]]


def rewritten(tar: Path, edit: Edit) -> None:
    """The shard again, each member under the name and with the bytes that `edit` gives it."""
    found = samples(tar)
    tar.unlink()
    with tarfile.open(tar, "w", format=tarfile.USTAR_FORMAT) as file:
        for key, sample in found.items():
            for name, data in sample.items():
                full, changed = edit(f"{key}.{name}", data)
                entry = tarfile.TarInfo(full)
                entry.size = len(changed)
                file.addfile(entry, io.BytesIO(changed))


def row_major(name: str, data: bytes) -> tuple[str, bytes]:
    if "mask" not in name:
        return name, data
    masks = json.loads(data)
    for key, mask in masks.items():
        flat = decoded(mask).ravel()
        edges = np.flatnonzero(np.diff(flat)) + 1
        lengths = np.diff([0, *edges, flat.size]).tolist()
        masks[key] = {"counts": [0, *lengths] if flat[0] else lengths, "size": mask["size"]}
    return name, json.dumps(masks).encode()


def eight_bits(name: str, data: bytes) -> tuple[str, bytes]:
    if not name.endswith(".depth.png"):
        return name, data
    depth = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    return name, cv2.imencode(".png", np.minimum(depth, 255).astype(np.uint8))[1].tobytes()


MUTANTS: dict[str, Edit] = {
    "dot in the key": lambda name, data: (f"scene.{name}", data),
    "masks by rows": row_major,
    "depth of 8 bits": eight_bits,
    "annotations cut": lambda n, d: (n, d[:-1] if n.endswith("ann.json") else d),
}
