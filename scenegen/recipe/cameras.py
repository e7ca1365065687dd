"""Who is looking."""

from typing import Annotated, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from scenegen.distributions import Number, Whole, support, within
from scenegen.recipe.base import Name, NotNegative, Positive, Section, Vector, first_key

WIDEST, WIDEST_FISHEYE = 160.0, 177.0


class Shell(Section):
    """Anywhere on a piece of a sphere around the point looked at."""

    radius: Positive = Field(description="distance from the point, metres")
    azimuth_deg: Number = Field(description="0: on the +x side, 90: on the +y side")
    elevation_deg: Annotated[Number, within(-90.0, 90.0)] = Field(
        description="above the point's horizon"
    )


class Orbit(Section):
    """Evenly spaced on a circle around the point looked at, as the views go on."""

    radius: Positive = Field(description="distance from the point, metres")
    elevation_deg: Annotated[Number, within(-90.0, 90.0)] = Field(
        description="above the point's horizon"
    )
    start_deg: Number = Field(0.0, description="azimuth of the first view")
    sweep_deg: Number = Field(360.0, description="angle from the first view to one after the last")


class Path(Section):
    """Along a line through points (a Catmull-Rom spline), as the views go on."""

    points: tuple[Vector, ...] = Field(min_length=2, description="metres, in the world")


class Fixed(Section):
    """At one place."""

    position: Vector = Field(description="metres, in the world")


class ShellPose(Section):
    shell: Shell


class OrbitPose(Section):
    orbit: Orbit


class PathPose(Section):
    path: Path


class FixedPose(Section):
    fixed: Fixed


class FullK(Section):
    """Measured intrinsics, OpenCV convention: the centre of the top-left pixel is (0, 0)."""

    fx: Annotated[float, Field(strict=True, gt=0, le=1e6)] = Field(description="pixels")
    fy: Annotated[float, Field(strict=True, gt=0, le=1e6)] = Field(description="pixels")
    cx: Annotated[float, Field(strict=True, ge=-1e5, le=1e5)] | None = Field(
        None, description="default: (width − 1)/2"
    )
    cy: Annotated[float, Field(strict=True, ge=-1e5, le=1e5)] | None = Field(
        None, description="default: (height − 1)/2"
    )
    skew: Annotated[float, Field(strict=True, ge=-1e5, le=1e5)] = Field(
        0.0, description="K[0, 1], pixels"
    )


class Stereo(Section):
    """A second, rectified camera to the right."""

    baseline: Annotated[float, Field(strict=True, gt=0, le=10)] = Field(description="metres")


def _counted(*counts: int, names: str) -> AfterValidator:
    def check(values: tuple[float, ...]) -> tuple[float, ...]:
        if len(values) not in counts:
            raise ValueError(f"expected {names}; found {len(values)} numbers")
        return values

    return AfterValidator(check)


Coefficient = Annotated[float, Field(strict=True, ge=-1000, le=1000)]
_BROWN = _counted(4, 5, 8, names="4, 5 or 8 numbers, k1 k2 p1 p2 [k3 [k4 k5 k6]]")
_KANNALA = _counted(4, names="4 numbers, k1 k2 k3 k4")


class BrownConrady(Section):
    """A lens that bends the picture like most do (Brown 1966, Conrady 1919)."""

    brown_conrady: Annotated[tuple[Coefficient, ...], _BROWN] = Field(
        description="k1 k2 p1 p2 [k3 [k4 k5 k6]], as OpenCV's `calibrateCamera` gives them. "
        "`fov_deg` is that of the same camera without distortion"
    )


class KannalaBrandt(Section):
    """A fisheye lens (Kannala, Brandt 2006)."""

    kannala_brandt: Annotated[tuple[Coefficient, ...], _KANNALA] = Field(
        description="k1 k2 k3 k4, as OpenCV's `fisheye.calibrate` gives them; all 0: equidistant. "
        "`fov_deg` is what is seen from the left border to the right one"
    )


DistortionSection = Annotated[
    Annotated[BrownConrady, Tag("brown_conrady")] | Annotated[KannalaBrandt, Tag("kannala_brandt")],
    Discriminator(first_key),
]
PoseSection = Annotated[
    Annotated[ShellPose, Tag("shell")]
    | Annotated[OrbitPose, Tag("orbit")]
    | Annotated[PathPose, Tag("path")]
    | Annotated[FixedPose, Tag("fixed")],
    Discriminator(first_key),
]
Side = Annotated[Whole, Field(ge=8, le=8192)]


class CameraSection(Section):
    """One camera, or one stereo pair, that takes `views` pictures at every capture."""

    name: Name = Field("camera", description="unique in the recipe")
    size: tuple[Side, Side] = Field((640, 480), description="width and height, pixels")
    fov_deg: Annotated[Number, within(1.0, WIDEST_FISHEYE)] | None = Field(
        None, description="horizontal field of view; default 60. Above 160 for fisheyes only"
    )
    intrinsics: FullK | None = Field(None, description="instead of fov_deg")
    distortion: DistortionSection | None = Field(
        None, description="of its lens, in the labels as well; default: none, a pinhole"
    )
    stereo: Stereo | None = Field(None, description="makes it a pair")
    views: Annotated[Whole, Field(ge=1, le=10000)] = Field(
        1, description="pictures at every capture, each from a newly drawn pose"
    )
    pose: PoseSection = Field(description="where it stands")
    look_at: Name | Vector = Field(
        "objects",
        description="`objects` (their middle), `object` (one of the targets), a piece of "
        "furniture (the middle of its top), or a point",
    )
    look_at_jitter: NotNegative = Field(0.0, description="moves the point looked at, metres")
    roll_deg: Number = Field(0.0, description="turned about the optical axis")
    exposure_ev: Number = Field(0.0, description="stops above or below the metered exposure")

    @model_validator(mode="after")
    def _one_lens(self) -> Self:
        if self.fov_deg is not None and self.intrinsics is not None:
            raise ValueError("give either fov_deg or intrinsics, not both")
        fisheye = isinstance(self.distortion, KannalaBrandt)
        if self.fov_deg is not None and not fisheye and support(self.fov_deg)[1] > WIDEST:
            raise ValueError(
                f"fov_deg above {WIDEST:g} needs a fisheye, `distortion: {{kannala_brandt: …}}`"
            )
        return self
