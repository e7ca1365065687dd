"""URDF: the root link and every link fixed to it, as one rigid object in the root link's frame."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np

from scenegen.assets.files import MeshFile
from scenegen.assets.foreign import safe_xml
from scenegen.assets.mesh import outside_out, read_any, solid_faces
from scenegen.assets.model import PartMaterial
from scenegen.assets.places import Files, read_bytes
from scenegen.assets.raw import Array, RawPart, linear_from_srgb
from scenegen.errors import AssetError
from scenegen.geometry import rotation_about, transform

Element = ElementTree.Element


class UrdfObject(NamedTuple):
    """Visible parts, collision meshes (perhaps none) and mass (None: not given), in metres."""

    parts: list[RawPart]
    collision: list[RawPart]
    mass: float | None


def read_urdf(file: MeshFile) -> UrdfObject:
    """What a URDF file describes; AssetError says which element is wrong."""
    path = Path(file.path)
    try:
        robot = ElementTree.fromstring(safe_xml(read_bytes(path), file.path))
    except ElementTree.ParseError as error:
        raise AssetError(f"{path}: not well-formed XML: {error}") from None
    colors = {
        m.get("name", ""): m for m in robot.findall("material") if m.find("color") is not None
    }
    files = Files(path, Path(file.root))
    found = UrdfObject([], [], None)
    masses = []
    for link, at in _rigid_links(path, robot):
        for visual in link.findall("visual"):
            shape = _shape(files, visual)
            color = _color(files, visual, colors)
            found.parts.extend(_painted(p, color).moved(at @ _origin(files, visual)) for p in shape)
        for element in link.findall("collision"):
            matrix = at @ _origin(files, element)
            found.collision.extend(part.moved(matrix) for part in _shape(files, element))
        masses.append(_mass(files, link))
    if not found.parts:
        raise AssetError(f"{path}: its root link has no <visual>; nothing would be drawn")
    total = sum(masses)
    parts = outside_out(solid_faces(file.path, found.parts))
    return UrdfObject(parts, found.collision, total if total > 0 else None)


def _rigid_links(path: Path, robot: Element) -> Iterator[tuple[Element, Array]]:
    """The root link and those fixed to it, each with `root_from_link`."""
    links = {link.get("name", ""): link for link in robot.findall("link")}
    joints = robot.findall("joint")
    children = {_link(joint, "child") for joint in joints}
    roots = [name for name in links if name not in children]
    if not roots:
        raise AssetError(f"{path}: no root link; a <link> that is no joint's child is needed")
    stack = [(roots[0], np.eye(4))]
    seen = set()
    while stack:
        name, at = stack.pop()
        if name in seen or name not in links:
            continue
        seen.add(name)
        yield links[name], at
        fixed = [j for j in joints if j.get("type") == "fixed" and _link(j, "parent") == name]
        stack += [(_link(j, "child"), at @ _origin(Files(path, path), j)) for j in reversed(fixed)]


def _link(joint: Element, end: str) -> str:
    element = joint.find(end)
    return "" if element is None else element.get("link", "")


def _shape(files: Files, element: Element) -> list[RawPart]:
    """The parts of a <geometry>, in the element's own frame."""
    geometry = element.find("geometry")
    shape = next(iter(geometry), None) if geometry is not None else None
    if shape is None:
        raise AssetError(f"{files.mesh}: a <{element.tag}> has no <geometry>")
    if shape.tag != "mesh":
        return [_primitive(files, shape)]
    name = shape.get("filename", "")
    mesh = MeshFile(str(_locate(files, name)), str(files.root))
    scale = _numbers(files, shape.get("scale", "1 1 1"), 3)
    parts = [part for part in read_any(mesh) if len(part.faces)]
    return [part.moved(np.diag([*scale, 1.0])) for part in parts]


def _locate(files: Files, name: str) -> Path:
    """The file of a mesh: relative, or package://… found in a folder above the URDF."""
    if not name.startswith("package://"):
        return files.locate(name.removeprefix("file://"), "mesh")
    package, _, rest = name.removeprefix("package://").partition("/")
    for folder in files.mesh.parents:
        if not folder.is_relative_to(files.root):
            break
        for guess in (f"{package}/{rest}", rest):
            if (folder / guess).is_file() and (guess != rest or folder.name == package):
                return Files(folder / "_", files.root).locate(guess, "mesh")
    raise AssetError(
        f"{files.mesh}: mesh '{name}' was found in no folder '{package}' up to {files.root}; "
        f"pass the folder that holds '{package}' with `--assets DIR`"
    )


def _primitive(files: Files, shape: Element) -> RawPart:
    from trimesh import creation

    if shape.tag == "box":
        mesh = creation.box(_numbers(files, shape.get("size", ""), 3))
    elif shape.tag == "sphere":
        mesh = creation.icosphere(3, _numbers(files, shape.get("radius", ""), 1)[0])
    elif shape.tag == "cylinder":
        radius, length = (_numbers(files, shape.get(k, ""), 1)[0] for k in ("radius", "length"))
        mesh = creation.cylinder(radius, length, sections=48)
    else:
        raise AssetError(f"{files.mesh}: <{shape.tag}> is not one of mesh, box, sphere, cylinder")
    return RawPart(np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces, np.int64))


def _origin(files: Files, element: Element) -> Array:
    """(4, 4) of an <origin>: fixed-axis roll, pitch, yaw, then the shift."""
    origin = element.find("origin")
    if origin is None:
        return np.eye(4)
    roll, pitch, yaw = _numbers(files, origin.get("rpy", "0 0 0"), 3)
    turn = rotation_about([0, 0, 1], yaw) @ rotation_about([0, 1, 0], pitch)
    turn = turn @ rotation_about([1, 0, 0], roll)
    return transform(turn, _numbers(files, origin.get("xyz", "0 0 0"), 3))


def _color(files: Files, visual: Element, named: dict[str, Element]) -> PartMaterial | None:
    """The surface that a <visual> asks for; its color is sRGB."""
    element = visual.find("material")
    if element is None:
        return None
    color = element.find("color")
    if color is None:
        known = named.get(element.get("name", ""))
        color = None if known is None else known.find("color")
    if color is None:
        return None
    red, green, blue = linear_from_srgb(_numbers(files, color.get("rgba", ""), 4)[:3]).tolist()
    return PartMaterial((red, green, blue))


def _painted(part: RawPart, color: PartMaterial | None) -> RawPart:
    """The part in that color, where its own file says nothing of its surface."""
    return part if part.material or part.colors is not None else replace(part, material=color)


def _mass(files: Files, link: Element) -> float:
    element = link.find("inertial/mass")
    return 0.0 if element is None else _numbers(files, element.get("value", ""), 1)[0]


def _numbers(files: Files, text: str, count: int) -> list[float]:
    try:
        numbers = [float(word) for word in text.split()]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(math.isfinite(n) and abs(n) < 1e6 for n in numbers):
        raise AssetError(f"{files.mesh}: '{text}' should be {count} number(s)")
    return numbers
