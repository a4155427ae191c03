"""The tools of benchmarks/: the made-up portal and its truth, how programs are measured, tables and limits."""
