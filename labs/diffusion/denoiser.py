"""A denoiser that is learned: a network F between fixed scalings (Karras et al. 2022, section 5), kept in a file.

σ_data is the standard deviation of the data; images lie in [-1, 1]. Shapes: B images (B, C, H, W).
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from dit import DiT
from torch import Tensor, nn
from unet import UNet

from cs229tui.errors import UsageError
from cs229tui.labkit import tensor_file

P_MEAN, P_STD = -1.2, 1.2  # table 1: ln σ of a training example is N(P_mean, P_std²)

Conditional = Callable[..., Tensor]  # D(x, sigma, classes); classes None: of any class


@dataclass(frozen=True)
class Shape:
    """All that is needed to build a network again: `layers` are a DiT's, or a U-Net's blocks a level."""

    net: str
    channels: int
    size: int
    classes: int
    width: int
    layers: int
    patch: int = 2
    heads: int = 4


def built(shape: Shape) -> nn.Module:
    """The network F(x, c_noise, classes) of that shape, with its weights at their beginning."""
    s = shape
    F: nn.Module
    if s.net == "dit":
        F = DiT(s.channels, s.size, s.classes, s.width, s.layers, s.heads, s.patch)
    else:
        F = UNet(s.channels, s.size, s.classes, s.width, s.layers, s.patch)
    return F


def scalings(sigma: Tensor, sigma_data: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """c_skip, c_out, c_in and c_noise for each noise level (table 1, last column)."""
    total = sigma**2 + sigma_data**2
    return sigma_data**2 / total, sigma * sigma_data / total.sqrt(), total.rsqrt(), sigma.log() / 4


def preconditioned(F: Callable[..., Tensor], sigma_data: float, classes: int) -> Conditional:
    """D(x, sigma, classes) of equation 7: D = c_skip x + c_out F(c_in x; c_noise).

    x (B, C, H, W) of any floating type, and so is D; sigma a number's tensor or (B,); classes (B,), None for any class
    (which F knows as number `classes`). F computes in float32 whatever x is.
    """

    def D(x: Tensor, sigma: Tensor, labels: Tensor | None = None) -> Tensor:
        labels = torch.full((len(x),), classes, device=x.device) if labels is None else labels
        levels = sigma.to(x.device, torch.float64).expand(len(x))
        c_skip, c_out, c_in, c_noise = (c.to(x.dtype) for c in scalings(levels, sigma_data))
        seen = (c_in.view(-1, 1, 1, 1) * x).float()
        return c_skip.view(-1, 1, 1, 1) * x + c_out.view(-1, 1, 1, 1) * F(seen, c_noise.float(), labels).to(x.dtype)

    return D


@dataclass(frozen=True)
class Trained:
    """A network that was trained, and on what: D(x, sigma, classes) is its denoiser."""

    F: nn.Module
    shape: Shape
    sigma_data: float
    images: str
    classes: tuple[str, ...]

    @property
    def D(self) -> Conditional:
        return preconditioned(self.F, self.sigma_data, self.shape.classes)

    @property
    def pixels(self) -> tuple[int, int, int]:
        """C, H, W of an image."""
        return self.shape.channels, self.shape.size, self.shape.size


def write_network(path: Path, network: Trained) -> None:
    """Keep it in one safetensors file: its weights, and in the header what `load_network` needs besides them."""
    told = {
        "shape": asdict(network.shape),
        "sigma_data": network.sigma_data,
        "images": network.images,
        "classes": network.classes,
    }
    tensor_file.write(path, network.F.state_dict(), {"format": "pt", "network": json.dumps(told)})


def load_network(path: str | Path, device: str = "cpu") -> Trained:
    """The network that `write_network` kept; raises `UsageError` for a file that holds none."""
    try:
        tensors, metadata = tensor_file.read(Path(path).expanduser())
        told: dict[str, Any] = json.loads(metadata["network"])
        shape = Shape(**told["shape"])
        F = built(shape)
        F.load_state_dict(tensors)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise UsageError(
            f"No network can be read from {path}: {error}.",
            "Name a network.safetensors of a training run's artefacts, or none to train one first.",
        ) from error
    F.to(device).eval().requires_grad_(False)
    return Trained(F, shape, float(told["sigma_data"]), str(told["images"]), tuple(told["classes"]))
