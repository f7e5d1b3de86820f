"""A GitHub server on the loopback interface that refuses what GitHub's published API description does not know."""
