"""Several processes, or threads, doing the same thing at once."""

import subprocess
import threading

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


def run_together(functions):
    """Begins them at the same moment, a thread each. Returns what OSError each raised, or None."""
    results = [None] * len(functions)
    barrier = threading.Barrier(len(functions))

    def run(number):
        barrier.wait()
        try:
            functions[number]()
        except OSError as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
