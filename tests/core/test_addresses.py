"""One form of each address, what counts as one origin, and ranges."""

import pytest

from chatproto.core.addresses import (
    address_range,
    canonical,
    covers,
    is_address,
    is_public,
    looks_like_address,
    origin,
)

# As written; the canonical form; what counts as one origin.
ADDRESSES = [
    ("192.0.2.9", "192.0.2.9", "192.0.2.9"),
    ("::ffff:192.0.2.9", "192.0.2.9", "192.0.2.9"),
    ("::FFFF:C000:0209", "192.0.2.9", "192.0.2.9"),
    ("[::ffff:192.0.2.9]", "192.0.2.9", "192.0.2.9"),
    ("64:ff9b::192.0.2.9", "192.0.2.9", "192.0.2.9"),
    ("2001:DB8:0:0::0:7", "2001:db8::7", "2001:db8::/64"),
    ("[2001:db8::7]", "2001:db8::7", "2001:db8::/64"),
    ("2001:db8:0:1::7", "2001:db8:0:1::7", "2001:db8:0:1::/64"),
    ("fe80::1%eth0", "fe80::1", "fe80::1"),
    ("fe80::1%\x1b]0;", "fe80::1", "fe80::1"),
    ("::1", "::1", "::1"),
    ("fd00::7", "fd00::7", "fd00::/64"),
]
NO_ADDRESSES = [
    "",
    "local",
    "console",
    "192.0.2",
    "192.0.2.009",
    "192.0.2.256",
    " 192.0.2.9",
    "192.0.2.9%eth0",
    "1::2::3",
]


@pytest.mark.parametrize(("text", "form", "one"), ADDRESSES)
def test_an_address_has_one_form_and_one_origin(text: str, form: str, one: str) -> None:
    assert is_address(text)
    assert canonical(text) == form == canonical(form)
    assert origin(text) == one == address_range(text) == address_range(one)


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_what_is_no_address_is_its_own_origin(text: str) -> None:
    assert not is_address(text)
    assert origin(text) == text
    for form in (canonical, address_range):
        with pytest.raises(ValueError, match=r"."):
            form(text)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("192.0.2.77/24", "192.0.2.0/24"),
        ("192.0.2.9/32", "192.0.2.9"),
        ("::ffff:192.0.2.9/128", "192.0.2.9"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("[2001:db8::]/64", "2001:db8::/64"),
        ("2001:db8::7/128", "2001:db8::7/128"),
        ("::/0", "::/0"),
    ],
)
def test_a_range_has_one_form(text: str, form: str) -> None:
    assert address_range(text) == form == address_range(form)


@pytest.mark.parametrize("text", ["192.0.2.0/33", "2001:db8::/129", "dev/64", "/64", "192.0.2.0/", "192.0.2.0/24/8"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        address_range(text)


@pytest.mark.parametrize(
    ("range_", "address", "inside"),
    [
        ("192.0.2.9", "::ffff:192.0.2.9", True),
        ("::ffff:192.0.2.9", "192.0.2.9", True),
        ("192.0.2.9", "192.0.2.8", False),
        ("192.0.2.0/24", "192.0.2.200", True),
        ("192.0.2.0/24", "192.0.3.1", False),
        ("2001:db8::7", "2001:db8::99", True),  # a single address of IPv6 is its /64, also in what an older server kept
        ("2001:db8::7/128", "2001:db8::99", False),
        ("2001:db8::/32", "2001:db8:7::1", True),
        ("::/0", "192.0.2.9", False),
        ("0.0.0.0/0", "2001:db8::1", False),
        ("local", "local", False),
        ("oscar", "192.0.2.9", False),
        ("192.0.2.9", "local", False),
    ],
)
def test_a_range_covers_addresses(range_: str, address: str, *, inside: bool) -> None:
    assert covers(range_, address) is inside


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("127.0.0.1", True),
        ("127.000.000.001", True),
        ("127.0.0.1.", True),
        ("999.1.2.3", True),
        ("１２７.0.0.1", True),
        ("๑๒๗.๐.๐.๑", True),
        ("127.0.1", False),
        ("v1.2.3.4", False),
        ("oscar", False),
        ("20261201", False),
    ],
)
def test_a_name_looks_like_an_address(name: str, *, address: bool) -> None:
    assert looks_like_address(name) is address


def test_only_addresses_of_the_open_net_are_public() -> None:
    assert [is_public(a) for a in ("8.8.8.8", "::ffff:8.8.8.8", "2a00:1450::1")] == [True] * 3
    assert [is_public(a) for a in ("10.0.0.7", "::ffff:10.0.0.7", "fe80::1%eth0", "::1", "local", "")] == [False] * 6
