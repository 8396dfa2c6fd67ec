"""The backend ports over Google's four MCP servers: `secops-soar`, `secops-mcp`, `gti-mcp`, `scc-mcp`.

The servers are commands or addresses of the operator's, in an environment of their own; the SDK (`mcp`) is imported
when a server is first asked. What the tools cannot say is told: a typed error, a note, or `truncated`.
"""
