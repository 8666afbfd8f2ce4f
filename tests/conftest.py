"""Settings of all tests."""

from hypothesis import HealthCheck, settings

# The same examples every time: a run that passed passes again. A busy machine makes an example
# slow, not wrong, so that nothing is counted in time.
settings.register_profile(
    "fixed", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("fixed")
