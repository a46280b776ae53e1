"""The channel layer, which carries hints between processes."""

from channels.layers import BaseChannelLayer, get_channel_layer


def layer() -> BaseChannelLayer:
    """Return the layer of the settings, which always name one."""
    found = get_channel_layer()
    if found is None:
        raise RuntimeError("CHANNEL_LAYERS names no default layer.")
    return found
