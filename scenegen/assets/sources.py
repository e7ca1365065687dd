"""Where objects come from, as a recipe says it. Paths are plain strings here; `library` finds them.

To add a source: write a frozen class with one naming key, list it in `Source`, and teach
`index.index` which files it holds.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

Unit = Literal["m", "cm", "mm", "inch"]
METRES: dict[str, float] = {"m": 1.0, "cm": 0.01, "mm": 0.001, "inch": 0.0254}


class _Source(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    prefix: str = Field("", description="put before every object id, to keep two sources apart")
    density: Annotated[float, Field(strict=True, gt=0, le=25000)] = Field(
        500.0, description="kg/m³ of the convex parts, where the object has no mass of its own"
    )


class Builtin(_Source):
    """The objects that come with scenegen."""

    builtin: Literal[True] = Field(True, description="`builtin` alone says the same")


class Folder(_Source):
    """A folder of meshes: OBJ, PLY, STL, GLB/glTF or DAE, one object a file, or one a subfolder.

    The id is the file's stem, or the subfolder's name where it holds one mesh, else
    `<subfolder>_<stem>`. `asset.yaml` (subfolder) or `<stem>.yaml` may give name, category,
    description, licence, mass, density, keypoints and symmetries. `<stem>_coacd_0.stl` …,
    `<stem>_vhacd.obj`, `<stem>_collision.*` or, for a mesh alone, `collision.*` are its convex parts.
    """

    folder: str = Field(description="folder, relative to the recipe or to an --assets folder")
    units: Literal["auto"] | Unit = Field(
        "auto", description="unit in the files; auto: what the file says (DAE), else metres"
    )
    up: Literal["auto", "y", "z"] = Field(
        "auto",
        description="axis that points up in the files; auto: y for glTF, as a DAE says, else z",
    )
    category: str = Field("", description="label category of all of them; default: their own id")


class Urdf(_Source):
    """A URDF file, or a folder of them: the id is the file's stem.

    The root link and all links fixed to it become one rigid object.
    """

    urdf: str = Field(description="file or folder, relative to the recipe or an --assets folder")
    category: str = Field("", description="label category of all of them; default: their own id")


class Bop(_Source):
    """A BOP `models/` folder: obj_000001.ply … in millimetres, with models_info.json."""

    bop: str = Field(description="folder, relative to the recipe or to an --assets folder")
    names: dict[str, str] = Field(
        default_factory=dict, description="category of each object number, e.g. {'5': can}"
    )


class Ycb(_Source):
    """The YCB layout: <name>/textured.obj or <name>/google_16k/textured.obj, in metres.

    The id is the folder's name, the category the same without the number: 005_tomato_soup_can
    is a tomato_soup_can.
    """

    ycb: str = Field(description="folder, relative to the recipe or to an --assets folder")


def _kind(value: Any) -> str:
    if value == "builtin":
        return "name"
    if isinstance(value, _Source):
        return type(value).__name__.lower()
    keys = list(value) if isinstance(value, Mapping) else []
    return next((str(k) for k in keys if k in ("builtin", "folder", "urdf", "bop", "ycb")), "")


Source = Annotated[
    Annotated[Literal["builtin"], Tag("name")]
    | Annotated[Builtin, Tag("builtin")]
    | Annotated[Folder, Tag("folder")]
    | Annotated[Urdf, Tag("urdf")]
    | Annotated[Bop, Tag("bop")]
    | Annotated[Ycb, Tag("ycb")],
    Discriminator(_kind),
]
