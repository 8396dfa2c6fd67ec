"""The bot as an MCP server: every declared command is a tool and a prompt; a process of its own, `soc-bot mcp`.

The SDK (`mcp`, with starlette and uvicorn) is imported when the server is built.
"""
