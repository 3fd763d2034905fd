//! What each error of `wasi:http`, 0.2 or 0.3, means for the one question that decides: may the request have taken effect?
//!
//! | | cases of `error-code` |
//! |---|---|
//! | `Denied` | `HTTP-request-denied` |
//! | `NeverSent` | `DNS-*`, `destination-*`, `connection-refused`, `connection-timeout`, `connection-limit-reached`, `TLS-certificate-error`, `loop-detected`, `configuration-error` |
//! | `TimedOut` | `connection-read-timeout`, `connection-write-timeout`, `HTTP-response-timeout` |
//! | `Cut` | `connection-terminated`, `TLS-protocol-error`, `TLS-alert-received`, `HTTP-response-*`, `HTTP-upgrade-failed`, `HTTP-protocol-error`, `internal-error` |
//! | `SourceFailed` | `HTTP-request-body-size`: the caller's body was not as long as it said |
//! | `Unsendable` | the other `HTTP-request-*` |
//!
//! Hosts differ in how finely they tell connection errors apart (wasmtime 48 reports `connection-refused` or
//! `TLS-protocol-error` for all of them), so nothing here depends on the difference between two cases of one
//! row. Where a case could be either side of the line, it is `Cut`: a write is then in doubt rather than sent
//! twice. That goes for TLS: `wasi:http` takes its errors from RFC 9209, by which a TLS error, and an alert,
//! may come during the handshake or after it, and then the request may be there; only a certificate is judged
//! before anything is sent. `destination-IP-prohibited` is policy, but of the network and not of the outbound list that our
//! advice names, hence not `Denied`.

use super::types::ErrorCode;
use crate::transport::SendError;

pub(crate) fn send_error(code: &ErrorCode) -> SendError {
    let never = |reason: &str| SendError::NeverSent(reason.to_owned());
    let cut = |reason: &str| SendError::Cut(reason.to_owned());
    let unsendable = |reason: &str| SendError::Unsendable(reason.to_owned());
    match code {
        ErrorCode::HttpRequestDenied => SendError::Denied,

        ErrorCode::DnsTimeout => never("the name server did not answer"),
        ErrorCode::DnsError(payload) => match &payload.rcode {
            Some(rcode) => SendError::NeverSent(format!("the name cannot be resolved ({rcode})")),
            None => never("the name cannot be resolved"),
        },
        ErrorCode::DestinationNotFound => never("no such destination"),
        ErrorCode::DestinationUnavailable => never("the destination is unavailable"),
        ErrorCode::DestinationIpProhibited => never("the host does not allow connections to this address"),
        ErrorCode::DestinationIpUnroutable => never("no route to the address"),
        ErrorCode::ConnectionRefused => never("the connection was refused"),
        ErrorCode::ConnectionTimeout => never("connecting took too long"),
        ErrorCode::ConnectionLimitReached => never("the host has too many connections open"),
        ErrorCode::TlsCertificateError => never("the TLS certificate cannot be trusted"),
        ErrorCode::LoopDetected => never("the host found a loop"),
        ErrorCode::ConfigurationError => never("the host's configuration is wrong"),

        ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout
        | ErrorCode::HttpResponseTimeout => SendError::TimedOut,

        ErrorCode::ConnectionTerminated => cut("it was closed"),
        ErrorCode::TlsProtocolError => cut("TLS failed"),
        ErrorCode::TlsAlertReceived(alert) => match &alert.alert_message {
            Some(message) => SendError::Cut(format!("the other side broke off TLS ({message})")),
            None => cut("the other side broke off TLS"),
        },
        ErrorCode::HttpResponseIncomplete => cut("the answer is incomplete"),
        ErrorCode::HttpResponseHeaderSectionSize(_) | ErrorCode::HttpResponseHeaderSize(_) => {
            cut("the answer's headers are too long for the host")
        }
        ErrorCode::HttpResponseBodySize(_) => cut("the answer's body is not as long as it says"),
        ErrorCode::HttpResponseTrailerSectionSize(_) | ErrorCode::HttpResponseTrailerSize(_) => {
            cut("the answer's trailers are too long for the host")
        }
        ErrorCode::HttpResponseTransferCoding(_) | ErrorCode::HttpResponseContentCoding(_) => {
            cut("the answer's coding is unknown to the host")
        }
        ErrorCode::HttpUpgradeFailed => cut("an upgrade failed"),
        ErrorCode::HttpProtocolError => cut("the other side does not speak HTTP"),
        ErrorCode::InternalError(Some(reason)) => {
            SendError::Cut(format!("the host failed: {}", first_line(reason)))
        }
        ErrorCode::InternalError(None) => cut("the host failed"),

        ErrorCode::HttpRequestBodySize(_) => {
            SendError::SourceFailed("it is not as long as its content-length says".to_owned())
        }
        ErrorCode::HttpRequestLengthRequired => unsendable("it wants a content-length"),
        ErrorCode::HttpRequestMethodInvalid => unsendable("the method is invalid"),
        ErrorCode::HttpRequestUriInvalid => unsendable("the address is invalid"),
        ErrorCode::HttpRequestUriTooLong => unsendable("the address is too long"),
        ErrorCode::HttpRequestHeaderSectionSize(_) | ErrorCode::HttpRequestHeaderSize(_) => {
            unsendable("the headers are too long")
        }
        ErrorCode::HttpRequestTrailerSectionSize(_) | ErrorCode::HttpRequestTrailerSize(_) => {
            unsendable("the trailers are too long")
        }
    }
}

