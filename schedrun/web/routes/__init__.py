"""One file per resource: each defines `router`; paths are below /api/v1 unless the file says otherwise."""
