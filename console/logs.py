"""How log lines look: one line each, with the run, step and attempt they belong to where there is one."""

import logging

import structlog

_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.format_exc_info,
]
_LOOKS: dict[str, structlog.typing.Processor] = {
    "text": structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "logger", "event"]),
    "json": structlog.processors.JSONRenderer(sort_keys=True),
}


class Formatter(structlog.stdlib.ProcessorFormatter):
    """Renders records of the standard library and of structlog alike: `text` as `key=value`, `json` as an object."""

    def __init__(self, look: str = "text") -> None:
        super().__init__(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _LOOKS[look]],
        )

    def format(self, record: logging.LogRecord) -> str:
        # One record is one line: what is logged may quote what an agent said.
        return super().format(record).replace("\r", "\\r").replace("\n", "\\n")


def configure() -> None:
    """Send structlog's own loggers through the standard library, and so through the formatter above."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
