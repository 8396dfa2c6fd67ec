"""The third platform: a chat page in the browser. It is the demo, and keeps the other two honest."""
