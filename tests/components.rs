//! The built components in a real host against a real HTTP server.

mod campaigns;
mod imports;
