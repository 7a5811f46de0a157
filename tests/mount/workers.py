"""Several processes doing the same thing at once."""

import subprocess

from deadline import slow


def run_all(account, commands, timeout=30.0):
    """Starts all commands, then waits for all: [(exit status, stdout, stderr)] in their order."""
    processes = [account.start(command) for command in commands]
    results = []
    try:
        for process in processes:
            out, err = process.communicate(timeout=slow(timeout))
            results.append((process.returncode, out, err))
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.communicate()
    return results


def stop(process, seconds=2.0):
    """Kills a process that should have ended and reports it."""
    try:
        process.communicate(timeout=slow(seconds))
        return True
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return False
