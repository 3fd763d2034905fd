//! The built components in a real host against a real HTTP server.

mod browser;
mod bulk;
mod campaigns;
mod custom;
mod endpoints;
mod imports;
mod people;
mod provider;
mod regions;
mod reports;
mod service;
mod writes;
