"""The installed command as a process: a first start, the life of a finding, documents, timers, the pages of docs/."""
