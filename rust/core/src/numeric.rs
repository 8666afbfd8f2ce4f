//! Special functions, root finding and integer search. Nothing here knows what a call is.
