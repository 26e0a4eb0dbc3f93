"""The explorer: search, map, time line, questions, articles and review of one data folder, on this machine alone unless told otherwise."""
