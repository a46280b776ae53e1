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


def ca_environment(*, has_bundle: bool) -> dict[str, str]:
    return dict.fromkeys(CA_VARIABLES, paths.CA_BUNDLE) if has_bundle else {}
