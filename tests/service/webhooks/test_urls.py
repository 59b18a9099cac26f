import pytest

from service.errors import UnusableUrl
from service.webhooks.urls import Target, parse_target


@pytest.mark.parametrize(
    ("url", "target", "authority"),
    [
        ("https://example.com", Target("example.com", 443, "/"), "example.com"),
        ("https://Example.COM./a?b=c", Target("example.com", 443, "/a?b=c"), "example.com"),
        ("https://example.com:443/", Target("example.com", 443, "/"), "example.com"),
        ("https://example.com:8443?x", Target("example.com", 8443, "/?x"), "example.com:8443"),
        ("http://[2606:4700::1111]:81/", Target("2606:4700::1111", 81, "/", secure=False), "[2606:4700::1111]:81"),
        ("https://xn--bcher-kva.example/", Target("xn--bcher-kva.example", 443, "/"), "xn--bcher-kva.example"),
    ],
)
def test_a_url_becomes_what_is_connected_to(url: str, target: Target, authority: str) -> None:
    """Host, port and path; and the Host header without the scheme's own port."""
    assert parse_target(url, http=True) == target
    assert target.authority == authority


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://user@example.com/",
        "https://user:word@example.com/",
        "https://@example.com/",
        "https://example.com/#part",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:x/",
        "https://[::1/",
        "https://[v1.x]/",
        "https://exa mple.com/",
        "https://example.com/\r\nHost: other",
        "https://bücher.example/",
        "https://exam%70le.com/",
        "https://a\\b.example/",
        "https://-/",
        "https://*.example.com/",
    ],
)
def test_what_is_no_plain_url_of_a_host_is_refused(url: str) -> None:
    """With a sentence for the caller."""
    with pytest.raises(UnusableUrl, match="The URL cannot be used: "):
        parse_target(url, http=True)


def test_http_is_for_those_who_allow_it() -> None:
    """By default a message goes encrypted or not at all."""
    assert not parse_target("http://example.com/", http=True).secure
    with pytest.raises(UnusableUrl, match="https"):
        parse_target("http://example.com/", http=False)
