"""Structured logs: one JSON line per event on standard error. Request bodies and receipts never reach them."""

import logging.config

import structlog
from django.http import HttpRequest
from structlog.typing import Processor


class RouteForPath(logging.Filter):
    """Django names the path of a request that failed; some hold a secret (a webhook's token, a resident's link)."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest) and isinstance(record.args, tuple):
            route = request.resolver_match.route if request.resolver_match else "(no such page)"
            record.args = tuple(route if part == request.path else part for part in record.args)
        return True


def structlog_configure(level: str) -> None:
    """Send the standard library's logging and structlog through one JSON renderer at ``level``."""
    # A log line that cannot be written (a closed stream at the very end) must not print a trace-back in its place.
    logging.raiseExceptions = False
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        structlog.processors.JSONRenderer(ensure_ascii=False),
                    ],
                }
            },
            "filters": {"route": {"()": RouteForPath}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["route"]}},
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": {
                # axes logs the account name and an address at every failure; the audit log has the act.
                "axes": {"level": "ERROR"},
                "django.request": {"level": "ERROR"},
                "celery.beat": {"level": "WARNING"},
                "celery.worker.strategy": {"level": "WARNING"},
                "celery.app.trace": {"level": "WARNING"},
                "fontTools": {"level": "WARNING"},
                "fpdf": {"level": "WARNING"},
            },
        }
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
