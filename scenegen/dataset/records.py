"""The JSON files of a scene folder, field by field."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from scenegen.scene import Box, Camera, ObjectAnnotation, Scene

Stem = Annotated[str, StringConstraints(pattern=r"^\d{4,}$")]
PictureName = Annotated[str, StringConstraints(pattern=r"^\d{4,}\.[a-z_]+\.png$")]
"""Names only: a dataset from elsewhere cannot point out of its folder."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)


class ShotEntry(_Record):
    """Who looked at which capture; `stem` is the name of the shot's files."""

    stem: Stem
    capture: int
    camera: Camera


class SceneRecord(_Record):
    """scene.json: all that replay needs."""

    scene: int
    attempt: int
    captures: tuple[Scene, ...]
    shots: tuple[ShotEntry, ...]


class ShotRecord(_Record):
    """0000.json: one shot; `time` is seconds after release, `files` names a PNG by output.

    `overflow_px` counts, by output, the pixels written as nothing because they did not fit.
    """

    camera: Camera
    capture: int
    time: float
    at_rest: bool
    stereo_partner: Stem | None
    successor: Stem | None
    files: dict[str, PictureName]
    overflow_px: dict[str, int]
    objects: tuple[ObjectAnnotation, ...]


class TrackPoint(_Record):
    """One object in one shot."""

    stem: Stem
    capture: int
    time: float
    camera: str
    view: int
    eye: str
    px_visible: int
    box_visible: Box | None


class Track(_Record):
    """One object through all shots of a scene."""

    instance_id: int
    asset_id: str
    category: str
    category_id: int
    role: str
    shots: tuple[TrackPoint, ...]


class Tracks(_Record):
    """tracks.json."""

    tracks: tuple[Track, ...]


class Failure(_Record):
    """failed/000124.json: why a scene was given up; `command` shows it again."""

    scene: int
    error: str
    message: str
    attempts: tuple[str, ...]
    command: str
