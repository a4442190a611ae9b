"""How unusual is it? Gamma–Poisson tails (负二项尾概率)."""

from __future__ import annotations

import math


def tail(count: int, shape: float, exposure: float, days: float) -> float:
    """P(at least `count` messages in `days`), the rate having been seen through a Gamma posterior.

    shape: prior shape plus messages seen; exposure: prior days plus days watched. The predictive distribution is
    negative binomial (Gelman et al., Bayesian Data Analysis, 2.6). 0 ≤ result ≤ 1; falls with `count`.
    """
    if count <= 0:
        return 1.0
    share = days / (exposure + days)
    # P(X = k) by the ratio of neighbours; the sum runs upwards from `count`, where terms only fall in the end.
    log_term = (
        math.lgamma(count + shape)
        - math.lgamma(shape)
        - math.lgamma(count + 1)
        + shape * math.log1p(-share)
        + count * math.log(share)
    )
    term, total, k = math.exp(log_term), 0.0, count
    while term > 1e-18 or (k + shape) * share > k + 1:
        total += term
        term *= (k + shape) * share / (k + 1)
        k += 1
        if k > count + 100_000:
            break
    return min(1.0, total)
