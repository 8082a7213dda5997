"""Phone calls to residents who are not satisfied: within 24 hours, none at night, never by the rated unit."""
