# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Decoders in a jail, for Python: jail/cellblock_jail.h by way of ctypes.

    with Jail("png", library="libcellblock_jail.so", worker="png_worker") as jail:
        try:
            pixels = jail.call(file)   # bytes, which nobody has validated
        except CallFailed as failed:   # failed.end is "refused", "exhausted" …
            print(failed)
"""

import ctypes
from ctypes import (POINTER, byref, c_char_p, c_int, c_int64, c_size_t,
                    c_uint32, c_uint64, c_void_p)
from types import TracebackType
from typing import Dict, Optional, Type

_WHY_BYTES = 512
_CLEAN = 0
_NUMBERS = ("pool_bytes", "stack_bytes", "input_bytes", "output_buffer",
            "output_limit", "deadline_ms", "cpu_limit_ms",
            "start_deadline_ms")
_CHOICES = ("freshness", "workers", "zeroed", "populate", "hardened",
            "anywhere", "messages", "reserved")


class _Options(ctypes.Structure):
    # The first version of cellblock_jail_options: `size` says so.
    _fields_ = ([("size", c_size_t)] + [(name, c_uint64) for name in _NUMBERS] +
                [(name, c_int) for name in _CHOICES] +
                [("preset", c_char_p), ("allow", POINTER(c_char_p)),
                 ("worker_binary", c_char_p)])


class _Failure(ctypes.Structure):
    _fields_ = ([(name, c_int)
                 for name in ("end", "code", "signal", "exit_code")] +
                [("worker", c_int64)] +
                [(name, c_uint64)
                 for name in ("address", "asked", "short_by", "in_use", "peak",
                              "largest_free", "pool", "time_limit_ms",
                              "output_limit")] +
                [("call_number", c_uint32), ("call_arch", c_uint32),
                 ("call_instruction", c_uint64),
                 ("call_arguments", c_uint64 * 6)])


_FUNCTIONS = {
    "cellblock_end_name": (c_char_p, c_int),
    "cellblock_jail_options_init": (None, POINTER(_Options), c_size_t),
    "cellblock_jail_create": (c_void_p, POINTER(_Options), c_char_p, c_char_p),
    "cellblock_jail_destroy": (None, c_void_p),
    "cellblock_jail_call_with": (c_void_p, c_void_p, c_char_p, c_size_t,
                                 c_uint64, c_int),
    "cellblock_output_message": (c_char_p, c_void_p),
    "cellblock_output_bytes": (c_void_p, c_void_p, POINTER(c_size_t)),
    "cellblock_output_failure": (POINTER(_Failure), c_void_p),
    "cellblock_output_free": (None, c_void_p),
}


class JailError(Exception):
    """There is no jail, and why."""


class CallFailed(Exception):
    """A call that was not clean.

    end: how it ended, by name. figures: the numbers of cellblock_failure, 0
    where they do not apply. Most of them are the worker's word.
    """

    def __init__(self, end: str, message: str,
                 figures: Dict[str, int]) -> None:
        super().__init__(message)
        self.end = end
        self.figures = figures


class Jail:
    """Workers of `worker` that run `decoder`, until the with block is left.

    `options` are those of cellblock_jail_options by name; `allow` is what
    JailOptions::allow takes. Any number of threads may call at once.
    """

    def __init__(self, decoder: str, *, library: str, worker: str,
                 preset: str = "worker", allow: "tuple[str, ...]" = (),
                 **options: int) -> None:
        self._library = ctypes.CDLL(library)
        for name, (result, *arguments) in _FUNCTIONS.items():
            function = getattr(self._library, name)
            function.restype, function.argtypes = result, arguments
        given = _Options()
        size = ctypes.sizeof(given)
        self._library.cellblock_jail_options_init(byref(given), size)
        for name, value in options.items():
            if name not in _NUMBERS + _CHOICES:
                raise TypeError(f"there is no option {name}")
            setattr(given, name, value)
        given.preset = preset.encode()
        given.allow = (c_char_p * (len(allow) + 1))(
            *(what.encode() for what in allow), None)
        given.worker_binary = worker.encode()
        why = ctypes.create_string_buffer(_WHY_BYTES)
        self._jail: Optional[int] = self._library.cellblock_jail_create(
            byref(given), decoder.encode(), why)
        if not self._jail:
            raise JailError(why.value.decode(errors="replace"))

    def call(self, data: bytes, *, deadline_ms: int = 0,
             descriptor: int = -1) -> bytes:
        """What the decoder makes of `data`; CallFailed if that is nothing."""
        if not self._jail:
            raise JailError("the jail is closed")
        library = self._library
        output = library.cellblock_jail_call_with(self._jail, data, len(data),
                                                  deadline_ms, descriptor)
        if not output:
            raise MemoryError("no memory for the answer")
        try:
            failure = library.cellblock_output_failure(output).contents
            if failure.end != _CLEAN:
                raise CallFailed(
                    library.cellblock_end_name(failure.end).decode(),
                    library.cellblock_output_message(output).decode(),
                    {name: getattr(failure, name)
                     for name, kind in _Failure._fields_
                     if kind in (c_int, c_int64, c_uint32, c_uint64)})
            size = c_size_t()
            start = library.cellblock_output_bytes(output, byref(size))
            return ctypes.string_at(start, size.value) if size.value else b""
        finally:
            library.cellblock_output_free(output)

    def close(self) -> None:
        """Waits for calls in progress, and ends the workers."""
        self._library.cellblock_jail_destroy(self._jail)
        self._jail = None

    def __enter__(self) -> "Jail":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]],
                 value: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()
