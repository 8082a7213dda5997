"""``manage.py verify_audit``: prove that the audit log is whole."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.audit.verification import Proof, chain_verify


def noted_head(text: str) -> tuple[int, bytes]:
    """Read ``POSITION:DIGEST`` (hexadecimal) as this command printed it earlier."""
    position, _, digest = text.partition(":")
    return int(position), bytes.fromhex(digest)


class Command(BaseCommand):
    """Recompute every link; fail (exit 1) naming the first event that was altered, removed or put in later."""

    help = "Proves that no event of the audit log was altered, removed or put in later."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--expect", type=noted_head, metavar="POSITION:DIGEST", help="the head of the chain as noted earlier"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        proof = chain_verify(self._progress if options["verbosity"] else lambda _sealed: None, options["expect"])
        if proof.fault:
            raise CommandError(f"{proof.fault} {proof.sealed} links before it are sound.", returncode=1)
        self._say(proof)

    def _progress(self, sealed: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{sealed} links checked", ending="")

    def _say(self, proof: Proof) -> None:
        if self.stderr.isatty():
            self.stderr.write("")
        until = f"{timezone.localtime(proof.sealed_until):%Y-%m-%d %H:%M:%S}" if proof.sealed_until else "never"
        self.stdout.write(f"The audit log is whole: {proof.sealed} events sealed, last at {until}.")
        self.stdout.write(f"{proof.waiting} newer events wait for the next sealing.")
        if proof.sealed:
            self.stdout.write(f"Note this outside the database: --expect {proof.sealed}:{proof.digest.hex()}")
