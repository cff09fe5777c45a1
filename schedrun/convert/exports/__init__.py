"""One writer for each foreign format: jobs in, text out, with every field that the format cannot hold named."""
