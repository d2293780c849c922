class ScreenshotsError(Exception):
    """The pictures could not be taken."""


class ChromiumMissing(ScreenshotsError):
    """Chromium is missing: `make system-packages` installs it."""


class PictureTooBig(ScreenshotsError):
    """A picture is heavier than a page should be."""


class NotScratch(ScreenshotsError):
    """Made-up people and visits belong into a scratch database only."""


class PicturesMissing(ScreenshotsError):
    """A scene did not take the pictures that it promises."""
