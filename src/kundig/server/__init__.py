"""kundig as a place people work in: pages, an API and live events over one workspace.

The server knows the core, never the other way round. Its tables hold only what people configure or commit to; persons and
cases are named by id and never copied. Whatever needs Arrow or DuckDB runs in a child process (``asker``, ``flusher``,
imports), so the web process stays small and never waits for a long question.
"""
