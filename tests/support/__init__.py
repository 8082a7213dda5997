"""What the tests stand on: servers, databases, running portals."""
