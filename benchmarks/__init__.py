"""What an audit costs, beside other programs on the same made-up portal: see README.md in this folder.

    plan      what a made-up portal is; `site` makes one, and the truth about it
    serve     serves it on loopback (nginx, else `plain`), with `traps`: ports that refuse or never answer
    measure   runs one command; its cost, the requests it made, what it found
    peers     other programs at pinned versions, and two baselines of ours (`bare`, `bare_browser`)
    ours      Mingcha itself: the whole audit, and its gathering alone
    table     medians, ratios, limits
    run       all of it, interleaved

Linux only: costs are read from /proc.
"""
