//! The built components in a real host against a real HTTP server.

mod bulk;
mod campaigns;
mod custom;
mod imports;
mod provider;
mod regions;
mod reports;
mod service;
mod writes;
