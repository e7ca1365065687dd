"""The JSON files of a scene folder, field by field."""

from pydantic import BaseModel, ConfigDict

from scenegen.scene import Camera, ObjectAnnotation, Scene


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)


class ShotEntry(_Record):
    """Who looked at which capture; `stem` is the name of the shot's files."""

    stem: str
    capture: int
    camera: Camera


class SceneRecord(_Record):
    """scene.json: all that replay needs."""

    scene: int
    attempt: int
    captures: tuple[Scene, ...]
    shots: tuple[ShotEntry, ...]


class ShotRecord(_Record):
    """0000.json: one shot; `time` is seconds after release, `files` names a PNG by output."""

    camera: Camera
    capture: int
    time: float
    at_rest: bool
    stereo_partner: str | None
    files: dict[str, str]
    depth_overflow_px: int
    objects: tuple[ObjectAnnotation, ...]


class Failure(_Record):
    """failed/000124.json: why a scene was given up; `command` shows it again."""

    scene: int
    error: str
    message: str
    attempts: tuple[str, ...]
    command: str
