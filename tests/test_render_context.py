"""Without OpenGL one line says what to install; with little room the oldest things are forgotten."""

import subprocess
import sys
from pathlib import Path

import pytest
from render_scenes import Shapes, camera, scene, thing

from scenegen.scene import Backdrop, Light, Material


def _run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=Path(__file__).parents[1],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    "broken",
    [
        "import ctypes.util; ctypes.util.find_library = lambda name: None",
        "import os; os.environ['PYOPENGL_PLATFORM'] = 'osmesa'\n"
        "import ctypes.util; ctypes.util.find_library = lambda name: None",
    ],
    ids=["nothing installed", "named but not there"],
)
def test_without_opengl_it_says_what_to_install(broken: str) -> None:
    """Mutants: an ImportError or AttributeError of PyOpenGL let through; a message of many lines."""
    code = f"""
from scenegen.errors import RenderError
{broken}
try:
    import scenegen.render.raster
except RenderError as error:
    print(error)
"""
    said = _run(code)
    assert "libegl1" in said
    assert "\n" not in said


def test_little_room_changes_no_pixel() -> None:
    """Mutants: a mesh deleted while its scene is drawn; textures that outlive their entry."""
    from scenegen.render.raster import Raster
    from scenegen.render.store import Store

    floor = Backdrop(floor=Material(texture="stripes"))
    things = [thing(i + 1, kind, (0.1 * i, 0, 0.1)) for i, kind in enumerate(("sphere", "box"))]
    worlds = [
        scene(things, [Light("environment", texture="lamp")], floor),
        scene([thing(1, "post", (0, 0, 0.15), material=Material(texture="stripes"))], [], floor),
    ]
    raster = Raster(Shapes())  # type: ignore[arg-type]
    roomy = [raster.color(world, camera()).tobytes() for world in worlds]
    raster._store = raster._labels._store = raster._silhouettes._store = Store(Shapes(), 1)  # type: ignore[arg-type]
    raster._picture._store = raster._maps._store = raster._sky._store = raster._store
    tight = [raster.color(world, camera()).tobytes() for world in (*worlds, *worlds)]
    assert tight == roomy * 2
    assert len(raster._store._entries) <= 5
    raster.close()


def test_the_driver_draws_in_the_calling_thread() -> None:
    """Threads of llvmpipe may write to freed memory. Mutant: `LP_NUM_THREADS` left as it is."""
    code = """
import sys; sys.path.insert(0, 'tests')
from pathlib import Path
from render_scenes import Shapes, camera, scene, thing
from scenegen.render.raster import Raster
raster = Raster(Shapes())
raster.color(scene([thing(1, 'sphere', (0, 0, 0))]), camera())
names = [(task / 'comm').read_text().strip() for task in Path('/proc/self/task').iterdir()]
print([name for name in names if name.startswith('llvmpipe')])
"""
    assert _run(code) == "[]"
