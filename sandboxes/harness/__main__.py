"""The way in: `python3 -I -B /opt/callboard MODE …`.

A folder and not a module is what is run, so that its place comes first on the path and nothing in the current folder
can stand in for a part of it.
"""

import sys


def main() -> None:
    mode, rest = sys.argv[1], sys.argv[2:]
    if mode == "agent":
        from sandboxes.harness.python_agent import main as run  # noqa: PLC0415  # each mode loads its own part alone
    elif mode == "process":
        from sandboxes.harness.agent_process import main as run  # noqa: PLC0415
    elif mode == "relayed":
        from sandboxes.harness.relayed import main as run  # noqa: PLC0415
    elif mode == "filtered":
        from sandboxes.harness.filtered import main as run  # noqa: PLC0415
    else:
        sys.exit(f"There is no mode {mode}.")
    run(rest)


if __name__ == "__main__":
    main()
