//! Ports: the usual ones when they are free, any others when not.

use std::net::{Ipv4Addr, TcpListener};

use crate::failure::Failure;

/// `usual` when nothing listens there, else a port the system chooses.
pub fn free(usual: u16) -> Result<u16, Failure> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    bind(usual)
        .or_else(|_| bind(0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(Failure::because("no port is free on 127.0.0.1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_not_chosen() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let usual = taken.local_addr().unwrap().port();
        assert_ne!(free(usual).unwrap(), usual);
    }
}
