"""What every test is given: emulators, homes, mounts, and a watchdog."""

import os
import signal
import threading

import pytest

import account as accounts
import mount as mounts
from deadline import slow
from emulator import Emulator

TEST_SECONDS = 60

# A shell's background job ignores it, and so would all that the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def watchdog():
    """A test that hangs in a mount is freed by the end of that mount's daemon."""
    timer = threading.Timer(slow(TEST_SECONDS), mounts.kill_all_daemons)
    timer.daemon = True
    timer.start()
    yield
    timer.cancel()


@pytest.fixture(scope="session", autouse=True)
def fuse_device():
    """An ordinary user's mount needs the device, which containers keep for root."""
    if accounts.IS_ROOT:
        os.chmod("/dev/fuse", 0o666)


@pytest.fixture(scope="session")
def seed_server():
    with Emulator() as emulator:
        yield emulator


@pytest.fixture(scope="session")
def thousand_server():
    """996 generated recipes besides the seed's 4 that are there: 1,000."""
    with Emulator("--items", "996") as emulator:
        yield emulator


@pytest.fixture(scope="session")
def hasty_server():
    """Its tokens live for two seconds."""
    with Emulator("--items", "996", "--token-lifetime", "2") as emulator:
        yield emulator


@pytest.fixture
def emulator(seed_server):
    seed_server.reset()
    yield seed_server
    seed_server.clear_faults()


@pytest.fixture
def thousand(thousand_server):
    thousand_server.reset()
    yield thousand_server
    thousand_server.clear_faults()


@pytest.fixture
def hasty(hasty_server):
    hasty_server.reset()
    yield hasty_server
    hasty_server.clear_faults()


def account_named(name):
    if name == "root":
        if not accounts.IS_ROOT:
            pytest.skip("root runs these")
        return accounts.self_account()
    return accounts.ordinary_account()


@pytest.fixture(params=["root", "user"])
def account(request):
    """Who mounts and reads."""
    return account_named(request.param)


@pytest.fixture
def home():
    """Of whoever runs the tests."""
    home = mounts.Home(accounts.self_account())
    yield home
    home.remove()


@pytest.fixture
def their_home(account):
    """Of the account that the test is parametrised by."""
    home = mounts.Home(account)
    yield home
    home.remove()


@pytest.fixture
def mounted(emulator, home):
    """A mount of FoodCrunch with everything at its default."""
    with mounts.Mount(emulator.url, home) as mount:
        yield mount
