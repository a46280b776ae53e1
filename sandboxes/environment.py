"""The environment of what runs inside. Nothing of the host's own is ever in it."""

from collections.abc import Mapping

from sandboxes import paths

BASE_ENV: Mapping[str, str] = {
    "PATH": f"{paths.HOME}/.local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": paths.HOME,
    "USER": "user",
    "LOGNAME": "user",
    "LANG": "C.UTF-8",
}
#: Each names the file of certificates to trust, for another family of programs.
CA_VARIABLES = (
    "SSL_CERT_FILE",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
)


#: As programs of every family read them: some know only the small ones, Node has to be told to look.
_PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
_NO_PROXY = "localhost,127.0.0.1,::1"


def egress_environment(*, is_filtered: bool) -> dict[str, str]:
    """Return what tells programs of the filtered way out, nothing where there is none."""
    if not is_filtered:
        return {}
    proxies = dict.fromkeys(_PROXY_VARIABLES, paths.EGRESS_URL)
    return {**proxies, "NO_PROXY": _NO_PROXY, "no_proxy": _NO_PROXY, "NODE_USE_ENV_PROXY": "1"}


def ca_environment(*, has_bundle: bool) -> dict[str, str]:
    return dict.fromkeys(CA_VARIABLES, paths.CA_BUNDLE) if has_bundle else {}
