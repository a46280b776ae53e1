"""What can go wrong with a sandbox itself. A command that fails inside one is a result, not an error."""

from typing import ClassVar

from console.errors import DomainError, ErrorKind


class SandboxError(DomainError):
    """The sandbox failed, not what ran in it. `fix` is the next step for whoever runs this installation."""

    code = "sandbox_error"
    kind = ErrorKind.UNAVAILABLE
    default_fix: ClassVar[str] = ""

    def __init__(self, message: str, *, fix: str = "") -> None:
        self.fix = fix or self.default_fix
        super().__init__(message, details={"fix": self.fix} if self.fix else None)


class SandboxUnavailable(SandboxError):
    """No sandbox can be opened on this machine at the moment."""

    code = "sandbox_unavailable"
    default_fix = "Run `callboard doctor` on the machine of the worker: it names what is missing."


class SandboxDied(SandboxError):
    """It was open and is gone, and what was in it is lost."""

    code = "sandbox_died"
    default_fix = "Run it again. Should it happen again, the logs of the worker and of its container engine say why."


class NotSupported(SandboxError):
    """The backend can't do what was asked, and does not pretend to."""

    code = "sandbox_not_supported"
    kind = ErrorKind.INVALID


class UnknownBackend(SandboxError):
    code = "sandbox_unknown"
    kind = ErrorKind.INVALID


class ImageNotReady(SandboxError):
    code = "image_not_ready"
    kind = ErrorKind.CONFLICT
    default_fix = "Build the image first, then start the run again."


class ImageBuildFailed(SandboxError):
    """`log_tail` ends with what the build said last."""

    code = "image_build_failed"
    kind = ErrorKind.INVALID

    def __init__(self, message: str, *, log_tail: str = "", fix: str = "") -> None:
        super().__init__(message, fix=fix)
        self.log_tail = log_tail


class FileError(SandboxError):
    """A file could not be handed in or out. `path` is the path inside."""

    kind = ErrorKind.INVALID

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(message)
        self.path = path


class PathRefused(FileError):
    """The path leaves the folders of the user, leads through a link, or is no regular file."""

    code = "sandbox_path_refused"


class FileMissing(FileError):
    code = "sandbox_file_missing"
    kind = ErrorKind.NOT_FOUND


class FileTooLarge(FileError):
    """`limit` is in bytes."""

    code = "sandbox_file_too_large"
    kind = ErrorKind.TOO_LARGE

    def __init__(self, message: str, *, path: str, limit: int) -> None:
        super().__init__(message, path=path)
        self.limit = limit
