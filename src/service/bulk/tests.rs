//! Through the service, from body to answer.
