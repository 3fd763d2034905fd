//! The service, from request to answer.
