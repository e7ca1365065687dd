"""One module a peer: each draws a scene of ours and needs nothing but the peer itself and numpy."""