/// Hosts put stack traces behind their words, which are nobody's business; and what is said once for each record of
/// a batch must be short.
pub(crate) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasi::types::{DnsErrorPayload, FieldSizePayload, TlsAlertReceivedPayload};

    #[test]
    fn each_row_of_the_table() {
        let size = || FieldSizePayload { field_name: None, field_size: None };
        let rows: [(&str, Vec<ErrorCode>); 6] = [
            ("denied", vec![ErrorCode::HttpRequestDenied]),
            (
                "never sent",
                vec![
                    ErrorCode::DnsTimeout,
                    ErrorCode::DnsError(DnsErrorPayload { rcode: Some("NXDOMAIN".into()), info_code: None }),
                    ErrorCode::DestinationNotFound,
                    ErrorCode::DestinationUnavailable,
                    ErrorCode::DestinationIpProhibited,
                    ErrorCode::DestinationIpUnroutable,
                    ErrorCode::ConnectionRefused,
                    ErrorCode::ConnectionTimeout,
                    ErrorCode::ConnectionLimitReached,
                    ErrorCode::TlsCertificateError,
                    ErrorCode::LoopDetected,
                    ErrorCode::ConfigurationError,
                ],
            ),
            (
                "timed out",
                vec![
                    ErrorCode::ConnectionReadTimeout,
                    ErrorCode::ConnectionWriteTimeout,
                    ErrorCode::HttpResponseTimeout,
                ],
            ),
            (
                "cut",
                vec![
                    ErrorCode::ConnectionTerminated,
                    ErrorCode::TlsProtocolError,
                    ErrorCode::TlsAlertReceived(TlsAlertReceivedPayload {
                        alert_id: None,
                        alert_message: None,
                    }),
                    ErrorCode::HttpResponseIncomplete,
                    ErrorCode::HttpResponseHeaderSectionSize(None),
                    ErrorCode::HttpResponseHeaderSize(size()),
                    ErrorCode::HttpResponseBodySize(None),
                    ErrorCode::HttpResponseTrailerSectionSize(None),
                    ErrorCode::HttpResponseTrailerSize(size()),
                    ErrorCode::HttpResponseTransferCoding(None),
                    ErrorCode::HttpResponseContentCoding(None),
                    ErrorCode::HttpUpgradeFailed,
                    ErrorCode::HttpProtocolError,
                    ErrorCode::InternalError(None),
                ],
            ),
            ("source failed", vec![ErrorCode::HttpRequestBodySize(Some(3))]),
            (
                "unsendable",
                vec![
                    ErrorCode::HttpRequestLengthRequired,
                    ErrorCode::HttpRequestMethodInvalid,
                    ErrorCode::HttpRequestUriInvalid,
                    ErrorCode::HttpRequestUriTooLong,
                    ErrorCode::HttpRequestHeaderSectionSize(None),
                    ErrorCode::HttpRequestHeaderSize(None),
                    ErrorCode::HttpRequestTrailerSectionSize(None),
                    ErrorCode::HttpRequestTrailerSize(size()),
                ],
            ),
        ];
        assert_eq!(rows.iter().map(|(_, codes)| codes.len()).sum::<usize>(), 39, "every case of error-code");
        for (row, codes) in rows {
            for code in codes {
                let got = match send_error(&code) {
                    SendError::Denied => "denied",
                    SendError::NeverSent(_) => "never sent",
                    SendError::Cut(_) => "cut",
                    SendError::TimedOut => "timed out",
                    SendError::Unsendable(_) => "unsendable",
                    SendError::SourceFailed(_) => "source failed",
                };
                assert_eq!(got, row, "{code:?}");
            }
        }
    }
}
