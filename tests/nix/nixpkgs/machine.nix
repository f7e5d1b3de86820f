# Written anew by tests/nix/standin.py: store paths of this machine's Python and tools.
throw "tests/nix/nixpkgs works only in the copy that tests/nix/standin.py makes"
