"""Charts that the server draws as SVG text: plain numbers and labels in, nothing else known."""
