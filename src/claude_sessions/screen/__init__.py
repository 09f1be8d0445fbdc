"""What a terminal would show: the emulator behind one small interface, the sanitizer, the mode tracker."""
