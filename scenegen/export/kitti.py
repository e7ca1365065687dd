"""KITTI in the folders of three of its benchmarks, as torchvision looks for them.

SPLIT/Kitti/raw/training/      objects: image_2, image_3 (right eyes), label_2, calib, depth_2
SPLIT/Kitti2012/training/      stereo: colored_0, colored_1, disp_occ, disp_noc, calib
SPLIT/KittiFlow/training/      motion: image_2/000001_10.png and _11.png, flow_occ, flow_noc

A picture's number is its scene's number times the shots a scene has, plus its own in the scene.
"""

from collections.abc import Iterable, Mapping

import numpy as np

from scenegen.dataset import StoredShot
from scenegen.dataset.files import read_bytes
from scenegen.dataset.pictures import decode_grey, decode_rgb16, steps_from_depth
from scenegen.dataset.png import encode_png
from scenegen.errors import DatasetError
from scenegen.export import Options
from scenegen.export.folder import ExportFolder
from scenegen.export.kitti_labels import calibration, dont_care_line, label_line
from scenegen.export.pinholes import Tally, pinhole_shots, remarks, require
from scenegen.export.selection import Picked, Selection

_DEPTH_STEP = 1 / 256
_SEEN_BY_BOTH = 1  # in stereo_occlusion and flow_occlusion
_NEAR = "pixels nearer than 2 mm or beyond 256 m have no depth: KITTI's steps are 1/256 m"


def export(selection: Selection, folder: ExportFolder, options: Options) -> Iterable[str]:
    """Write the selection; returns what the format cannot say of it."""
    require(selection, "kitti", ["rgb"])
    tally: Tally = Tally()
    indices = selection.indices
    per_scene = len(selection.dataset.shots(indices[0])) if indices else 0
    for done, index in enumerate(indices):
        picks = {picked.shot.stem: picked for picked in pinhole_shots(selection, index, tally)}
        if any(int(stem) >= per_scene for stem in picks):
            raise DatasetError(
                f"scene {index} has more shots than the first one: kitti has no numbers"
            )
        for stem, picked in picks.items():
            if picked.shot.camera.eye != "right":
                name = f"{index * per_scene + int(stem):06d}"
                _write_objects(selection, folder, name, picked, picks, tally)
                _write_stereo(folder, name, picked, picks)
                _write_motion(folder, name, picked, picks)
        folder.progress(done + 1, len(indices))
    return remarks(tally)


def _write_objects(
    selection: Selection,
    folder: ExportFolder,
    name: str,
    picked: Picked,
    picks: Mapping[str, Picked],
    tally: Tally,
) -> None:
    """What the object benchmark has of a picture."""
    shot, place = picked.shot, f"{picked.split}/Kitti/raw/training"
    folder.link(shot.path("rgb"), f"{place}/image_2/{name}.png")
    partner = _partner(shot, picks)
    if partner is not None:
        folder.link(partner.path("rgb"), f"{place}/image_3/{name}.png")
    if "depth" in shot.outputs:
        steps, overflow = steps_from_depth(shot.depth, _DEPTH_STEP)
        tally[_NEAR] += overflow
        folder.write(f"{place}/depth_2/{name}.png", encode_png(steps))
    lines = [label_line(label, selection.renamed[label.category]) for label in picked.objects]
    lines += [dont_care_line(label) for label in picked.ignored]
    folder.write(f"{place}/label_2/{name}.txt", "".join(f"{line}\n" for line in lines).encode())
    text = calibration(shot.camera, _baseline(shot, partner))
    folder.write(f"{place}/calib/{name}.txt", text.encode())


def _write_stereo(
    folder: ExportFolder, name: str, picked: Picked, picks: Mapping[str, Picked]
) -> None:
    """What the stereo benchmark of 2012 has of a pair; disp_noc leaves out what one eye sees."""
    shot, place = picked.shot, f"{picked.split}/Kitti2012/training"
    partner = _partner(shot, picks)
    if partner is None or "disparity" not in shot.outputs:
        return
    folder.link(shot.path("rgb"), f"{place}/colored_0/{name}_10.png")
    folder.link(partner.path("rgb"), f"{place}/colored_1/{name}_10.png")
    folder.link(shot.path("disparity"), f"{place}/disp_occ/{name}_10.png")
    noc = f"{place}/disp_noc/{name}_10.png"
    if "stereo_occlusion" in shot.outputs and not folder.has(noc):
        steps = decode_grey(read_bytes(shot.path("disparity")))
        steps[shot.stereo_occlusion != _SEEN_BY_BOTH] = 0
        folder.write(noc, encode_png(steps))
    text = calibration(shot.camera, _baseline(shot, partner))
    folder.write(f"{place}/calib/{name}.txt", text.encode())


def _write_motion(
    folder: ExportFolder, name: str, picked: Picked, picks: Mapping[str, Picked]
) -> None:
    """What the flow benchmark has of two pictures that follow each other."""
    shot, place = picked.shot, f"{picked.split}/KittiFlow/training"
    if shot.successor is None or "flow" not in shot.outputs:
        return
    folder.link(shot.path("rgb"), f"{place}/image_2/{name}_10.png")
    folder.link(picks[shot.successor].shot.path("rgb"), f"{place}/image_2/{name}_11.png")
    folder.link(shot.path("flow"), f"{place}/flow_occ/{name}_10.png")
    noc = f"{place}/flow_noc/{name}_10.png"
    if "flow_occlusion" in shot.outputs and not folder.has(noc):
        color = decode_rgb16(read_bytes(shot.path("flow")))
        color[shot.flow_occlusion != _SEEN_BY_BOTH] = 0
        folder.write(noc, encode_png(color))


def _partner(shot: StoredShot, picks: Mapping[str, Picked]) -> StoredShot | None:
    return None if shot.stereo_partner is None else picks[shot.stereo_partner].shot


def _baseline(left: StoredShot, right: StoredShot | None) -> float:
    """Metres between the eyes; 0 for one eye."""
    if right is None:
        return 0.0
    apart = right.camera.world_from_camera[:3, 3] - left.camera.world_from_camera[:3, 3]
    return float(np.linalg.norm(apart))
