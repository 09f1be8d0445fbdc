"""Where the command starts. Kept trivial: for `start`, claude runs before anything heavy is imported (design, section 3)."""

import signal
import sys


def main() -> int:
    """Run the command line and return its exit code."""
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback for a Ctrl-C while modules are loaded
    arguments = sys.argv[1:]
    if arguments[:1] == ["start"]:
        from claude_sessions.cli.fast_start import try_fast_start

        code = try_fast_start(arguments[1:])
        if code is not None:
            return code
    from claude_sessions.cli.app import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
