"""Links below any path that a proxy gives the page: always relative."""


def way_up(path: str) -> str:
    """From a page of the site to its first page, such as `../` from `/panels/rpp-1a`."""
    return "../" * path.lstrip("/").count("/") or "./"
