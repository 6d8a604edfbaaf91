"""The page: Gradio Blocks with custom parts, mounted on the HTTP API."""
