//! TLS: whom it trusts, and what its failures mean for whoever runs the server.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::crypto::aws_lc_rs;
use rustls::{
    AlertDescription as Alert, CertificateError, ClientConfig, Error, PeerIncompatible,
    RootCertStore,
};
use thiserror::Error;

/// How many of the names in a certificate are told.
const NAMES_TOLD: usize = 3;

/// How long a name may be, in characters: the longest that DNS has.
const MAX_NAME_CHARS: usize = 253;

/// Why TLS could not be set up in this process.
#[derive(Debug, Error)]
pub(super) enum SetupError {
    #[error("the system has no trusted root certificates")]
    NoRoots,
    #[error("the TLS library refuses its own defaults")]
    Versions(#[from] Error),
}

/// TLS that trusts the system's roots as the AWS SDK does: one trust store for the process, kept current by the
/// platform's updates.
pub(super) fn trusting_the_system() -> Result<ClientConfig, SetupError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(SetupError::NoRoots);
    }
    trusting(roots)
}

/// TLS by the aws-lc provider, chosen here and not process-wide.
pub(super) fn trusting(roots: RootCertStore) -> Result<ClientConfig, SetupError> {
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

/// What is wrong with a server's TLS, as the end of a sentence about it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TlsFault {
    /// The certificate is too old.
    #[error("its certificate has expired{}", on(*.0))]
    Expired(Option<SystemTime>),
    /// The certificate is too new.
    #[error("its certificate is not valid yet")]
    NotYetValid,
    /// The certificate is somebody else's.
    #[error("its certificate is not for this host{}", names(.0))]
    WrongName(Vec<String>),
    /// Nobody who is trusted has signed the certificate.
    #[error(
        "its certificate is self-signed, or of an issuer that is not publicly trusted, or sent without \
         the intermediate certificates that belong to it"
    )]
    UnknownIssuer,
    /// The certificate cannot be used at all.
    #[error("its certificate is damaged, or of a kind that is not accepted any more")]
    UnusableCertificate,
    /// It speaks only what is too old.
    #[error("it speaks neither TLS 1.2 nor TLS 1.3")]
    Version,
    /// It has nothing in common with this client, or nothing for this host: servers say the same for both.
    #[error(
        "it broke off the handshake: it has no certificate for this host, or no cipher in common with \
         Halftone, which speaks TLS 1.3, and TLS 1.2 with ECDHE and AES-GCM or ChaCha20"
    )]
    Handshake,
    /// It lets in only who has a certificate.
    #[error("it asks for a client certificate, and Halftone has none")]
    ClientCertificate,
    /// It is no TLS server.
    #[error("what it sends is not TLS; is it an http:// address?")]
    NotTls,
    /// Anything else.
    #[error("its handshake does not keep to the standard")]
    Other,
}

fn on(expired: Option<SystemTime>) -> String {
    expired.map_or_else(String::new, |at| {
        format!(", on {}", httpdate::fmt_http_date(at))
    })
}

fn names(names: &[String]) -> String {
    match names {
        [] => String::new(),
        names => format!(", but for {}", names.join(", ")),
    }
}

impl TlsFault {
    /// Sorts an error of the TLS library.
    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::InvalidCertificate(error) => Self::of_certificate(error),
            Error::NoCertificatesPresented => Self::UnusableCertificate,
            Error::InvalidMessage(_) => Self::NotTls,
            Error::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            )
            | Error::AlertReceived(Alert::ProtocolVersion) => Self::Version,
            Error::AlertReceived(
                Alert::CertificateRequired
                | Alert::BadCertificate
                | Alert::UnknownCA
                | Alert::AccessDenied,
            ) => Self::ClientCertificate,
            Error::PeerIncompatible(_) | Error::AlertReceived(_) => Self::Handshake,
            _ => Self::Other,
        }
    }

    fn of_certificate(error: &CertificateError) -> Self {
        match error {
            CertificateError::Expired => Self::Expired(None),
            CertificateError::ExpiredContext { not_after, .. } => {
                let since_1970 = Duration::from_secs(not_after.as_secs());
                Self::Expired(SystemTime::UNIX_EPOCH.checked_add(since_1970))
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Self::NotYetValid
            }
            CertificateError::NotValidForName => Self::WrongName(Vec::new()),
            CertificateError::NotValidForNameContext { presented, .. } => {
                let names = presented.iter().filter_map(|name| plain_name(name));
                Self::WrongName(names.take(NAMES_TOLD).collect())
            }
            // `Other`: a certificate of an authority that stands for a server, as tools make self-signed ones.
            CertificateError::UnknownIssuer
            | CertificateError::BadSignature
            | CertificateError::Other(_) => Self::UnknownIssuer,
            _ => Self::UnusableCertificate,
        }
    }
}

/// The name in `DnsName("shop.example")`, as the library gives it; none where it is no host's name.
fn plain_name(presented: &str) -> Option<String> {
    let (_, name) = presented.split_once("DnsName(\"")?;
    let (name, _) = name.split_once('"')?;
    let is_of_a_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '*');
    let fits = !name.is_empty() && name.len() <= MAX_NAME_CHARS && name.chars().all(is_of_a_host);
    fits.then(|| name.to_owned())
}
