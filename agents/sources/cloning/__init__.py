"""Gets the files of one commit of a git repository over https: judged, pinned, capped, and without rights of our own.

`urls` and `refs` say what may be asked for, `hosts` where that is; `commands` runs git, in the `jail` where there can
be one; `listing` and `checkout` judge what came; `clone` puts these together.
"""
