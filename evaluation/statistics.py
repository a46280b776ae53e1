"""What may be concluded from counts. Pure functions."""

import math
from typing import NamedTuple

#: Standard deviations around the mean that hold 95 % of a normal distribution.
Z_95 = 1.959963984540054


class Share(NamedTuple):
    """A share of one as it was counted, and the 95 % interval around it."""

    value: float
    low: float
    high: float

    @property
    def margin(self) -> float:
        """Return half of the interval's width."""
        return (self.high - self.low) / 2


def wilson(passed: int, total: int, *, z: float = Z_95) -> Share | None:
    """Return the share that passed with Wilson's score interval; None where nothing was counted.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), 209-212:
    (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n). It stays inside 0 and 1 and holds for few runs and for shares
    near the ends, where the textbook's p ± z √(p(1-p)/n) does not (Brown, Cai, DasGupta 2001).
    """
    if not total:
        return None
    share = passed / total
    weight = z * z / total
    middle = share + weight / 2
    reach = z * math.sqrt((share * (1 - share) + weight / 4) / total)
    return Share(share, max(0.0, (middle - reach) / (1 + weight)), min(1.0, (middle + reach) / (1 + weight)))
