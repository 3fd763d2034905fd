//! A scripted host with a clock that moves only when nothing else can.
