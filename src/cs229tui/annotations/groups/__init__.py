"""A group without a server: a folder of append-only files, one for each author and device, that all members merge.

`folder` says what lies where, `lines` reads one line and believes nothing, `reading` reads what is new (`apart` in
a process of its own, where it is much), `merging` decides which version of a thing stands, `publishing` appends what
is hers, `sync` does all of it, `circles` parts many people into small rounds. What brings the folder to the others is a
carrier.
"""
