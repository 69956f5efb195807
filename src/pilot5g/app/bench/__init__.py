"""`pilot5g bench`: how much a core can carry, measured from the radio side.

Emulated gNBs and phones put a load on any AMF, by NGAP and NAS alone, and time every procedure at the phone.
The load is open loop where a rate is given (arrivals do not wait for completions, so a slow network cannot
hide its slowness by slowing its users down), or as fast as it goes with a bounded number of phones at work.

    mix        what phones do, in which proportions
    arrivals   when: constant, Poisson, bursts, or as recorded; a schedule from a seed
    overload   the same load at once, twice and five times the capacity: what is still served
    crowd      the phones by what they can do next; they are used again and again, so memory is bounded
    actions    one procedure on one phone
    load       a stage: a schedule or a window of phones at work, and what came of it
    generator  the process with gNBs and phones, told its stages by the one that measures
    core       the process with our own core, where no other AMF is named
    runner     starts both, runs stages, reads the core's CPU and memory from /proc
    plans      which stages: the standard suite, one load, steps of rates, the search for the highest rate
    report     text, JSON; `page` and `plot` HTML without anything to fetch
"""
