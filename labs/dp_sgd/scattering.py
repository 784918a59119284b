"""Features that nobody had to learn: the scattering transform (Bruna and Mallat 2013; Tramèr and Boneh 2020).

An image is filtered by wavelets of J = 2 scales and L = 8 directions and its moduli are taken; those of the fine scale
are filtered once more at the coarse one; everything is averaged over four pixels. That makes 1 + 16 + 64 = 81 channels.
"""

import math

import torch
from torch import Tensor

L, SIZE = 8, 32  # directions; pixels a side with a margin of two


def wavelets(scale: int, size: int) -> Tensor:
    """The Fourier transforms of the L Morlet wavelets of a scale, on size × size pixels, real (L, size, size)."""
    sigma, xi, slant = 0.8 * 2**scale, 0.75 * math.pi / 2**scale, 4 / L
    side = torch.arange(-2 * size, 3 * size, dtype=torch.float64)
    y, x = torch.meshgrid(side, side, indexing="ij")
    made = []
    for direction in range(L):
        theta = math.pi * direction / L
        along, across = x * math.cos(theta) + y * math.sin(theta), y * math.cos(theta) - x * math.sin(theta)
        bump = torch.exp(-(along**2 + (slant * across) ** 2) / (2 * sigma**2)) * slant / (2 * math.pi * sigma**2)
        # Wrapped around the edges; the bump takes away the mean that the wave has.
        flat, wave = (part.view(5, size, 5, size).sum((0, 2)) for part in (bump, torch.polar(bump, xi * along)))
        made.append(torch.fft.fft2(wave - flat * wave.sum() / flat.sum()).real)
    return torch.stack(made).float()


def averages(size: int) -> Tensor:
    """The matrix (7, size) that averages a line of pixels around every fourth of the image's."""
    step = 4 * size // SIZE
    far = (torch.arange(size) - step * torch.arange(1, 8)[:, None]) / (0.4 * step)
    return torch.softmax(-(far**2) / 2, 1)


def modulus(z: Tensor) -> Tensor:
    """|z|, four times as quickly as by `abs`, which guards against numbers that do not occur here."""
    return (z.real**2 + z.imag**2).sqrt()


def scattering(images: Tensor) -> Tensor:
    """The features (B, 81, 7, 7) of images (B, 1, 28, 28)."""
    at = images.device
    fine, coarse = wavelets(0, SIZE).to(at), wavelets(1, SIZE).to(at)
    A, A_half = averages(SIZE).to(at), averages(SIZE // 2).to(at)
    x = torch.nn.functional.pad(images[:, 0], (2, 2, 2, 2), mode="reflect")
    spectrum = torch.fft.fft2(x)[:, None]
    first, other = (modulus(torch.fft.ifft2(spectrum * psi)) for psi in (fine, coarse))
    # What the coarse wavelets pass fits on every second pixel: the spectrum is folded there before it is turned back.
    passed = torch.fft.fft2(first)[:, :, None] * coarse
    n = SIZE // 2
    folded = passed[..., :n, :n] + passed[..., :n, n:] + passed[..., n:, :n] + passed[..., n:, n:]
    second = modulus(torch.fft.ifft2(folded / 4)).flatten(1, 2)
    return torch.cat([A @ x[:, None] @ A.T, A @ first @ A.T, A @ other @ A.T, A_half @ second @ A_half.T], 1)
