from hypothesis import given
from hypothesis import strategies as st

from orchestration.retry import LONGEST_DELAY_MS, Backoff, RetryPolicy

policies = st.builds(
    RetryPolicy,
    max_attempts=st.integers(1, 100),
    backoff=st.sampled_from(Backoff),
    initial_delay_ms=st.integers(0, LONGEST_DELAY_MS),
)


@given(policy=policies, attempt=st.integers(1, 120), chance=st.floats(0, 1))
def test_a_delay_is_never_longer_than_the_longest(policy, attempt, chance):
    delay = policy.delay_ms(attempt=attempt, chance=chance)
    assert (delay is None) == (attempt >= policy.max_attempts)
    assert delay is None or 0 <= delay <= LONGEST_DELAY_MS


@given(policy=policies, attempt=st.integers(1, 99))
def test_delays_grow(policy, attempt):
    now, later = (policy.delay_ms(attempt=n, chance=0) for n in (attempt, attempt + 1))
    assert later is None or now is None or later >= now


def test_linear_and_exponential_delays():
    def delays(backoff: Backoff) -> list[int | None]:
        policy = RetryPolicy(max_attempts=5, backoff=backoff, initial_delay_ms=100)
        return [policy.delay_ms(attempt=n, chance=0) for n in range(1, 6)]

    assert delays(Backoff.LINEAR) == [100, 200, 300, 400, None]
    assert delays(Backoff.EXPONENTIAL) == [100, 200, 400, 800, None]


def test_fixed_delays_and_a_longest_one():
    fixed = RetryPolicy(max_attempts=4, backoff=Backoff.FIXED, initial_delay_ms=100)
    capped = RetryPolicy(max_attempts=4, initial_delay_ms=100, longest_delay_ms=250)
    assert [fixed.delay_ms(attempt=n, chance=0) for n in range(1, 5)] == [100, 100, 100, None]
    assert [capped.delay_ms(attempt=n, chance=0) for n in range(1, 5)] == [100, 200, 250, None]


def test_jitter_takes_off_at_most_a_quarter():
    policy = RetryPolicy(max_attempts=2, initial_delay_ms=100)
    assert policy.delay_ms(attempt=1, chance=1) == 75
