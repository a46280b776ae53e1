from decimal import Decimal

from agents.models import ModelEndpoint

_PER_MILLION = Decimal(1_000_000)
_MICRODOLLAR = Decimal("0.000001")


def cost_of(endpoint: ModelEndpoint, *, input_tokens: int, output_tokens: int) -> Decimal | None:
    """Return what a call cost in US dollars, or None where the endpoint has no prices: unknown, not free."""
    if endpoint.input_price is None or endpoint.output_price is None:
        return None
    cost = (input_tokens * endpoint.input_price + output_tokens * endpoint.output_price) / _PER_MILLION
    return cost.quantize(_MICRODOLLAR)
