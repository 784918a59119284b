"""How far made images are from real ones: a Fréchet distance in the features of a classifier that is trained here.

Heusel et al. (2017) compare Gaussians fitted to features of Inception, and call it FID. These are the features of a
small network that learned this lab's own images, so the numbers are no FIDs and compare only with each other: "FD in
the features of the lab's classifier". The classifier is the same for every run and seed; it is kept beside the data.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cs229tui.labkit import data, tensor_file

BATCH, FEATURES = 128, 64
RECIPE = "3"  # to be raised when what is below changes: it is part of the kept file's name


class Classifier(nn.Module):
    """Images (B, C, H, W) in [-1, 1] to logits; `features` (B, 64) are what its last layer sees."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        widths = (channels, 24, 48, FEATURES)
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(widths))
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in widths[1:])
        self.last = nn.Linear(FEATURES, classes)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # quickest for convolutions

    def features(self, x: Tensor) -> Tensor:
        """What is left of each image: 64 numbers, none negative."""
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = F.relu(norm(conv(x)))
        return x.mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.last(self.features(x)))


@dataclass(frozen=True)
class Judge:
    """The classifier, its accuracy on held-out images, and mean and covariance of the real images' features."""

    classifier: Classifier
    accuracy: float
    mean: Tensor
    covariance: Tensor

    @torch.no_grad()
    def seen(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, 64) and the class with the highest logit (B,) of images in [-1, 1]."""
        h = torch.cat([self.classifier.features(part.clamp(-1, 1).float()) for part in torch.split(x, 1000)])
        return h, self.classifier.last(h).argmax(1)

    def distance(self, x: Tensor) -> float:
        """FD between these images and the real ones; needs some more than 64 of them to mean anything."""
        return self.away(self.seen(x)[0])

    def away(self, h: Tensor) -> float:
        """FD between images with these features (B, 64) and the real ones."""
        return frechet(*gaussian(h), self.mean, self.covariance)


def gaussian(h: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (d,) and covariance (d, d) of features (B, d), in float64."""
    h = h.double().cpu()
    return h.mean(0), torch.cov(h.T)


def frechet(m_1: Tensor, C_1: Tensor, m_2: Tensor, C_2: Tensor) -> float:
    """‖m_1 - m_2‖² + tr(C_1 + C_2 - 2 (C_1 C_2)^½), the squared distance of two Gaussians (Dowson and Landau 1982).

    The root has the same trace as that of C_1^½ C_2 C_1^½, which is symmetric: its eigenvalues are enough.
    """
    values, vectors = torch.linalg.eigh(C_1)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    both = torch.linalg.eigvalsh(root @ C_2 @ root).clamp(min=0).sqrt().sum()
    return float((m_1 - m_2).square().sum() + C_1.trace() + C_2.trace() - 2 * both)


def judge(
    examples: Any, device: str, progress: Callable[[float, float], None], epochs: int = 1, most: int = 60_000
) -> Judge:
    """The judge of these `Examples` (uint8): from the cache, or trained now, in some ten seconds of a core."""
    train, classes = examples.train[:most], examples.train_classes[:most]
    told = f"{RECIPE} {epochs} {tuple(train.shape)} {len(examples.classes)}".encode()
    some = bytes(train.flatten()[:: max(1, train.numel() // 50_000)].tolist())  # enough to tell sets of images apart
    name = hashlib.sha256(told + some).hexdigest()[:16]
    kept = data.cache_folder() / f"classifier-{name}.safetensors"
    classifier = Classifier(train.shape[1], len(examples.classes)).to(device)
    try:
        classifier.load_state_dict(tensor_file.read(kept)[0])
    except (OSError, ValueError, RuntimeError):  # not there, or torn: it is made anew
        _learn(classifier, train, classes, epochs, progress)
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(".part")
        tensor_file.write(part, classifier.state_dict(), {})
        part.replace(kept)
    classifier.eval().requires_grad_(False)
    unjudged = Judge(classifier, 0.0, torch.empty(0), torch.empty(0))
    guessed = unjudged.seen(_pixels(examples.test))[1]
    accuracy = float((guessed == examples.test_classes).float().mean())
    return Judge(classifier, accuracy, *gaussian(unjudged.seen(_pixels(train[:20_000]))[0]))


def _learn(classifier: Classifier, x: Tensor, y: Tensor, epochs: int, progress: Callable[[float, float], None]) -> None:
    """Adam, the rate falling to nothing; the same weights for the same images: it draws from a generator of its own."""
    draws = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for layer in [*classifier.convs, classifier.last]:
            weight = cast(nn.Linear, layer).weight
            weight.copy_(torch.randn(weight.shape, generator=draws) * (2 / weight[0].numel()) ** 0.5)
            cast(Tensor, layer.bias).zero_()
    steps = max(1, epochs * len(x) // BATCH)
    optimiser = torch.optim.Adam(classifier.parameters(), fused=True)
    classifier.train()
    for step in range(steps):
        chosen = torch.randint(len(x), (BATCH,), generator=draws)
        pixels, said = _pixels(x[chosen]), y[chosen]
        loss = F.cross_entropy(classifier(pixels), said)
        torch.autograd.backward(loss)
        for group in optimiser.param_groups:
            group["lr"] = 4e-3 * (1 - step / steps)
        optimiser.step()
        optimiser.zero_grad()
        if step % 50 == 0:
            progress(step, steps)


def _pixels(x: Tensor) -> Tensor:
    return x.float() / 127.5 - 1
