"""oneDNN: whether torch uses it, which one it is, and the instructions that its kernels are made of here."""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile

import msgspec


class OneDNN(msgspec.Struct, frozen=True, kw_only=True):
    """`isa` is in oneDNN's words (`Intel AVX2`), after what the environment forbids it. None: it did not say."""

    enabled: bool
    version: str | None = None
    isa: str | None = None

    def __str__(self) -> str:
        said = " ".join(part for part in ("on" if self.enabled else "off", self.version) if part)
        return said if self.isa is None else f"{said}, {self.isa}"


def onednn_here() -> OneDNN:
    """Ask oneDNN in this process, by one small convolution. Milliseconds.

    torch has no call for it. oneDNN says what it is in front of the first line of its verbose mode, once a process, on
    standard output, which is captured meanwhile.
    """
    import torch

    backend = torch.backends.mkldnn
    if not backend.is_available():
        return OneDNN(enabled=False)
    said: dict[str, str] = {}
    image, kernel = torch.ones(1, 1, 4, 4), torch.ones(1, 1, 3, 3)
    with _CapturedOutput() as taken, torch.no_grad(), backend.verbose(backend.VERBOSE_ON):
        torch.ops.aten.mkldnn_convolution.default(image, kernel, None, [0, 0], [1, 1], [1, 1], 1)
    for line in taken.text.splitlines():
        # onednn_verbose,v1,info,oneDNN v3.12.0 (commit 80afa71049cd69a3df32adcccb623b12cd7baa22)
        # onednn_verbose,v1,info,cpu,isa:Intel AVX2
        words = line.split(",", 4)
        if len(words) > 3 and words[2] == "info" and words[3].startswith("oneDNN "):
            said["version"] = words[3].split()[1]
        elif len(words) > 4 and words[2:4] == ["info", "cpu"] and words[4].startswith("isa:"):
            said["isa"] = words[4].removeprefix("isa:")
    return OneDNN(enabled=bool(torch._C._get_mkldnn_enabled()), **said)


class _CapturedOutput:
    """What this process, C code included, writes to standard output meanwhile is kept in `text`, and shown nowhere."""

    text = ""

    def __enter__(self) -> _CapturedOutput:
        _flush()
        self._file = tempfile.TemporaryFile()
        self._kept = os.dup(1)
        os.dup2(self._file.fileno(), 1)
        return self

    def __exit__(self, *_: object) -> None:
        _flush()
        os.dup2(self._kept, 1)
        os.close(self._kept)
        self._file.seek(0)
        self.text = self._file.read().decode(errors="replace")
        self._file.close()


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()
    ctypes.CDLL(None).fflush(None)
