"""Annotated articles: their form and its check, the exchange with annotation tools, agreement of two annotations, calibration."""
