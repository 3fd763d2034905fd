//! What people see, in Chromium.

mod harness;
