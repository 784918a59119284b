"""A denoiser that is learned: a network F between fixed scalings (Karras et al. 2022, section 5), kept in a file.

σ_data is the size of the data, the root of their mean square; images lie in [-1, 1]. Shapes: B images (B, C, H, W).
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


def weight(sigma: Tensor, sigma_data: float) -> Tensor:
    """λ(σ) = 1 / c_out² (table 1): every noise level weighs alike in the loss when training begins."""
    return (sigma**2 + sigma_data**2) / (sigma * sigma_data) ** 2


def noise_levels(count: int, draws: torch.Generator) -> Tensor:
    """`count` levels σ with ln σ from N(P_mean, P_std²), one out of each of `count` equally likely parts of it."""
    u = (torch.arange(count, device=draws.device) + torch.rand(count, generator=draws, device=draws.device)) / count
    return torch.exp(P_MEAN + P_STD * torch.special.ndtri(u.clamp(1e-6, 1 - 1e-6)))


def losses(D: Conditional, y: Tensor, sigma: Tensor, noise: Tensor, *told: Tensor | None, sigma_data: float) -> Tensor:
    """Equation 8 for each image (B,): λ(σ) ‖D(y + σ n; σ) - y‖², a pixel."""
    wrong: Tensor = D(y + sigma.view(-1, 1, 1, 1) * noise, sigma, *told) - y
    return weight(sigma, sigma_data) * wrong.square().mean((1, 2, 3))


class Average:
    """The weights of all steps so far, step t counting as t^γ (power-function EMA; Karras et al. 2023, section 3).

    However long the run is, half of the whole falls on its last 1 - 2^(-1/(γ + 1)): 8 % where γ is 6.94.
    """

    def __init__(self, F: nn.Module, gamma: float) -> None:
        self.F, self.gamma, self.t = F, gamma, 0

    @torch.no_grad()
    def update(self, weights: nn.Module) -> None:
        self.t += 1
        new = 1 - (1 - 1 / self.t) ** (self.gamma + 1)  # the share of the newest: all of it at the first step
        torch._foreach_lerp_(list(self.F.parameters()), list(weights.parameters()), new)

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {"t": self.t, "F": self.F.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        self.t = state["t"]
        self.F.load_state_dict(state["F"])


def linear(images: Tensor) -> Callable[[Tensor, Tensor], Tensor]:
    """The best D(x, sigma) that is linear in x, for images (N, C, H, W): that of a Gaussian with their covariance."""
    y = images.flatten(1)
    mean, covariance = y.mean(0), torch.cov(y.T)

    def D(x: Tensor, sigma: Tensor) -> Tensor:
        noisy = covariance + sigma**2 * torch.eye(len(covariance), device=x.device)
        solved = torch.linalg.solve(noisy, (x.flatten(1) - mean).T)
        made: Tensor = (mean + (covariance @ solved).T).view_as(x)
        return made

    return D


def preconditioned(F: Callable[..., Tensor], sigma_data: float, classes: int) -> Conditional:
    """D(x, sigma, classes) of equation 7: D = c_skip x + c_out F(c_in x; c_noise).

    x (B, C, H, W) of any floating type, and so is D; sigma a number's tensor or (B,); classes (B,), None for any class
    (which F knows as number `classes`); mirrored (B,), None for images as they are. F is given float32 whatever x is.
    """

    def D(x: Tensor, sigma: Tensor, labels: Tensor | None = None, mirrored: Tensor | None = None) -> Tensor:
        labels = torch.full((len(x),), classes, device=x.device) if labels is None else labels
        levels = sigma.to(x.device, x.dtype).expand(len(x))
        c_skip, c_out, c_in, c_noise = scalings(levels, sigma_data)
        seen = (c_in.view(-1, 1, 1, 1) * x).float()
        made = F(seen, c_noise.float(), labels, mirrored).to(x.dtype)
        return c_skip.view(-1, 1, 1, 1) * x + c_out.view(-1, 1, 1, 1) * made

    return D


@dataclass(frozen=True)
class Examples:
    """What is learned from: images (N, C, H, W), uint8 or floats around [-1, 1], and their classes (N,)."""

    name: str
    classes: tuple[str, ...]
    train: Tensor
    train_classes: Tensor
    test: Tensor
    test_classes: Tensor

    @staticmethod
    def of(found: Any, device: str) -> "Examples":
        """Those of `data.images`, on the device."""
        train, test = ((x.permute(0, 3, 1, 2) if x.ndim == 4 else x[:, None]) for x in (found.train, found.test))
        parts = (train, found.train_classes, test, found.test_classes)
        return Examples(found.name, tuple(found.classes), *(part.contiguous().to(device) for part in parts))


def pixels(x: Tensor) -> Tensor:
    """uint8 as floats in [-1, 1]; floats as they are."""
    return x.float() / 127.5 - 1 if x.dtype == torch.uint8 else x


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
    def size(self) -> tuple[int, int, int]:
        """C, H, W of an image."""
        return self.shape.channels, self.shape.size, self.shape.size

    def fits(self, examples: "Examples") -> "Trained":
        """Itself, where it was trained on such images; raises `UsageError`."""
        if self.size != tuple(examples.train.shape[1:]) or self.classes != examples.classes:
            raise UsageError(
                f"The network was trained on {self.images}, not on {examples.name}.",
                "Choose its images with --data, or leave --network out: one is trained first.",
            )
        return self


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
