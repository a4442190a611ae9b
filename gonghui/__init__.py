"""gonghui (工会): the open platform a trade union runs on."""

__version__ = "0.1.0"
