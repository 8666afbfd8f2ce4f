"""Figures of service side by side: targets, channels, reports of others, models and forecasts."""
