from console.errors import Conflict, Invalid


class NoDockerfile(Invalid):
    """The agent runs on the default image: there is nothing to build."""

    code = "no_dockerfile"


class ImagesUnavailable(Invalid):
    """No machine of this installation can build or run images."""

    code = "images_unavailable"


class BuildUnderWay(Conflict):
    """The organization builds an image already; `details` say which."""

    code = "build_under_way"


class NoBuildUnderWay(Conflict):
    code = "no_build_under_way"
