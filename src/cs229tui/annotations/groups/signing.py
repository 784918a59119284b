"""Ed25519 signatures, for those who have the library `cryptography`: a line is known to be from whom it was before.

The key is a file of its own in the data folder that only she may read; it is in no database and in no export.
"""

import base64
import importlib.util
import os
import stat
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from cs229tui.annotations.w3c import WebAnnotation
from cs229tui.errors import ReportableError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_BYTES = 32


class KeyFileError(ReportableError):
    """The file with her key cannot be read or written, or is none."""


def can_sign() -> bool:
    """Whether the library for signatures is here."""
    return importlib.util.find_spec("cryptography") is not None


def verified(raw: bytes, key: str, signature: str) -> bool:
    """Whether `signature`, with which a line ends, is that of `key` over all the rest of the line as it stands."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        ending = _ending(signature.encode("ascii"))
        if not raw.endswith(ending):
            return False
        public = Ed25519PublicKey.from_public_bytes(_decoded(key))
        public.verify(base64.b64decode(signature, validate=True), raw[: -len(ending)] + b"}")
    except (InvalidSignature, ValueError):
        return False
    return True


def _ending(signature: bytes) -> bytes:
    # A line's bytes and not its meaning are signed, so that a program that knows fewer fields can check it, too.
    return b',"cs229:signature":"' + signature + b'"}'


class SigningKey:
    """Her key, in the file at `path`; made when it is first needed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def _key(self) -> "Ed25519PrivateKey":
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(_decoded(self.secret()))

    @cached_property
    def public(self) -> str:
        """The key that others know her by, base64."""
        return base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    def sign(self, line: WebAnnotation) -> WebAnnotation:
        """The line with her key and her signature."""
        keyed = msgspec.structs.replace(line, key=self.public, signature="")
        made = base64.b64encode(self._key.sign(msgspec.json.encode(keyed))).decode()
        return msgspec.structs.replace(keyed, signature=made)

    def secret(self) -> str:
        """What the file holds, made now where there is none; raises `KeyFileError`."""
        try:
            if not self.path.exists():
                self.keep(base64.b64encode(os.urandom(_BYTES)).decode())
            mode = stat.S_IMODE(self.path.stat().st_mode)
            if mode & 0o077:
                self.path.chmod(0o600)
            text = self.path.read_text("ascii").strip()
            _decoded(text)
        except (OSError, UnicodeDecodeError, ValueError) as error:
            said = error.strerror if isinstance(error, OSError) else "it holds no key"
            raise KeyFileError(
                f"{self.path} cannot be used: {said}.",
                "Bring your key back with: cs229tui group identity import FILE, or take the file away for a new one.",
            ) from error
        return text

    def keep(self, secret: str) -> None:
        """Write the file, for her eyes only, never over one that is there; raises `KeyFileError`."""
        try:
            _decoded(secret)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Whole before it has its name, so that two programs that start at once have one key.
            partial = self.path.with_name(f"{self.path.name}.{os.getpid()}.part")
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(secret + "\n")
            try:
                os.link(partial, self.path)
            except FileExistsError:
                return
            finally:
                partial.unlink(missing_ok=True)
        except (OSError, ValueError) as error:
            said = error.strerror if isinstance(error, OSError) else "that is no key"
            raise KeyFileError(f"{self.path} cannot be written: {said}.", "Check the folder.") from error


def _decoded(text: str) -> bytes:
    raw = base64.b64decode(text, validate=True)
    if len(raw) != _BYTES:
        raise ValueError("not 32 bytes")
    return raw
