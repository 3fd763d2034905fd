//! A cap on how many of something are under way.
