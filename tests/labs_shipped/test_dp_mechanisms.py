"""The building blocks of privacy: their tail curves and their composition against closed forms and counting."""

import itertools
import math
import sys
from typing import Any

import pytest

from cs229tui.folders import shipped
from shipped_lab import loaded

loaded(shipped("labs/dp_sgd"))
mechanisms: Any = sys.modules["mechanisms"]
torch: Any = sys.modules["torch"]


def at(*values: float) -> Any:
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize("epsilon", [0.6, 1.0, 4.0])
def test_each_tail_curve_is_the_integral_of_what_p_has_more(epsilon: float) -> None:
    z = torch.linspace(-60, 61, 2_420_001, dtype=torch.float64)
    P, Q = (epsilon / 2 * torch.exp(-epsilon * (z - middle).abs()) for middle in (1.0, 0.0))  # noqa: N806
    sigma = 2 / epsilon
    near, far = (torch.exp(-((z - m) ** 2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi)) for m in (1.0, 0.0))
    yes, no = torch.sigmoid(at(epsilon)), torch.sigmoid(at(-epsilon))
    points = epsilon * at(-0.9, -0.3, 0.0, 0.4, 0.95, 1.0, 1.3)
    counted = [
        (mechanisms.laplace_curve(epsilon), P * 5e-5, Q * 5e-5),
        (mechanisms.gaussian_curve(1 / sigma), near * 5e-5, far * 5e-5),
        (mechanisms.response_curve(epsilon), torch.cat([yes, no]), torch.cat([no, yes])),
    ]
    for curve, here, there in counted:
        exact = at(*[float((here - math.exp(point) * there).clamp(min=0).sum()) for point in points.tolist()])
        if curve is counted[0][0]:
            exact += 1 - P.sum() * 5e-5  # the tails beyond the grid
        assert torch.allclose(curve(points), exact, atol=1e-6)


def test_the_analytic_gaussian_needs_exactly_its_delta() -> None:
    mu = mechanisms.gaussian_for(1.0, 1e-5)
    assert float(mechanisms.gaussian_curve(mu)(at(1.0))[0]) == pytest.approx(1e-5, rel=1e-6)
    assert 1 / mu == pytest.approx(3.7306, abs=1e-3)
    assert float(mechanisms.gaussian_curve(1.0)(at(4.37718))[0]) == pytest.approx(1e-5, rel=1e-4)


@pytest.mark.parametrize(
    ("epsilon", "times", "delta"), [(0.1, 1, 1e-5), (0.1, 30, 1e-5), (0.5, 10, 1e-6), (2.0, 3, 1e-3)]
)
def test_randomised_response_composes_to_a_binomial(epsilon: float, times: int, delta: float) -> None:
    # Kairouz, Oh and Viswanath: i lies among k answers have the loss (k - 2 i) ε.
    p = 1 / (1 + math.exp(-epsilon))
    found = mechanisms.composed(mechanisms.response_curve(epsilon), epsilon, times, delta)
    spent = sum(
        math.comb(times, i) * p ** (times - i) * (1 - p) ** i * max(0.0, -math.expm1(found - (times - 2 * i) * epsilon))
        for i in range(times + 1)
    )
    assert spent == pytest.approx(delta, rel=1e-5)


def test_choices_compose_as_all_their_sequences_do() -> None:
    P, Q = mechanisms.prizes(0.7)  # noqa: N806
    found = mechanisms.composed(mechanisms.choice_curve(P, Q), 0.7, 3, 1e-3)
    spent = 0.0
    for sequence in itertools.product(range(10), repeat=3):
        here, there = math.prod(float(P[i]) for i in sequence), math.prod(float(Q[i]) for i in sequence)
        spent += max(0.0, here - math.exp(found) * there)
    assert spent <= 1e-3 * (1 + 1e-9), "the grid is a bound"
    assert spent > 0.97e-3, "and near"


def test_gaussians_compose_to_one_of_less_noise() -> None:
    found = mechanisms.composed(mechanisms.gaussian_curve(0.2), 2.0, 25, 1e-5)
    exact = float(mechanisms.gaussian_curve(1.0)(at(found))[0])
    assert exact == pytest.approx(1e-5, rel=0.01) and exact <= 1e-5


def test_the_choice_is_private_and_as_good_as_it_must_be() -> None:
    for epsilon in (0.2, 1.0, 5.0):
        P, Q = mechanisms.prizes(epsilon)  # noqa: N806
        assert float((P / Q).log().abs().max()) <= epsilon + 1e-12
        assert 0.5 < float(P[1:].sum()) * math.e <= 1


def test_no_mechanism_composes_worse_than_randomised_response_or_the_theorems_say() -> None:
    for times in (1, 10, 60):
        response = mechanisms.composed(mechanisms.response_curve(0.1), 0.1, times, 1e-5)
        laplace = mechanisms.composed(mechanisms.laplace_curve(0.1), 0.1, times, 1e-5)
        assert laplace <= response <= min(times * 0.1, mechanisms.advanced(0.1, times, 1e-5)) + 1e-9
