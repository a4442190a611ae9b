"""The sub-commands of `gonghui`, one module a subject; each has `register(app)`."""
