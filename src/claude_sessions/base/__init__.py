"""The ground floor: errors, configuration, safe paths, clocks. Imports nothing of the project."""
