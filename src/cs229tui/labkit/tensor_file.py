"""Tensors in one file, in the safetensors format: other tools read it, and unlike a pickle it cannot run code.

The format has three parts: eight bytes with the length of the header; the header, JSON with each tensor's type, shape
and place; the tensors' bytes, one behind the other. Written out here, so that torch alone is enough to use it.
"""

import ctypes
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

_TYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2, "C64": torch.complex64,
    "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "BOOL": torch.bool,
    "U64": torch.uint64, "U32": torch.uint32, "U16": torch.uint16, "U8": torch.uint8,
}  # fmt: skip
_NAMES = {type_: name for name, type_ in _TYPES.items()}
_LONGEST_HEADER = 100_000_000  # bytes, as in the format's own readers


def write(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write dense tensors on any device to `path`, and wait for the disk; raises OSError, and TypeError for a type."""
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    # Larger elements first: then every tensor begins at a multiple of its element's size, as the format asks.
    order = sorted(tensors, key=lambda name: (-tensors[name].element_size(), name))
    end = 0
    for name in order:
        tensor = tensors[name]
        if tensor.dtype not in _NAMES or tensor.layout != torch.strided:
            raise TypeError(f"{name} is of a kind that safetensors cannot hold: {tensor.dtype}, {tensor.layout}")
        start, end = end, end + tensor.numel() * tensor.element_size()
        header[name] = {"dtype": _NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in order:
            dense = tensors[name].detach().resolve_conj().resolve_neg().cpu().contiguous()
            file.write(_memory(dense))
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors (on the CPU) and metadata of a file; raises OSError, and ValueError where it is torn or foreign."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(size - 8, _LONGEST_HEADER):
            raise ValueError("it is cut off, or no safetensors file")
        try:
            header = json.loads(file.read(length))
            metadata = header.pop("__metadata__", {})
            if 8 + length + max((entry["data_offsets"][1] for entry in header.values()), default=0) != size:
                raise ValueError("it is cut off")
            tensors = {}
            for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
                start, end = entry["data_offsets"]
                dtype = _TYPES[entry["dtype"]]
                if (
                    any(side < 0 for side in entry["shape"])
                    or end - start != math.prod(entry["shape"]) * dtype.itemsize
                ):
                    raise ValueError("it contradicts itself")
                tensors[name] = torch.empty(entry["shape"], dtype=dtype)
                file.seek(8 + length + start)
                if file.readinto(_memory(tensors[name])) != end - start:
                    raise ValueError("it is cut off")
        except (KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
            raise ValueError("it is no safetensors file") from error
    return tensors, metadata


def _memory(tensor: Tensor) -> Any:
    """The bytes of a contiguous tensor on the CPU, as a buffer onto them: no copy, and no NumPy."""
    count = tensor.numel() * tensor.element_size()
    return (ctypes.c_char * count).from_address(tensor.data_ptr()) if count else bytearray()
