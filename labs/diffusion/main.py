"""Diffusion models, from noise to image: the lab's variants, one file each.

Read it beside "Elucidating the Design Space of Diffusion-Based Generative Models" (Karras et al. 2022): σ is the size
of the noise and the sampler's time; D(x; σ) is the denoiser; the equation numbers are that paper's.
"""

from cs229tui import labkit

# isort: split
from ideal import study
from likelihood import likelihood

VARIANTS = {"study": study, "likelihood": likelihood}

if __name__ == "__main__":
    with labkit.start(__file__) as run:
        VARIANTS[run.parameters.variant](run)
