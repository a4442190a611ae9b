"""试办: a service file is read, shown and walked through before it is put into the catalogue. Nothing of it is kept."""
