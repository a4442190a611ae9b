"""Exact amounts (金额): fractions on the way, one rounding at the end, and how they are written in a working.

Quotients such as a yearly sum divided by twelve do not end in decimals; kept as fractions they stay exact, so that an
amount of exactly half a cent is rounded up as the rule says and never lost to an earlier rounding.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

Number = Decimal | Fraction | int


def exact(value: Number) -> Fraction:
    """The value as a fraction, nothing lost."""
    return Fraction(value)


def cents(value: Number) -> Decimal:
    """The amount in yuan rounded half-up to 0.01 (四舍五入到分, product rule [P] of handbook 2.7)."""
    scaled = abs(Fraction(value)) * 100
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    rounded = Decimal(whole).scaleb(-2)
    return -rounded if value < 0 else rounded


def show(value: Number) -> str:
    """A number for a working: 5,200; 37.5; 2,206.9. What does not end in decimals is cut to four and marked with ≈."""
    fraction = Fraction(value)
    ten_thousandths = fraction * 10000
    whole = round(ten_thousandths)
    text = f"{Decimal(whole).scaleb(-4):,f}".rstrip("0").rstrip(".")
    return text if ten_thousandths == whole else f"≈{text}"


def yuan(value: Number) -> str:
    """An amount for a working, rounded to the cent: 76,000 元; 2,206.90 元."""
    rounded = cents(value)
    whole = rounded == rounded.to_integral_value()
    return f"{rounded:,.0f} 元" if whole else f"{rounded:,.2f} 元"


def percent(ratio: Number) -> str:
    """A ratio as per cent: 0.8 → 80%."""
    return f"{show(Fraction(ratio) * 100)}%"
