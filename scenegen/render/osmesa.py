"""A software context from libOSMesa, for machines without EGL.

pyrender has one too, but it calls a function that the PyOpenGL it pins does not know.
"""

import ctypes
import ctypes.util

import OpenGL.platform

_RGBA, _UNSIGNED_BYTE = 0x1908, 0x1401
_FORMAT, _DEPTH_BITS = 0x22, 0x30
_PROFILE, _CORE_PROFILE, _MAJOR, _MINOR = 0x33, 0x34, 0x36, 0x37
_SIDE = 8


class OSMesaPlatform:
    """The part of pyrender's platforms that is needed here; nothing is drawn into its own buffer."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(ctypes.util.find_library("OSMesa") or "libOSMesa.so.8")
        create = self._library.OSMesaCreateContextAttribs
        create.restype, create.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_void_p]
        wanted = (_FORMAT, _RGBA, _DEPTH_BITS, 24, _PROFILE, _CORE_PROFILE, _MAJOR, 4, _MINOR, 1, 0)
        self._context = create((ctypes.c_int * len(wanted))(*wanted), None)
        if not self._context:
            raise RuntimeError("libOSMesa offers no core profile of OpenGL 4.1")
        self._buffer = (ctypes.c_ubyte * (4 * _SIDE * _SIDE))()

    def make_current(self) -> None:
        current = self._library.OSMesaMakeCurrent
        current.argtypes = [ctypes.c_void_p, ctypes.c_void_p, *[ctypes.c_int] * 3]
        if not current(self._context, self._buffer, _UNSIGNED_BYTE, _SIDE, _SIDE):
            raise RuntimeError("libOSMesa did not make its context current")
        # PyOpenGL 3.1.0 keeps data by context, but its own answer to this is not hashable
        context = self._context
        OpenGL.platform.GetCurrentContext = lambda: context
        OpenGL.platform.PLATFORM.GetCurrentContext = OpenGL.platform.GetCurrentContext

    def delete_context(self) -> None:
        destroy = self._library.OSMesaDestroyContext
        destroy.restype, destroy.argtypes = None, [ctypes.c_void_p]
        destroy(self._context)
