"""An OpenGL context without a window. Every module of this package takes `GL` from here.

PyOpenGL chooses its platform when it is first imported, so the choice (EGL, else OSMesa) is made
above that import. pyrender supplies the contexts.
"""

import ctypes
import ctypes.util
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from scenegen.errors import RenderError

_INSTALL = "install Mesa, e.g. `apt-get install libegl1 libgl1-mesa-dri`"


def _platform_name() -> str:
    """Which of PyOpenGL's platforms can be used on this machine."""
    if _egl_devices():
        return "egl"
    if ctypes.util.find_library("OSMesa"):
        return "osmesa"
    raise RenderError(f"no OpenGL without a window: neither EGL nor OSMesa is here; {_INSTALL}")


def _egl_devices() -> int:
    """How many devices EGL can draw with, asked without loading PyOpenGL; 0 where there is no EGL."""
    library = ctypes.util.find_library("EGL")
    if not library:
        return 0
    find = ctypes.CDLL(library).eglGetProcAddress
    find.restype, find.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
    address = find(b"eglQueryDevicesEXT")
    if not address:
        return 1  # an old EGL: its default display is all there is
    count = ctypes.c_int()
    query = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(address)
    return count.value if query(0, None, ctypes.addressof(count)) else 0


# Mesa's llvmpipe draws in the calling thread: one of its own may still unlock a fence that is freed
# already, and so change a number somewhere. Workers use the other cores.
os.environ["LP_NUM_THREADS"] = "0"
if os.environ.get("PYOPENGL_PLATFORM") not in ("egl", "osmesa"):
    os.environ["PYOPENGL_PLATFORM"] = _platform_name()


@contextmanager
def _without_its_init(name: str) -> Iterator[None]:
    """Modules of a package are imported here without its `__init__`; later imports do run it."""
    spec = importlib.util.find_spec(name)
    if name in sys.modules or spec is None:
        yield
        return
    package = sys.modules[name] = ModuleType(name)
    package.__path__ = spec.submodule_search_locations or []
    try:
        yield
    finally:
        del sys.modules[name]


try:
    from OpenGL import GL
    from OpenGL.platform import PLATFORM

    with _without_its_init("pyrender"):  # it would load a viewer and trimesh: 0.4 s, 70 MB
        from pyrender.primitive import Primitive
except (ImportError, AttributeError, OSError) as error:  # a library is named but cannot be used
    raise RenderError(f"OpenGL cannot be loaded ({error}); {_INSTALL}") from error

__all__ = ["GL", "Context", "Primitive"]

_EXTENSIONS, _SOFTWARE = 0x3055, b"EGL_MESA_device_software"  # of eglQueryDeviceStringEXT
_LOWER_LEFT, _ZERO_TO_ONE = 0x8CA1, 0x935F  # glClipControl is younger than PyOpenGL 3.1.0's tables


class Context:
    """The current OpenGL context of this process: core profile, GLSL 4.10, clip depth in [0, 1]."""

    def __init__(self) -> None:
        self._platform = _open()
        self._platform.make_current()
        try:
            _set_depth_range()
        except RenderError:
            self.close()
            raise
        GL.glPixelStorei(GL.GL_PACK_ALIGNMENT, 1)
        GL.glPixelStorei(GL.GL_UNPACK_ALIGNMENT, 1)
        GL.glFrontFace(GL.GL_CW)  # framebuffers hold the top row first: windings look mirrored
        self.max_size = int(GL.glGetIntegerv(GL.GL_MAX_TEXTURE_SIZE))
        self.max_samples = int(GL.glGetIntegerv(GL.GL_MAX_SAMPLES))
        self.extensions = _extensions()
        self.renderer = GL.glGetString(GL.GL_RENDERER).decode()

    def make_current(self) -> None:
        self._platform.make_current()

    def close(self) -> None:
        self._platform.delete_context()


def _open() -> Any:
    """A pyrender platform with a context made, of the kind PyOpenGL was loaded for."""
    name = os.environ["PYOPENGL_PLATFORM"]
    try:
        if name == "osmesa":
            from scenegen.render.osmesa import OSMesaPlatform

            return OSMesaPlatform()
        with _without_its_init("pyrender"):
            from pyrender.platforms import egl
        platform = egl.EGLPlatform(8, 8, _device(egl))
        platform.init_context()
    except Exception as error:  # pyrender asserts, PyOpenGL and ctypes raise their own kinds
        reason = " ".join(str(error).split()) or type(error).__name__
        raise RenderError(f"no OpenGL context from {name} ({reason[:200]}); {_INSTALL}") from error
    return platform


def _device(egl: Any) -> Any:
    """The EGL device to draw with; None: the default one, where EGL cannot tell them apart.

    GPUs if there are any, else the software's; $EGL_DEVICE_ID counts round them, so that workers
    need not know how many there are.
    """
    if egl._eglQueryDevicesEXT is None:
        return None
    tell, devices = egl._eglQueryDeviceStringEXT, egl.query_devices()
    gpus = [d for d in devices if _SOFTWARE not in (tell(d._display, _EXTENSIONS) or b"")]
    choice = gpus or devices
    return choice[int(os.environ.get("EGL_DEVICE_ID", "0")) % len(choice)]


def _set_depth_range() -> None:
    """Clip depth from 0 to 1, which reversed depth needs (OpenGL 4.5 or ARB_clip_control)."""
    address = PLATFORM.getExtensionProcedure(b"glClipControl")
    if not address:
        raise RenderError("the OpenGL driver is too old (no glClipControl); OpenGL 4.5 is needed")
    clip_control = ctypes.CFUNCTYPE(None, ctypes.c_uint, ctypes.c_uint)(address)
    clip_control(_LOWER_LEFT, _ZERO_TO_ONE)


def _extensions() -> frozenset[str]:
    count = int(GL.glGetIntegerv(GL.GL_NUM_EXTENSIONS))
    return frozenset(GL.glGetStringi(GL.GL_EXTENSIONS, i).decode() for i in range(count))
